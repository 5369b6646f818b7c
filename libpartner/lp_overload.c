/*
 * Learns a service's capacity from windows of answers.
 */

#include <stdlib.h>
#include <string.h>

#include "lp_overload.h"


#define LP_OVERLOAD_UNIT   UINT64_C(1000000000) /* capacity times us */
#define LP_OVERLOAD_MEMORY 0.5                  /* of windows before */


static uint64_t
lp_overload_max(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}


/*
 * The time that calls may take until the tier is turned away: the room between
 * no queue and the budget in equal steps.  Where the budget cannot be had even
 * without a queue, the queue may double the time.
 */
static uint64_t
lp_overload_target(const lp_overload_t *o, lp_tier_t tier)
{
    uint64_t most = o->base < o->budget ? o->budget : 2 * o->base;

    return o->base + (most - o->base) * ((uint64_t) tier + 1) / LP_TIERS;
}


uint64_t
lp_overload_limit(const lp_overload_t *o, lp_tier_t tier)
{
    if (o->capacity == 0) {
        return LP_OVERLOAD_NONE;
    }

    /* one may always be in flight: nothing would be learnt from none */

    return lp_overload_max(
        o->capacity * lp_overload_target(o, tier) / LP_OVERLOAD_UNIT, 1);
}


void
lp_overload_came(lp_overload_t *o, lp_tier_t tier, int turned)
{
    o->tiers |= 1u << tier;
    o->turned += turned != 0;
}


static int
lp_overload_compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

    return (x > y) - (x < y);
}


/* The budget of the strictest tier that called lately. */
static void
lp_overload_strictest(lp_overload_t *o, const uint64_t budgets[LP_TIERS])
{
    unsigned tier;

    o->budget = 0;

    for (tier = 0; tier < LP_TIERS; tier++) {
        if (((o->tiers | o->tiers_last) >> tier & 1) != 0
            && (o->budget == 0 || budgets[tier] < o->budget)) {
            o->budget = budgets[tier];
        }
    }
}


/*
 * Where the number in flight hardly varies nothing is told by it.  Floating
 * point: it is an estimate, of which nothing is counted.
 */
static void
lp_overload_regress(lp_overload_t *o)
{
    double   slope, spread, x, y;
    uint32_t i;

    for (i = 0; i < o->n; i++) {
        x = o->in_flight[i];
        y = o->us[i];
        o->regression.n += 1;
        o->regression.x += x;
        o->regression.y += y;
        o->regression.xx += x * x;
        o->regression.xy += x * y;
    }

    spread = o->regression.n * o->regression.xx
             - o->regression.x * o->regression.x;

    if (spread >= o->regression.n * o->regression.n) {
        slope = (o->regression.n * o->regression.xy
                 - o->regression.x * o->regression.y)
                / spread;
        o->regression.slope = slope > 0 ? slope : 0;
    }

    o->regression.n *= LP_OVERLOAD_MEMORY;
    o->regression.x *= LP_OVERLOAD_MEMORY;
    o->regression.y *= LP_OVERLOAD_MEMORY;
    o->regression.xx *= LP_OVERLOAD_MEMORY;
    o->regression.xy *= LP_OVERLOAD_MEMORY;
}


/* What LP_OVERLOAD_SHARE of the calls would have taken without a queue. */
static uint64_t
lp_overload_unqueued(lp_overload_t *o)
{
    double   queue;
    uint32_t i, rank = (o->n * LP_OVERLOAD_SHARE + 99) / 100;

    for (i = 0; i < o->n; i++) {
        queue = o->regression.slope * o->in_flight[i];
        o->us[i] = o->us[i] > queue ? o->us[i] - (uint32_t) queue : 0;
    }

    qsort(o->us, o->n, sizeof(o->us[0]), lp_overload_compare);

    return o->us[rank - 1];
}


static void
lp_overload_learn(lp_overload_t *o)
{
    double   mean = 0;
    uint32_t i;
    uint64_t us, capacity, target;

    for (i = 0; i < o->n; i++) {
        mean += (double) o->in_flight[i] / o->n;
    }

    lp_overload_regress(o);
    o->base = lp_overload_unqueued(o);

    us = lp_overload_max(o->base + (uint64_t) (o->regression.slope * mean), 1);
    capacity = lp_overload_max(
        (uint64_t) (mean * LP_OVERLOAD_UNIT / (double) us), 1);
    target = lp_overload_target(o, (lp_tier_t) 0);

    if (us > target) {
        o->capacity = capacity;
        return;
    }

    if (o->capacity == 0) {
        return;
    }

    /* turned away for nothing: as much more as there was time left */

    if (o->turned != 0) {
        o->capacity += o->capacity * (target - us) / target;
    }

    o->capacity = lp_overload_max(o->capacity, capacity);
}


/* Once limits change, calls that came before tell nothing of what they do. */
static void
lp_overload_close(lp_overload_t *o, const uint64_t budgets[LP_TIERS],
                  int64_t now)
{
    uint64_t before = o->capacity;

    lp_overload_strictest(o, budgets);
    lp_overload_learn(o);

    if (o->capacity != before) {
        o->since = now;
    }

    o->n = 0;
    o->turned = 0;
    o->tiers_last = o->tiers;
    o->tiers = 0;
}


static int
lp_overload_is_over(const lp_overload_t *o, int64_t now)
{
    int64_t open = now - o->opened;

    return o->n == LP_OVERLOAD_WINDOW || open >= LP_OVERLOAD_TIME
           || (o->n >= LP_OVERLOAD_FEW && o->budget != 0
               && (uint64_t) open >= o->budget);
}


static uint32_t
lp_overload_clip(uint64_t n)
{
    return n < UINT32_MAX ? (uint32_t) n : UINT32_MAX;
}


void
lp_overload_answered(lp_overload_t *o, const lp_overload_call_t *call,
                     const uint64_t budgets[LP_TIERS], int64_t now)
{
    if (call->begun < o->since) {
        return;
    }

    if (o->n == 0) {
        o->opened = now;
    }

    o->tiers |= 1u << call->tier;
    o->in_flight[o->n] = lp_overload_clip(call->in_flight);
    o->us[o->n++] = lp_overload_clip(call->us);

    if (lp_overload_is_over(o, now)) {
        lp_overload_close(o, budgets, now);
    }
}
