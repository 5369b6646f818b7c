/*
 * Reads the command line and the environment.
 */

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"


typedef enum {
    PD_OPTION_TEXT = 0,
    PD_OPTION_NUMBER,
    PD_OPTION_CHOICE, /* one of those that `value` has */
    PD_OPTION_FLAG
} pd_option_kind_t;

typedef struct {
    const char      *name;  /* behind the two hyphens */
    const char      *verbs; /* that take it; NULL: all */
    const char      *environment;
    pd_option_kind_t kind;
    size_t           offset;
    const char      *standard; /* default */
    long             low, high;
    const char      *value; /* in the help */
    const char      *help;
} pd_option_t;


#define PD_AT(field) offsetof(pd_options_t, field)

#define PD_ON_POSTGRESQL                                                      \
    "serve, work, migrate, check, check audit, check peppers, "               \
    "check subjects, operator-key, report"

/* clang-format off */
static const pd_option_t pd_options[] = {
    { "database", PD_ON_POSTGRESQL,
      "PARTNERD_DATABASE", PD_OPTION_TEXT, PD_AT(database),
      "", 0, 0, "CONNINFO",
      "PostgreSQL, as libpq has it; PGHOST etc. fill what is missing" },
    { "redis", "serve, work",
      "PARTNERD_REDIS", PD_OPTION_TEXT, PD_AT(redis),
      "", 0, 0, "unix:/PATH|HOST[:PORT]|sentinel:NAME@HOST[:PORT],...",
      "Redis; work needs it, serve waits through it for gateways" },
    { "redis-user", "serve, work",
      "PARTNERD_REDIS_USER", PD_OPTION_TEXT,
      PD_AT(redis_user),
      "", 0, 0, "NAME",
      "ACL user of Redis; without it a password is the default user's" },
    { "redis-password-file", "serve, work",
      "PARTNERD_REDIS_PASSWORD_FILE", PD_OPTION_TEXT,
      PD_AT(redis_password),
      "", 0, 0, "PATH",
      "holds the password for Redis; closed to others, read at start" },
    { "listen", "serve",
      "PARTNERD_LISTEN", PD_OPTION_TEXT, PD_AT(listen),
      "", 0, 0, "unix:/PATH",
      "where serve answers; one process a socket" },
    { "metrics", "serve, work",
      "PARTNERD_METRICS", PD_OPTION_TEXT, PD_AT(metrics),
      "", 0, 0, "unix:/PATH",
      "where serve or work shows metrics; one process a socket" },
    { "contract", "serve, check",
      "PARTNERD_CONTRACT", PD_OPTION_TEXT, PD_AT(contract),
      PARTNERD_SHARE "/contract", 0, 0, "DIR",
      "the OpenAPI documents and errors.json" },
    { "sql", "serve, work, migrate, check, report",
      "PARTNERD_SQL", PD_OPTION_TEXT, PD_AT(sql),
      PARTNERD_SHARE "/sql", 0, 0, "DIR",
      "migrations/ and queries/" },
    { "audit-head", "work, check audit",
      "PARTNERD_AUDIT_HEAD", PD_OPTION_TEXT, PD_AT(audit_head),
      "", 0, 0, "PATH",
      "where work publishes the end of the audit trail, for check audit" },
    { "subject-keys", "serve, work, check subjects, rotate master-key",
      "PARTNERD_SUBJECT_KEYS", PD_OPTION_TEXT,
      PD_AT(subject_keys),
      "", 0, 0, "DIR",
      "the keys of personal data; closed to others, in no database backup" },
    { "master-key", "serve, rotate master-key",
      "PARTNERD_MASTER_KEY", PD_OPTION_TEXT, PD_AT(master_key),
      "", 0, 0, "PATH",
      "one line or more of 64 hexadecimal digits: the first encrypts the "
      "subject keys, all open them" },
    { "key-pepper", "serve, check peppers, operator-key, key",
      "PARTNERD_KEY_PEPPER", PD_OPTION_TEXT, PD_AT(key_pepper),
      "", 0, 0, "PATH",
      "the secrets that API keys are digested with, as the gateways have "
      "them: the first line makes new digests" },
    { "report-key", "serve, report",
      "PARTNERD_REPORT_KEY", PD_OPTION_TEXT, PD_AT(report_key),
      "", 0, 0, "PATH",
      "holds the keys that sign reports; closed to others, read at start" },
    { "partner", "report, redact",
      NULL, PD_OPTION_TEXT, PD_AT(partner),
      "", 0, 0, "ID",
      "the partner" },
    { "month", "report",
      NULL, PD_OPTION_TEXT, PD_AT(month),
      "", 0, 0, "YYYY-MM",
      "the month; without it the last that has ended" },
    { "profile", "redact",
      NULL, PD_OPTION_TEXT, PD_AT(profile),
      "", 0, 0, "PATH",
      "a rule a line, as partner_redact_profile has them" },
    { "redact-keys", "redact",
      "PARTNERD_REDACT_KEYS", PD_OPTION_TEXT,
      PD_AT(redact_keys),
      "", 0, 0, "PATH",
      "the file of partner_redact_keys, for hash and encrypt; closed "
      "to others" },
    { "readers", "serve",
      "PARTNERD_READERS", PD_OPTION_NUMBER, PD_AT(readers),
      "2", 1, 64, "N",
      "connections that requests which only read share" },
    { "scans", "serve",
      "PARTNERD_SCANS", PD_OPTION_NUMBER, PD_AT(scans),
      "2", 1, 64, "N",
      "connections that serve one read of many rows at a time, of each "
      "partner in turn" },
    { "writers", "serve",
      "PARTNERD_WRITERS", PD_OPTION_NUMBER, PD_AT(writers),
      "8", 1, 64, "N",
      "connections that serve one writing request at a time" },
    { "waiting", "serve",
      "PARTNERD_WAITING", PD_OPTION_NUMBER, PD_AT(waiting),
      "1024", 0, 1000000, "N",
      "requests that may wait for a connection; more are refused" },
    { "deadline", "serve, check subjects",
      "PARTNERD_DEADLINE", PD_OPTION_NUMBER, PD_AT(deadline),
      "5000", 100, 60000, "MS",
      "milliseconds that the database may take for a request" },
    { "dumpable", NULL,
      "PARTNERD_DUMPABLE", PD_OPTION_NUMBER, PD_AT(dumpable),
      "0", 0, 1, "0|1",
      "1: debuggers may attach, and a core file has all secrets in it" },
    { "role", "operator-key",
      "PARTNERD_ROLE", PD_OPTION_CHOICE, PD_AT(role),
      "admin", 0, 0, "admin|finance|support|auditor",
      "what the operator may do" },
    { "name", "operator-key",
      "PARTNERD_NAME", PD_OPTION_TEXT, PD_AT(name),
      "operator", 0, 0, "TEXT",
      "whose key it is, 1 to 100 characters" },
    { "to", "migrate",
      NULL, PD_OPTION_TEXT, PD_AT(to),
      PD_TO_LAST, 0, 0, "N|last",
      "forward or back to migration N, 0 for none of them" },
    { "older-than", "check subjects",
      NULL, PD_OPTION_NUMBER, PD_AT(older_than),
      "60", 5, 1000000, "MINUTES",
      "a younger key may be that of a write under way" },
    { "remove", "check subjects",
      NULL, PD_OPTION_FLAG, PD_AT(remove),
      NULL, 0, 0, NULL,
      "remove the keys that no row has" },
    { "plan", "migrate",
      NULL, PD_OPTION_FLAG, PD_AT(plan),
      NULL, 0, 0, NULL,
      "say what would be done" },
    { "docs", "check",
      NULL, PD_OPTION_FLAG, PD_AT(docs),
      NULL, 0, 0, NULL,
      "print docs/api.md as the contract has it" },
    { NULL, NULL, NULL, 0, 0, NULL, 0, 0, NULL, NULL }
};
/* clang-format on */


