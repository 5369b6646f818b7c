/*
 * Learns a service's capacity from windows of answers.  The numbers below say
 * what they cost at half and at twice what they are: `make chaos
 * E=overload_numbers` shows it.
 */

#include "lp_overload.h"


/* Percent of answers that shall be in budget; slower ones are nobody's fault */
#ifndef LP_OVERLOAD_SHARE
#define LP_OVERLOAD_SHARE 95
#endif

/*
 * Of what was seen of times over calls in flight, when a window is added.  With
 * more, a service that becomes slower by itself, which looks like a queue at
 * first, is taken for one twice as long; with less, noise is.
 */
#ifndef LP_OVERLOAD_FRESH
#define LP_OVERLOAD_FRESH 0.5
#endif

/*
 * The same of the time without a queue, which no queue may pass for: where it
 * takes half of budget and room is small, gold would wait.
 */
#ifndef LP_OVERLOAD_KEPT
#define LP_OVERLOAD_KEPT 0.75
#endif

/*
 * Of the time without a queue, in each window that has one: a queue that never
 * empties hides a service that has become faster, and what was too much.  What
 * is too little shows, for then the queue is gone, and is put right: in twice
 * as large steps a tenth of the capacity goes unused meanwhile.
 */
#ifndef LP_OVERLOAD_FADED
#define LP_OVERLOAD_FADED (15.0 / 16)
#endif

/*
 * Parts of the room between no queue and the budget: one for each tier, and one
 * that nobody waits in.  Without it the highest tier, where it is alone too
 * much, waits as long as its budget is, and longer by chance; with another one
 * lower tiers are turned away for nothing.
 */
#ifndef LP_OVERLOAD_PARTS
#define LP_OVERLOAD_PARTS (LP_TIERS + 1)
#endif

#define LP_OVERLOAD_TOP ((lp_tier_t) (LP_TIERS - 1))


/*
 * The time that calls may take until the tier is turned away.  Where the budget
 * cannot be had even without a queue, the queue may double the time.
 */
static double
lp_overload_target(const lp_overload_t *o, lp_tier_t tier)
{
    double room = o->budget - o->own - o->spread;

    if (room <= 0) {
        room = o->own;
    }

    return o->own + room * ((int) tier + 1) / LP_OVERLOAD_PARTS;
}


/* Tiers are a call apart at least, else none would go before another. */
uint64_t
lp_overload_limit(const lp_overload_t *o, lp_tier_t tier)
{
    double limit = o->capacity * lp_overload_target(o, tier) + 0.5;
    double apart = o->capacity * lp_overload_target(o, LP_OVERLOAD_TOP) + 0.5
                   - (LP_OVERLOAD_TOP - (int) tier);

    if (o->capacity <= 0) {
        return LP_OVERLOAD_NONE;
    }

    if (limit > apart) {
        limit = apart;
    }

    /* one may always be in flight: nothing would be learnt from none */

    return limit < 1                           ? 1
           : limit < (double) LP_OVERLOAD_NONE ? (uint64_t) limit
                                               : LP_OVERLOAD_NONE;
}


/* Nothing was heard for longer than anything took lately, or may take. */
static int
lp_overload_hangs(const lp_overload_t *o, lp_tier_t tier, uint64_t waiting,
                  int64_t now)
{
    uint64_t slowest
        = o->slowest[0] > o->slowest[1] ? o->slowest[0] : o->slowest[1];
    double target = lp_overload_target(o, tier);

    if (target < (double) slowest) {
        target = (double) slowest;
    }

    return o->budget > 0 && target < (double) INT64_MAX
           && lp_silence_lasts(&o->silence, waiting, (int64_t) target, now);
}


/* While it hangs one is let in as often as one may take, and finds out. */
int
lp_overload_admits(const lp_overload_t *o, lp_tier_t tier, uint64_t others,
                   uint64_t waiting, int64_t now)
{
    if (lp_overload_hangs(o, tier, waiting, now)) {
        return (double) (now - o->last)
               >= lp_overload_target(o, LP_OVERLOAD_TOP);
    }

    return others < lp_overload_limit(o, tier);
}


void
lp_overload_came(lp_overload_t *o, lp_tier_t tier, int in, int64_t now)
{
    o->tiers |= 1u << tier;

    if (in) {
        o->last = now;

    } else {
        o->turned++;
    }
}


void
lp_overload_asked(lp_overload_t *o, uint64_t waiting, int64_t now)
{
    lp_silence_begun(&o->silence, waiting, now);
}


/*
 * The budget of the strictest tier that ever called: one that calls seldom
 * finds its part of the room kept, and nobody is served less for it.
 */
