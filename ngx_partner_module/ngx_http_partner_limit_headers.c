/*
 * The limit fields of an answer.
 *
 *     X-RateLimit-Limit      burst of the most restrictive policy
 *     X-RateLimit-Remaining  calls it would admit at once
 *     X-RateLimit-Reset      when it is full again, RFC 3339
 *     RateLimit-Policy, RateLimit
 *                            draft-ietf-httpapi-ratelimit-headers-10, every
 *                            policy: q per w seconds; r left, full in t seconds
 *     Retry-After            seconds, on a refusal (RFC 9110, section 10.2.3)
 */

#include "ngx_http_partner_module.h"

#include "../libpartner/lp_time.h"


#define NGX_HTTP_PARTNER_LIMIT_ITEM  160 /* a name and four numbers */
#define NGX_HTTP_PARTNER_LIMIT_SEEDS 80  /* three numbers and a time */

#define ngx_http_partner_limit_add(r, name, from, to)                         \
    ngx_http_partner_limit_field(r, name, sizeof(name) - 1, from, to)


static ngx_int_t
ngx_http_partner_limit_field(ngx_http_request_t *r, const char *name,
                             size_t name_len, u_char *from, u_char *to)
{
    ngx_str_t value;

    value.data = from;
    value.len = to - from;

    return ngx_http_partner_add_header(r, name, name_len, &value);
}


/* Whole seconds, rounded up: a client that waits so long has waited enough. */
static int64_t
ngx_http_partner_limit_seconds(int64_t us)
{
    return (us + LP_SECOND - 1) / LP_SECOND;
}


