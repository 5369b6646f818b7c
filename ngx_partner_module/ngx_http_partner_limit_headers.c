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


#define NGX_HTTP_PARTNER_LIMIT_ITEM 160 /* a name and four numbers */

#define ngx_http_partner_limit_add(r, name, value)                            \
    ngx_http_partner_add_header(r, name, sizeof(name) - 1, value)


/* Whole seconds, rounded up: a client that waits so long has waited enough. */
static int64_t
ngx_http_partner_limit_seconds(int64_t us)
{
    return (us + LP_SECOND - 1) / LP_SECOND;
}


/* A key's own limit is told apart from that of the policy it belongs to. */
static u_char *
ngx_http_partner_limit_name(u_char *p, const ngx_http_partner_limit_t *limit)
{
    return ngx_sprintf(p, "\"%V%s\"", &limit->policy->name,
                       limit->numbers == &limit->own ? "-key" : "");
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

    return ngx_sprintf(p, ";q=%L;w=%L", numbers->quota, numbers->window);
}


static u_char *
ngx_http_partner_limit_state(u_char *p, const ngx_http_partner_limit_t *limit)
{
    p = ngx_http_partner_limit_name(p, limit);

    return ngx_sprintf(p, ";r=%L;t=%L", limit->decision.remaining,
                       ngx_http_partner_limit_seconds(limit->decision.reset));
}


/* All policies as one structured-field list. */
static ngx_int_t
ngx_http_partner_limit_list(ngx_http_request_t          *r,
                            ngx_http_partner_decision_t *d, ngx_str_t *value,
                            u_char *(*item)(u_char *,
                                            const ngx_http_partner_limit_t *) )
{
    u_char    *p;
    ngx_uint_t i;

    p = ngx_pnalloc(r->pool, d->n * NGX_HTTP_PARTNER_LIMIT_ITEM);

    if (p == NULL) {
        return NGX_ERROR;
    }

    value->data = p;

    for (i = 0; i < d->n; i++) {

        if (d->limits[i].policy->dry) {
            continue;
        }

        if (p > value->data) {
            *p++ = ',';
            *p++ = ' ';
        }

        p = item(p, &d->limits[i]);
    }

    value->len = p - value->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_limit_number(ngx_http_request_t *r, int64_t number,
                              ngx_str_t *value)
{
    value->data = ngx_pnalloc(r->pool, NGX_INT64_LEN);

    if (value->data == NULL) {
        return NGX_ERROR;
    }

    value->len = ngx_sprintf(value->data, "%L", number) - value->data;

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_limit_reset(ngx_http_request_t *r, int64_t reset,
                             ngx_str_t *value)
{
    value->len = LP_TIME_LEN;
    value->data = ngx_pnalloc(r->pool, LP_TIME_LEN + 1);

    if (value->data == NULL
        || lp_time_format(ngx_time() + ngx_http_partner_limit_seconds(reset),
                          (char *) value->data)
               != LP_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_limit_seeds(ngx_http_request_t             *r,
                             const ngx_http_partner_limit_t *limit)
{
    ngx_str_t burst, remaining, reset;

    if (ngx_http_partner_limit_number(r, limit->numbers->rate.burst, &burst)
            != NGX_OK
        || ngx_http_partner_limit_number(r, limit->decision.remaining,
                                         &remaining)
               != NGX_OK
        || ngx_http_partner_limit_reset(r, limit->decision.reset, &reset)
               != NGX_OK
        || ngx_http_partner_limit_add(r, "X-RateLimit-Limit", &burst) != NGX_OK
        || ngx_http_partner_limit_add(r, "X-RateLimit-Remaining", &remaining)
               != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_partner_limit_add(r, "X-RateLimit-Reset", &reset);
}


static ngx_int_t
ngx_http_partner_limit_retry(ngx_http_request_t             *r,
                             const ngx_http_partner_limit_t *limit)
{
    ngx_str_t value;

    if (limit->decision.retry_after < 0) {
        return NGX_OK; /* waiting would not help */
    }

    if (ngx_http_partner_limit_number(
            r, ngx_http_partner_limit_seconds(limit->decision.retry_after),
            &value)
        != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_partner_limit_add(r, "Retry-After", &value);
}


ngx_int_t
ngx_http_partner_limit_headers(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call,
                               ngx_uint_t               refused)
{
    ngx_str_t                       policy, state;
    ngx_http_partner_decision_t    *d;
    const ngx_http_partner_limit_t *limit;

    d = &call->decision;
    limit = &d->limits[d->restrictive];

    if (ngx_http_partner_limit_seeds(r, limit) != NGX_OK
        || ngx_http_partner_limit_list(r, d, &policy,
                                       ngx_http_partner_limit_policy)
               != NGX_OK
        || ngx_http_partner_limit_list(r, d, &state,
                                       ngx_http_partner_limit_state)
               != NGX_OK
        || ngx_http_partner_limit_add(r, "RateLimit-Policy", &policy) != NGX_OK
        || ngx_http_partner_limit_add(r, "RateLimit", &state) != NGX_OK) {
        return NGX_ERROR;
    }

    return refused ? ngx_http_partner_limit_retry(r, limit) : NGX_OK;
}
