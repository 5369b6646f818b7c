/*
 * Allow lists in shared memory: slots that are found by hash, and an arena of
 * blocks, each of which knows its slot, so that it can be moved.
 */

#include "ngx_partner_networks.h"


/* There are as many slots as sets of three IPv4 networks would fill. */
#define NGX_PARTNER_NETWORKS_SMALL                                            \
    (sizeof(ngx_partner_networks_slot_t) + sizeof(uint16_t)                   \
     + sizeof(ngx_partner_networks_block_t) + sizeof(lp_cidr_set_t)           \
     + 3 * sizeof(uint64_t))


typedef struct {
    uint32_t      number; /* of its slot; 0: a gap */
    uint32_t      size;   /* bytes, this header included */
    lp_cidr_set_t set;
} ngx_partner_networks_block_t;

#define NGX_PARTNER_NETWORKS_HEADER offsetof(ngx_partner_networks_block_t, set)


void
ngx_partner_networks_init(ngx_partner_networks_t *networks, u_char *mem,
                          size_t size)
{
    size_t   taken;
    uint32_t n, chains;

    n = (uint32_t) ngx_min(size / NGX_PARTNER_NETWORKS_SMALL, UINT16_MAX);

    for (chains = 1; chains * 2 <= n; chains *= 2) {
        /* void */
    }

    networks->slots = (ngx_partner_networks_slot_t *) mem;
    networks->slots_max = n;
    taken = n * sizeof(ngx_partner_networks_slot_t);

    networks->chains = (uint16_t *) (mem + taken);
    networks->chain_mask = chains - 1;
    taken = ngx_align(taken + chains * sizeof(uint16_t), sizeof(uint64_t));

    networks->arena = mem + taken;
    networks->size = (uint32_t) ngx_min(size - taken, UINT32_MAX);
}


void
ngx_partner_networks_clear(ngx_partner_networks_t *networks)
{
    ngx_memzero(networks->chains,
                (networks->chain_mask + 1) * sizeof(uint16_t));

    /* tenants stay, so that no old name comes to mean a new set */
    while (networks->slots_used > 0) {
        networks->slots[--networks->slots_used].users = 0;
    }

    networks->free = 0;
    networks->end = 0;
    networks->gaps = 0;
}


static ngx_partner_networks_block_t *
ngx_partner_networks_block(const ngx_partner_networks_t *networks,
                           uint32_t                      offset)
{
    return (ngx_partner_networks_block_t *) (networks->arena + offset);
}


/* Moves every block down over the gaps before it. */
static void
ngx_partner_networks_close(ngx_partner_networks_t *networks)
{
    uint32_t                      from, to, size;
    ngx_partner_networks_block_t *block;

    for (from = 0, to = 0; from < networks->end; from += size) {
        block = ngx_partner_networks_block(networks, from);
        size = block->size;

        if (block->number != 0) {
            networks->slots[block->number - 1].offset = to;
            ngx_memmove(networks->arena + to, block, size);
            to += size;
        }
    }

    networks->end = to;
    networks->gaps = 0;
}


/* The link that leads to the set's slot, or the one that ends its chain. */
static uint16_t *
ngx_partner_networks_link(ngx_partner_networks_t *networks,
                          const lp_cidr_set_t *set, size_t size, uint32_t hash)
{
    uint16_t                     *link;
    ngx_partner_networks_slot_t  *slot;
    ngx_partner_networks_block_t *block;

    link = &networks->chains[hash & networks->chain_mask];

    for (; *link != 0; link = &slot->next) {
        slot = &networks->slots[*link - 1];
        block = ngx_partner_networks_block(networks, slot->offset);

        if (slot->hash == hash
            && block->size == NGX_PARTNER_NETWORKS_HEADER + size
            && ngx_memcmp(&block->set, set, size) == 0) {
            break;
        }
    }

    return link;
}


/* Its number; 0 when all are taken. */
static uint16_t
ngx_partner_networks_claim(ngx_partner_networks_t *networks)
{
    uint16_t number;

    if (networks->free != 0) {
        number = networks->free;
        networks->free = networks->slots[number - 1].next;

    } else if (networks->slots_used < networks->slots_max) {
        number = (uint16_t) ++networks->slots_used;

    } else {
        return 0;
    }

    networks->slots[number - 1].next = 0;
    networks->slots[number - 1].tenant++;

    return number;
}


