/*
 * Principals by the digest of their credential, in shared memory: an array of
 * our own (slab would round each entry up), chained by index, evicted by
 * recency with a clock hand.  Unknown credentials have a small table of their
 * own, so that a flood of them never costs a principal its place.
 *
 * An entry is found without a lock: its sequence number is odd while somebody
 * writes to it, and moves on by then, so a reader knows what to throw away.
 * Whoever died while writing left it odd, and the lock tells who comes next.
 */

#ifndef NGX_PARTNER_CACHE_H
#define NGX_PARTNER_CACHE_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_digest.h"
#include "ngx_partner_networks.h"
#include "ngx_partner_principal.h"


#define NGX_PARTNER_GENERATIONS 1024 /* a power of two */


/* When, and under which epoch and generation of its partner, the platform last
 * vouched for an entry. */
typedef struct {
    uint64_t verified; /* ms, monotonic within a boot */
    uint32_t epoch;
    uint32_t generation;
} ngx_partner_voucher_t;

/* What a look-up reads of an entry that is not the one stands first. */
typedef struct {
    u_char   digest[LP_DIGEST_LEN];
    uint32_t sequence;
    uint32_t next;      /* index + 1 in the chain; 0: the end */
    uint32_t last_used; /* seconds since the epoch, roughly */
    uint8_t  used;      /* looked up since the hand came by */
    uint8_t  live;
    uint8_t  outdated; /* only its version counts: nothing older may be
                          stored */
    ngx_partner_voucher_t   voucher;
    ngx_partner_principal_t principal;
} ngx_partner_cache_entry_t;

typedef struct {
    u_char   digest[LP_DIGEST_LEN];
    uint64_t until; /* ms */
    uint32_t epoch;
} ngx_partner_unknown_t;

typedef struct {
    ngx_partner_cache_entry_t *entries;
    uint32_t                  *chains;
    ngx_partner_unknown_t     *unknown;
    uint32_t                   size;   /* entries */
    uint32_t                   filled; /* entries ever used */
    uint32_t                   hand;
    uint32_t                   chain_mask;
    uint32_t                   unknown_mask;
    uint32_t                   count; /* live entries */
    ngx_atomic_t               evicted;
    ngx_partner_networks_t     networks;

    /* A partner that changed outdates all that is cached of it at once; those
     * whose names share a place are looked up again for nothing. */
    uint32_t generations[NGX_PARTNER_GENERATIONS];

    /* The same by the text of their names, for what is on its way: which of
     * all changes was the last. */
    uint32_t changed[NGX_PARTNER_GENERATIONS];
    uint32_t changes; /* of any partner */
} ngx_partner_cache_t;

/* What the platform is told of a key. */
typedef struct {
    u_char   id[LP_ID_LEN];
    uint8_t  id_len;
    uint32_t at; /* seconds since the epoch */
} ngx_partner_last_use_t;


/* A SHA-256 is as good a hash as any part of it. */
static ngx_inline uint32_t
ngx_partner_cache_hash(const u_char *digest)
{
    uint32_t hash;

    ngx_memcpy(&hash, digest, sizeof(hash));

    return hash;
}


/* Needs no lock.  Names lie four bytes apart at least. */
static ngx_inline uint32_t
ngx_partner_cache_generation(const ngx_partner_cache_t *cache,
                             ngx_partner_name_t         partner)
{
    return __atomic_load_n(
        &cache->generations[(partner >> 2) & (NGX_PARTNER_GENERATIONS - 1)],
        __ATOMIC_ACQUIRE);
}


/* Takes `size` zeroed bytes for good; networks have their own area. */
void ngx_partner_cache_init(ngx_partner_cache_t *cache, u_char *mem,
                            size_t size);

/*
 * Needs no lock.  NGX_OK and copies, or NGX_AGAIN: look under the lock.
 */
ngx_int_t ngx_partner_cache_peek(ngx_partner_cache_t     *cache,
                                 const u_char            *digest,
                                 ngx_partner_principal_t *principal,
                                 ngx_partner_voucher_t   *voucher);

/*
 * Needs no lock.  Copies up to `n` uses since `since` from entry `*from` on
 * and moves `*from` on, by a bounded number of entries.  Returns how many; the
 * end is reached when `*from` is cache->filled.
 */
ngx_uint_t ngx_partner_cache_last_uses(const ngx_partner_cache_t *cache,
                                       uint32_t *from, uint32_t since,
                                       ngx_partner_last_use_t *out,
                                       ngx_uint_t              n);

/* All below run under the zone lock. */

void ngx_partner_cache_clear(ngx_partner_cache_t *cache);

/* NGX_OK and copies, or NGX_DECLINED. */
ngx_int_t ngx_partner_cache_find(ngx_partner_cache_t     *cache,
                                 const u_char            *digest,
                                 ngx_partner_principal_t *principal,
                                 ngx_partner_voucher_t   *voucher);

/*
 * Takes the networks, if any, for the entry and for `principal`.
 * NGX_DECLINED: a newer version is stored, or was heard of.
 * NGX_ERROR: no room for the networks, and what was there is not found either.
 */
ngx_int_t ngx_partner_cache_store(ngx_partner_cache_t     *cache,
                                  const u_char            *digest,
                                  ngx_partner_principal_t *principal,
                                  const lp_cidr_set_t     *networks,
                                  ngx_partner_voucher_t    voucher);

/*
 * The credential has changed, to `version`: what is older is not found any
 * more and, whichever worker has yet to read it, cannot be stored again.
 */
void ngx_partner_cache_outdate(ngx_partner_cache_t *cache,
                               const u_char *digest, int64_t version);

/*
 * The partner of that name has changed: what is cached of it has to be looked
 * up again before it counts.  0: nothing is cached, but perhaps on its way.
 */
void ngx_partner_cache_age(ngx_partner_cache_t *cache, const char *name,
                           ngx_partner_name_t partner);

/* Whether it has, since cache->changes was `since`. */
ngx_uint_t ngx_partner_cache_aged(const ngx_partner_cache_t *cache,
                                  const char *name, uint32_t since);

/* NGX_DECLINED: a change was heard of, so there has to be something. */
ngx_int_t ngx_partner_cache_forget(ngx_partner_cache_t *cache,
                                   const u_char        *digest);

/* Remembers until `until` that nobody has this credential. */
void ngx_partner_cache_store_unknown(ngx_partner_cache_t *cache,
                                     const u_char *digest, uint32_t epoch,
                                     uint64_t until);

void ngx_partner_cache_drop_unknown(ngx_partner_cache_t *cache,
                                    const u_char        *digest);

ngx_uint_t ngx_partner_cache_is_unknown(ngx_partner_cache_t *cache,
                                        const u_char *digest, uint32_t epoch,
                                        uint64_t now);


#endif
