/*
 * Interned strings: an arena of (length, text) and an index over it.
 */

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

    names->index = (uint32_t *) mem;
    names->mask = slots - 1;
    names->arena = mem + slots * sizeof(uint32_t);
    names->size = (uint32_t) (size - slots * sizeof(uint32_t));
    names->used = sizeof(uint64_t); /* so that no reference is 0 */
    names->count = 0;
}


static ngx_partner_name_t
ngx_partner_names_append(ngx_partner_names_t *names, const char *text,
                         size_t len)
{
    size_t                   need;
    ngx_partner_name_t       name;
    ngx_partner_name_text_t *entry;

    need = ngx_align(sizeof(ngx_partner_name_text_t) + len, sizeof(uint32_t));

    /* an index that is always a quarter free keeps the probes short */

    if (need > names->size - names->used
        || names->count >= names->mask - names->mask / 4) {
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


ngx_partner_name_t
ngx_partner_names_admit(ngx_partner_names_t *names, const char *text,
                        size_t len)
{
    ngx_partner_name_t name;

    if (len == 0 || len > UINT16_MAX) {
        return 0;
    }

    name = ngx_partner_names_find(names, text, len);

    if (name != 0 || names->used >= names->size / 2
        || names->count >= names->mask / 2) {
        return name;
    }

    return ngx_partner_names_intern(names, text, len);
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
