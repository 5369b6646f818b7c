/*
 * A page that is written piece by piece into a chain of buffers.
 */

#include "ngx_http_partner_page.h"


#define NGX_HTTP_PARTNER_PAGE_BUFFER (32 * 1024)


ngx_int_t
ngx_http_partner_page_asked(ngx_http_request_t *r)
{
    return (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))
               ? ngx_http_discard_request_body(r)
               : NGX_HTTP_NOT_ALLOWED;
}


ngx_uint_t
ngx_http_partner_page_takes(ngx_http_request_t *r, const char *type)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len == sizeof("Accept") - 1
                && ngx_strncasecmp(h[i].key.data, (u_char *) "Accept",
                                   h[i].key.len)
                       == 0
                && ngx_strlcasestrn(h[i].value.data,
                                    h[i].value.data + h[i].value.len,
                                    (u_char *) type, ngx_strlen(type) - 1)
                       != NULL) {
                return 1;
            }
        }
    }

    return 0;
}


void
ngx_http_partner_page_init(ngx_http_partner_page_t *page, ngx_pool_t *pool)
{
    ngx_memzero(page, sizeof(ngx_http_partner_page_t));

    page->pool = pool;
    page->last = &page->first;
}


static ngx_int_t
ngx_http_partner_page_grow(ngx_http_partner_page_t *page)
{
    ngx_chain_t *cl;

    cl = ngx_alloc_chain_link(page->pool);

    if (cl == NULL) {
        return NGX_ERROR;
    }

    cl->next = NULL;
    cl->buf = ngx_create_temp_buf(page->pool, NGX_HTTP_PARTNER_PAGE_BUFFER);

    if (cl->buf == NULL) {
        return NGX_ERROR;
    }

    *page->last = cl;
    page->last = &cl->next;
    page->buf = cl->buf;

    return NGX_OK;
}


/*
 * A print may need more than the buffer has left, so it begins another one
 * rather than being cut by it.
 */
void
ngx_http_partner_page_print(ngx_http_partner_page_t *page, const char *fmt,
                            ...)
{
    u_char    *end;
    va_list    args;
    ngx_buf_t *b;

    b = page->buf;

    if (b == NULL || b->end - b->last < NGX_HTTP_PARTNER_PIECE) {

        if (page->failed || ngx_http_partner_page_grow(page) != NGX_OK) {
            page->failed = 1;
            return;
        }

        b = page->buf;
    }

    va_start(args, fmt);
    end = ngx_vslprintf(b->last, b->last + NGX_HTTP_PARTNER_PIECE, fmt, args);
    va_end(args);

    page->size += end - b->last;
    b->last = end;
}


u_char *
ngx_http_partner_millionths(u_char *text, int64_t n)
{
    uint64_t size;

    size = (uint64_t) (n < 0 ? -n : n);

    return ngx_sprintf(text, "%s%uL.%06uL", n < 0 ? "-" : "", size / 1000000,
                       size % 1000000);
}


void
ngx_http_partner_page_millionths(ngx_http_partner_page_t *page, int64_t n)
{
    u_char *end, text[NGX_HTTP_PARTNER_MILLIONTHS];

    end = ngx_http_partner_millionths(text, n);

    ngx_http_partner_page_print(page, "%*s", (size_t) (end - text), text);
}


ngx_int_t
ngx_http_partner_page_send(ngx_http_partner_page_t *page,
                           ngx_http_request_t *r, const char *content_type)
{
    ngx_int_t rc;

    if (page->failed || page->first == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    page->buf->last_buf = (r == r->main) ? 1 : 0;
    page->buf->last_in_chain = 1;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = page->size;
    r->headers_out.content_type.data = (u_char *) content_type;
    r->headers_out.content_type.len = ngx_strlen(content_type);
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    /* of the type that the location had */
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, page->first);
}
