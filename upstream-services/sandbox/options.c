/*
 * Reading the command line.
 */

#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "listen.h"
#include "records.h"


void
sb_options_help(void)
{
    printf("usage: sandbox --listen ADDRESS [--seed N]\n"
           "\n"
           "Simulated rides, leads and policies with invented personal data.\n"
           "The same seed and path give the same bytes.\n"
           "\n"
           "  --listen ADDRESS  %s\n"
           "  --seed N          0 to 18446744073709551615; default 1\n"
           "  --help            this text\n"
           "\n"
           "GET  /v1/rides /v1/leads /v1/policies   ?limit=1..100 &cursor=\n"
           "GET  /v1/rides/ride_000001 (to %06d), leads/lead_, "
           "policies/policy_\n"
           "POST /v1/rides          checks a booking, keeps nothing\n"
           "GET  /v1/echo           the request as it arrived here\n"
           "GET  /v1/slow?ms=0..10000\n"
           "GET  /v1/status/200..599\n"
           "\n"
           "SIGTERM and SIGINT end it.\n",
           SB_LISTEN_ALLOWED, SB_RECORDS);
}


static int
read_seed(const char *text, uint64_t *seed)
{
    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0') {
        return -1;
    }

    errno = 0;
    *seed = strtoull(text, NULL, 10);

    return errno == 0 ? 0 : -1;
}


/* 0 when the option takes the value. */
static int
set(sb_options_t *o, const char *name, const char *value)
{
    if (strcmp(name, "--listen") == 0) {
        o->listen = value;
        return 0;
    }

    if (strcmp(name, "--seed") != 0) {
        fprintf(stderr,
                "sandbox: unknown option \"%s\"; allowed: --listen, --seed, "
                "--help\n",
                name);
        return -1;
    }

    if (read_seed(value, &o->seed) != 0) {
        fprintf(stderr,
                "sandbox: invalid seed \"%s\"; allowed: 0 to "
                "18446744073709551615\n",
                value);
        return -1;
    }

    return 0;
}


int
sb_options_read(sb_options_t *o, int argc, char **argv)
{
    int i;

    memset(o, 0, sizeof(*o));
    o->seed = 1;

    for (i = 1; i < argc; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            o->help = 1;
            return 0;
        }

        if (set(o, argv[i], i + 1 < argc ? argv[i + 1] : "") != 0) {
            return -1;
        }
    }

    if (o->listen == NULL || *o->listen == '\0') {
        fprintf(stderr, "sandbox: --listen needs an address: %s\n",
                SB_LISTEN_ALLOWED);
        return -1;
    }

    return 0;
}
