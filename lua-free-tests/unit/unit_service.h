/*
 * A service, simulated, behind the limits of lp_overload: some servers with one
 * queue, what each call takes besides, some calls that take much longer, and a
 * time in which it hangs.
 */

#ifndef UNIT_SERVICE_H
#define UNIT_SERVICE_H


#include "unit.h"
#include "lp_overload.h"


#define UNIT_SECOND  INT64_C(1000000)
#define UNIT_FLIGHTS 200000
#define UNIT_SERVERS 64

typedef struct {
    int64_t            done, extra; /* us */
    int                lost;
    uint64_t           life;
    lp_overload_call_t call;
} unit_flight_t;

typedef struct {
    const char *name;
    size_t      servers;
    int64_t     service;       /* us that a call keeps one of them busy */
    int64_t     delay;         /* us that it takes besides */
    int64_t     jitter;        /* us more at most */
    uint64_t    slow;          /* of 1000 calls, so many take */
    int64_t     longer;        /* so many us more */
    uint64_t    mix[LP_TIERS]; /* of 1000 calls */
    int64_t     timeout;       /* us; 0: callers wait for ever */
} unit_service_t;

static struct {
    lp_overload_t  o;
    unit_service_t is;
    uint64_t       random;
    int64_t        now, free[UNIT_SERVERS];
    int64_t        hangs_from, hangs_to;
    int            dies; /* who calls while it hangs is never answered */
    size_t         in_flight;
    uint64_t       waiting, life; /* of those in flight, in that life */
    unit_flight_t  flights[UNIT_FLIGHTS]; /* a heap, the first done on top */

    /* `late`: beyond gold's budget by more than is the call's own */
    uint64_t came[LP_TIERS], turned[LP_TIERS], late[LP_TIERS], answered;
} unit_world;

static const uint64_t unit_budgets[LP_TIERS] = { 800000, 400000, 200000 };


/* Of ten calls one is gold, three are silver, unless it says otherwise. */
static inline void
unit_service_begin(const unit_service_t *service, uint64_t seed)
{
    memset(&unit_world, 0, sizeof(unit_world));
    unit_world.is = *service;
    unit_world.random = seed;
    unit_world.now = UNIT_SECOND;

    if (service->mix[0] + service->mix[1] + service->mix[2] == 0) {
        unit_world.is.mix[LP_TIER_BASIC] = 600;
        unit_world.is.mix[LP_TIER_SILVER] = 300;
        unit_world.is.mix[LP_TIER_GOLD] = 100;
    }
}


static inline void
unit_service_push(const unit_flight_t *flight)
{
    size_t         i;
    unit_flight_t *heap = unit_world.flights;

    for (i = unit_world.in_flight++;
         i > 0 && heap[(i - 1) / 2].done > flight->done; i = (i - 1) / 2) {
        heap[i] = heap[(i - 1) / 2];
    }

    heap[i] = *flight;
}


static inline unit_flight_t
unit_service_pop(void)
{
    size_t         i, child;
    unit_flight_t *heap = unit_world.flights, first = heap[0], last;

    last = heap[--unit_world.in_flight];

    for (i = 0; (child = 2 * i + 1) < unit_world.in_flight; i = child) {
        if (child + 1 < unit_world.in_flight
            && heap[child + 1].done < heap[child].done) {
            child++;
        }

        if (heap[child].done >= last.done) {
            break;
        }

        heap[i] = heap[child];
    }

    heap[i] = last;

    return first;
}


/* Those of the life that the service is in. */
static inline uint64_t *
unit_service_waiting(void)
{
    if (unit_world.life != unit_world.o.life) {
        unit_world.life = unit_world.o.life;
        unit_world.waiting = 0;
    }

    return &unit_world.waiting;
}


