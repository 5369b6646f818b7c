/*
 * How many calls a service may have in flight so that its answers stay within
 * a latency budget, learnt from what its answers took: a limit for each tier,
 * so that lower tiers are turned away before higher ones wait too long.
 *
 * A service that is saturated answers N calls in flight in N / capacity
 * (Little's law), so each window of answers tells the capacity, and the
 * capacity how many calls take how long.  It is saturated when at least half
 * of what calls take grows with the number in flight; what does not grow is
 * not to be had back by turning some away.
 *
 * What a service that hangs is asked is limited by lp_silence.
 *
 * Plain arithmetic on the caller's clock; nothing is allocated.  Floating
 * point: these are estimates, of which nothing is counted.
 */

#ifndef LP_OVERLOAD_H
#define LP_OVERLOAD_H


#include <stdint.h>

#include "lp_silence.h"
#include "lp_tier.h"
#include "lp_window.h"


#define LP_OVERLOAD_NONE UINT64_MAX /* no limit */


/* Zeroed at first; the caller's lock guards it. */
typedef struct {
    int64_t      since; /* us; earlier calls say nothing of what is now */
    int64_t      last;  /* us; when one was let in */
    uint64_t     life;  /* how often it was heard after it hung */
    lp_window_t  window;
    lp_silence_t silence;

    uint32_t turned;     /* calls turned away while the window was open */
    uint32_t tiers;      /* that ever called, a bit each */
    uint64_t slowest[2]; /* us until an answer began; in this window, before */

    double budget;   /* us, of the strictest tier that calls; 0: unknown */
    double own;      /* us that a call takes without a queue, the median, */
    double spread;   /* and how much longer some take */
    double capacity; /* calls in a us; 0: never seen saturated */

    /* Of time over others in flight. */
    struct {
        double n, x, y, xx, xy;
        double slope; /* us that each adds */
    } regression;
} lp_overload_t;

/* A call that was answered. */
typedef struct {
    int64_t   begun;     /* us of the same clock */
    uint64_t  in_flight; /* when it began, itself included */
    uint64_t  waited;    /* us until its answer began */
    uint64_t  us;        /* until its answer was complete */
    lp_tier_t tier;
} lp_overload_call_t;


/* Calls that may be in flight, one of the tier that is let in included. */
uint64_t lp_overload_limit(const lp_overload_t *o, lp_tier_t tier);

/*
 * The caller counts who is in flight and who of them waits, as in lp_silence.h.
 * After a silence it may be another process that answers, and who called the
 * one before wait in vain: calls that began to wait in an earlier `life`, and
 * wait still, are in neither number.
 *
 * `budgets` are us, one a tier; `now` never steps back.
 */

/* Whether to let in a call of the tier; `others` are in flight. */
int lp_overload_admits(const lp_overload_t *o, lp_tier_t tier, uint64_t others,
                       uint64_t waiting, int64_t now);

/* It came; `in`: it was let in, whatever lp_overload_admits() said. */
void lp_overload_came(lp_overload_t *o, lp_tier_t tier, int in, int64_t now);

/* It begins to wait; with it `waiting` do. */
void lp_overload_asked(lp_overload_t *o, uint64_t waiting, int64_t now);

/* The service began to answer one of `waiting`, be it to fail. */
void lp_overload_heard(lp_overload_t *o, uint64_t waiting, int64_t now);

/* How it was answered; or that its answer is not waited for any more. */
void lp_overload_answered(lp_overload_t *o, const lp_overload_call_t *call,
                          const uint64_t budgets[LP_TIERS], int64_t now);
void lp_overload_lost(lp_overload_t *o, const uint64_t budgets[LP_TIERS]);


#endif
