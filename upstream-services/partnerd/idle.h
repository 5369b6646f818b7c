/*
 * Since when gateways publish nothing.
 */

#ifndef PD_IDLE_H
#define PD_IDLE_H


#include <stdint.h>
#include <jansson.h>


#define PD_IDLE_LIFE INT64_C(3600000) /* milliseconds without usage */


/*
 * `since` maps incarnations to the time at which nothing was first found.
 * Returns 1, and forgets the incarnation, when that is PD_IDLE_LIFE ago.
 */
int pd_idle(json_t *since, const char *incarnation, int64_t now);


#endif
