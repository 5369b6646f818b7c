/*
 * Lock-free counters in shared memory.
 */

#include "ngx_partner_stats.h"
#include "ngx_partner_hash.h"


#define NGX_PARTNER_STATS_OPERATIONS 4 /* one part in so many is theirs */

/* What a full table costs whoever looks for a partner, at most. */
#define NGX_PARTNER_STATS_PROBES 16


/* How many entries, a power of two, fit. */
static uint32_t
ngx_partner_stats_fit(size_t size)
{
    uint32_t n;

    for (n = 16; (size_t) n * 2 * sizeof(ngx_partner_partner_stats_t) <= size;
         n *= 2) {
        /* void */
    }

    return n;
}


void
ngx_partner_stats_init(ngx_partner_stats_t *stats, u_char *mem, size_t size)
{
    uint32_t n;

    n = ngx_partner_stats_fit(size / NGX_PARTNER_STATS_OPERATIONS);
    stats->operations = (ngx_partner_partner_stats_t *) mem;
    stats->operation_mask = n - 1;

    mem += n * sizeof(ngx_partner_partner_stats_t);
    size -= n * sizeof(ngx_partner_partner_stats_t);

    stats->partners = (ngx_partner_partner_stats_t *) mem;
    stats->partner_mask = ngx_partner_stats_fit(size) - 1;
}


static ngx_partner_partner_stats_t *
ngx_partner_stats_named(ngx_partner_partner_stats_t *table, uint32_t mask,
                        ngx_partner_name_t name, uint32_t most)
{
    uint32_t                     i, probes;
    ngx_partner_partner_stats_t *slot;

    i = ngx_partner_hash(&name, sizeof(name));

    for (probes = 0; probes < most; probes++, i++) {
        slot = &table[i & mask];

        if (slot->name == 0) {
            (void) ngx_atomic_cmp_set(&slot->name, 0, name);
        }

        if (slot->name == name) {
            return slot;
        }
    }

    return NULL;
}


ngx_partner_partner_stats_t *
ngx_partner_stats_partner(ngx_partner_stats_t *stats,
                          ngx_partner_name_t   partner)
{
    return ngx_partner_stats_named(stats->partners, stats->partner_mask,
                                   partner, NGX_PARTNER_STATS_PROBES);
}


ngx_partner_partner_stats_t *
ngx_partner_stats_operation(ngx_partner_stats_t *stats,
                            ngx_partner_name_t   operation)
{
    return ngx_partner_stats_named(stats->operations, stats->operation_mask,
                                   operation, stats->operation_mask + 1);
}


uint64_t
ngx_partner_stats_hits(const ngx_partner_stats_t *stats)
{
    uint64_t   n;
    ngx_uint_t seat;

    for (n = 0, seat = 0; seat <= NGX_PARTNER_SEATS; seat++) {
        n += stats->seats[seat].cache_hits;
    }

    return n;
}
