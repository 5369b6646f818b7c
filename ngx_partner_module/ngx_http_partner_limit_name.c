/*
 * What a bucket is called: in shared memory by names of fixed size, in Redis
 * by text.  A bucket belongs to one partner, and `{partner}` keeps all of a
 * decision in one slot of a cluster.
 */

#include "ngx_http_partner_limit.h"


/* In a bucket's kind, beside ngx_http_partner_per_t. */
#define NGX_HTTP_PARTNER_REHEARSAL 0x100


int64_t
ngx_http_partner_limit_clock(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * LP_SECOND + now.tv_nsec / 1000;
}


void
ngx_http_partner_limit_id(ngx_http_partner_call_t        *call,
                          const ngx_http_partner_limit_t *limit,
                          ngx_partner_bucket_id_t        *id)
{
    u_char            *subject;
    ngx_partner_name_t group, partner;

    ngx_memzero(id, sizeof(ngx_partner_bucket_id_t));
    id->policy = limit->policy->ref;
    id->kind = (uint32_t) limit->per;

    if (limit->rehearsed) {
        id->kind |= NGX_HTTP_PARTNER_REHEARSAL;
    }

    partner = call->principal.partner;
    subject = ngx_cpymem(id->subject, &partner, sizeof(partner));

    switch (limit->per) {

    case NGX_HTTP_PARTNER_PER_KEY:
        ngx_memcpy(id->subject, call->digest, sizeof(id->subject));
        break;

    case NGX_HTTP_PARTNER_PER_APPLICATION:
        ngx_memcpy(subject, &call->principal.application,
                   sizeof(ngx_partner_name_t));
        break;

    case NGX_HTTP_PARTNER_PER_GROUP:
        group = call->operation != NULL ? call->operation->group_ref : 0;
        ngx_memcpy(subject, &group, sizeof(group));
        break;

    default: /* NGX_HTTP_PARTNER_PER_PARTNER */
        break;
    }
}


/* Who calls: a key, a client with a record, or `id@issuer` in a digest. */
static u_char *
ngx_http_partner_limit_caller(ngx_http_partner_call_t *call, u_char *p)
{
    p = ngx_cpymem(p, call->principal.id, call->principal.id_len);

    return (call->token != NULL && call->token->client != 0)
               ? ngx_sprintf(p, "@%016xL", call->token->client)
               : p;
}


size_t
ngx_http_partner_limit_key(ngx_http_partner_call_t        *call,
                           const ngx_http_partner_limit_t *limit, u_char *key)
{
    u_char              *p;
    ngx_str_t            name;
    ngx_partner_names_t *names;

    names = &call->pmcf->zone->shared->names;
    name = ngx_partner_names_get(names, call->principal.partner);

    p = ngx_sprintf(key, "partner:limit:{%V}:%V:%s", &name,
                    &limit->policy->name, limit->rehearsed ? "ramp:" : "");

    switch (limit->per) {

    case NGX_HTTP_PARTNER_PER_KEY:
        p = ngx_cpymem(p, "key=", sizeof("key=") - 1);
        p = ngx_http_partner_limit_caller(call, p);
        break;

    case NGX_HTTP_PARTNER_PER_APPLICATION:
        name = ngx_partner_names_get(names, call->principal.application);
        p = ngx_sprintf(p, "application=%V", &name);
        break;

    case NGX_HTTP_PARTNER_PER_GROUP:
        p = ngx_cpymem(p, "group=", sizeof("group=") - 1);

        if (call->operation != NULL) {
            p = ngx_cpymem(p, call->operation->group.data,
                           ngx_min(call->operation->group.len, LP_ID_LEN));
        }

        break;

    default: /* NGX_HTTP_PARTNER_PER_PARTNER */
        p = ngx_cpymem(p, "partner", sizeof("partner") - 1);
    }

    return p - key;
}
