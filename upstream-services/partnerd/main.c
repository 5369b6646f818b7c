/*
 * partnerd: the platform behind the gateway.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "verbs.h"


#define PD_HELP_COLUMN 17 /* of a verb's help */


typedef struct {
    const char *name; /* one word, or two */
    int (*run)(const pd_options_t *o);
    const char *help;
} pd_verb_t;

/* Where two begin with one word, that of two words comes first. */
static const pd_verb_t pd_verbs[] = {
    { "serve", pd_serve, "answer the management API" },
    { "work", pd_work, "project keys to Redis, take usage from it" },
    { "migrate", pd_migrate, "bring the database to this version" },
    { "check audit", pd_check_audit, "walk the audit trail" },
    { "check peppers", pd_check_peppers,
      "say with which peppers usable keys are digested" },
    { "check subjects", pd_check_subjects,
      "list the keys of persons that no row has" },
    { "check", pd_check, "hold contract, SQL and code against each other" },
    { "operator-key", pd_operator_key,
      "make an operator's key, print it once" },
    { "key", pd_key, "make a key for a static registry; no database" },
    { "report", pd_report, "print a partner's signed report of a month" },
    { "redact", pd_redact,
      "try a profile on a JSON document: stdin to stdout" },
    { "rotate master-key", pd_rotate_master_key,
      "move the keys of persons to the first master key" },
    { NULL, NULL, NULL },
};


/* Of all verbs where it is NULL. */
static void
pd_help(FILE *out, const pd_verb_t *verb)
{
    const pd_verb_t *v;

    (void) fprintf(out, "usage: partnerd %s [--OPTION VALUE ...]\n\n",
                   verb == NULL ? "VERB" : verb->name);

    for (v = pd_verbs; v->name != NULL; v++) {
        if (verb == NULL || v == verb) {
            (void) fprintf(out, "  %-*s  %s\n", PD_HELP_COLUMN, v->name,
                           v->help);
        }
    }

    (void) fputs("\n  --help\n  --version\n", out);
    pd_options_help(out, verb == NULL ? NULL : verb->name);
}


/* Behind the first word of the verb's name if that is `word`, else NULL. */
static const char *
pd_verb_behind(const pd_verb_t *v, const char *word)
{
    size_t len;

    len = strcspn(v->name, " ");

    return strlen(word) == len && memcmp(v->name, word, len) == 0
               ? v->name + len
               : NULL;
}


/* The verb of the first word, or of the first two. */
static const pd_verb_t *
pd_verb_find(int argc, char **argv)
{
    const char      *behind;
    const pd_verb_t *v;

    for (v = pd_verbs; argc > 1 && v->name != NULL; v++) {
        behind = pd_verb_behind(v, argv[1]);

        if (behind != NULL
            && (behind[0] == '\0'
                || (argc > 2 && strcmp(argv[2], behind + 1) == 0))) {
            return v;
        }
    }

    return NULL;
}


/* The word is NULL where one is needed and none is there. */
static int
pd_verb_object(const char *name, const char *word)
{
    const char      *sep, *behind;
    const pd_verb_t *v;

    if (word == NULL) {
        (void) fprintf(stderr, "partnerd: %s needs one of:", name);
    } else {
        (void) fprintf(
            stderr, "partnerd: %s takes no \"%.40s\"; allowed:", name, word);
    }

    for (v = pd_verbs, sep = " "; v->name != NULL; v++) {
        behind = pd_verb_behind(v, name);

        if (behind != NULL && behind[0] != '\0') {
            (void) fprintf(stderr, "%s%s", sep, behind + 1);
            sep = ", ";
        }
    }

    (void) fprintf(stderr, "%s\n", sep[0] == ' ' ? " options alone" : "");

    return PD_USAGE;
}


/* Whether a first word that found no verb lacks its second. */
static int
pd_verb_has_objects(int argc, char **argv)
{
    const pd_verb_t *v;

    for (v = pd_verbs; argc > 1 && v->name != NULL; v++) {
        if (pd_verb_behind(v, argv[1]) != NULL) {
            return 1;
        }
    }

    return 0;
}


static int
pd_run(const pd_verb_t *verb, int argc, char **argv)
{
    lp_error_t   err;
    pd_options_t options;

    if (pd_options_parse(&options, verb->name, argc, argv, &err) != LP_OK) {
        (void) fprintf(stderr, "partnerd: %s\n", err.text);
        return PD_USAGE;
    }

    /* Most verbs hold secrets: no core file has them, and no other process of
     * the same user reads them from memory.  A limit of core files would not
     * do, since the kernel passes by it where a program takes them. */
    if (!options.dumpable && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        (void) fprintf(stderr, "partnerd: PR_SET_DUMPABLE: %s\n",
                       strerror(errno));
        return 1;
    }

    /* A peer that went away is an error of the call, not the end. */
    (void) signal(SIGPIPE, SIG_IGN);

    return verb->run(&options);
}


int
main(int argc, char **argv)
{
    int              i;
    const pd_verb_t *verb;

    verb = pd_verb_find(argc, argv);

    if (argc > 1 && strcmp(argv[1], "help") == 0) {
        pd_help(stdout, pd_verb_find(argc - 1, argv + 1));
        return 0;
    }

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            pd_help(stdout, verb);
            return 0;
        }

        if (strcmp(argv[i], "--version") == 0) {
            (void) puts("partnerd " PD_VERSION);
            return 0;
        }
    }

    if (verb != NULL) {
        i = strchr(verb->name, ' ') == NULL ? 2 : 3;

        if (argc > i && argv[i][0] != '-') {
            return pd_verb_object(verb->name, argv[i]);
        }

        return pd_run(verb, argc - i, argv + i);
    }

    if (pd_verb_has_objects(argc, argv)) {
        return pd_verb_object(argv[1],
                              argc > 2 && argv[2][0] != '-' ? argv[2] : NULL);
    }

    (void) fprintf(stderr, "partnerd: %s%.40s%s\n\n",
                   argc > 1 ? "there is no verb \"" : "a verb is needed",
                   argc > 1 ? argv[1] : "", argc > 1 ? "\"" : "");
    pd_help(stderr, NULL);

    return PD_USAGE;
}
