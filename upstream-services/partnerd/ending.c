/*
 * Reads of an operation when it was deprecated and when it goes.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <event2/util.h>

#include "ending.h"
#include "lp_time.h"


/* What is not there leaves `*seconds` as it is. */
static int
pd_ending_day(const json_t *operation, const char *name, int64_t *seconds,
              lp_error_t *err)
{
    char          midnight[LP_TIME_LEN + 1];
    const json_t *day;

    day = json_object_get(operation, name);
    if (day == NULL) {
        return LP_OK;
    }

    if (json_string_length(day) == sizeof("2027-01-01") - 1) {
        (void) snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z",
                        json_string_value(day));

        if (lp_time_parse(midnight, LP_TIME_LEN, seconds) == LP_OK) {
            return LP_OK;
        }
    }

    return lp_error(err, "", "%s is no day such as 2027-01-01", name);
}


/* RFC 9745, section 4: a sunset does not come before the deprecation. */
int
pd_ending_read(pd_ending_t *e, const json_t *operation, lp_error_t *err)
{
    time_t        at;
    int64_t       since, until;
    struct tm     tm;
    const json_t *deprecated;

    *e = (pd_ending_t){ 0 };
    since = INT64_MAX;
    until = INT64_MAX;

    if (pd_ending_day(operation, "x-deprecated-at", &since, err) != LP_OK
        || pd_ending_day(operation, "x-sunset", &until, err) != LP_OK) {
        return LP_INVALID;
    }

    deprecated = json_object_get(operation, "deprecated");

    if ((deprecated != NULL && !json_is_boolean(deprecated))
        || json_is_true(deprecated) != (since != INT64_MAX)) {
        return lp_error(err, "", "true goes together with x-deprecated-at");
    }

    if (until < since) {
        return lp_error(err, "", "x-sunset needs x-deprecated-at before it");
    }

    if (since != INT64_MAX) {
        (void) snprintf(e->deprecation, sizeof(e->deprecation), "@%" PRId64,
                        since);
    }

    at = (time_t) until;

    if (until != INT64_MAX && gmtime_r(&at, &tm) != NULL) {
        (void) evutil_date_rfc1123(e->sunset, sizeof(e->sunset), &tm);
    }

    return LP_OK;
}
