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
    PD_OPTION_FLAG
} pd_option_kind_t;

typedef struct {
    const char      *name; /* behind the two hyphens */
    const char      *environment;
    pd_option_kind_t kind;
    size_t           offset;
    const char      *standard; /* default */
    long             low, high;
    const char      *value; /* in the help */
    const char      *help;
} pd_option_t;


#define PD_AT(field) offsetof(pd_options_t, field)

/* clang-format off */
static const pd_option_t pd_options[] = {
    { "database", "PARTNERD_DATABASE", PD_OPTION_TEXT, PD_AT(database),
      "", 0, 0, "CONNINFO",
      "PostgreSQL, as libpq has it; PGHOST etc. fill what is missing" },
    { "redis", "PARTNERD_REDIS", PD_OPTION_TEXT, PD_AT(redis),
      "", 0, 0, "unix:/PATH|HOST:PORT|sentinel:NAME@HOST:PORT,...",
      "Redis; work needs it, serve waits through it for gateways" },
    { "redis-user", "PARTNERD_REDIS_USER", PD_OPTION_TEXT,
      PD_AT(redis_user),
      "", 0, 0, "NAME",
      "ACL user of Redis; without it a password is the default user's" },
    { "redis-password-file", "PARTNERD_REDIS_PASSWORD_FILE", PD_OPTION_TEXT,
      PD_AT(redis_password),
      "", 0, 0, "PATH",
      "holds the password for Redis; closed to others, read at start" },
    { "listen", "PARTNERD_LISTEN", PD_OPTION_TEXT, PD_AT(listen),
      "", 0, 0, "unix:/PATH",
      "where serve answers; one process a socket" },
    { "metrics", "PARTNERD_METRICS", PD_OPTION_TEXT, PD_AT(metrics),
      "", 0, 0, "unix:/PATH",
      "where serve or work shows metrics; one process a socket" },
    { "contract", "PARTNERD_CONTRACT", PD_OPTION_TEXT, PD_AT(contract),
      PARTNERD_SHARE "/contract", 0, 0, "DIR",
      "the OpenAPI documents and errors.json" },
    { "sql", "PARTNERD_SQL", PD_OPTION_TEXT, PD_AT(sql),
      PARTNERD_SHARE "/sql", 0, 0, "DIR",
      "migrations/ and queries/" },
    { "audit-head", "PARTNERD_AUDIT_HEAD", PD_OPTION_TEXT, PD_AT(audit_head),
      "", 0, 0, "PATH",
      "where work publishes the end of the audit trail, for check audit" },
    { "subject-keys", "PARTNERD_SUBJECT_KEYS", PD_OPTION_TEXT,
      PD_AT(subject_keys),
      "", 0, 0, "DIR",
      "the keys of personal data; closed to others, in no database backup" },
    { "master-key", "PARTNERD_MASTER_KEY", PD_OPTION_TEXT, PD_AT(master_key),
      "", 0, 0, "PATH",
      "one line or more of 64 hexadecimal digits: the first encrypts the "
      "subject keys, all open them" },
    { "key-pepper", "PARTNERD_KEY_PEPPER", PD_OPTION_TEXT, PD_AT(key_pepper),
      "", 0, 0, "PATH",
      "the secrets that API keys are digested with, as the gateways have "
      "them: the first line makes new digests" },
    { "report-key", "PARTNERD_REPORT_KEY", PD_OPTION_TEXT, PD_AT(report_key),
      "", 0, 0, "PATH",
      "holds the keys that sign reports; closed to others, read at start" },
    { "partner", NULL, PD_OPTION_TEXT, PD_AT(partner),
      "", 0, 0, "ID",
      "report, redact: the partner" },
    { "month", NULL, PD_OPTION_TEXT, PD_AT(month),
      "", 0, 0, "YYYY-MM",
      "report: the month; without it the last that has ended" },
    { "profile", NULL, PD_OPTION_TEXT, PD_AT(profile),
      "", 0, 0, "PATH",
      "redact: a rule a line, as partner_redact_profile has them" },
    { "redact-keys", "PARTNERD_REDACT_KEYS", PD_OPTION_TEXT,
      PD_AT(redact_keys),
      "", 0, 0, "PATH",
      "redact: the file of partner_redact_keys, for hash and encrypt; closed "
      "to others" },
    { "readers", "PARTNERD_READERS", PD_OPTION_NUMBER, PD_AT(readers),
      "2", 1, 64, "N",
      "connections that requests which only read share" },
    { "scans", "PARTNERD_SCANS", PD_OPTION_NUMBER, PD_AT(scans),
      "2", 1, 64, "N",
      "connections that serve one read of many rows at a time, of each "
      "partner in turn" },
    { "writers", "PARTNERD_WRITERS", PD_OPTION_NUMBER, PD_AT(writers),
      "8", 1, 64, "N",
      "connections that serve one writing request at a time" },
    { "waiting", "PARTNERD_WAITING", PD_OPTION_NUMBER, PD_AT(waiting),
      "1024", 0, 1000000, "N",
      "requests that may wait for a connection; more are refused" },
    { "deadline", "PARTNERD_DEADLINE", PD_OPTION_NUMBER, PD_AT(deadline),
      "5000", 100, 60000, "MS",
      "milliseconds that the database may take for a request" },
    { "dumpable", "PARTNERD_DUMPABLE", PD_OPTION_NUMBER, PD_AT(dumpable),
      "0", 0, 1, "0|1",
      "1: debuggers may attach, and a core file has all secrets in it" },
    { "role", "PARTNERD_ROLE", PD_OPTION_TEXT, PD_AT(role),
      "admin", 0, 0, "admin|finance|support|auditor",
      "operator-key: what the operator may do" },
    { "name", "PARTNERD_NAME", PD_OPTION_TEXT, PD_AT(name),
      "operator", 0, 0, "TEXT",
      "operator-key: whose key it is, 1 to 100 characters" },
    { "to", NULL, PD_OPTION_NUMBER, PD_AT(to),
      "9999", 0, 9999, "N",
      "migrate: forward or back to migration N, 0 for none of them" },
    { "older-than", NULL, PD_OPTION_NUMBER, PD_AT(older_than),
      "60", 5, 1000000, "MINUTES",
      "check subjects: a younger key may be that of a write under way" },
    { "remove", NULL, PD_OPTION_FLAG, PD_AT(remove),
      NULL, 0, 0, NULL,
      "check subjects: remove the keys that no row has" },
    { "plan", NULL, PD_OPTION_FLAG, PD_AT(plan),
      NULL, 0, 0, NULL,
      "migrate: say what would be done" },
    { "docs", NULL, PD_OPTION_FLAG, PD_AT(docs),
      NULL, 0, 0, NULL,
      "check: print docs/api.md as the contract has it" },
    { NULL, NULL, 0, 0, NULL, 0, 0, NULL, NULL }
};
/* clang-format on */


