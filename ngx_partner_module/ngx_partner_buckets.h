/*
 * Token buckets of the `local` mode, in shared memory.
 */

#ifndef NGX_PARTNER_BUCKETS_H
#define NGX_PARTNER_BUCKETS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_bucket.h"
#include "ngx_partner_names.h"


/* Names one bucket; unused bytes are zero, it is compared as memory. */
typedef struct {
    ngx_partner_name_t policy;
    uint32_t           kind;
    u_char             subject[16];
} ngx_partner_bucket_id_t;

typedef struct {
    ngx_partner_bucket_id_t id;
    lp_bucket_t             bucket;
} ngx_partner_bucket_slot_t;

typedef struct {
    ngx_partner_bucket_slot_t *slots;
    uint32_t                   set_mask;
    ngx_atomic_t               evicted; /* not yet full when forgotten */
} ngx_partner_buckets_t;


/* Takes `size` zeroed bytes for good. */
void ngx_partner_buckets_init(ngx_partner_buckets_t *buckets, u_char *mem,
                              size_t size);

/* All below run under the zone lock. */

void ngx_partner_buckets_clear(ngx_partner_buckets_t *buckets);

/*
 * The bucket of that name, a full one where there was none.  The pointer holds
 * until the next call for another name, which may claim the same slot: copy.
 * `now` is in microseconds.
 */
lp_bucket_t *ngx_partner_buckets_get(ngx_partner_buckets_t         *buckets,
                                     const ngx_partner_bucket_id_t *id,
                                     int64_t                        now);


#endif
