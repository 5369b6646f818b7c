/*
 * partnerd: the platform behind the gateway.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "verbs.h"


#define PD_USAGE 2 /* exit status of a wrong command line */


static const struct {
    const char *name;
    int (*run)(const pd_options_t *o);
    const char *help;
} pd_verbs[] = {
    { "serve", pd_serve, "answer the management API" },
    { "work", pd_work, "project keys to Redis, take usage from it" },
    { "migrate", pd_migrate, "bring the database to this version" },
    { "check", pd_check, "hold contract, SQL and code against each other" },
    { "admin-key", pd_admin_key, "make an operator's key, print it once" },
    { "key", pd_key, "make a key for a static registry; no database" },
    { NULL, NULL, NULL },
};


static void
pd_help(FILE *out)
{
    int i;

    (void) fputs("usage: partnerd VERB [--OPTION VALUE ...]\n\n", out);

    for (i = 0; pd_verbs[i].name != NULL; i++) {
        (void) fprintf(out, "  %-10s %s\n", pd_verbs[i].name,
                       pd_verbs[i].help);
    }

    (void) fputs("\n  --help\n  --version\n", out);
    pd_options_help(out);
}


/* Options come behind the verb and are the same for all of them. */
static int
pd_run(int verb, int argc, char **argv)
{
    lp_error_t   err;
    pd_options_t options;

    if (pd_options_parse(&options, argc, argv, &err) != LP_OK) {
        (void) fprintf(stderr, "partnerd: %s\n", err.text);
        return PD_USAGE;
    }

    /* A peer that went away is an error of the call, not the end. */
    (void) signal(SIGPIPE, SIG_IGN);

    return pd_verbs[verb].run(&options);
}


int
main(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            pd_help(stdout);
            return 0;
        }

        if (strcmp(argv[i], "--version") == 0) {
            (void) puts("partnerd " PD_VERSION);
            return 0;
        }
    }

    for (i = 0; argc > 1 && pd_verbs[i].name != NULL; i++) {
        if (strcmp(argv[1], pd_verbs[i].name) == 0) {
            return pd_run(i, argc - 2, argv + 2);
        }
    }

    (void) fprintf(stderr, "partnerd: %s%.40s%s\n\n",
                   argc > 1 ? "there is no verb \"" : "a verb is needed",
                   argc > 1 ? argv[1] : "", argc > 1 ? "\"" : "");
    pd_help(stderr);

    return PD_USAGE;
}