static inline void
unit_service_ends(int64_t until)
{
    unit_flight_t f;

    while (unit_world.in_flight != 0 && unit_world.flights[0].done <= until) {
        f = unit_service_pop();
        f.call.us = (uint64_t) (f.done - f.call.begun);
        f.call.waited = f.call.us;

        if (f.lost) {
            lp_overload_lost(&unit_world.o, unit_budgets);

        } else {
            unit_world.answered++;
            unit_world.late[f.call.tier]
                += f.call.us > unit_budgets[LP_TIER_GOLD] + (uint64_t) f.extra;
            lp_overload_heard(&unit_world.o, *unit_service_waiting(), f.done);
            lp_overload_answered(&unit_world.o, &f.call, unit_budgets, f.done);
        }

        *unit_service_waiting() -= f.life == unit_world.o.life;
    }
}


/* When the service has done with a call that comes now. */
static inline int64_t
unit_service_serves(void)
{
    size_t  i, first = 0;
    int64_t begins;

    for (i = 1; i < unit_world.is.servers; i++) {
        if (unit_world.free[i] < unit_world.free[first]) {
            first = i;
        }
    }

    begins = unit_world.free[first] > unit_world.now ? unit_world.free[first]
                                                     : unit_world.now;

    if (begins + unit_world.is.service > unit_world.hangs_from
        && begins < unit_world.hangs_to) {
        begins = unit_world.hangs_to;
    }

    unit_world.free[first] = begins + unit_world.is.service;

    return unit_world.free[first];
}


static inline void
unit_service_asked(lp_tier_t tier)
{
    int           in;
    uint64_t      others;
    unit_flight_t f;

    others = *unit_service_waiting();
    in = lp_overload_admits(&unit_world.o, tier, others, others,
                            unit_world.now);
    lp_overload_came(&unit_world.o, tier, in, unit_world.now);
    unit_world.came[tier]++;
    unit_world.turned[tier] += !in;

    if (!in) {
        return;
    }

    lp_overload_asked(&unit_world.o, ++*unit_service_waiting(),
                      unit_world.now);

    memset(&f, 0, sizeof(f));
    f.life = unit_world.o.life;
    f.call.begun = unit_world.now;
    f.call.in_flight = others + 1;
    f.call.tier = tier;
    f.lost = unit_world.dies && unit_world.now >= unit_world.hangs_from
             && unit_world.now < unit_world.hangs_to;

    if (!f.lost) {
        f.extra = unit_below(&unit_world.random, 1000) < unit_world.is.slow
                      ? unit_world.is.longer
                      : 0;
        f.done = unit_service_serves() + unit_world.is.delay + f.extra;

        if (unit_world.is.jitter > 0) {
            f.done += (int64_t) unit_below(&unit_world.random,
                                           (uint64_t) unit_world.is.jitter);
        }
    }

    if (unit_world.is.timeout > 0
        && (f.lost || f.done - unit_world.now > unit_world.is.timeout)) {
        f.lost = 1;
        f.done = unit_world.now + unit_world.is.timeout;
    }

    unit_service_push(&f);
}


/* So many calls a second, unevenly. */
static inline void
unit_service_run(double seconds, double rate)
{
    int64_t  end = unit_world.now + (int64_t) (seconds * (double) UNIT_SECOND);
    uint64_t which;

    memset(unit_world.came, 0, sizeof(unit_world.came));
    memset(unit_world.turned, 0, sizeof(unit_world.turned));
    memset(unit_world.late, 0, sizeof(unit_world.late));
    unit_world.answered = 0;

    while (unit_world.now < end) {
        unit_world.now += (int64_t) unit_below(&unit_world.random,
                                               (uint64_t) (2e6 / rate))
                          + 1;
        unit_service_ends(unit_world.now);
        which = unit_below(&unit_world.random, 1000);
        unit_service_asked(which < unit_world.is.mix[0] ? (lp_tier_t) 0
                           : which < unit_world.is.mix[0]
                                         + unit_world.is.mix[1]
                               ? (lp_tier_t) 1
                               : (lp_tier_t) 2);
    }
}


static inline uint64_t
unit_service_came(void)
{
    return unit_world.came[0] + unit_world.came[1] + unit_world.came[2];
}


static inline uint64_t
unit_service_turned(void)
{
    return unit_world.turned[0] + unit_world.turned[1] + unit_world.turned[2];
}


#endif
