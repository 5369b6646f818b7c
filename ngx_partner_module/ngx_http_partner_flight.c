/*
 * Concurrency: the calls of a subject that are in flight on this node.  A call
 * counts from here until its request is freed, whatever becomes of it.
 */

#include "ngx_http_partner_limit.h"


/*
 * NGX_OK, or as ngx_partner_flights_begin() has it.  A dry run counts what it
 * would refuse, and lets it in without a place.
 */
static ngx_int_t
ngx_http_partner_flight_take(ngx_http_partner_call_t   *call,
                             ngx_http_partner_policy_t *policy)
{
    uint32_t                 flight;
    ngx_int_t                rc;
    ngx_http_partner_limit_t limit;
    ngx_partner_bucket_id_t  id;

    limit.policy = policy;
    limit.per = policy->per;
    limit.numbers
        = ngx_http_partner_policy_numbers(policy, call->principal.tier);

    if (limit.numbers == NULL) {
        return NGX_OK;
    }

    ngx_http_partner_limit_id(call, &limit, &id);
    rc = ngx_partner_flights_begin(&call->pmcf->zone->shared->flights, &id,
                                   limit.numbers->quota, &flight);

    if (rc == NGX_OK) {
        call->flight[call->flights++] = flight;
        return NGX_OK;
    }

    if (policy->dry) {

        if (rc == NGX_BUSY) {
            ngx_http_partner_limit_would_refuse(call);
        }

        return NGX_OK;
    }

    return rc;
}


/*
 * All policies under one lock: a call that one of them refuses takes a place
 * of none.
 */
ngx_int_t
ngx_http_partner_flight_begin(ngx_http_partner_call_t *call)
{
    ngx_int_t                   rc;
    ngx_uint_t                  i;
    ngx_array_t                *policies;
    ngx_http_partner_policy_t **policy;

    policies = call->location->flights;
    policy = policies->elts;

    ngx_partner_zone_lock(call->pmcf->zone);

    for (rc = NGX_OK, i = 0; i < policies->nelts && rc == NGX_OK; i++) {
        rc = ngx_http_partner_flight_take(call, policy[i]);
    }

    ngx_partner_zone_unlock(call->pmcf->zone);

    if (rc != NGX_OK) {
        ngx_http_partner_flight_end(call);
    }

    return rc;
}


/*
 * Does nothing the second time: the pool's cleanup calls it, and whoever
 * refuses the call may have done so before.
 */
void
ngx_http_partner_flight_end(ngx_http_partner_call_t *call)
{
    if (call->flights == 0) {
        return;
    }

    ngx_partner_zone_lock(call->pmcf->zone);

    while (call->flights > 0) {
        ngx_partner_flights_end(&call->pmcf->zone->shared->flights,
                                call->flight[--call->flights]);
    }

    ngx_partner_zone_unlock(call->pmcf->zone);
}
