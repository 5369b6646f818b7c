/*
 * Usage counters: a chained hash over an array.  A slot is filled before it is
 * linked, and linked or unlinked by one store, so that a process killed at any
 * moment leaves a table that can be walked.
 */

#include "ngx_partner_usage.h"


#define NGX_PARTNER_USAGE_SCAN 4096 /* slots looked at in one go */


ngx_str_t ngx_partner_outcome_names[NGX_PARTNER_OUTCOMES] = {
    ngx_string("ok"),           ngx_string("client_error"),
    ngx_string("server_error"), ngx_string("refused"),
    ngx_string("aborted"),
};


void
ngx_partner_usage_init(ngx_partner_usage_t *usage, u_char *mem, size_t size)
{
    uint32_t chains;

    for (chains = 64; chains * 2 * sizeof(ngx_partner_usage_slot_t) <= size;
         chains *= 2) {
        /* void */
    }

    usage->chains = (uint32_t *) mem;
    usage->chain_mask = chains - 1;

    mem += chains * sizeof(uint32_t);
    size -= chains * sizeof(uint32_t);

    usage->slots = (ngx_partner_usage_slot_t *) mem;
    usage->size = (uint32_t) (size / sizeof(ngx_partner_usage_slot_t));
}


static uint32_t *
ngx_partner_usage_link(ngx_partner_usage_t          *usage,
                       const ngx_partner_usage_id_t *id)
{
    uint32_t hash, *link;

    hash = ngx_murmur_hash2((u_char *) id, sizeof(*id));
    link = &usage->chains[hash & usage->chain_mask];

    while (*link != 0
           && ngx_memcmp(&usage->slots[*link - 1].id, id, sizeof(*id)) != 0) {
        link = &usage->slots[*link - 1].next;
    }

    return link;
}


/* The number of a slot outside every chain, 0 when there is none. */
static uint32_t
ngx_partner_usage_claim(ngx_partner_usage_t *usage)
{
    uint32_t n;

    n = usage->free;

    if (n != 0) {
        usage->free = usage->slots[n - 1].next;
        return n;
    }

    if (usage->filled == usage->size) {
        return 0;
    }

    return ++usage->filled;
}


void
ngx_partner_usage_add(ngx_partner_usage_t *usage, ngx_partner_usage_id_t *id,
                      const ngx_partner_usage_values_t *add)
{
    uint32_t                 *link, n;
    ngx_partner_usage_slot_t *slot;

    if (id->hour < usage->first) {
        id->hour = usage->first;
    }

    link = ngx_partner_usage_link(usage, id);

    if (*link == 0) {
        n = ngx_partner_usage_claim(usage);

        if (n == 0) {
            usage->dropped += add->calls;
            return;
        }

        slot = &usage->slots[n - 1];
        ngx_memzero(slot, sizeof(ngx_partner_usage_slot_t));
        slot->id = *id;

        ngx_memory_barrier();
        *link = n;
        usage->live++;
    }

    slot = &usage->slots[*link - 1];
    slot->values.calls += add->calls;
    slot->values.request_bytes += add->request_bytes;
    slot->values.response_bytes += add->response_bytes;
    slot->values.upstream_us += add->upstream_us;
}


void
ngx_partner_usage_confirm(ngx_partner_usage_t              *usage,
                          const ngx_partner_usage_id_t     *id,
                          const ngx_partner_usage_values_t *values)
{
    uint32_t *link;

    link = ngx_partner_usage_link(usage, id);

    if (*link != 0) {
        usage->slots[*link - 1].confirmed = *values;
    }
}


static ngx_uint_t
ngx_partner_usage_settled(const ngx_partner_usage_slot_t *slot)
{
    return ngx_memcmp(&slot->values, &slot->confirmed, sizeof(slot->values))
           == 0;
}


static void
ngx_partner_usage_prune(ngx_partner_usage_t *usage, uint32_t *link,
                        uint32_t hour)
{
    uint32_t                  n;
    ngx_partner_usage_slot_t *slot;

    while (*link != 0) {
        n = *link;
        slot = &usage->slots[n - 1];

        if (slot->id.hour >= hour || !ngx_partner_usage_settled(slot)) {
            link = &slot->next;
            continue;
        }

        /* begun again at zero, it would stay below what is confirmed */
        usage->first = ngx_max(usage->first, slot->id.hour + 1);

        *link = slot->next;
        usage->live--;

        /* it reads as settled until it is claimed again */
        slot->next = usage->free;
        ngx_memory_barrier();
        usage->free = n;
    }
}


void
ngx_partner_usage_expire(ngx_partner_usage_t *usage, uint32_t hour)
{
    uint32_t n;

    for (n = 0; n < NGX_PARTNER_USAGE_SCAN && n <= usage->chain_mask; n++) {
        ngx_partner_usage_prune(
            usage, &usage->chains[usage->sweep++ & usage->chain_mask], hour);
    }
}


ngx_uint_t
ngx_partner_usage_pending(ngx_partner_usage_t *usage, uint32_t *from,
                          ngx_partner_usage_slot_t *out, ngx_uint_t n)
{
    uint32_t   end;
    ngx_uint_t found;

    end = ngx_min(usage->filled, *from + NGX_PARTNER_USAGE_SCAN);

    for (found = 0; *from < end && found < n; (*from)++) {

        if (!ngx_partner_usage_settled(&usage->slots[*from])) {
            out[found++] = usage->slots[*from];
        }
    }

    return found;
}
