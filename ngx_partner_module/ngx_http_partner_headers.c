/*
 * One more field of an answer.
 */

#include "ngx_http_partner_module.h"


ngx_int_t
ngx_http_partner_add_header(ngx_http_request_t *r, const char *name,
                            size_t name_len, ngx_str_t *value)
{
    ngx_table_elt_t *h;

    h = ngx_list_push(&r->headers_out.headers);

    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t)); /* `next` came with 1.23 */

    h->hash = 1;
    h->key.len = name_len;
    h->key.data = (u_char *) name;
    h->value = *value;

    return NGX_OK;
}
