/*
 * A node's part of a lease: what is left of it, and when to ask for more.
 */

#include "lp_lease.h"


#define LP_LEASE_MEASURE (LP_SECOND / 50) /* the least to measure demand by */
#define LP_LEASE_BATCH   8                /* tokens, the smallest lease */
#define LP_LEASE_PAUSE   (LP_SECOND / 10) /* between empty answers, at most */


lp_lease_state_t
lp_lease_state(lp_lease_t *lease, const lp_rate_t *rate, int64_t now,
               uint64_t *wasted)
{
    /* The tokens that are left were debited already and stay good. */
    if (lease->rate.tokens != rate->tokens
        || lease->rate.period != rate->period
        || lease->rate.burst != rate->burst) {
        lease->rate = *rate;
        lease->retry = 0;
    }

    if (lease->left > 0 && now < lease->ends) {
        return LP_LEASE_SPEND;
    }

    *wasted += (uint64_t) lease->left;
    lease->left = 0;

    return now < lease->retry ? LP_LEASE_EMPTY : LP_LEASE_ASK;
}


/* What Redis itself admitted is demand as well, and no part of the lease. */
void
lp_lease_spend(lp_lease_t *lease, lp_lease_state_t state)
{
    lease->left -= (state == LP_LEASE_SPEND);
    lease->spent++;
}


/* Until a call can pass: it is asked for again, and there is a token. */
static int64_t
lp_lease_wait(const lp_lease_t *lease, int64_t now)
{
    int64_t until;

    until = lease->free > lease->retry ? lease->free : lease->retry;

    return until - now;
}


lp_decision_t
lp_lease_decision(const lp_lease_t *lease, lp_lease_state_t state, int64_t now)
{
    lp_decision_t d;

    d.admitted = (state != LP_LEASE_EMPTY);
    d.remaining = lease->left;
    d.retry_after = d.admitted ? 0 : lp_lease_wait(lease, now);
    d.reset = lease->full > now ? lease->full - now : 0;

    return d;
}


/* Tokens a second, measured again once there is something to measure. */
static int64_t
lp_lease_demand(lp_lease_t *lease, int64_t now)
{
    int64_t passed;

    passed = now - lease->since;

    if (passed >= LP_LEASE_MEASURE) {
        lease->demand = lease->spent * LP_SECOND / passed;
        lease->since = now;
        lease->spent = 0;
    }

    return lease->demand;
}


/* The most that one node may ask for at once; 0 where no lease pays. */
static int64_t
lp_lease_most(const lp_rate_t *rate)
{
    int64_t most;

    most = rate->burst / LP_LEASE_SHARE;

    return most < LP_LEASE_BATCH ? 0 : most;
}


int64_t
lp_lease_want(lp_lease_t *lease, int64_t now, int64_t patience)
{
    int64_t demand, want, most;

    if (lease->asked != 0 && now - lease->asked < patience) {
        return 0;
    }

    /* A quarter is left while the refill is on its way. */
    if (now < lease->retry || 4 * lease->left > lease->want) {
        return 0;
    }

    demand = lp_lease_demand(lease, now);
    most = lp_lease_most(&lease->rate);
    want = demand * LP_LEASE_HORIZON / LP_SECOND;

    if (want < LP_LEASE_LEAST) {
        want = demand * (LP_LEASE_LIFE / 2) / LP_SECOND < LP_LEASE_LEAST
                   ? 0
                   : LP_LEASE_LEAST;
    }

    return want < most ? want : most;
}


void
lp_lease_ask(lp_lease_t *lease, int64_t want, int64_t seq, int64_t now)
{
    lease->asked = now;
    lease->want = want;
    lease->seq = seq;
}


/*
 * What is answered after the question was given up is no longer ours to spend:
 * another question may have been granted the same.
 */
int64_t
lp_lease_grant(lp_lease_t *lease, int64_t seq, int64_t granted)
{
    if (lease->asked == 0 || lease->seq != seq) {
        return granted;
    }

    /* What was left is lent anew with it: the question told of it (held). */
    lease->left += granted;
    /*
     * From when it was asked, which is before Redis granted it: clocks that
     * differ in speed by less than a sixteenth do no harm.
     */
    lease->ends = lease->asked + LP_LEASE_LIFE - LP_LEASE_LIFE / 16;
    lease->asked = 0;

    return 0;
}


void
lp_lease_fail(lp_lease_t *lease, int64_t seq)
{
    if (lease->seq == seq) {
        lease->asked = 0;
    }
}


/*
 * How long a batch takes to come back that is worth a question of each node;
 * 0: none is.
 */
static int64_t
lp_lease_pause(const lp_rate_t *rate)
{
    int64_t batch, most;

    batch = most = rate->burst / 2;

    if (rate->tokens < LP_BUCKET_MAX / LP_LEASE_PAUSE) {
        batch = LP_LEASE_PAUSE * rate->tokens / rate->period;
        batch = batch < most ? batch : most;
    }

    return batch < LP_LEASE_LEAST ? 0 : batch * rate->period / rate->tokens;
}


void
lp_lease_learn(lp_lease_t *lease, const lp_decision_t *d, int missing,
               int64_t now)
{
    int64_t pause;

    lease->full = now + d->reset;
    lease->free = now + d->retry_after;

    if (!missing && d->retry_after == 0) {
        lease->retry = 0;
        return;
    }

    pause = lp_lease_pause(&lease->rate);

    if (d->retry_after > pause) {
        pause = d->retry_after;
    }

    /*
     * After a second it is asked again, whatever was said: Redis may be
     * emptied, or an operator may set a bucket right.
     */
    lease->retry = now + (pause < LP_SECOND ? pause : LP_SECOND);
}


int64_t
lp_lease_return(lp_lease_t *lease, int64_t seq, int64_t next, int64_t now)
{
    int64_t left;

    if (lease->seq != seq || lease->asked != 0 || now >= lease->ends) {
        return 0;
    }

    left = lease->left;
    lease->left = 0;
    lease->want = 0;
    lease->retry = 0; /* the shared bucket has at least these again */
    lease->seq = next;

    return left;
}
