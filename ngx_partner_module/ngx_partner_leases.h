/*
 * Leases of this node, in shared memory: a set-associative table by the name
 * of the bucket.  The least recently used gives way; what it had left is lost
 * until the shared bucket takes it back.
 */

#ifndef NGX_PARTNER_LEASES_H
#define NGX_PARTNER_LEASES_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_lease.h"
#include "ngx_partner_buckets.h"


#define NGX_PARTNER_LEASE_WAYS 32 /* no fewer than limits in a decision */


typedef struct {
    ngx_partner_bucket_id_t id;
    uint64_t                used; /* the decision that looked at it last */
    lp_lease_t              lease;
} ngx_partner_lease_slot_t;

typedef struct {
    ngx_partner_lease_slot_t *slots;
    uint32_t                  set_mask;
    uint64_t                  decisions;
    int64_t                   seq; /* of questions; grows while the zone is */
    ngx_atomic_t              granted; /* tokens, so far */
    ngx_atomic_t              returned;
    ngx_atomic_t              wasted; /* ran out, or granted in vain */
} ngx_partner_leases_t;


/* Takes `size` zeroed bytes for good. */
void ngx_partner_leases_init(ngx_partner_leases_t *leases, u_char *mem,
                             size_t size);

/* All below run under the zone lock. */

void ngx_partner_leases_clear(ngx_partner_leases_t *leases);

/* Opens a decision: the slots it gets do not give way to each other. */
void ngx_partner_leases_begin(ngx_partner_leases_t *leases);

/* The lease on that bucket, an empty one where there was none. */
lp_lease_t *ngx_partner_leases_get(ngx_partner_leases_t          *leases,
                                   const ngx_partner_bucket_id_t *id);

/* The same, or NULL where there is none. */
lp_lease_t *ngx_partner_leases_find(ngx_partner_leases_t          *leases,
                                    const ngx_partner_bucket_id_t *id);


#endif
