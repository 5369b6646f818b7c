/*
 * Whether a call comes from where its key may be used: the address that nginx
 * holds for the client's, so what realip or the PROXY protocol made of it.
 */

#include "ngx_http_partner_module.h"


/* NGX_DECLINED: a Unix socket has none. */
static ngx_int_t
ngx_http_partner_address(ngx_http_request_t *r, lp_address_t *address)
{
    struct sockaddr    *sockaddr;
    struct sockaddr_in *sin;
#if (NGX_HAVE_INET6)
    struct sockaddr_in6 *sin6;
#endif

    sockaddr = r->connection->sockaddr;

    switch (sockaddr->sa_family) {

    case AF_INET:
        sin = (struct sockaddr_in *) sockaddr;
        *address = lp_address_v4((u_char *) &sin->sin_addr);
        return NGX_OK;

#if (NGX_HAVE_INET6)
    case AF_INET6:
        sin6 = (struct sockaddr_in6 *) sockaddr;
        *address = lp_address_v6(sin6->sin6_addr.s6_addr);
        return NGX_OK;
#endif

    default:
        return NGX_DECLINED;
    }
}


static ngx_http_partner_verdict_t
ngx_http_partner_network_verdict(const lp_cidr_set_t *set,
                                 const lp_address_t  *address)
{
    if (set == NULL) {

        /* the list went between look-up and now: the record has changed */
        return NGX_HTTP_PARTNER_STORE_UNAVAILABLE;
    }

    return lp_cidr_set_has(set, address)
               ? NGX_HTTP_PARTNER_PASSED
               : NGX_HTTP_PARTNER_NETWORK_NOT_ALLOWED;
}


ngx_http_partner_verdict_t
ngx_http_partner_network(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    lp_address_t               address;
    ngx_partner_zone_t        *zone;
    ngx_partner_networks_ref_t ref;
    ngx_http_partner_verdict_t verdict;

    ref = call->principal.networks;

    if (ref == 0 && call->networks == NULL) {
        return NGX_HTTP_PARTNER_PASSED;
    }

    if (ngx_http_partner_address(r, &address) != NGX_OK) {
        return NGX_HTTP_PARTNER_NETWORK_NOT_ALLOWED;
    }

    if (call->networks != NULL) {
        return ngx_http_partner_network_verdict(call->networks, &address);
    }

    zone = call->pmcf->zone;

    ngx_partner_zone_lock(zone);
    verdict = ngx_http_partner_network_verdict(
        ngx_partner_networks_get(&zone->shared->cache.networks, ref),
        &address);
    ngx_partner_zone_unlock(zone);

    return verdict;
}