/* None is below 0.  ngx_sprintf() would take five times as long. */
static u_char *
ngx_http_partner_limit_number(u_char *p, int64_t number)
{
    u_char   digits[NGX_INT64_LEN], *digit;
    uint64_t rest;

    digit = digits + NGX_INT64_LEN;
    rest = (number > 0) ? (uint64_t) number : 0;

    do {
        *--digit = (u_char) ('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);

    return ngx_cpymem(p, digit, digits + NGX_INT64_LEN - digit);
}


/* The text of the last second that was asked for: calls come in crowds. */
static u_char *
ngx_http_partner_limit_time(u_char *p, int64_t seconds)
{
    static int64_t kept = -1;
    static char    text[LP_TIME_LEN + 1];

    if (seconds != kept) {

        if (lp_time_format(seconds, text) != LP_OK) {
            kept = -1;
            return p;
        }

        kept = seconds;
    }

    return ngx_cpymem(p, text, LP_TIME_LEN);
}


/* A key's own limit is told apart from that of the policy it belongs to. */
static u_char *
ngx_http_partner_limit_name(u_char *p, const ngx_http_partner_limit_t *limit)
{
    const ngx_str_t *name;

    name = &limit->policy->name;

    *p++ = '"';
    p = ngx_cpymem(p, name->data, name->len);

    if (limit->planned) {
        p = ngx_cpymem(p, "-key", sizeof("-key") - 1);
    }

    *p++ = '"';

    return p;
}


static u_char *
ngx_http_partner_limit_parameter(u_char *p, u_char name, int64_t number)
{
    *p++ = ';';
    *p++ = name;
    *p++ = '=';

    return ngx_http_partner_limit_number(p, number);
}


static u_char *
ngx_http_partner_limit_policy(u_char *p, const ngx_http_partner_limit_t *limit)
{
    const ngx_http_partner_numbers_t *numbers;

    numbers = limit->numbers;

    if (numbers->text.len != 0) {
        return ngx_cpymem(p, numbers->text.data, numbers->text.len);
    }

    p = ngx_http_partner_limit_name(p, limit);
    p = ngx_http_partner_limit_parameter(p, 'q', numbers->quota);

    return ngx_http_partner_limit_parameter(p, 'w', numbers->window);
}


static u_char *
ngx_http_partner_limit_state(u_char *p, const ngx_http_partner_limit_t *limit)
{
    const lp_decision_t *decision;

    decision = &limit->decision;

    p = ngx_http_partner_limit_name(p, limit);
    p = ngx_http_partner_limit_parameter(p, 'r', decision->remaining);

    return ngx_http_partner_limit_parameter(
        p, 't', ngx_http_partner_limit_seconds(decision->reset));
}


/* All policies as one structured-field list. */
static u_char *
ngx_http_partner_limit_list(u_char *p, const ngx_http_partner_decision_t *d,
                            u_char *(*item)(u_char *,
                                            const ngx_http_partner_limit_t *) )
{
    u_char    *begin;
    ngx_uint_t i;

    begin = p;

    for (i = 0; i < d->n; i++) {

        if (d->limits[i].dry) {
            continue;
        }

        if (p > begin) {
            *p++ = ',';
            *p++ = ' ';
        }

        p = item(p, &d->limits[i]);
    }

    return p;
}


static ngx_int_t
ngx_http_partner_limit_seeds(ngx_http_request_t *r, u_char *p,
                             const ngx_http_partner_limit_t *limit)
{
    u_char *burst, *remaining, *reset;

    burst = p;
    remaining
        = ngx_http_partner_limit_number(burst, limit->numbers->rate.burst);
    reset
        = ngx_http_partner_limit_number(remaining, limit->decision.remaining);
    p = ngx_http_partner_limit_time(
        reset,
        ngx_time() + ngx_http_partner_limit_seconds(limit->decision.reset));

    if (p == reset
        || ngx_http_partner_limit_add(r, "X-RateLimit-Limit", burst, remaining)
               != NGX_OK
        || ngx_http_partner_limit_add(r, "X-RateLimit-Remaining", remaining,
                                      reset)
               != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_partner_limit_add(r, "X-RateLimit-Reset", reset, p);
}


static ngx_int_t
ngx_http_partner_limit_lists(ngx_http_request_t *r, u_char *p,
                             const ngx_http_partner_decision_t *d)
{
    u_char *state, *policy;

    policy = p;
    state = ngx_http_partner_limit_list(policy, d,
                                        ngx_http_partner_limit_policy);
    p = ngx_http_partner_limit_list(state, d, ngx_http_partner_limit_state);

    if (ngx_http_partner_limit_add(r, "RateLimit-Policy", policy, state)
        != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_partner_limit_add(r, "RateLimit", state, p);
}


static ngx_int_t
ngx_http_partner_limit_retry(ngx_http_request_t *r, u_char *p,
                             const ngx_http_partner_limit_t *limit)
{
    u_char *end;

    if (limit->decision.retry_after < 0) {
        return NGX_OK; /* waiting would not help */
    }

    end = ngx_http_partner_limit_number(
        p, ngx_http_partner_limit_seconds(limit->decision.retry_after));

    return ngx_http_partner_limit_add(r, "Retry-After", p, end);
}


ngx_int_t
ngx_http_partner_limit_headers(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call,
                               ngx_uint_t               refused)
{
    u_char                         *p;
    ngx_http_partner_decision_t    *d;
    const ngx_http_partner_limit_t *limit;

    d = &call->decision;
    limit = &d->limits[d->restrictive];

    p = ngx_pnalloc(r->pool, NGX_HTTP_PARTNER_LIMIT_SEEDS + NGX_INT64_LEN
                                 + 2 * d->n * NGX_HTTP_PARTNER_LIMIT_ITEM);

    if (p == NULL
        || (refused
            && ngx_http_partner_limit_retry(
                   r, p + NGX_HTTP_PARTNER_LIMIT_SEEDS, limit)
                   != NGX_OK)
        || ngx_http_partner_limit_seeds(r, p, limit) != NGX_OK) {
        return NGX_ERROR;
    }

    p += NGX_HTTP_PARTNER_LIMIT_SEEDS + NGX_INT64_LEN;

    return ngx_http_partner_limit_lists(r, p, d);
}
