/*
 * Reads usage counters.
 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lp_error.h"
#include "usage.h"


#define PD_USAGE_VALUE_LEN 128 /* bytes: six numbers of 19 digits fit */
#define PD_USAGE_OLD_PARTS PD_USAGE_TIER
#define PD_USAGE_OLD       4 /* values */


static const char *const pd_usage_outcomes[]
    = { "ok", "client_error", "server_error", "refused", "aborted", NULL };

static const char *const pd_usage_tiers[]
    = { "-", "basic", "silver", "gold", NULL };


/* What PostgreSQL takes in an array literal without an escape. */
static int
pd_usage_name(const char *text)
{
    if (*text == '\0') {
        return 0;
    }

    for (; *text != '\0'; text++) {
        if (!isalnum((unsigned char) *text)
            && (*text == '/' || strchr("._-", *text) == NULL)) {
            return 0;
        }
    }

    return 1;
}


/* A number of the shortest form: one counter has one name. */
static int
pd_usage_number(const char **text, int64_t *out)
{
    char *end;

    if (!isdigit((unsigned char) **text)
        || (**text == '0' && isdigit((unsigned char) (*text)[1]))) {
        return LP_INVALID;
    }

    errno = 0;
    *out = strtoll(*text, &end, 10);
    *text = end;

    return errno == 0 ? LP_OK : LP_INVALID;
}


static int
pd_usage_field(pd_usage_t *u, const char *field, size_t len)
{
    size_t      i, n;
    const char *end, *slash;

    end = field + len;
    slash = field;

    for (i = 0; i < PD_USAGE_PARTS && slash != NULL; i++) {
        slash = memchr(field, '/', (size_t) (end - field));
        n = (size_t) ((slash == NULL ? end : slash) - field);

        if (n > PD_USAGE_NAME) {
            return LP_INVALID;
        }

        memcpy(u->parts[i], field, n);
        u->parts[i][n] = '\0';

        if (strlen(u->parts[i]) != n || !pd_usage_name(u->parts[i])) {
            return LP_INVALID;
        }

        field += n + (slash != NULL);
    }

    if (i == PD_USAGE_OLD_PARTS) {
        memcpy(u->parts[PD_USAGE_TIER], "-", 2);
        memcpy(u->parts[PD_USAGE_LATENCY], "0", 2);
        i = PD_USAGE_PARTS;

    } else if (i == PD_USAGE_PARTS
               && strcmp(u->parts[PD_USAGE_TIER], "-") == 0) {

        /* beside its short form it would be one row twice in a statement */

        return LP_INVALID;
    }

    return slash == NULL && i == PD_USAGE_PARTS ? LP_OK : LP_INVALID;
}


/* As the table has it: what it would refuse must not block the rest. */
static int
pd_usage_one_of(const char *const *known, const char *name)
{
    for (; *known != NULL; known++) {
        if (strcmp(*known, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
pd_usage_number_up_to(const char *text, int64_t most, int64_t *number)
{
    return pd_usage_number(&text, number) == LP_OK && *text == '\0'
           && *number <= most;
}


/* Copied, to end with a zero: the hash holds counted bytes. */
static int
pd_usage_values(pd_usage_t *u, const char *value, size_t len)
{
    char        text[PD_USAGE_VALUE_LEN + 1];
    size_t      i;
    const char *p;

    if (len > PD_USAGE_VALUE_LEN) {
        return LP_INVALID;
    }

    memcpy(text, value, len);
    text[len] = '\0';
    p = text;

    memset(u->values, 0, sizeof(u->values));

    for (i = 0; i < PD_USAGE_VALUES && (i != PD_USAGE_OLD || *p != '\0');
         i++) {
        if ((i > 0 && *p++ != ' ')
            || pd_usage_number(&p, &u->values[i]) != LP_OK) {
            return LP_INVALID;
        }
    }

    return p == text + len ? LP_OK : LP_INVALID;
}


int
pd_usage_parse(pd_usage_t *u, const char *field, size_t field_len,
               const char *value, size_t value_len)
{
    int64_t latency;

    if (pd_usage_field(u, field, field_len) != LP_OK
        || !pd_usage_one_of(pd_usage_outcomes, u->parts[PD_USAGE_OUTCOME])
        || !pd_usage_one_of(pd_usage_tiers, u->parts[PD_USAGE_TIER])
        || !pd_usage_number_up_to(u->parts[PD_USAGE_HOUR], PD_USAGE_HOUR_MAX,
                                  &u->hour)
        || !pd_usage_number_up_to(u->parts[PD_USAGE_LATENCY],
                                  PD_USAGE_LATENCY_MAX, &latency)) {
        return LP_INVALID;
    }

    return pd_usage_values(u, value, value_len);
}