/* NGX_ERROR when there is no room, not even with every gap closed. */
static ngx_int_t
ngx_partner_networks_make_room(ngx_partner_networks_t *networks, size_t size)
{
    if (size <= networks->size - networks->end) {
        return NGX_OK;
    }

    if (size > networks->size - networks->end + networks->gaps) {
        return NGX_ERROR;
    }

    ngx_partner_networks_close(networks);

    return NGX_OK;
}


static uint16_t
ngx_partner_networks_add(ngx_partner_networks_t *networks,
                         const lp_cidr_set_t *set, size_t size, uint32_t hash)
{
    uint16_t                      number;
    ngx_partner_networks_slot_t  *slot;
    ngx_partner_networks_block_t *block;

    size += NGX_PARTNER_NETWORKS_HEADER;

    if (ngx_partner_networks_make_room(networks, size) != NGX_OK) {
        return 0;
    }

    number = ngx_partner_networks_claim(networks);

    if (number == 0) {
        return 0;
    }

    slot = &networks->slots[number - 1];
    slot->offset = networks->end;
    slot->hash = hash;
    slot->users = 0;

    block = ngx_partner_networks_block(networks, networks->end);
    block->number = number;
    block->size = (uint32_t) size;
    ngx_memcpy(&block->set, set, size - NGX_PARTNER_NETWORKS_HEADER);
    networks->end += (uint32_t) size;

    return number;
}


ngx_partner_networks_ref_t
ngx_partner_networks_take(ngx_partner_networks_t *networks,
                          const lp_cidr_set_t    *set)
{
    size_t                       size;
    uint16_t                    *link, number;
    uint32_t                     hash;
    ngx_partner_networks_slot_t *slot;

    size = lp_cidr_set_size(set);
    hash = ngx_murmur_hash2((u_char *) set, size);
    link = ngx_partner_networks_link(networks, set, size, hash);

    if (*link == 0) {
        number = ngx_partner_networks_add(networks, set, size, hash);

        if (number == 0) {
            return 0;
        }

        *link = number;
    }

    slot = &networks->slots[*link - 1];
    slot->users++;

    return (uint32_t) slot->tenant << 16 | *link;
}


/* NULL when the name's set has gone. */
static ngx_partner_networks_slot_t *
ngx_partner_networks_slot(const ngx_partner_networks_t *networks,
                          ngx_partner_networks_ref_t    ref)
{
    uint32_t                     number;
    ngx_partner_networks_slot_t *slot;

    number = ref & UINT16_MAX;

    if (number == 0 || number > networks->slots_used) {
        return NULL;
    }

    slot = &networks->slots[number - 1];

    return (slot->users > 0 && slot->tenant == ref >> 16) ? slot : NULL;
}


void
ngx_partner_networks_drop(ngx_partner_networks_t    *networks,
                          ngx_partner_networks_ref_t ref)
{
    uint16_t                     *link;
    ngx_partner_networks_slot_t  *slot;
    ngx_partner_networks_block_t *block;

    slot = ngx_partner_networks_slot(networks, ref);

    if (slot == NULL || --slot->users > 0) {
        return;
    }

    block = ngx_partner_networks_block(networks, slot->offset);
    block->number = 0;
    networks->gaps += block->size;

    link = &networks->chains[slot->hash & networks->chain_mask];

    while (*link != (ref & UINT16_MAX)) {
        link = &networks->slots[*link - 1].next;
    }

    *link = slot->next;
    slot->next = (uint16_t) networks->free;
    networks->free = ref & UINT16_MAX;
}


const lp_cidr_set_t *
ngx_partner_networks_get(const ngx_partner_networks_t *networks,
                         ngx_partner_networks_ref_t    ref)
{
    ngx_partner_networks_slot_t *slot;

    slot = ngx_partner_networks_slot(networks, ref);

    return (slot != NULL)
               ? &ngx_partner_networks_block(networks, slot->offset)->set
               : NULL;
}
