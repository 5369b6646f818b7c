/*
 * One usage counter, as a gateway publishes it in a hash:
 *
 *     <hour>/<partner>/<application>/<operation>/<outcome>/<tier>/<latency>
 *     <calls> <request bytes> <response bytes> <upstream microseconds>
 *         <promised> <in time>
 *
 * Gateways of the version before leave out the last two of both.
 */

#ifndef PD_USAGE_H
#define PD_USAGE_H


#include <stddef.h>
#include <stdint.h>


#define PD_USAGE_NAME        128     /* bytes of an identifier */
#define PD_USAGE_HOUR_MAX    9999999 /* hours since the epoch: the year 3110 */
#define PD_USAGE_LATENCY_MAX 3600000 /* milliseconds */
#define PD_USAGE_VALUES      6

/* What may differ between two counters, in the field's order. */
typedef enum {
    PD_USAGE_HOUR = 0,
    PD_USAGE_PARTNER,
    PD_USAGE_APPLICATION,
    PD_USAGE_OPERATION,
    PD_USAGE_OUTCOME,
    PD_USAGE_TIER,    /* "-": the gateway did not say */
    PD_USAGE_LATENCY, /* that it was promised, milliseconds */
    PD_USAGE_PARTS
} pd_usage_part_t;

typedef struct {
    char    parts[PD_USAGE_PARTS][PD_USAGE_NAME + 1];
    int64_t hour;
    int64_t values[PD_USAGE_VALUES];
} pd_usage_t;


/* LP_OK, or LP_INVALID for what the schema could not store: such a field is
 * to be skipped. */
int pd_usage_parse(pd_usage_t *u, const char *field, size_t field_len,
                   const char *value, size_t value_len);


#endif
