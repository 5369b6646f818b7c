/*
 * Logs without personal data: $partner_safe_uri, $partner_safe_args, and what
 * the error log says of the request (partner_safe_errors).
 */

#include "ngx_http_partner_module.h"

#include "../libpartner/lp_safe.h"


typedef size_t (*ngx_http_partner_safe_pt)(const char *text, size_t len,
                                           char *out, size_t room);


/* The two parts of the address as it came, before any rewrite. */
static void
ngx_http_partner_safe_parts(ngx_http_request_t *r, ngx_str_t *path,
                            ngx_str_t *args)
{
    u_char *end, *mark;

    *path = r->main->unparsed_uri;
    ngx_str_null(args);

    if (path->len == 0) {
        return;
    }

    end = path->data + path->len;
    mark = ngx_strlchr(path->data, end, '?');

    if (mark != NULL) {
        path->len = mark - path->data;
        args->data = mark + 1;
        args->len = end - args->data;
    }
}


static ngx_int_t
ngx_http_partner_safe_value(ngx_http_request_t        *r,
                            ngx_http_variable_value_t *v,
                            const ngx_str_t           *text,
                            ngx_http_partner_safe_pt   safe)
{
    if (text->len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->data = ngx_pnalloc(r->pool, text->len);

    if (v->data == NULL) {
        return NGX_ERROR;
    }

    v->len = safe((char *) text->data, text->len, (char *) v->data, text->len);
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_safe_uri(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                          uintptr_t data)
{
    ngx_str_t path, args;

    (void) data;

    ngx_http_partner_safe_parts(r, &path, &args);

    return ngx_http_partner_safe_value(r, v, &path, lp_safe_path);
}


static ngx_int_t
ngx_http_partner_safe_args(ngx_http_request_t *r, ngx_http_variable_value_t *v,
                           uintptr_t data)
{
    ngx_str_t path, args;

    (void) data;

    ngx_http_partner_safe_parts(r, &path, &args);

    return ngx_http_partner_safe_value(r, v, &args, lp_safe_query);
}


static const struct {
    ngx_str_t                name;
    ngx_http_get_variable_pt get;
} ngx_http_partner_safe_variables[] = {
    { ngx_string("partner_safe_uri"), ngx_http_partner_safe_uri },
    { ngx_string("partner_safe_args"), ngx_http_partner_safe_args },
};


ngx_int_t
ngx_http_partner_safe_add_variables(ngx_conf_t *cf)
{
    ngx_str_t            name;
    ngx_uint_t           i;
    ngx_http_variable_t *var;

    for (i = 0; i < sizeof(ngx_http_partner_safe_variables)
                        / sizeof(ngx_http_partner_safe_variables[0]);
         i++) {
        name = ngx_http_partner_safe_variables[i].name;
        var = ngx_http_add_variable(cf, &name, 0);

        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = ngx_http_partner_safe_variables[i].get;
    }

    return NGX_OK;
}


static u_char *
ngx_http_partner_safe_request(ngx_http_request_t *r, u_char *p, u_char *last)
{
    ngx_str_t        path, args;
    static ngx_str_t unknown = ngx_string("*");

    ngx_http_partner_safe_parts(r, &path, &args);

    if (path.len == 0) {
        return p;
    }

    p = ngx_slprintf(p, last, ", request: \"%V ",
                     r->method == NGX_HTTP_UNKNOWN ? &unknown
                                                   : &r->method_name);
    p += lp_safe_path((char *) path.data, path.len, (char *) p, last - p);

    if (args.len != 0) {
        p = ngx_slprintf(p, last, "?");
        p += lp_safe_query((char *) args.data, args.len, (char *) p, last - p);
    }

    return ngx_slprintf(p, last, "\"");
}


/*
 * In place of nginx' own, which writes the request line, Host and Referer.
 * The upstream is named without the address that is asked of it.
 */
static u_char *
ngx_http_partner_safe_log(ngx_http_request_t *r, ngx_http_request_t *sr,
                          u_char *buf, size_t len)
{
    u_char                   *p, *last;
    ngx_http_upstream_t      *u;
    ngx_http_core_srv_conf_t *cscf;

    last = buf + len;
    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);

    p = ngx_slprintf(buf, last, ", server: %V", &cscf->server_name);
    p = ngx_http_partner_safe_request(r, p, last);

    if (r != sr) {
        p = ngx_slprintf(p, last, ", subrequest: \"");
        p += lp_safe_path((char *) sr->uri.data, sr->uri.len, (char *) p,
                          last - p);
        p = ngx_slprintf(p, last, "\"");
    }

    u = sr->upstream;

    if (u != NULL && u->peer.name != NULL) {
        p = ngx_slprintf(p, last, ", upstream: \"%V%V\"", &u->schema,
                         u->peer.name);
    }

    return p;
}


char *
ngx_http_partner_safe_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;
    pmcf->safe_errors = 1;

    return ngx_conf_set_flag_slot(cf, cmd, conf);
}


ngx_int_t
ngx_http_partner_safe_handler(ngx_http_request_t *r)
{
    ngx_http_partner_loc_conf_t *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_partner_module);

    if (plcf->safe_errors == 1) {
        r->log_handler = ngx_http_partner_safe_log;
    }

    return NGX_DECLINED;
}
