/*
 * A page that is written piece by piece into a chain of buffers.
 */

#include "ngx_http_partner_page.h"


#define NGX_HTTP_PARTNER_PAGE_BUFFER (32 * 1024)
#define NGX_HTTP_PARTNER_PAGE_BEST   1000


ngx_int_t
ngx_http_partner_page_asked(ngx_http_request_t *r)
{
    return (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD))
               ? ngx_http_discard_request_body(r)
               : NGX_HTTP_NOT_ALLOWED;
}


static u_char *
ngx_http_partner_page_blanks(u_char *p, const u_char *end)
{
    while (p < end && (*p == ' ' || *p == '\t')) {
        p++;
    }

    return p;
}


/* RFC 9110, section 12.4.2; what says none, or no number, is wanted most. */
static ngx_uint_t
ngx_http_partner_page_weight(u_char *p, u_char *end)
{
    size_t    len;
    ngx_int_t q;

    while ((p = ngx_strlchr(p, end, ';')) != NULL) {
        p = ngx_http_partner_page_blanks(p + 1, end);

        if (end - p < 2 || (p[0] != 'q' && p[0] != 'Q') || p[1] != '=') {
            continue;
        }

        p += 2;

        for (len = 0; p + len < end && strchr("0123456789.", p[len]); len++) {
            /* void */
        }

        q = ngx_atofp(p, len, 3);

        return (q == NGX_ERROR)
                   ? NGX_HTTP_PARTNER_PAGE_BEST
                   : ngx_min((ngx_uint_t) q, NGX_HTTP_PARTNER_PAGE_BEST);
    }

    return NGX_HTTP_PARTNER_PAGE_BEST;
}


/* How much one line of Accept wants that type. */
static ngx_uint_t
ngx_http_partner_page_wanted(const ngx_str_t *line, const char *type,
                             size_t len)
{
    u_char    *p, *end, *next;
    ngx_uint_t most;

    end = line->data + line->len;

    for (most = 0, p = line->data; p < end; p = next + 1) {
        next = ngx_strlchr(p, end, ',');
        next = (next != NULL) ? next : end;
        p = ngx_http_partner_page_blanks(p, next);

        if ((size_t) (next - p) >= len
            && ngx_strncasecmp(p, (u_char *) type, len) == 0
            && (p + len == next || p[len] == ';' || p[len] == ' ')) {
            most = ngx_max(most, ngx_http_partner_page_weight(p, next));
        }
    }

    return most;
}


ngx_uint_t
ngx_http_partner_page_accepts(ngx_http_request_t *r, const char *type)
{
    ngx_uint_t       i, most;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    most = 0;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (h[i].key.len == sizeof("Accept") - 1
                && ngx_strncasecmp(h[i].key.data, (u_char *) "Accept",
                                   h[i].key.len)
                       == 0) {
                most = ngx_max(most, ngx_http_partner_page_wanted(
                                         &h[i].value, type, ngx_strlen(type)));
            }
        }
    }

    return most;
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

    /* gzip_types has types without parameters */
    r->headers_out.content_type_len = strcspn(content_type, ";");
    /* of the type that the location had */
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, page->first);
}
