/*
 * The zone of verified tokens.
 */

#include "../libpartner/lp_fnv.h"
#include "ngx_partner_tokens.h"


#define NGX_PARTNER_TOKENS_LAYOUT 57 /* grows with what sizes miss */


/* The power of two that is not less: most chains then hold one token. */
static uint32_t
ngx_partner_tokens_power(size_t limit)
{
    uint32_t n;

    for (n = 64; n < limit; n *= 2) {
        /* void */
    }

    return n;
}


/* One eighth for revocations, key sets of fixed size, the rest for tokens. */
static void
ngx_partner_tokens_carve(ngx_partner_tokens_t *tokens, size_t total)
{
    u_char  *mem;
    size_t   size;
    uint32_t chains;

    mem = ngx_align_ptr((u_char *) (tokens + 1), NGX_ALIGNMENT);
    size = (size_t) ((u_char *) tokens + total - mem);

    mem += ngx_partner_keysets_init(&tokens->keysets, mem);
    mem += ngx_partner_revoked_init(&tokens->revoked, mem, size / 8);
    size = (size_t) ((u_char *) tokens + total - mem);

    chains
        = ngx_partner_tokens_power(size / sizeof(ngx_partner_token_entry_t));
    tokens->chains = (uint32_t *) mem;
    tokens->chain_mask = chains - 1;

    mem += chains * sizeof(uint32_t);
    size -= chains * sizeof(uint32_t);

    tokens->entries = (ngx_partner_token_entry_t *) mem;
    tokens->size = size / sizeof(ngx_partner_token_entry_t);
}


ngx_int_t
ngx_partner_tokens_init(ngx_partner_token_zone_t *zone,
                        ngx_shm_zone_t           *shm_zone,
                        ngx_partner_token_zone_t *old)
{
    size_t    size;
    ngx_int_t rc;

    static const uint32_t layout[] = {
        NGX_PARTNER_TOKENS_LAYOUT,         sizeof(ngx_partner_tokens_t),
        sizeof(ngx_partner_token_entry_t), sizeof(ngx_partner_keyset_t),
        sizeof(ngx_partner_revocation_t),
    };

    rc = ngx_partner_memory_open(
        &zone->memory, shm_zone, old != NULL ? &old->memory : NULL,
        lp_fnv(LP_FNV_BASIS, layout, sizeof(layout)), &size);

    zone->shared = (ngx_partner_tokens_t *) zone->memory.head;

    if (rc == NGX_DECLINED) {
        ngx_partner_tokens_carve(zone->shared, size);
        lp_tag_draw(zone->shared->key);
    }

    return rc;
}


void
ngx_partner_tokens_lock(ngx_partner_token_zone_t *zone)
{
    ngx_pid_t             died;
    ngx_partner_tokens_t *tokens;

    tokens = zone->shared;
    died = ngx_partner_memory_lock(&zone->memory);

    if (died == 0) {
        return;
    }

    ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                  "process %P died inside partner_jwt_zone \"%V\": "
                  "verified tokens are dropped",
                  died, &zone->memory.shm_zone->shm.name);

    ngx_memzero(tokens->chains, (tokens->chain_mask + 1) * sizeof(uint32_t));
    tokens->filled = 0;
    tokens->hand = 0;
    tokens->rebuilds++;
    ngx_partner_revoked_clear(&tokens->revoked);
    ngx_partner_keysets_clear(&tokens->keysets);
}


void
ngx_partner_tokens_unlock(ngx_partner_token_zone_t *zone)
{
    ngx_partner_memory_unlock(&zone->memory);
}


/* The link that leads to the token's entry, or the one that ends its chain. */
static uint32_t *
ngx_partner_tokens_link(ngx_partner_tokens_t *tokens, const u_char *tag)
{
    uint32_t hash, *link;

    ngx_memcpy(&hash, tag, sizeof(hash));
    link = &tokens->chains[hash & tokens->chain_mask];

    while (*link != 0
           && !lp_tag_equal(tokens->entries[*link - 1].token.tag, tag)) {
        link = &tokens->entries[*link - 1].next;
    }

    return link;
}


ngx_partner_token_t *
ngx_partner_tokens_find(ngx_partner_tokens_t *tokens, const u_char *tag)
{
    uint32_t *link;

    link = ngx_partner_tokens_link(tokens, tag);

    if (*link == 0) {
        return NULL;
    }

    tokens->entries[*link - 1].used = 1;

    return &tokens->entries[*link - 1].token;
}


/* An entry outside every chain: never used, or not used for a round. */
static uint32_t
ngx_partner_tokens_claim(ngx_partner_tokens_t *tokens)
{
    uint32_t                   i, *link;
    ngx_partner_token_entry_t *entry;

    if (tokens->filled < tokens->size) {
        return (uint32_t) tokens->filled++;
    }

    for (;;) {
        i = tokens->hand;
        tokens->hand = (tokens->hand + 1) % tokens->size;
        entry = &tokens->entries[i];

        if (entry->live && entry->used) {
            entry->used = 0;
            continue;
        }

        if (entry->live) {
            link = ngx_partner_tokens_link(tokens, entry->token.tag);
            *link = entry->next;
            entry->live = 0;
            tokens->evicted += entry->token.expires > ngx_time();
        }

        return i;
    }
}


void
ngx_partner_tokens_drop(ngx_partner_tokens_t *tokens, const u_char *tag)
{
    uint32_t                  *link;
    ngx_partner_token_entry_t *entry;

    link = ngx_partner_tokens_link(tokens, tag);

    if (*link != 0) {
        entry = &tokens->entries[*link - 1];
        *link = entry->next;
        entry->live = 0;
    }
}


ngx_uint_t
ngx_partner_tokens_revoked(ngx_partner_tokens_t *tokens,
                           ngx_partner_token_t  *token)
{
    if (ngx_partner_revoked_covers(&tokens->revoked, token->subjects,
                                   token->issued)) {
        return 1;
    }

    token->clean = tokens->revoked.generation;

    return 0;
}


void
ngx_partner_tokens_store(ngx_partner_tokens_t *tokens,
                         ngx_partner_token_t  *token)
{
    uint32_t                   i, *link;
    ngx_partner_token_entry_t *entry;

    (void) ngx_partner_tokens_revoked(tokens, token);

    link = ngx_partner_tokens_link(tokens, token->tag);

    if (*link != 0) {
        tokens->entries[*link - 1].token = *token;
        return;
    }

    i = ngx_partner_tokens_claim(tokens);

    /* claiming may have cut the chain that the link ended */
    link = ngx_partner_tokens_link(tokens, token->tag);

    entry = &tokens->entries[i];
    entry->token = *token;
    entry->next = 0;
    entry->live = 1;
    entry->used = 0; /* a token that is never seen again goes first */

    *link = i + 1;
}
