/*
 * Interned strings: an arena of (length, text) and an index over it.
 */

#include "../libpartner/lp_fnv.h"
#include "ngx_partner_names.h"


/* The index takes a quarter of the memory: names of 16 bytes fill both. */
#define NGX_PARTNER_NAMES_INDEX_SHARE 4


typedef struct {
    uint16_t len;
    u_char   text[];
} ngx_partner_name_text_t;


void
ngx_partner_names_init(ngx_partner_names_t *names, u_char *mem, size_t size)
{
    uint32_t slots;

    for (slots = 64;
         slots * 2 * sizeof(uint32_t) <= size / NGX_PARTNER_NAMES_INDEX_SHARE;
         slots *= 2) {
        /* void */
    }

    ngx_memzero(names, sizeof(ngx_partner_names_t));

    names->index = (uint32_t *) mem;
    names->mask = slots - 1;
    names->arena = mem + slots * sizeof(uint32_t);
    names->size = (uint32_t) (size - slots * sizeof(uint32_t));
    names->used = sizeof(uint64_t); /* so that no reference is 0 */
    /* an index that is always a quarter free keeps the probes short */
    names->most = names->mask - names->mask / 4;
}


/*
 * The account of that owner, or the one that it would get, which still is
 * another's; of an empty account both are the same.
 */
static ngx_partner_account_t *
ngx_partner_names_account(ngx_partner_names_t       *names,
                          const ngx_partner_owner_t *owner, uint32_t *id)
{
    uint64_t               hash;
    ngx_uint_t             i;
    ngx_partner_account_t *set, *least;

    *id = 0;

    if (owner->len == 0) {
        return &names->all;
    }

    /* the high half of it has seen each byte; the low one is for the set */
    hash = lp_fnv(LP_FNV_BASIS, owner->data, owner->len);
    *id = (uint32_t) (hash >> 32);
    set = &names
               ->owners[hash
                        & (NGX_PARTNER_NAMES_OWNERS - NGX_PARTNER_NAMES_WAYS)];
    least = set;

    for (i = 0; i < NGX_PARTNER_NAMES_WAYS; i++) {
        if (set[i].bytes != 0 && set[i].owner == *id) {
            return &set[i];
        }

        if (set[i].bytes < least->bytes) {
            least = &set[i];
        }
    }

    return least;
}


static ngx_partner_account_t *
ngx_partner_names_take(ngx_partner_names_t       *names,
                       const ngx_partner_owner_t *owner)
{
    uint32_t               id;
    ngx_partner_account_t *account;

    account = ngx_partner_names_account(names, owner, &id);

    if (account->owner != id) {
        account->owner = id;
        account->full = 0;
        account->told = 0;
    }

    return account;
}


static size_t
ngx_partner_names_need(size_t len)
{
    return ngx_align(sizeof(ngx_partner_name_text_t) + len, sizeof(uint32_t));
}


/*
 * What a name of that length takes of the room: of arena or index, whichever
 * it fills faster, in bytes of the arena.
 */
static size_t
ngx_partner_names_cost(const ngx_partner_names_t *names, size_t len)
{
    return ngx_max(ngx_partner_names_need(len), names->size / names->most);
}


static ngx_partner_name_t
ngx_partner_names_append(ngx_partner_names_t *names, const char *text,
                         size_t len)
{
    size_t                   need;
    ngx_partner_name_t       name;
    ngx_partner_name_text_t *entry;

    need = ngx_partner_names_need(len);

    if (need > names->size - names->used || names->count >= names->most) {
        return 0;
    }

    name = names->used;
    entry = (ngx_partner_name_text_t *) (names->arena + name);
    entry->len = (uint16_t) len;
    ngx_memcpy(entry->text, text, len);

    names->used += need;
    names->count++;

    return name;
}


/* Where the text is in the index, or the free place where it would be. */
static uint32_t *
ngx_partner_names_place(ngx_partner_names_t *names, const char *text,
                        size_t len)
{
    uint32_t  i;
    ngx_str_t stored;

    i = ngx_murmur_hash2((u_char *) text, len) & names->mask;

    while (names->index[i] != 0) {
        stored = ngx_partner_names_get(names, names->index[i]);

        if (stored.len == len && ngx_memcmp(stored.data, text, len) == 0) {
            break;
        }

        i = (i + 1) & names->mask;
    }

    return &names->index[i];
}


