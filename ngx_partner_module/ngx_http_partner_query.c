/*
 * A key in the query, where a location takes one there: found, and masked in
 * every text of the request that a log or the upstream may be given.
 */

#include "ngx_http_partner_module.h"


/*
 * The next value of `name` in text from `p` on, which is where an argument
 * begins, in any case, as nginx' $arg_name has it.  NULL: there is none.
 * `value` ends before '&', a blank (of a request line) or '#'.
 */
static u_char *
ngx_http_partner_query_next(u_char *p, u_char *end, const ngx_str_t *name,
                            ngx_str_t *value)
{
    u_char *arg;

    while (p < end) {
        arg = p;

        while (p < end && *p != '&' && *p != ' ' && *p != '#') {
            p++;
        }

        if ((size_t) (p - arg) > name->len && arg[name->len] == '='
            && ngx_strncasecmp(arg, name->data, name->len) == 0) {
            value->data = arg + name->len + 1;
            value->len = p - value->data;
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
