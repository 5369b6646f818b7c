/*
 * The table of leases.
 */

#include "ngx_partner_leases.h"
#include "ngx_partner_hash.h"


void
ngx_partner_leases_init(ngx_partner_leases_t *leases, u_char *mem, size_t size)
{
    size_t   set;
    uint32_t sets;

    set = NGX_PARTNER_LEASE_WAYS * sizeof(ngx_partner_lease_slot_t);

    for (sets = 1; sets * 2 * set <= size; sets *= 2) {
        /* void */
    }

    leases->slots = (ngx_partner_lease_slot_t *) mem;
    leases->set_mask = sets - 1;
}


void
ngx_partner_leases_clear(ngx_partner_leases_t *leases)
{
    ngx_memzero(leases->slots, (size_t) (leases->set_mask + 1)
                                   * NGX_PARTNER_LEASE_WAYS
                                   * sizeof(ngx_partner_lease_slot_t));
}


void
ngx_partner_leases_begin(ngx_partner_leases_t *leases)
{
    leases->decisions++;
}


static ngx_partner_lease_slot_t *
ngx_partner_leases_set(ngx_partner_leases_t          *leases,
                       const ngx_partner_bucket_id_t *id)
{
    uint32_t hash;

    hash = ngx_partner_hash(id, sizeof(*id));

    return leases->slots
           + (size_t) (hash & leases->set_mask) * NGX_PARTNER_LEASE_WAYS;
}


lp_lease_t *
ngx_partner_leases_find(ngx_partner_leases_t          *leases,
                        const ngx_partner_bucket_id_t *id)
{
    ngx_uint_t                i;
    ngx_partner_lease_slot_t *slot;

    slot = ngx_partner_leases_set(leases, id);

    for (i = 0; i < NGX_PARTNER_LEASE_WAYS; i++, slot++) {
        if (ngx_memcmp(&slot->id, id, sizeof(*id)) == 0) {
            return &slot->lease;
        }
    }

    return NULL;
}


lp_lease_t *
ngx_partner_leases_get(ngx_partner_leases_t          *leases,
                       const ngx_partner_bucket_id_t *id)
{
    ngx_uint_t                i;
    ngx_partner_lease_slot_t *slot, *oldest;

    slot = ngx_partner_leases_set(leases, id);
    oldest = slot;

    for (i = 0; i < NGX_PARTNER_LEASE_WAYS; i++, slot++) {

        if (ngx_memcmp(&slot->id, id, sizeof(*id)) == 0) {
            slot->used = leases->decisions;
            return &slot->lease;
        }

        if (slot->used < oldest->used) {
            oldest = slot;
        }
    }

    leases->wasted += (ngx_atomic_t) oldest->lease.left;

    ngx_memzero(oldest, sizeof(ngx_partner_lease_slot_t));
    oldest->id = *id;
    oldest->used = leases->decisions;

    return &oldest->lease;
}
