/*
 * The static key registry: a sorted array, searched by halves.
 */

#include "ngx_partner_registry.h"
#include "ngx_partner_text.h"

#include "../libpartner/lp_registry.h"


typedef struct {
    ngx_pool_t             *temp_pool; /* outlives the zone's init */
    ngx_partner_registry_t *registry;
} ngx_partner_registry_walk_t;


/*
 * Copied to the configuration's pool: the set belongs to a principal that is
 * gone after the call.
 */
static int
ngx_partner_registry_networks(ngx_partner_registry_t   *registry,
                              const lp_cidr_set_t      *set,
                              ngx_partner_registered_t *entry)
{
    size_t size;

    entry->networks = NULL;

    if (set == NULL) {
        return LP_OK;
    }

    size = lp_cidr_set_size(set);
    entry->networks = ngx_palloc(registry->entries.pool, size);

    if (entry->networks == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(entry->networks, set, size);

    return LP_OK;
}


/*
 * Names of the principal need the zone, which is mapped later: until then the
 * source is kept.
 */
static int
ngx_partner_registry_add(void *data, const uint8_t digest[LP_DIGEST_LEN],
                         const lp_principal_t *p)
{
    ngx_partner_registered_t    *entry;
    ngx_partner_registry_walk_t *walk;

    walk = data;
    entry = ngx_array_push(&walk->registry->entries);

    if (entry == NULL) {
        return NGX_ERROR;
    }

    entry->source = ngx_palloc(walk->temp_pool, sizeof(lp_principal_t));

    if (entry->source == NULL) {
        return NGX_ERROR;
    }

    *entry->source = *p;
    entry->source->networks = NULL;
    ngx_memcpy(entry->digest, digest, LP_DIGEST_LEN);

    return ngx_partner_registry_networks(walk->registry, p->networks, entry);
}


/* Digests differ: the file was refused otherwise. */
static int
ngx_partner_registry_compare(const void *one, const void *two)
{
    const ngx_partner_registered_t *a = one, *b = two;

    return ngx_memcmp(a->digest, b->digest, LP_DIGEST_LEN);
}


ngx_partner_registry_t *
ngx_partner_registry_load(ngx_conf_t *cf, ngx_str_t *path,
                          const lp_peppers_t *peppers)
{
    int                         rc;
    ngx_str_t                   text;
    lp_error_t                  err;
    ngx_partner_registry_t     *registry;
    ngx_partner_registry_walk_t walk;

    if (ngx_partner_text_read(cf, "partner_keys", path, LP_REGISTRY_MAX, &text)
        != NGX_OK) {
        return NULL;
    }

    registry = ngx_pcalloc(cf->pool, sizeof(ngx_partner_registry_t));

    if (registry == NULL
        || ngx_array_init(&registry->entries, cf->pool, 16,
                          sizeof(ngx_partner_registered_t))
               != NGX_OK) {
        return NULL;
    }

    walk.temp_pool = cf->temp_pool;
    walk.registry = registry;

    rc = lp_registry_parse((char *) text.data, text.len, peppers,
                           ngx_partner_registry_add, &walk, &err);

    if (rc == LP_INVALID) {
        ngx_partner_text_refused(cf, "partner_keys", path, &err);
    }

    if (rc != LP_OK) {
        return NULL;
    }

    ngx_qsort(registry->entries.elts, registry->entries.nelts,
              sizeof(ngx_partner_registered_t), ngx_partner_registry_compare);

    return registry;
}


ngx_int_t
ngx_partner_registry_bind(ngx_partner_registry_t *registry,
                          ngx_partner_names_t    *names)
{
    ngx_uint_t                i;
    ngx_partner_registered_t *entry;

    /* who writes the file decides how much room each partner gets */
    static const ngx_partner_owner_t nobody = ngx_null_string;

    entry = registry->entries.elts;

    for (i = 0; i < registry->entries.nelts; i++) {

        if (ngx_partner_principal_set(&entry[i].principal, entry[i].source,
                                      names, &nobody)
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * How long it takes tells of digests, never of keys: whoever could time it
 * would have to invert SHA-256 (RFC 6234), or HMAC under a pepper.
 */
const ngx_partner_registered_t *
ngx_partner_registry_find(const ngx_partner_registry_t *registry,
                          const u_char                 *digest)
{
    int                             order;
    ngx_uint_t                      low, high, middle;
    const ngx_partner_registered_t *entry;

    entry = registry->entries.elts;
    low = 0;
    high = registry->entries.nelts;

    while (low < high) {
        middle = (low + high) / 2;
        order = ngx_memcmp(digest, entry[middle].digest, LP_DIGEST_LEN);

        if (order == 0) {
            return &entry[middle];
        }

        if (order < 0) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return NULL;
}
