/*
 * Who calls, as the upstream is told: fields X-Partner-* that only the gateway
 * writes.  What a client sent under such a name is gone before any other part
 * of nginx has seen it, in every location, also where nobody is authenticated.
 */

#include "ngx_http_partner_module.h"


#define NGX_HTTP_PARTNER_PREFIX (sizeof("x-partner-") - 1)


typedef struct {
    ngx_str_t                 key;
    u_char                   *lowcase;
    ngx_http_partner_value_pt value;
} ngx_http_partner_identity_t;

#define ngx_http_partner_identity_key(name, lowcase)                          \
    ngx_string(name), (u_char *) lowcase

static const ngx_http_partner_identity_t ngx_http_partner_identities[] = {
    { ngx_http_partner_identity_key("X-Partner-Id", "x-partner-id"),
      ngx_http_partner_id_value },
    { ngx_http_partner_identity_key("X-Partner-App", "x-partner-app"),
      ngx_http_partner_app_value },
    { ngx_http_partner_identity_key("X-Partner-Client", "x-partner-client"),
      ngx_http_partner_client_value },
    { ngx_http_partner_identity_key("X-Partner-Tier", "x-partner-tier"),
      ngx_http_partner_tier_value },
    { ngx_http_partner_identity_key("X-Partner-Scopes", "x-partner-scopes"),
      ngx_http_partner_scopes_value },
};

#define NGX_HTTP_PARTNER_IDENTITIES                                           \
    (sizeof(ngx_http_partner_identities)                                      \
     / sizeof(ngx_http_partner_identities[0]))

/* Of the names in lower case; the same in every process. */
static ngx_uint_t
    ngx_http_partner_identity_hashes[NGX_HTTP_PARTNER_IDENTITIES];


static ngx_inline ngx_uint_t
ngx_http_partner_separator(u_char c)
{
    return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
}


/*
 * X-Partner-*, with whatever between the words: behind CGI and its heirs
 * X_Partner_Id is the same variable.
 */
static ngx_inline ngx_uint_t
ngx_http_partner_reserved(const u_char *p, size_t len)
{
    return len >= NGX_HTTP_PARTNER_PREFIX && p[0] == 'x'
           && ngx_http_partner_separator(p[1])
           && ngx_memcmp(p + 2, "partner", 7) == 0
           && ngx_http_partner_separator(p[9]);
}


ngx_uint_t
ngx_http_partner_is_identity(const ngx_str_t *lowcase)
{
    return ngx_http_partner_reserved(lowcase->data, lowcase->len);
}


ngx_uint_t
ngx_http_partner_names_identity(const ngx_str_t *name)
{
    u_char lowcase[NGX_HTTP_PARTNER_PREFIX];

    if (name->len < NGX_HTTP_PARTNER_PREFIX) {
        return 0;
    }

    ngx_strlow(lowcase, name->data, NGX_HTTP_PARTNER_PREFIX);

    return ngx_http_partner_reserved(lowcase, NGX_HTTP_PARTNER_PREFIX);
}


static ngx_inline ngx_uint_t
ngx_http_partner_forged(const ngx_table_elt_t *h)
{
    return ngx_http_partner_reserved(h->lowcase_key, h->key.len);
}


/* Where nginx keeps a pointer to the field, it shall lead to the copy. */
static void
ngx_http_partner_moved(ngx_http_request_t *r, ngx_table_elt_t *from,
                       ngx_table_elt_t *to)
{
    ngx_table_elt_t          **known;
    ngx_http_header_t         *header;
    ngx_http_core_main_conf_t *cmcf;

    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);
    header = ngx_hash_find(&cmcf->headers_in_hash, from->hash,
                           from->lowcase_key, from->key.len);

    if (header == NULL || header->offset == 0) {
        return;
    }

    known = (ngx_table_elt_t **) ((char *) &r->headers_in + header->offset);

    if (*known == from) {
        *known = to;
    }
}


/* The list once more, without what was forged. */
static ngx_int_t
ngx_http_partner_strip(ngx_http_request_t *r)
{
    ngx_uint_t       i;
    ngx_list_t       kept;
    ngx_list_part_t *part;
    ngx_table_elt_t *h, *copy;

    if (ngx_list_init(&kept, r->pool, 20, sizeof(ngx_table_elt_t)) != NGX_OK) {
        return NGX_ERROR;
    }

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_http_partner_forged(&h[i])) {
                continue;
            }

            copy = ngx_list_push(&kept);

            if (copy == NULL) {
                return NGX_ERROR;
            }

            *copy = h[i];
            ngx_http_partner_moved(r, &h[i], copy);
        }
    }

    r->headers_in.headers = kept;

    if (kept.last == &kept.part) {
        r->headers_in.headers.last = &r->headers_in.headers.part;
    }

    return NGX_OK;
}


/* First of all phases, once a request. */
ngx_int_t
ngx_http_partner_identity_handler(ngx_http_request_t *r)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (ngx_http_partner_forged(&h[i])) {
                return ngx_http_partner_strip(r) == NGX_OK
                           ? NGX_DECLINED
                           : NGX_HTTP_INTERNAL_SERVER_ERROR;
            }
        }
    }

    return NGX_DECLINED;
}


void
ngx_http_partner_identity_init(void)
{
    ngx_uint_t                         i;
    const ngx_http_partner_identity_t *identity;

    for (i = 0; i < NGX_HTTP_PARTNER_IDENTITIES; i++) {
        identity = &ngx_http_partner_identities[i];
        ngx_http_partner_identity_hashes[i]
            = ngx_hash_key(identity->lowcase, identity->key.len);
    }
}


/*
 * As if the client had sent them, so that whatever passes requests on passes
 * them on; proxy_set_header of the same name goes before.
 */
ngx_int_t
ngx_http_partner_identity_send(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call)
{
    ngx_str_t                          value;
    ngx_uint_t                         i;
    ngx_table_elt_t                   *h;
    const ngx_http_partner_identity_t *identity;

    for (i = 0; i < NGX_HTTP_PARTNER_IDENTITIES; i++) {
        identity = &ngx_http_partner_identities[i];

        if (identity->value(r, call, &value) != NGX_OK) {
            continue;
        }

        h = ngx_list_push(&r->headers_in.headers);

        if (h == NULL) {
            return NGX_ERROR;
        }

        ngx_memzero(h, sizeof(ngx_table_elt_t)); /* `next` came with 1.23 */

        h->hash = ngx_http_partner_identity_hashes[i];
        h->key = identity->key;
        h->lowcase_key = identity->lowcase;
        h->value = value;
    }

    return NGX_OK;
}