static void
lp_overload_strictest(lp_overload_t *o, const uint64_t budgets[LP_TIERS])
{
    unsigned tier;

    o->budget = 0;

    for (tier = 0; tier < LP_TIERS; tier++) {
        if ((o->tiers >> tier & 1) != 0
            && (o->budget <= 0 || (double) budgets[tier] < o->budget)) {
            o->budget = (double) budgets[tier];
        }
    }
}


/* Where the number in flight hardly varies nothing is told by it. */
static void
lp_overload_regress(lp_overload_t *o, const lp_window_view_t *view)
{
    double   x, y, spread;
    uint32_t i;

    o->regression.n *= LP_OVERLOAD_FRESH;
    o->regression.x *= LP_OVERLOAD_FRESH;
    o->regression.y *= LP_OVERLOAD_FRESH;
    o->regression.xx *= LP_OVERLOAD_FRESH;
    o->regression.xy *= LP_OVERLOAD_FRESH;

    for (i = 0; i < 2; i++) {
        x = view->half[i].in_flight - 1;
        y = view->half[i].us;
        o->regression.n += view->n;
        o->regression.x += view->n * x;
        o->regression.y += view->n * y;
        o->regression.xx += view->n * x * x;
        o->regression.xy += view->n * x * y;
    }

    spread = o->regression.n * o->regression.xx
             - o->regression.x * o->regression.x;

    /* by half a call to either side, at least */

    if (spread * 4 >= o->regression.n * o->regression.n) {
        o->regression.slope = (o->regression.n * o->regression.xy
                               - o->regression.x * o->regression.y)
                              / spread;
    }
}


static double
lp_overload_mix(double before, double now)
{
    return before <= 0
               ? now
               : LP_OVERLOAD_KEPT * before + (1 - LP_OVERLOAD_KEPT) * now;
}


/* With a queue it is what it was, or what is left if the queue is taken off */
static void
lp_overload_own(lp_overload_t *o, double us, double queue, int saturated)
{
    if (!saturated) {
        o->own = us < o->own ? us : lp_overload_mix(o->own, us);
        return;
    }

    o->own *= LP_OVERLOAD_FADED;

    if (o->own < us - queue) {
        o->own = us - queue;
    }

    if (o->own > us) {
        o->own = us;
    }
}


static void
lp_overload_learn(lp_overload_t *o)
{
    int              saturated;
    double           queue, capacity, target, slow;
    lp_window_view_t view;

    lp_window_look(&o->window, &view);
    lp_overload_regress(o, &view);

    queue = o->regression.slope * (view.in_flight - 1);
    saturated = queue > view.us / 2;
    lp_overload_own(o, view.us, queue, saturated);

    /* of calls that can be in budget at all */

    slow = lp_window_within(&o->window, LP_OVERLOAD_SHARE,
                            o->budget + view.us - o->own);
    o->spread
        = lp_overload_mix(o->spread, slow > view.us ? slow - view.us : 0);

    capacity = view.in_flight / (view.us > 1 ? view.us : 1);
    target = lp_overload_target(o, (lp_tier_t) 0);

    if (saturated && view.us > target) {
        o->capacity = capacity;

    } else if (o->capacity > 0 && view.us <= target) {

        /* turned away for nothing: as much more as there was time left */

        if (o->turned != 0) {
            o->capacity += o->capacity * (target - view.us) / target;
        }

        if (o->capacity < capacity) {
            o->capacity = capacity;
        }
    }

    lp_window_next(&o->window, view.in_flight);
}


/* Once limits change, calls that came before tell nothing of what they do. */
static void
lp_overload_close(lp_overload_t *o, const uint64_t budgets[LP_TIERS],
                  int64_t now)
{
    double before = o->capacity;

    lp_overload_strictest(o, budgets);
    lp_overload_learn(o);

    if (o->capacity < before || o->capacity > before) {
        o->since = now;
    }

    o->turned = 0;
    o->slowest[1] = o->slowest[0];
    o->slowest[0] = 0;
}


void
lp_overload_heard(lp_overload_t *o, uint64_t waiting, int64_t now)
{
    if (lp_overload_hangs(o, (lp_tier_t) 0, waiting, now)) {
        o->since = now;
        o->life++;
    }

    lp_silence_heard(&o->silence, now);
}


void
lp_overload_answered(lp_overload_t *o, const lp_overload_call_t *call,
                     const uint64_t budgets[LP_TIERS], int64_t now)
{
    if (o->slowest[0] < call->waited) {
        o->slowest[0] = call->waited;
    }

    if (call->begun >= o->since
        && lp_window_add(&o->window, call->in_flight, call->us, now)) {
        lp_overload_close(o, budgets, now);
    }
}


void
lp_overload_lost(lp_overload_t *o, const uint64_t budgets[LP_TIERS])
{
    lp_overload_strictest(o, budgets);
}
