/*
 * Fetched key sets in shared memory.
 */

#include "ngx_partner_keysets.h"


size_t
ngx_partner_keysets_init(ngx_partner_keysets_t *keysets, u_char *mem)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PARTNER_KEYSETS; i++) {
        keysets->sets[i].text = mem + i * LP_JWKS_MAX;
    }

    return NGX_PARTNER_KEYSETS * LP_JWKS_MAX;
}


/*
 * A worker has parsed the text of a generation: the next one makes it look
 * here again, and find nothing.
 */
void
ngx_partner_keysets_clear(ngx_partner_keysets_t *keysets)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PARTNER_KEYSETS; i++) {
        keysets->sets[i].len = 0;
        keysets->sets[i].confirmed = 0;
        keysets->sets[i].generation++;
    }
}


static ngx_uint_t
ngx_partner_keysets_wanted(uint64_t id, const uint64_t *ids, ngx_uint_t n)
{
    ngx_uint_t i;

    for (i = 0; i < n; i++) {
        if (ids[i] == id) {
            return 1;
        }
    }

    return 0;
}


ngx_partner_keyset_t *
ngx_partner_keysets_place(ngx_partner_keysets_t *keysets, uint64_t id,
                          const uint64_t *ids, ngx_uint_t n)
{
    ngx_uint_t            i;
    ngx_partner_keyset_t *set, *place;

    place = NULL;

    for (i = 0; i < NGX_PARTNER_KEYSETS; i++) {
        set = &keysets->sets[i];

        if (set->id == id) {
            return set;
        }

        /* the first free place, or else the first that nobody wants */
        if (set->id == 0
            || (place == NULL
                && !ngx_partner_keysets_wanted(set->id, ids, n))) {
            place = (place != NULL && place->id == 0) ? place : set;
        }
    }

    if (place != NULL) {
        place->id = id;
        place->len = 0;
        place->begun = 0;
        place->answered = 0;
        place->confirmed = 0;
        place->failed = 0;
        place->generation++;
    }

    return place;
}


/*
 * The same text again is no other generation: workers need not parse it anew.
 */
void
ngx_partner_keyset_store(ngx_partner_keyset_t *keyset, const ngx_str_t *text)
{
    if (keyset->len == text->len
        && ngx_memcmp(keyset->text, text->data, text->len) == 0) {
        return;
    }

    ngx_memcpy(keyset->text, text->data, text->len);
    keyset->len = (uint32_t) text->len;
    keyset->generation++;
}
