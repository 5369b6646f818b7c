/*
 * A plain model of the bucket that Redis keeps with its leases: what is
 * missing, moved on from one end of a lease to the next.
 */

#ifndef UNIT_SHARED_H
#define UNIT_SHARED_H


#include "unit.h"
#include "lp_bucket.h"


#define UNIT_NODES 4


typedef struct {
    int64_t seq; /* 0: no lease */
    int64_t out;
    int64_t ends;
} unit_lease_t;

typedef struct {
    __int128     debt; /* 1/tokens of a microsecond */
    int64_t      at;
    unit_lease_t leases[UNIT_NODES];
} unit_shared_t;

/* What a call says and wants, as the script's arguments have it. */
typedef struct {
    int     node; /* -1: no lease */
    int64_t seq, life, held, want;
} unit_report_t;

typedef struct {
    int64_t admitted, remaining, retry, reset, granted;
} unit_answer_t;


static inline int64_t
unit_shared_ceil(__int128 a, int64_t b)
{
    return (int64_t) ((a + b - 1) / b);
}


/* Tokens that are out until `ends` or longer, as debt. */
static inline __int128
unit_shared_out(const unit_shared_t *s, const lp_rate_t *rate, int64_t ends)
{
    int      i;
    __int128 out = 0;

    for (i = 0; i < UNIT_NODES; i++) {
        if (s->leases[i].seq != 0 && s->leases[i].ends >= ends) {
            out += s->leases[i].out;
        }
    }

    return (out < rate->burst ? out : rate->burst) * rate->period;
}


static inline void
unit_shared_drain(unit_shared_t *s, const lp_rate_t *rate, int64_t to)
{
    s->debt -= (__int128) (to - s->at) * rate->tokens;
    s->debt = s->debt > 0 ? s->debt : 0;
    s->at = to;
}


static inline void
unit_shared_clamp(unit_shared_t *s, __int128 least)
{
    s->debt = s->debt > least ? s->debt : least;
}


/* Moves on to `now`, ending leases on the way. */
static inline void
unit_shared_move(unit_shared_t *s, const lp_rate_t *rate, int64_t now)
{
    int i, first;

    for (;;) {
        for (first = -1, i = 0; i < UNIT_NODES; i++) {
            if (s->leases[i].seq != 0 && s->leases[i].ends <= now
                && (first < 0 || s->leases[i].ends < s->leases[first].ends)) {
                first = i;
            }
        }

        if (first < 0) {
            break;
        }

        unit_shared_drain(s, rate, s->leases[first].ends);
        unit_shared_clamp(s, unit_shared_out(s, rate, s->at));
        s->leases[first].seq = 0;
    }

    unit_shared_drain(s, rate, now);
    unit_shared_clamp(s, unit_shared_out(s, rate, now + 1));
}


static inline int
unit_shared_hear(unit_shared_t *s, const lp_rate_t *rate,
                 const unit_report_t *r)
{
    int64_t       back;
    unit_lease_t *lease;

    if (r->node < 0 || r->held < 0) {
        return 0;
    }

    lease = &s->leases[r->node];

    if (lease->seq == 0) {
        lease->out = 0;
    }

    if (r->seq <= lease->seq) {
        return 0;
    }

    if (r->want < 0) {
        back = lease->out - r->held < -r->want ? lease->out - r->held
                                               : -r->want;
        s->debt -= (back > 0 ? back : 0) * (__int128) rate->period;
        s->debt = s->debt > 0 ? s->debt : 0;
    }

    *lease = (unit_lease_t){ r->seq, r->held, s->at + r->life };
    unit_shared_clamp(s, unit_shared_out(s, rate, s->at));

    return 1;
}


static inline int64_t
unit_shared_left(const unit_shared_t *s, const lp_rate_t *rate)
{
    return (int64_t) ((rate->burst * rate->period - s->debt) / rate->period);
}


static inline int64_t
unit_shared_full(const unit_shared_t *s, const lp_rate_t *rate)
{
    int     i;
    int64_t at, longest;

    longest = unit_shared_ceil(s->debt, rate->tokens);

    for (i = 0; i < UNIT_NODES; i++) {
        if (s->leases[i].seq != 0) {
            at = s->leases[i].ends - s->at
                 + unit_shared_ceil(
                     unit_shared_out(s, rate, s->leases[i].ends),
                     rate->tokens);
            longest = at > longest ? at : longest;
        }
    }

    return longest;
}


/* Phase one of a decision: whether `cost` fits, once the node was heard. */
static inline unit_answer_t
unit_shared_check(unit_shared_t *s, const lp_rate_t *rate, int64_t now,
                  int64_t cost, const unit_report_t *report, int *heard)
{
    __int128      missing;
    unit_answer_t a = { 0 };

    unit_shared_move(s, rate, now);
    *heard = unit_shared_hear(s, rate, report);

    missing = s->debt + (__int128) cost * rate->period
              - (__int128) rate->burst * rate->period;
    a.retry = cost > rate->burst ? -1
              : missing > 0      ? unit_shared_ceil(missing, rate->tokens)
                                 : 0;
    a.admitted = a.retry == 0;

    return a;
}


/* Phase two: what was decided for all buckets is done to this one. */
static inline void
unit_shared_settle(unit_shared_t *s, const lp_rate_t *rate, int64_t cost,
                   int take, const unit_report_t *report, int heard,
                   unit_answer_t *a)
{
    if (take && a->admitted) {
        s->debt += (__int128) cost * rate->period;
    }

    if (heard && (take || cost == 0)) {
        a->granted = unit_shared_left(s, rate);
        a->granted = a->granted < report->want ? a->granted : report->want;
        a->granted = a->granted > 0 ? a->granted : 0;
        s->debt += (__int128) a->granted * rate->period;
        s->leases[report->node].out += a->granted;
    }

    if (heard && s->leases[report->node].out == 0) {
        s->leases[report->node].seq = 0;
    }

    a->remaining = unit_shared_left(s, rate);
    a->reset = unit_shared_full(s, rate);
}


#endif