/* Whether `word` is one of a list's; `between` stands between two of them. */
static int
pd_option_lists(const char *list, const char *between, const char *word)
{
    size_t      len, n;
    const char *end;

    for (len = strlen(word); list != NULL;
         list = end == NULL ? NULL : end + strlen(between)) {
        end = strstr(list, between);
        n = end == NULL ? strlen(list) : (size_t) (end - list);

        if (n == len && memcmp(list, word, len) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
pd_option_taken(const pd_option_t *option, const char *verb)
{
    return option->verbs == NULL || pd_option_lists(option->verbs, ", ", verb);
}


int
pd_option_number(const char *given, const char *value, long low, long high,
                 long *n, lp_error_t *err)
{
    char *end;

    errno = 0;
    *n = strtol(value, &end, 10);

    if (errno != 0 || end == value || *end != '\0' || *n < low || *n > high) {
        return lp_error(err, "", "%s is \"%.40s\"; allowed: %ld to %ld", given,
                        value, low, high);
    }

    return LP_OK;
}


static int
pd_option_set(pd_options_t *o, const pd_option_t *option, const char *value,
              const char *given, lp_error_t *err)
{
    char *field;

    field = (char *) o + option->offset;

    if (option->kind == PD_OPTION_FLAG) {
        *(unsigned *) field = 1;
        return LP_OK;
    }

    if (option->kind == PD_OPTION_CHOICE
        && !pd_option_lists(option->value, "|", value)) {
        return lp_error(err, "", "%s is \"%.40s\"; allowed: %s", given, value,
                        option->value);
    }

    if (option->kind != PD_OPTION_NUMBER) {
        *(const char **) field = value;
        return LP_OK;
    }

    return pd_option_number(given, value, option->low, option->high,
                            (long *) field, err);
}


/*
 * The environment is checked as the command line is, but for what the verb does
 * not take: one file of variables serves them all.
 */
static int
pd_options_standard(pd_options_t *o, const char *verb, lp_error_t *err)
{
    const char        *value, *given;
    const pd_option_t *option;

    *o = (pd_options_t){ 0 };

    for (option = pd_options; option->name != NULL; option++) {
        if (option->kind == PD_OPTION_FLAG) {
            continue;
        }

        given = pd_option_taken(option, verb) ? option->environment : NULL;
        value = given != NULL ? getenv(given) : NULL;
        value = value != NULL ? value : option->standard;

        if (pd_option_set(o, option, value, given, err) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


/* `len` is that of the name in --name or --name=value. */
static const pd_option_t *
pd_option_find(const char *arg, size_t len)
{
    const pd_option_t *option;

    for (option = pd_options; option->name != NULL; option++) {
        if (strlen(option->name) == len
            && memcmp(option->name, arg, len) == 0) {
            return option;
        }
    }

    return NULL;
}


/* What is given twice counts as it is given last. */
int
pd_options_parse(pd_options_t *o, const char *verb, int argc,
                 char *const argv[], lp_error_t *err)
{
    int                i;
    size_t             len;
    const char        *arg, *value;
    const pd_option_t *option;

    if (pd_options_standard(o, verb, err) != LP_OK) {
        return LP_INVALID;
    }

    for (i = 0; i < argc; i++) {
        arg = argv[i];
        len = strcspn(arg, "=");
        option = strncmp(arg, "--", 2) == 0 ? pd_option_find(arg + 2, len - 2)
                                            : NULL;

        /* Not what stands behind the name: it may be a password. */
        if (option == NULL) {
            return lp_error(err, "",
                            "there is no option \"%.*s\"; "
                            "partnerd --help lists them",
                            len < 40 ? (int) len : 40, arg);
        }

        if (!pd_option_taken(option, verb)) {
            return lp_error(err, "", "%s takes no --%s", verb, option->name);
        }

        value = arg[len] == '=' ? arg + len + 1 : NULL;

        if (option->kind == PD_OPTION_FLAG) {
            if (value != NULL) {
                return lp_error(err, "", "--%s takes no value", option->name);
            }

        } else if (value == NULL) {
            if (++i == argc) {
                return lp_error(err, "", "--%s needs a value: %s",
                                option->name, option->value);
            }
            value = argv[i];
        }

        if (pd_option_set(o, option, value, option->name, err) != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


void
pd_options_help(FILE *out, const char *verb)
{
    const pd_option_t *option;

    for (option = pd_options; option->name != NULL; option++) {
        if (verb != NULL && !pd_option_taken(option, verb)) {
            continue;
        }

        (void) fprintf(out, "  --%s %s\n      %s\n", option->name,
                       option->value == NULL ? "" : option->value,
                       option->help);

        if (verb == NULL) {
            (void) fprintf(out, "      of %s\n",
                           option->verbs == NULL ? "every verb"
                                                 : option->verbs);
        }

        if (option->environment != NULL) {
            (void) fprintf(out, "      %s, default \"%s\"\n",
                           option->environment, option->standard);

        } else if (option->standard != NULL && option->standard[0] != '\0') {
            (void) fprintf(out, "      default \"%s\"\n", option->standard);
        }
    }
}
