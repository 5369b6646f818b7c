/*
 * Lock-free counters and histograms in shared memory.
 */

#include "ngx_partner_stats.h"


void
ngx_partner_stats_init(ngx_partner_stats_t *stats, u_char *mem, size_t size)
{
    uint32_t n;

    for (n = 64; (size_t) n * 2 * sizeof(ngx_partner_partner_stats_t) <= size;
         n *= 2) {
        /* void */
    }

    stats->partners = (ngx_partner_partner_stats_t *) mem;
    stats->partner_mask = n - 1;
}


ngx_partner_partner_stats_t *
ngx_partner_stats_partner(ngx_partner_stats_t *stats,
                          ngx_partner_name_t   partner)
{
    uint32_t                     i, probes;
    ngx_partner_partner_stats_t *slot;

    i = ngx_murmur_hash2((u_char *) &partner, sizeof(partner));

    for (probes = 0; probes <= stats->partner_mask; probes++, i++) {
        slot = &stats->partners[i & stats->partner_mask];

        if (slot->name == partner
            || ngx_atomic_cmp_set(&slot->name, 0, partner)
            || slot->name == partner) {
            return slot;
        }
    }

    return NULL;
}


void
ngx_partner_histogram_add(ngx_partner_histogram_t *h, uint64_t us)
{
    (void) ngx_atomic_fetch_add(&h->slots[lp_histogram_slot(us)], 1);
    (void) ngx_atomic_fetch_add(&h->sum, (ngx_atomic_int_t) us);
}
