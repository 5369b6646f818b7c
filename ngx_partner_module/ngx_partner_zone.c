/*
 * The zone: how its memory is cut, and what its lock promises.
 */

#include <openssl/rand.h>

#include "../libpartner/lp_fnv.h"
#include "../libpartner/lp_journal.h"
#include "ngx_partner_zone.h"


#define NGX_PARTNER_ZONE_LAYOUT 66 /* grows with what sizes miss */


/* Shares of what is left after the header, in 1/37. */
typedef struct {
    ngx_uint_t names, cache, networks, buckets, leases, flights, usage;
    ngx_uint_t partners, latencies, tallies, slos;
} ngx_partner_zone_shares_t;

static const ngx_partner_zone_shares_t ngx_partner_zone_shares
    = { .names = 3,
        .cache = 16,
        .networks = 1,
        .buckets = 2,
        .leases = 3,
        .flights = 1,
        .usage = 4,
        .partners = 2,
        .latencies = 2,
        .tallies = 1,
        .slos = 2 };


/*
 * Nobody has to think of it when a structure grows or shares change; when
 * members change places somebody does.
 */
static uint64_t
ngx_partner_zone_layout(void)
{
    uint64_t hash;

    static const uint32_t sizes[] = {
        NGX_PARTNER_ZONE_LAYOUT,
        sizeof(ngx_partner_shared_t),
        sizeof(ngx_partner_cache_entry_t),
        sizeof(ngx_partner_unknown_t),
        sizeof(ngx_partner_networks_slot_t),
        sizeof(ngx_partner_bucket_slot_t),
        sizeof(ngx_partner_lease_slot_t),
        sizeof(ngx_partner_place_t),
        sizeof(ngx_partner_partner_stats_t),
        sizeof(ngx_partner_latency_entry_t),
        sizeof(ngx_partner_tally_key_t),
        sizeof(ngx_partner_tally_t),
        sizeof(ngx_partner_slo_t),
    };

    hash = lp_fnv(LP_FNV_BASIS, sizes, sizeof(sizes));

    return lp_fnv(hash, &ngx_partner_zone_shares,
                  sizeof(ngx_partner_zone_shares));
}


/* Areas begin at cache lines; the journal's demands it. */
static u_char *
ngx_partner_zone_take(u_char **mem, size_t unit, ngx_uint_t share,
                      size_t *size)
{
    u_char *p;

    p = *mem;
    *size = ngx_align(unit * share, LP_JOURNAL_ALIGN) - LP_JOURNAL_ALIGN;
    *mem += *size;

    return p;
}


static void
ngx_partner_zone_carve(ngx_partner_shared_t *shared, size_t total)
{
    u_char                          *mem, *p;
    size_t                           unit, size;
    const ngx_partner_zone_shares_t *shares;

    shares = &ngx_partner_zone_shares;
    mem = ngx_align_ptr((u_char *) (shared + 1), LP_JOURNAL_ALIGN);
    unit = (size_t) ((u_char *) shared + total - mem) / 37;

    p = ngx_partner_zone_take(&mem, unit, shares->names, &size);
    ngx_partner_names_init(&shared->names, p, size);

    p = ngx_partner_zone_take(&mem, unit, shares->cache, &size);
    ngx_partner_cache_init(&shared->cache, p, size);

    p = ngx_partner_zone_take(&mem, unit, shares->networks, &size);
    ngx_partner_networks_init(&shared->cache.networks, p, size);

    p = ngx_partner_zone_take(&mem, unit, shares->buckets, &size);
    ngx_partner_buckets_init(&shared->buckets, p, size);

    p = ngx_partner_zone_take(&mem, unit, shares->leases, &size);
    ngx_partner_leases_init(&shared->leases, p, size);

    p = ngx_partner_zone_take(&mem, unit, shares->flights, &size);
    ngx_partner_flights_init(&shared->flights, p, size);

    shared->usage = ngx_partner_zone_take(&mem, unit, shares->usage,
                                          &shared->usage_size);

    p = ngx_partner_zone_take(&mem, unit, shares->partners, &size);
    ngx_partner_stats_init(&shared->stats, p, size);

    p = ngx_partner_zone_take(&mem, unit, shares->latencies, &size);
    ngx_partner_latencies_init(&shared->stats.latencies, p, size);

    p = ngx_partner_zone_take(&mem, unit, shares->tallies, &size);
    ngx_partner_tallies_init(&shared->stats.tallies, p, size);

    p = ngx_partner_zone_take(&mem, unit, shares->slos, &size);
    ngx_partner_slos_init(&shared->slos, p, size);
}


