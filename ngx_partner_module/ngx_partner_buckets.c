/*
 * Token buckets of the `local` mode: a set-associative table.  A bucket that
 * is full again says nothing, so its slot is free to any other.
 */

#include "ngx_partner_buckets.h"
#include "ngx_partner_hash.h"


#define NGX_PARTNER_BUCKET_WAYS 16 /* slots of a set */


void
ngx_partner_buckets_init(ngx_partner_buckets_t *buckets, u_char *mem,
                         size_t size)
{
    size_t   set;
    uint32_t sets;

    set = NGX_PARTNER_BUCKET_WAYS * sizeof(ngx_partner_bucket_slot_t);

    for (sets = 1; sets * 2 * set <= size; sets *= 2) {
        /* void */
    }

    buckets->slots = (ngx_partner_bucket_slot_t *) mem;
    buckets->set_mask = sets - 1;
}


void
ngx_partner_buckets_clear(ngx_partner_buckets_t *buckets)
{
    ngx_memzero(buckets->slots, (size_t) (buckets->set_mask + 1)
                                    * NGX_PARTNER_BUCKET_WAYS
                                    * sizeof(ngx_partner_bucket_slot_t));
}


/*
 * The one that is fullest, or was full longest ago, gives way: that changes
 * least.  A bucket that was not full is lost, and counted.
 */
lp_bucket_t *
ngx_partner_buckets_get(ngx_partner_buckets_t         *buckets,
                        const ngx_partner_bucket_id_t *id, int64_t now)
{
    uint32_t                   hash;
    ngx_uint_t                 i;
    ngx_partner_bucket_slot_t *slot, *fullest;

    hash = ngx_partner_hash(id, sizeof(*id));
    slot = buckets->slots
           + (size_t) (hash & buckets->set_mask) * NGX_PARTNER_BUCKET_WAYS;
    fullest = slot;

    for (i = 0; i < NGX_PARTNER_BUCKET_WAYS; i++, slot++) {

        if (ngx_memcmp(&slot->id, id, sizeof(*id)) == 0) {
            return &slot->bucket;
        }

        if (slot->bucket.tat < fullest->bucket.tat) {
            fullest = slot;
        }
    }

    if (fullest->bucket.tat > now) {
        buckets->evicted++;
    }

    fullest->id = *id;
    fullest->bucket.tat = 0;
    fullest->bucket.frac = 0;

    return &fullest->bucket;
}
