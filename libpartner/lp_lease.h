/*
 * A node's part of a lease: tokens that the shared bucket has debited already
 * and that the node spends by itself for a while.
 *
 * The shared bucket counts what is out as missing (bucket.lua), so over every
 * window of length t all nodes together admit at most burst + rate * t, as
 * long as a node spends nothing after `ends` by the shared clock.  Times here
 * are of the node's own clock, which needs to run at the same speed only: a
 * lease is counted from when it was asked for, and a sixteenth is kept back.
 *
 * How much is asked for follows the demand: what this node spends in a fifth
 * of a second, or LP_LEASE_LEAST.  Where that many would be too much of the
 * burst, or outlast half the lease, a lease does not pay, and every call asks
 * the shared bucket itself.
 */

#ifndef LP_LEASE_H
#define LP_LEASE_H


#include <stdint.h>

#include "lp_bucket.h"


#define LP_LEASE_LIFE    (4 * LP_SECOND)
#define LP_LEASE_HORIZON (LP_SECOND / 5) /* that a refill shall last */
#define LP_LEASE_LEAST   20              /* tokens; one question in twenty */
#define LP_LEASE_SHARE   6 /* at most this part of the burst at once */


typedef enum {
    LP_LEASE_SPEND = 0, /* a token is here */
    LP_LEASE_ASK,       /* none is, the shared bucket has to be asked */
    LP_LEASE_EMPTY      /* nor has the shared bucket, asked a moment ago */
} lp_lease_state_t;

/*
 * All zero: nothing is known yet.  The caller's lock guards it, where it is
 * shared.  Times are microseconds of a clock that never steps back.
 */
typedef struct {
    lp_rate_t rate;   /* that the rest belongs to */
    int64_t   left;   /* tokens to spend before `ends` */
    int64_t   ends;   /* by the node's clock */
    int64_t   asked;  /* when the refill on its way was asked for; 0: none */
    int64_t   seq;    /* of that refill, then of the last */
    int64_t   want;   /* what the last refill asked for */
    int64_t   retry;  /* nothing is asked until then: it was empty */
    int64_t   free;   /* by what it said it has a token again then */
    int64_t   full;   /* and surely full then, were no more taken */
    int64_t   since;  /* the demand is measured from then */
    int64_t   spent;  /* tokens since then, */
    int64_t   demand; /* tokens a second before */
} lp_lease_t;


/*
 * What a call finds.  Numbers that changed (a plan was raised) make an end to
 * what was known of the shared bucket.  `*wasted` grows by what ran out.
 */
lp_lease_state_t lp_lease_state(lp_lease_t *lease, const lp_rate_t *rate,
                                int64_t now, uint64_t *wasted);

/* Takes a token, of the lease or (with LP_LEASE_ASK) of the shared bucket. */
void lp_lease_spend(lp_lease_t *lease, lp_lease_state_t state);

/* The state of a bucket for the answer; `admitted` as `state` has it. */
lp_decision_t lp_lease_decision(const lp_lease_t *lease,
                                lp_lease_state_t state, int64_t now);

/*
 * How much to ask for now: 0 while a lease does not pay, or enough is left, or
 * a refill is on its way.  One that was asked for more than `patience` ago is
 * given up: who asked may be dead.
 */
int64_t lp_lease_want(lp_lease_t *lease, int64_t now, int64_t patience);

/* The question is sent; `seq` grows from each to the next, on this node. */
void lp_lease_ask(lp_lease_t *lease, int64_t want, int64_t seq, int64_t now);

/* Its answer.  Returns what was granted in vain: the question was given up. */
int64_t lp_lease_grant(lp_lease_t *lease, int64_t seq, int64_t granted);

/* There was none; what it may have granted runs out unspent. */
void lp_lease_fail(lp_lease_t *lease, int64_t seq);

/*
 * What an answer said of the shared bucket: `missing` is whether it had less
 * than was asked for, d.retry_after when it has a token again.
 */
void lp_lease_learn(lp_lease_t *lease, const lp_decision_t *d, int missing,
                    int64_t now);

/*
 * All that is left, for the question `next` to give back; 0 where `seq` was not
 * the last one to ask, or the lease has ended.
 */
int64_t lp_lease_return(lp_lease_t *lease, int64_t seq, int64_t next,
                        int64_t now);


#endif
