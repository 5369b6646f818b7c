/*
 * What waits until a configuration is accepted: one that is refused changes
 * nothing of the one that goes on.
 */

#include "ngx_http_partner_slo.h"


ngx_int_t
ngx_http_partner_accept(ngx_cycle_t *cycle)
{
    ngx_http_partner_slo_take(cycle);

    return ngx_partner_memory_tidy(cycle);
}
