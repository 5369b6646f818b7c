/*
 * How many calls a service may have in flight so that its answers stay within
 * a latency budget, learnt from what its answers took: a limit for each tier,
 * so that lower tiers are turned away before higher ones wait too long.
 *
 * A service that is saturated answers N calls in flight in N / capacity
 * (Little's law), so each window of answers tells the capacity, and the
 * capacity how many calls take how long.  Time that calls take without a queue
 * is not to be had back by turning some away.  It is what is left of their
 * time without the part that grows with N, which a regression tells.
 *
 * Plain arithmetic on the caller's clock; nothing is allocated.
 */

#ifndef LP_OVERLOAD_H
#define LP_OVERLOAD_H


#include <stdint.h>

#include "lp_tier.h"


#define LP_OVERLOAD_WINDOW 64 /* answers at most, */
#define LP_OVERLOAD_FEW    16 /* or so many in the time of the budget, */
#define LP_OVERLOAD_TIME   INT64_C(1000000) /* or those of so many us */
#define LP_OVERLOAD_SHARE  95 /* percent of answers that shall be in budget */
#define LP_OVERLOAD_NONE   UINT64_MAX

/* Zeroed at first; the caller's lock guards it. */
typedef struct {
    int64_t  since;      /* us; earlier calls say nothing of this window */
    int64_t  opened;     /* us; when its first answer came */
    uint32_t n;          /* answers */
    uint32_t turned;     /* calls turned away */
    uint32_t tiers;      /* that called, a bit each */
    uint32_t tiers_last; /* in the window before */
    uint32_t us[LP_OVERLOAD_WINDOW];        /* that they took, */
    uint32_t in_flight[LP_OVERLOAD_WINDOW]; /* with so many */

    uint64_t base;     /* us without a queue */
    uint64_t budget;   /* us, of the strictest tier that calls */
    uint64_t capacity; /* calls in 1,000 s; 0: never seen saturated */

    /* Of time over calls in flight; what was before weighs half each time. */
    struct {
        double n, x, y, xx, xy;
        double slope; /* us that each call in flight adds */
    } regression;
} lp_overload_t;

/* A call that was answered. */
typedef struct {
    int64_t   begun;     /* us of the same clock */
    uint64_t  in_flight; /* when it began, itself included */
    uint64_t  us;        /* until its answer was complete */
    lp_tier_t tier;
} lp_overload_call_t;


/* Calls that may be in flight when one of the tier is let in. */
uint64_t lp_overload_limit(const lp_overload_t *o, lp_tier_t tier);

/* A call came, and was let in or turned away. */
void lp_overload_came(lp_overload_t *o, lp_tier_t tier, int turned);

/* `budgets` are us, one a tier; `now` never steps back. */
void lp_overload_answered(lp_overload_t *o, const lp_overload_call_t *call,
                          const uint64_t budgets[LP_TIERS], int64_t now);


#endif