static int
pd_option_set(pd_options_t *o, const pd_option_t *option, const char *value,
              const char *given, lp_error_t *err)
{
    char *field, *end;
    long  n;

    field = (char *) o + option->offset;

    if (option->kind == PD_OPTION_FLAG) {
        *(unsigned *) field = 1;
        return LP_OK;
    }

    if (option->kind == PD_OPTION_TEXT) {
        *(const char **) field = value;
        return LP_OK;
    }

    errno = 0;
    n = strtol(value, &end, 10);

    if (errno != 0 || end == value || *end != '\0' || n < option->low
        || n > option->high) {
        return lp_error(err, "", "%s is \"%.40s\"; allowed: %ld to %ld", given,
                        value, option->low, option->high);
    }

    *(long *) field = n;

    return LP_OK;
}


/* The environment is checked as the command line is. */
static int
pd_options_standard(pd_options_t *o, lp_error_t *err)
{
    const char        *value, *given;
    const pd_option_t *option;

    *o = (pd_options_t){ 0 };

    for (option = pd_options; option->name != NULL; option++) {
        if (option->kind == PD_OPTION_FLAG) {
            continue;
        }

        given = option->environment;
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
pd_options_parse(pd_options_t *o, int argc, char *const argv[],
                 lp_error_t *err)
{
    int                i;
    size_t             len;
    const char        *arg, *value;
    const pd_option_t *option;

    if (pd_options_standard(o, err) != LP_OK) {
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
pd_options_help(FILE *out)
{
    const pd_option_t *option;

    for (option = pd_options; option->name != NULL; option++) {
        (void) fprintf(out, "  --%s %s\n      %s\n", option->name,
                       option->value == NULL ? "" : option->value,
                       option->help);

        if (option->environment != NULL) {
            (void) fprintf(out, "      %s, default \"%s\"\n",
                           option->environment, option->standard);
        }
    }
}
