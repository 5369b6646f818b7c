/*
 * A load whose own count can be trusted: so many calls over so many kept
 * connections, and one line of JSON that says what became of each.
 *
 *     load -p PORT [-u URI] [-c CONNECTIONS] [-f IN_FLIGHT] [-n CALLS]
 *          [-s SECONDS] [-r RATE] [-k FILE [-b FIRST]] [-t TRACE] [-l LOST]
 *          [-x SEED] [-m METHOD] [-d JSON] [-y]
 *
 * At most IN_FLIGHT calls, by default one a connection, are under way at once.
 * Keys are the lines of FILE, taken in turn from FIRST on; without it each call
 * has a key of its own, well-formed and unknown.  With a RATE, calls are made
 * when they are due, whatever became of the ones before, and their latency
 * counts from then.
 * A line of TRACE is a call: sent and received, in microseconds of the
 * monotonic clock, status, and which key.  A line of LOST is a request that was
 * sent and got no whole answer: sent and given up, why, and which key.  With -y
 * the load never sleeps, so that nobody who answers it pays for waking it.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client.h"


#define LOAD_DESCRIPTORS 64 /* beside the connections */
#define LOAD_KEYS_MAX    (1 << 20)


static int
load_number(const char *text, long min, long max, long *number)
{
    char *end;

    *number = strtol(text, &end, 10);

    if (end == text || *end != '\0' || *number < min || *number > max) {
        fprintf(stderr, "load: \"%s\" is no whole number from %ld to %ld\n",
                text, min, max);
        return -1;
    }

    return 0;
}


/* The lines live as long as the process. */
static int
load_keys(client_conf_t *conf, const char *path)
{
    FILE   *f;
    char   *line;
    size_t  size;
    ssize_t n;

    f = fopen(path, "r");
    conf->keys = malloc(LOAD_KEYS_MAX * sizeof(char *));

    if (f == NULL || conf->keys == NULL) {
        perror(path);
        return -1;
    }

    for (line = NULL, size = 0; conf->nkeys < LOAD_KEYS_MAX;
         line = NULL, size = 0) {
        n = getline(&line, &size, f);

        if (n <= 0) {
            break;
        }

        line[strcspn(line, "\n")] = '\0';
        conf->keys[conf->nkeys++] = line;
    }

    free(line);
    (void) fclose(f);

    if (conf->nkeys == 0) {
        fprintf(stderr, "load: no key in %s\n", path);
        return -1;
    }

    return 0;
}


static int
load_file(FILE **file, const char *path)
{
    *file = fopen(path, "w");

    if (*file == NULL) {
        perror(path);
        return -1;
    }

    return 0;
}


/* 0: there was none, or all of it is written. */
static int
load_close(FILE *file)
{
    if (file != NULL && fclose(file) != 0) {
        perror("load: trace");
        return -1;
    }

    return 0;
}


static int
load_option(client_conf_t *conf, tally_t *tally, int option)
{
    long n;

    switch (option) {
    case 'p':
        if (load_number(optarg, 1, 65535, &n) != 0) {
            return -1;
        }
        conf->port = (uint16_t) n;
        return 0;
    case 'c':
        if (load_number(optarg, 1, 100000, &n) != 0) {
            return -1;
        }
        conf->connections = (unsigned) n;
        return 0;
    case 'f':
        if (load_number(optarg, 1, 100000, &n) != 0) {
            return -1;
        }
        conf->flight = (unsigned) n;
        return 0;
    case 'n':
        if (load_number(optarg, 1, 1000000000, &n) != 0) {
            return -1;
        }
        conf->calls = (uint64_t) n;
        return 0;
    case 's':
        if (load_number(optarg, 1, 86400, &n) != 0) {
            return -1;
        }
        conf->limit = (int64_t) n * 1000000;
        return 0;
    case 'r':
        if (load_number(optarg, 1, 1000000, &n) != 0) {
            return -1;
        }
        conf->rate = n;
        return 0;
    case 'b':
        if (load_number(optarg, 0, LOAD_KEYS_MAX, &n) != 0) {
            return -1;
        }
        conf->first = (uint32_t) n;
        return 0;
    case 'y':
        conf->busy = 1;
        return 0;
    case 'x':
        if (load_number(optarg, 1, 1000000000, &n) != 0) {
            return -1;
        }
        conf->seed = (uint64_t) n;
        return 0;
    case 'm':
        conf->method = optarg;
        return 0;
    case 'd':
        conf->body = optarg;
        return 0;
    case 'u':
        conf->uri = optarg;
        return 0;
    case 'k':
        return load_keys(conf, optarg);
    case 't':
        return load_file(&tally->trace, optarg);
    case 'l':
        return load_file(&tally->lost, optarg);
    default:
        return -1;
    }
}


/* A socket for each connection, as far as this user may. */
static int
load_descriptors(unsigned connections)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return -1;
    }

    if (limit.rlim_cur < connections + LOAD_DESCRIPTORS) {
        limit.rlim_cur = connections + LOAD_DESCRIPTORS;

        if (limit.rlim_max < limit.rlim_cur) {
            limit.rlim_max = limit.rlim_cur; /* root alone */
        }
    }

    return setrlimit(RLIMIT_NOFILE, &limit);
}


int
main(int argc, char **argv)
{
    int                  option;
    int64_t              start;
    static tally_t       tally; /* large, and kept to the end */
    static client_conf_t conf;

    conf.uri = "/";
    conf.connections = 32;
    conf.calls = 1000;
    conf.limit = INT64_C(600) * 1000000;
    conf.timeout = INT64_C(30) * 1000000;
    conf.seed = 1;

    while ((option = getopt(argc, argv, "p:u:c:f:n:s:r:k:b:t:l:x:m:d:y"))
           != -1) {
        if (load_option(&conf, &tally, option) != 0) {
            return 2;
        }
    }

    if (conf.port == 0 || optind != argc) {
        fprintf(stderr, "load: -p PORT is needed, see the source\n");
        return 2;
    }

    if (conf.method == NULL) {
        conf.method = conf.body == NULL ? "GET" : "POST";
    }

    if (conf.flight == 0 || conf.flight > conf.connections) {
        conf.flight = conf.connections;
    }

    if (load_descriptors(conf.connections) != 0) {
        perror("load: descriptors");
        return 1;
    }

    start = client_clock();

    if (client_run(&conf, &tally) != 0) {
        perror("load");
        return 1;
    }

    tally_print(&tally, client_clock() - start, stdout);

    return load_close(tally.trace) == 0 && load_close(tally.lost) == 0 ? 0 : 1;
}