/* names this life of the counters among all gateways and restarts */
static ngx_int_t
ngx_partner_zone_count(ngx_partner_shared_t *shared, ngx_log_t *log)
{
    lp_journal_identity_t identity;

    if (RAND_bytes((u_char *) &shared->incarnation, sizeof(uint64_t)) != 1) {
        ngx_log_error(NGX_LOG_EMERG, log, 0, "RAND_bytes() failed");
        return NGX_ERROR;
    }

    ngx_memzero(&identity, sizeof(lp_journal_identity_t));
    identity.incarnation = shared->incarnation;

    if (lp_journal_format(shared->usage, shared->usage_size, &identity)
        != LP_OK) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "partner_zone: cannot lay out the usage area");
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_int_t
ngx_partner_zone_init(ngx_partner_zone_t *zone, ngx_shm_zone_t *shm_zone,
                      ngx_partner_zone_t *old)
{
    size_t                size;
    ngx_int_t             rc;
    ngx_partner_shared_t *shared;

    rc = ngx_partner_memory_open(&zone->memory, shm_zone,
                                 old != NULL ? &old->memory : NULL,
                                 ngx_partner_zone_layout(), &size);

    shared = (ngx_partner_shared_t *) zone->memory.head;
    zone->shared = shared;

    if (rc == NGX_DECLINED) {
        ngx_partner_zone_carve(shared, size);
        shared->created = (ngx_atomic_uint_t) ngx_time();
        shared->epoch = 1;

        if (ngx_partner_zone_count(shared, shm_zone->shm.log) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return rc;
}


static ngx_partner_fill_t
ngx_partner_zone_fill_cache(const ngx_partner_cache_t *cache)
{
    size_t             tables;
    ngx_partner_fill_t fill;

    tables
        = (size_t) (cache->chain_mask + 1) * sizeof(uint32_t)
          + (size_t) (cache->unknown_mask + 1) * sizeof(ngx_partner_unknown_t);

    fill.area = "principals";
    fill.used
        = tables + (size_t) cache->filled * sizeof(ngx_partner_cache_entry_t);
    fill.size
        = tables + (size_t) cache->size * sizeof(ngx_partner_cache_entry_t);

    return fill;
}


ngx_partner_fill_t
ngx_partner_zone_fill(const ngx_partner_shared_t *shared, ngx_uint_t area)
{
    const ngx_partner_names_t    *names;
    const ngx_partner_networks_t *networks;
    const ngx_partner_tallies_t  *tallies;

    names = &shared->names;
    networks = &shared->cache.networks;

    switch (area) {

    case 0:
        return ngx_partner_zone_fill_cache(&shared->cache);

    case 1:
        return (ngx_partner_fill_t){ "networks",
                                     networks->end - networks->gaps,
                                     networks->size };

    case 2:
        return (ngx_partner_fill_t){ "names", names->used, names->size };

    case 3:
        tallies = &shared->stats.tallies;

        return (ngx_partner_fill_t){
            "tallies", (size_t) tallies->n * sizeof(ngx_partner_tally_t),
            (size_t) tallies->size * sizeof(ngx_partner_tally_t)
        };

    default:
        return (ngx_partner_fill_t){ NULL, 0, 0 };
    }
}


void
ngx_partner_zone_lock(ngx_partner_zone_t *zone)
{
    ngx_pid_t             died;
    ngx_partner_shared_t *shared;

    shared = zone->shared;
    died = ngx_partner_memory_lock(&zone->memory);

    if (died == 0) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "process %P died inside partner_zone \"%V\": cached "
                  "principals, local buckets, leases and what "
                  "partner_overload learnt are dropped",
                  died, &zone->memory.shm_zone->shm.name);

    ngx_partner_cache_clear(&shared->cache);
    ngx_partner_buckets_clear(&shared->buckets);
    ngx_partner_leases_clear(&shared->leases);
    ngx_partner_flights_rebuild(&shared->flights, 0);
    ngx_partner_pools_clear(&shared->pools);
    shared->epoch++; /* what is on its way may be older than we knew */
    shared->rebuilds++;
}


void
ngx_partner_zone_unlock(ngx_partner_zone_t *zone)
{
    ngx_partner_memory_unlock(&zone->memory);
}


void
ngx_partner_zone_crowded(ngx_partner_zone_t        *zone,
                         const ngx_partner_owner_t *owner, ngx_uint_t claimed,
                         ngx_log_t *log)
{
    static ngx_str_t somebody = ngx_string("one of whom tokens tell");

    switch (ngx_partner_names_untold(&zone->shared->names, owner)) {

    case NGX_BUSY:
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "partner_zone \"%V\" has no room for another name of "
                      "\"%V\", which has taken 1/%d of what there is: its "
                      "credentials with new names or scopes are refused, also "
                      "known ones whose scopes change; a larger zone has room "
                      "for them",
                      &zone->memory.shm_zone->shm.name,
                      claimed ? &somebody : owner, NGX_PARTNER_NAMES_SHARE);
        break;

    case NGX_ERROR:
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "partner_zone \"%V\" has no room for another name: "
                      "credentials with new names or scopes are refused, also "
                      "known ones whose scopes change; it needs to be larger",
                      &zone->memory.shm_zone->shm.name);
        break;

    default: /* NGX_OK: it was told */
        break;
    }
}
