/*
 * The generic cell rate algorithm in integers.
 *
 * What is missing in a bucket, its debt, is counted in 1/tokens of a
 * microsecond: a token is worth `period` of them, a full bucket
 * burst * period, and each microsecond repays `tokens`.
 */

#include "lp_bucket.h"
#include "lp_error.h"


/* A bucket fills within 142 years, so that a moment stays below 2^53 us. */
#define LP_BUCKET_FILL_MAX (LP_BUCKET_MAX / 2)


static int64_t
lp_gcd(int64_t a, int64_t b)
{
    int64_t rest;

    while (b != 0) {
        rest = a % b;
        a = b;
        b = rest;
    }

    return a;
}


/* In lowest terms: 60 a minute and one a second are one rate. */
int
lp_rate_init(lp_rate_t *rate, int64_t tokens, int64_t period, int64_t burst)
{
    int64_t gcd;

    if (tokens < 1 || period < 1 || burst < 0) {
        return LP_INVALID;
    }

    gcd = lp_gcd(tokens, period);

    rate->burst = burst == 0 ? tokens : burst;
    rate->tokens = tokens / gcd;
    rate->period = period / gcd;

    /* By division: the product is what might not fit. */
    if (rate->tokens > LP_BUCKET_MAX
        || rate->burst > LP_BUCKET_MAX / rate->period
        || rate->burst * rate->period / rate->tokens > LP_BUCKET_FILL_MAX) {
        return LP_INVALID;
    }

    return LP_OK;
}


/* Rounded up: a client that comes a microsecond early is refused. */
static int64_t
lp_bucket_wait(int64_t debt, int64_t tokens)
{
    return debt / tokens + (debt % tokens != 0);
}


/* What stands there, in 1/tokens of a microsecond of the rate. */
typedef struct {
    int64_t debt; /* at most a full bucket's */
    int     cut;  /* it would be more: see lp_bucket_cut() */
} lp_bucket_debt_t;


/* Whole tokens, rounded up, are what two rates have in common. */
static lp_bucket_debt_t
lp_bucket_convert(const lp_rate_t *rate, const lp_bucket_t *b, int64_t ahead)
{
    int64_t frac, missing;

    if (ahead > LP_BUCKET_MAX / b->tokens) {
        return (lp_bucket_debt_t){ rate->burst * rate->period, 1 };
    }

    frac = b->frac < b->tokens ? b->frac : b->tokens - 1;
    missing = lp_bucket_wait(ahead * b->tokens + frac, b->period);

    if (missing > rate->burst) {
        return (lp_bucket_debt_t){ rate->burst * rate->period, 1 };
    }

    return (lp_bucket_debt_t){ missing * rate->period, 0 };
}


static lp_bucket_debt_t
lp_bucket_debt(const lp_rate_t *rate, const lp_bucket_t *b, int64_t now)
{
    int64_t full, debt, frac;

    full = rate->burst * rate->period;

    /* The bucket has been full for a while. */
    if (b->tat < now) {
        return (lp_bucket_debt_t){ 0, 0 };
    }

    if (b->tokens != 0
        && (b->tokens != rate->tokens || b->period != rate->period)) {
        return lp_bucket_convert(rate, b, b->tat - now);
    }

    /* The clock went back, or the burst became smaller. */
    if (b->tat - now > full / rate->tokens) {
        return (lp_bucket_debt_t){ full, 1 };
    }

    /* A state of no known rate may hold what is no remainder here. */
    frac = b->frac < rate->tokens ? b->frac : rate->tokens - 1;
    debt = (b->tat - now) * rate->tokens + frac;

    return (lp_bucket_debt_t){ debt < full ? debt : full, 0 };
}


static void
lp_bucket_write(const lp_rate_t *rate, lp_bucket_t *b, int64_t now,
                int64_t debt)
{
    b->tat = now + debt / rate->tokens;
    b->frac = debt % rate->tokens;
    b->tokens = rate->tokens;
    b->period = rate->period;
}


/* Tokens are whole, so what is missing of one is missing of all of it. */
static lp_decision_t
lp_bucket_state(const lp_rate_t *rate, int64_t debt)
{
    lp_decision_t d;

    d.admitted = 1;
    d.remaining = (rate->burst * rate->period - debt) / rate->period;
    d.retry_after = 0;
    d.reset = lp_bucket_wait(debt, rate->tokens);

    return d;
}


lp_decision_t
lp_bucket_check(const lp_rate_t *rate, const lp_bucket_t *b, int64_t now,
                int64_t cost)
{
    int64_t       debt, most;
    lp_decision_t d;

    debt = lp_bucket_debt(rate, b, now).debt;
    d = lp_bucket_state(rate, debt);

    if (cost > rate->burst) {
        d.admitted = 0;
        d.retry_after = -1;
        return d;
    }

    /* On this side, since debt + cost could pass 2^53 in the script. */
    most = (rate->burst - cost) * rate->period;

    if (debt > most) {
        d.admitted = 0;
        d.retry_after = lp_bucket_wait(debt - most, rate->tokens);
    }

    return d;
}


lp_decision_t
lp_bucket_take(const lp_rate_t *rate, lp_bucket_t *b, int64_t now,
               int64_t cost)
{
    int64_t debt;

    debt = lp_bucket_debt(rate, b, now).debt + cost * rate->period;
    lp_bucket_write(rate, b, now, debt);

    return lp_bucket_state(rate, debt);
}


void
lp_bucket_cut(const lp_rate_t *rate, lp_bucket_t *b, int64_t now)
{
    lp_bucket_debt_t debt;

    debt = lp_bucket_debt(rate, b, now);

    if (debt.cut) {
        lp_bucket_write(rate, b, now, debt.debt);
    }
}
