/*
 * Usage counters: how often, and how much, each partner was served.  They only
 * grow; the publisher sends their absolute values (docs/architecture.md).
 */

#ifndef NGX_PARTNER_USAGE_H
#define NGX_PARTNER_USAGE_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_names.h"


typedef enum {
    NGX_PARTNER_OK = 0,
    NGX_PARTNER_CLIENT_ERROR,
    NGX_PARTNER_SERVER_ERROR,
    NGX_PARTNER_REFUSED,
    NGX_PARTNER_ABORTED,
    NGX_PARTNER_OUTCOMES
} ngx_partner_outcome_t;

/* Names one counter; compared as memory, so it has no padding. */
typedef struct {
    uint32_t           hour; /* whole hours since the epoch */
    uint32_t           outcome;
    ngx_partner_name_t partner;
    ngx_partner_name_t application;
    ngx_partner_name_t operation;
} ngx_partner_usage_id_t;

typedef struct {
    uint64_t calls;
    uint64_t request_bytes;
    uint64_t response_bytes;
    uint64_t upstream_us;
} ngx_partner_usage_values_t;

typedef struct {
    ngx_partner_usage_id_t     id;
    uint32_t                   next; /* index + 1; 0: the end */
    ngx_partner_usage_values_t values;
    ngx_partner_usage_values_t confirmed;
} ngx_partner_usage_slot_t;

typedef struct {
    ngx_partner_usage_slot_t *slots;
    uint32_t                 *chains;
    uint32_t                  chain_mask;
    uint32_t                  size;   /* slots */
    uint32_t                  filled; /* slots ever used */
    uint32_t                  free;   /* index + 1 of the first free one */
    uint32_t                  live;
    uint32_t                  sweep;   /* the chain that is pruned next */
    uint32_t                  first;   /* hour; what is older may be freed */
    ngx_atomic_t              dropped; /* calls lost to a full table */
} ngx_partner_usage_t;


extern ngx_str_t ngx_partner_outcome_names[NGX_PARTNER_OUTCOMES];


/* Takes `size` zeroed bytes for good. */
void ngx_partner_usage_init(ngx_partner_usage_t *usage, u_char *mem,
                            size_t size);

/* All below run under the zone lock. */

/*
 * Adds to the counter.  An hour whose counters may have been freed is not
 * counted in again: `id->hour` is raised to the first that is left.
 */
void ngx_partner_usage_add(ngx_partner_usage_t              *usage,
                           ngx_partner_usage_id_t           *id,
                           const ngx_partner_usage_values_t *add);

/* The platform holds these values; equal ones need not be sent again. */
void ngx_partner_usage_confirm(ngx_partner_usage_t              *usage,
                               const ngx_partner_usage_id_t     *id,
                               const ngx_partner_usage_values_t *values);

/* Frees what is confirmed and of an hour before `hour`, some at each call. */
void ngx_partner_usage_expire(ngx_partner_usage_t *usage, uint32_t hour);

/*
 * Copies up to `n` unconfirmed counters from slot `*from` on and moves `*from`
 * on, by a bounded number of slots so that the lock is not held for long.
 * Returns how many; the end is reached when `*from` is usage->filled.
 */
ngx_uint_t ngx_partner_usage_pending(ngx_partner_usage_t      *usage,
                                     uint32_t                 *from,
                                     ngx_partner_usage_slot_t *out,
                                     ngx_uint_t                n);


#endif
