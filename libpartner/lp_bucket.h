/*
 * Token-bucket arithmetic in the GCRA form, in integers, exact for any rate.
 *
 * A rate of `tokens` per `period` is kept as a reduced fraction.  The state is
 * the theoretical arrival time: the moment at which the bucket will be full
 * again, as whole microseconds and a remainder in 1/tokens of a microsecond.
 * Over every window of length t at most burst + rate * t are admitted.  Beside
 * it stands the rate it was written under: another rate finds as many tokens
 * missing, not as much time, so that a raised plan counts at once.
 *
 * The Redis script computes the same numbers; its products stay below 2^53,
 * which LP_BUCKET_MAX holds for both.
 */

#ifndef LP_BUCKET_H
#define LP_BUCKET_H


#include <stdint.h>


#define LP_SECOND     INT64_C(1000000) /* microseconds */
#define LP_MINUTE     (60 * LP_SECOND)
#define LP_HOUR       (60 * LP_MINUTE)
#define LP_DAY        (24 * LP_HOUR)
#define LP_BUCKET_MAX (INT64_C(1) << 53) /* burst * period, reduced */


typedef struct {
    int64_t tokens; /* >= 1, per `period`, reduced */
    int64_t period; /* >= 1, microseconds, reduced */
    int64_t burst;  /* >= 1, tokens in a full bucket */
} lp_rate_t;

typedef struct {
    int64_t tat;    /* microseconds since the epoch; 0: full */
    int64_t frac;   /* 0 <= frac < rate.tokens */
    int64_t tokens; /* of the rate that left this state; 0: of any, */
    int64_t period;
} lp_bucket_t;

typedef struct {
    int     admitted;
    int64_t remaining;   /* tokens that can be admitted at once from now on */
    int64_t retry_after; /* microseconds until `cost` fits; 0 if admitted,
                            -1 if it never will (cost > burst) */
    int64_t reset;       /* microseconds until the bucket is full */
} lp_decision_t;


/*
 * Reduces and checks.  `burst` 0 means `tokens`.  LP_INVALID when a value is
 * below 1, burst * period does not fit LP_BUCKET_MAX, or an empty bucket needs
 * more than 142 years (2^52 us) to fill, because the moment at which it is
 * full must fit as well.
 */
int lp_rate_init(lp_rate_t *rate, int64_t tokens, int64_t period,
                 int64_t burst);

/*
 * Whether `cost` (>= 0) tokens fit at `now`.  Nothing is taken: `remaining`
 * and `reset` tell of the bucket as it stands, so that several buckets can be
 * asked first and debited together or not at all.  Cost 0 asks for the state
 * alone.  A clock that went back, a burst that became smaller or a state
 * that another rate has left never make the bucket emptier than empty.
 */
lp_decision_t lp_bucket_check(const lp_rate_t *rate, const lp_bucket_t *b,
                              int64_t now, int64_t cost);

/*
 * Takes `cost` tokens that lp_bucket_check() admitted at the same `now`, and
 * returns the state after it, in which `admitted` is 1.
 */
lp_decision_t lp_bucket_take(const lp_rate_t *rate, lp_bucket_t *b,
                             int64_t now, int64_t cost);

/*
 * What lp_bucket_check() refused: if more is missing than fits, after a clock
 * that went back or for a burst that became smaller, the rest is forgiven, so
 * that the bucket refills from now on and not when the clock has caught up.
 */
void lp_bucket_cut(const lp_rate_t *rate, lp_bucket_t *b, int64_t now);


#endif
