/*
 * Allow lists in shared memory: each distinct set is kept once and counted by
 * the credentials that have it.  The sets lie one behind the other; what was
 * dropped leaves gaps that are closed when the room runs out.
 */

#ifndef NGX_PARTNER_NETWORKS_H
#define NGX_PARTNER_NETWORKS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_cidr.h"


/*
 * Names one set: a slot, and in the upper half which of its tenants, so that a
 * name outlives its set without naming the next.  0: no list, any address.
 */
typedef uint32_t ngx_partner_networks_ref_t;

typedef struct {
    uint32_t offset; /* of its block in the arena */
    uint32_t users;  /* 0: the slot is free */
    uint32_t hash;
    uint16_t next;   /* number in the chain, or of the free; 0: the end */
    uint16_t tenant; /* which set in a row has this slot */
} ngx_partner_networks_slot_t;

typedef struct {
    u_char                      *arena;
    ngx_partner_networks_slot_t *slots; /* number n is slots[n - 1] */
    uint16_t                    *chains;
    uint32_t                     chain_mask;
    uint32_t                     slots_max;
    uint32_t                     slots_used; /* ever */
    uint32_t                     free;       /* number of the first */
    uint32_t                     size;       /* bytes in the arena */
    uint32_t                     end;        /* where the next block goes */
    uint32_t                     gaps;       /* bytes before it to be had */
} ngx_partner_networks_t;


/* Takes `size` zeroed bytes for good. */
void ngx_partner_networks_init(ngx_partner_networks_t *networks, u_char *mem,
                               size_t size);

/* All below run under the zone lock. */

void ngx_partner_networks_clear(ngx_partner_networks_t *networks);

/* Another user of the set, which is copied; 0 when there is no room. */
ngx_partner_networks_ref_t ngx_partner_networks_take(
    ngx_partner_networks_t *networks, const lp_cidr_set_t *set);

/* One user less. */
void ngx_partner_networks_drop(ngx_partner_networks_t    *networks,
                               ngx_partner_networks_ref_t ref);

/* The set until the lock is left; NULL when its last user has dropped it. */
const lp_cidr_set_t *ngx_partner_networks_get(
    const ngx_partner_networks_t *networks, ngx_partner_networks_ref_t ref);


#endif
