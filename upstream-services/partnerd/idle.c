/*
 * Since when gateways publish nothing.
 */

#include "idle.h"


/*
 * Time is ours, not the gateway's: a gateway whose clock is wrong is idle for
 * as long as any other.
 */
int
pd_idle(json_t *since, const char *incarnation, int64_t now)
{
    json_t *first;

    first = json_object_get(since, incarnation);

    if (first == NULL) {
        (void) json_object_set_new(since, incarnation, json_integer(now));
        return 0;
    }

    if (now - json_integer_value(first) < PD_IDLE_LIFE) {
        return 0;
    }

    (void) json_object_del(since, incarnation);

    return 1;
}