ngx_partner_name_t
ngx_partner_names_find(ngx_partner_names_t *names, const char *text,
                       size_t len)
{
    return *ngx_partner_names_place(names, text, len);
}


ngx_partner_name_t
ngx_partner_names_intern(ngx_partner_names_t *names, const char *text,
                         size_t len)
{
    uint32_t          *place;
    ngx_partner_name_t name;

    if (len == 0 || len > UINT16_MAX) {
        return 0;
    }

    place = ngx_partner_names_place(names, text, len);

    if (*place == 0) {
        name = ngx_partner_names_append(names, text, len);

        /* last, so that a process killed before it leaves no half a name */
        ngx_memory_barrier();
        *place = name;
    }

    return *place;
}


static ngx_partner_name_t
ngx_partner_names_refuse(ngx_partner_names_t   *names,
                         ngx_partner_account_t *account)
{
    names->refused++;
    account->full = 1;

    return 0;
}


static ngx_partner_name_t
ngx_partner_names_charge(ngx_partner_names_t       *names,
                         const ngx_partner_owner_t *owner, const char *text,
                         size_t len)
{
    size_t                 cost;
    ngx_partner_name_t     name;
    ngx_partner_account_t *account;

    account = ngx_partner_names_take(names, owner);
    cost = ngx_partner_names_cost(names, len);

    if (account != &names->all
        && account->bytes + cost > names->size / NGX_PARTNER_NAMES_SHARE) {
        return ngx_partner_names_refuse(names, account);
    }

    name = ngx_partner_names_intern(names, text, len);

    if (name == 0) {
        return ngx_partner_names_refuse(names, &names->all);
    }

    if (account != &names->all) {
        account->bytes += cost;
    }

    return name;
}


/* `full`: there is no room for names of this kind, but known ones are found. */
static ngx_partner_name_t
ngx_partner_names_add(ngx_partner_names_t       *names,
                      const ngx_partner_owner_t *owner, const char *text,
                      size_t len, ngx_uint_t full)
{
    ngx_partner_name_t name;

    if (len == 0 || len > UINT16_MAX) {
        return 0;
    }

    name = ngx_partner_names_find(names, text, len);

    if (name != 0) {
        return name;
    }

    return full ? ngx_partner_names_refuse(names, &names->all)
                : ngx_partner_names_charge(names, owner, text, len);
}


ngx_partner_name_t
ngx_partner_names_own(ngx_partner_names_t       *names,
                      const ngx_partner_owner_t *owner, const char *text,
                      size_t len)
{
    return ngx_partner_names_add(names, owner, text, len, 0);
}


ngx_partner_name_t
ngx_partner_names_admit(ngx_partner_names_t       *names,
                        const ngx_partner_owner_t *owner, const char *text,
                        size_t len)
{
    return ngx_partner_names_add(names, owner, text, len,
                                 names->used >= names->size / 2
                                     || names->count >= names->most / 2);
}


ngx_int_t
ngx_partner_names_untold(ngx_partner_names_t       *names,
                         const ngx_partner_owner_t *owner)
{
    uint32_t               id;
    ngx_partner_account_t *account;

    account = ngx_partner_names_account(names, owner, &id);

    if (account->owner == id && account->full && !account->told) {
        account->told = 1;
        return (account == &names->all) ? NGX_ERROR : NGX_BUSY;
    }

    if (names->all.full && !names->all.told) {
        names->all.told = 1;
        return NGX_ERROR;
    }

    return NGX_OK;
}


ngx_str_t
ngx_partner_names_get(ngx_partner_names_t *names, ngx_partner_name_t name)
{
    ngx_str_t                text;
    ngx_partner_name_text_t *entry;

    ngx_str_null(&text);

    if (name != 0) {
        entry = (ngx_partner_name_text_t *) (names->arena + name);
        text.len = entry->len;
        text.data = entry->text;
    }

    return text;
}
