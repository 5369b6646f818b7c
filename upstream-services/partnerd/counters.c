/*
 * Gathers usage counters into arrays.
 */

#include <inttypes.h>
#include <stdlib.h>

#include "counters.h"


/* The :work names of _usage.store. */
static const char *const pd_counter_columns[PD_COUNTER_COLUMNS]
    = { "hour",          "partner",        "application", "operation",
        "outcome",       "tier",           "latency_ms",  "calls",
        "request_bytes", "response_bytes", "upstream_us", "promised",
        "in_time" };


/* Also where not all streams came to be. */
static void
pd_counters_free(pd_counters_t *c)
{
    size_t i;

    for (i = 0; i < PD_COUNTER_COLUMNS; i++) {
        if (c->out[i] != NULL) {
            (void) fclose(c->out[i]);
        }

        free(c->text[i]);
    }
}


int
pd_counters_open(pd_counters_t *c)
{
    size_t i;

    *c = (pd_counters_t){ .n = 0 };

    for (i = 0; i < PD_COUNTER_COLUMNS; i++) {
        c->out[i] = open_memstream(&c->text[i], &c->size[i]);

        if (c->out[i] == NULL) {
            pd_counters_free(c);
            return -1;
        }

        (void) fputc('{', c->out[i]);
    }

    return 0;
}


void
pd_counters_add(pd_counters_t *c, const char *field, size_t field_len,
                const char *value, size_t value_len)
{
    size_t      i;
    const char *sep;
    pd_usage_t  u;

    if (pd_usage_parse(&u, field, field_len, value, value_len) != 0) {
        c->malformed++;
        return;
    }

    sep = c->n++ == 0 ? "" : ",";

    /* Quoted: a partner called NULL is a name as any other.  What an
     * identifier may hold needs no escape. */
    for (i = 0; i < PD_USAGE_PARTS; i++) {
        (void) fprintf(c->out[i], "%s\"%s\"", sep, u.parts[i]);
    }

    for (i = 0; i < PD_USAGE_VALUES; i++) {
        (void) fprintf(c->out[PD_USAGE_PARTS + i], "%s%" PRId64, sep,
                       u.values[i]);
    }
}


json_t *
pd_counters_close(pd_counters_t *c, const char *incarnation)
{
    size_t  i;
    json_t *work;

    work = json_pack("{s:s}", "incarnation", incarnation);

    for (i = 0; i < PD_COUNTER_COLUMNS; i++) {
        (void) fputc('}', c->out[i]);

        if (fclose(c->out[i]) != 0
            || json_object_set_new(work, pd_counter_columns[i],
                                   json_string(c->text[i]))
                   != 0) {
            json_decref(work);
            work = NULL;
        }

        c->out[i] = NULL;
    }

    pd_counters_free(c);

    return work;
}
