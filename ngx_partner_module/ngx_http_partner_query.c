/*
 * A key in the query, where a location takes one there: found, and masked in
 * every text of the request that a log or the upstream may be given.
 */

#include "ngx_http_partner_module.h"


/*
 * Where the value of the argument begins, NULL if it is another.  Letters may
 * be of either case and percent-encoded (RFC 3986, section 2.1): the API behind
 * may read it so, and what it reads is masked.
 */
static u_char *
ngx_http_partner_query_named(u_char *p, u_char *end, const ngx_str_t *name)
{
    size_t    i;
    ngx_int_t c;

    for (i = 0; i < name->len && p < end; i++) {
        c = *p++;

        if (c == '%' && end - p >= 2) {
            c = ngx_hextoi(p, 2);
            p += 2;
        }

        if (ngx_tolower(c) != ngx_tolower(name->data[i])) {
            return NULL;
        }
    }

    return (i == name->len && p < end && *p == '=') ? p + 1 : NULL;
}


/*
 * The next value of `name` in text from `p` on, which is where an argument
 * begins.  NULL: there is none.  `value` ends before '&', a blank (of a request
 * line) or '#'.
 */
static u_char *
ngx_http_partner_query_next(u_char *p, u_char *end, const ngx_str_t *name,
                            ngx_str_t *value)
{
    u_char *arg, *begin;

    while (p < end) {
        arg = p;

        while (p < end && *p != '&' && *p != ' ' && *p != '#') {
            p++;
        }

        begin = ngx_http_partner_query_named(arg, p, name);

        if (begin != NULL) {
            value->data = begin;
            value->len = p - begin;
            return p;
        }

        if (p < end && *p++ != '&') {
            break;
        }
    }

    return NULL;
}


ngx_uint_t
ngx_http_partner_query_find(ngx_http_request_t *r, const ngx_str_t *name,
                            ngx_str_t *token)
{
    u_char    *p, *end;
    ngx_uint_t n;

    p = r->args.data;
    end = p + r->args.len;

    for (n = 0; p < end; n++, p++) {
        p = ngx_http_partner_query_next(p, end, name, token);

        if (p == NULL) {
            break;
        }
    }

    return n;
}


static void
ngx_http_partner_query_mask_from(u_char *p, u_char *end, const ngx_str_t *name)
{
    ngx_str_t value;

    for (; p < end; p++) {
        p = ngx_http_partner_query_next(p, end, name, &value);

        if (p == NULL) {
            break;
        }

        ngx_memset(value.data, '*', value.len);
    }
}


/* From behind the question mark of an address or a request line. */
static void
ngx_http_partner_query_mask_behind(const ngx_str_t *text,
                                   const ngx_str_t *name)
{
    u_char *mark, *end;

    end = text->data + text->len;
    mark = ngx_strlchr(text->data, end, '?');

    if (mark != NULL) {
        ngx_http_partner_query_mask_from(mark + 1, end, name);
    }
}


ngx_int_t
ngx_http_partner_query_mask(ngx_http_request_t *r, const ngx_str_t *name)
{
    u_char *copy;

    if (r->args.len != 0) {

        /* `set $args` may have left them in the configuration's memory */

        copy = ngx_pstrdup(r->pool, &r->args);

        if (copy == NULL) {
            return NGX_ERROR;
        }

        r->args.data = copy;
        ngx_http_partner_query_mask_from(copy, copy + r->args.len, name);
    }

    /* of a rewrite they may have come out empty, what was sent has them */

    ngx_http_partner_query_mask_behind(&r->unparsed_uri, name);
    ngx_http_partner_query_mask_behind(&r->request_line, name);

    return NGX_OK;
}
