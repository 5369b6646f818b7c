/*
 * Phases and histograms: added to without a lock, read while they grow.
 */

#include "ngx_partner_latency.h"


const char *const ngx_partner_phase_names[NGX_PARTNER_PHASES]
    = { "stages", "body", "upstream", "delivery" };


void
ngx_partner_latency_add(ngx_partner_latency_t     *latency,
                        const ngx_partner_times_t *times)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PARTNER_PHASES; i++) {

        if (times->us[i] != 0) {
            (void) ngx_atomic_fetch_add(&latency->us[i],
                                        (ngx_atomic_int_t) times->us[i]);
        }
    }

    ngx_partner_latency_place(latency, times, ngx_partner_times_parts(times));
}


void
ngx_partner_latency_place(ngx_partner_latency_t     *latency,
                          const ngx_partner_times_t *times, ngx_uint_t parts)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PARTNER_PARTS; i++) {

        if (parts & (ngx_uint_t) 1 << i) {
            (void) ngx_atomic_fetch_add(&latency->slots[i][times->slots[i]],
                                        1);
        }
    }
}


void
ngx_partner_latencies_init(ngx_partner_latencies_t *latencies, u_char *mem,
                           size_t size)
{
    latencies->entries = (ngx_partner_latency_entry_t *) mem;
    latencies->size = (uint32_t) (size / sizeof(ngx_partner_latency_entry_t));
}


ngx_partner_latency_t *
ngx_partner_latencies_get(ngx_partner_latencies_t *latencies,
                          ngx_partner_name_t       name)
{
    ngx_atomic_t i;

    for (i = 0; i < latencies->n; i++) {
        if (latencies->entries[i].name == name) {
            return &latencies->entries[i].latency;
        }
    }

    if (i == latencies->size) {
        return NULL;
    }

    latencies->entries[i].name = name;
    ngx_memory_barrier();
    latencies->n = i + 1;

    return &latencies->entries[i].latency;
}
