/*
 * When each credential was last used, for the platform: read past whoever
 * writes.
 */

#include "ngx_partner_cache.h"


#define NGX_PARTNER_LAST_USE_SLICE 4096 /* entries looked at in one go */


/* Whether the entry was used since, and what to say of it then. */
static ngx_uint_t
ngx_partner_cache_last_use(const ngx_partner_cache_entry_t *entry,
                           uint32_t since, ngx_partner_last_use_t *out)
{
    uint32_t sequence;

    sequence = __atomic_load_n(&entry->sequence, __ATOMIC_ACQUIRE);

    out->at = entry->last_used;
    out->id_len = entry->principal.id_len;
    ngx_memcpy(out->id, entry->principal.id, LP_ID_LEN);

    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    return !(sequence & 1) && out->at >= since && out->id_len > 0
           && __atomic_load_n(&entry->sequence, __ATOMIC_RELAXED) == sequence;
}


ngx_uint_t
ngx_partner_cache_last_uses(const ngx_partner_cache_t *cache, uint32_t *from,
                            uint32_t since, ngx_partner_last_use_t *out,
                            ngx_uint_t n)
{
    uint32_t   end;
    ngx_uint_t found;

    end = ngx_min(cache->filled, *from + NGX_PARTNER_LAST_USE_SLICE);

    for (found = 0; *from < end && found < n; (*from)++) {
        found += ngx_partner_cache_last_use(&cache->entries[*from], since,
                                            &out[found]);
    }

    return found;
}
