/*
 * How many values were replaced, by what asked for it.
 */

#include "ngx_http_partner_redact.h"


/* Where nobody calls no log phase adds them up: with the calls of nobody. */
static void
ngx_http_partner_redact_of_nobody(ngx_http_request_t *r, ngx_uint_t class,
                                  uint64_t            n)
{
    ngx_partner_stats_t          *stats;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_partner_module);
    stats = &pmcf->zone->shared->stats;

    (void) ngx_atomic_fetch_add(&stats->redactions[class],
                                (ngx_atomic_int_t) n);
    (void) ngx_atomic_fetch_add(&stats->tiers[LP_TIERS].redactions,
                                (ngx_atomic_int_t) n);
}


void
ngx_http_partner_redact_count(ngx_http_request_t      *r,
                              ngx_http_partner_call_t *call,
                              const lp_redact_t *redact, uint64_t *counted)
{
    uint64_t   n;
    ngx_uint_t i;

    for (i = 0; i < LP_REDACT_CLASSES; i++) {
        n = redact->counts[i] - counted[i];

        if (n == 0) {
            continue;
        }

        counted[i] = redact->counts[i];

        if (call != NULL) {
            call->by_class[i] += (uint32_t) n;
            call->redactions += n;

        } else {
            ngx_http_partner_redact_of_nobody(r, i, n);
        }
    }
}
