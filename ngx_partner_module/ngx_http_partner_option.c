/*
 * Directive parameters of the form name=value.
 */

#include "../libpartner/lp_principal.h"
#include "ngx_http_partner_option.h"


ngx_int_t
ngx_http_partner_option_msec(ngx_conf_t *cf, ngx_str_t *value,
                             const ngx_http_partner_option_t *option,
                             void                            *field)
{
    ngx_int_t   ms;
    ngx_msec_t *to = field;

    (void) cf;

    /* a bare number is seconds to nginx, and may be meant as milliseconds */

    if (value->len > 0 && value->data[value->len - 1] <= '9'
        && (value->len > 1 || value->data[0] != '0')) {
        return NGX_ERROR;
    }

    ms = ngx_parse_time(value, 0);

    if (ms == NGX_ERROR || ms < option->min || ms > option->max) {
        return NGX_ERROR;
    }

    *to = (ngx_msec_t) ms;

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_option_number(ngx_conf_t *cf, ngx_str_t *value,
                               const ngx_http_partner_option_t *option,
                               void                            *field)
{
    ngx_int_t   n;
    ngx_uint_t *to = field;

    (void) cf;

    n = ngx_atoi(value->data, value->len);

    if (n == NGX_ERROR || n < option->min || n > option->max) {
        return NGX_ERROR;
    }

    *to = (ngx_uint_t) n;

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_option_word(ngx_conf_t *cf, ngx_str_t *value,
                             const ngx_http_partner_option_t *option,
                             void                            *field)
{
    ngx_uint_t  i;
    ngx_uint_t *to = field;

    (void) cf;

    for (i = 0; option->words[i].len != 0; i++) {

        if (value->len == option->words[i].len
            && ngx_memcmp(value->data, option->words[i].data, value->len)
                   == 0) {
            *to = i;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


/* "gold,silver" as a bit for each. */
ngx_int_t
ngx_http_partner_option_tiers(ngx_conf_t *cf, ngx_str_t *value,
                              const ngx_http_partner_option_t *option,
                              void                            *field)
{
    unsigned    tiers = 0;
    ngx_uint_t *to = field;

    (void) cf;
    (void) option;

    if (lp_tiers_parse((char *) value->data, value->len, &tiers) != LP_OK) {
        return NGX_ERROR;
    }

    *to = tiers;

    return NGX_OK;
}


/* What cannot be an identifier would never be met, so it is a mistake. */
ngx_int_t
ngx_http_partner_option_name(ngx_conf_t *cf, ngx_str_t *value,
                             const ngx_http_partner_option_t *option,
                             void                            *field)
{
    ngx_str_t *to = field;

    (void) cf;
    (void) option;

    *to = *value;

    return lp_id_plain((char *) value->data, value->len) ? NGX_OK : NGX_ERROR;
}


/* "99.99%" in 1/1000 of a percent. */
ngx_int_t
ngx_http_partner_option_percent(ngx_conf_t *cf, ngx_str_t *value,
                                const ngx_http_partner_option_t *option,
                                void                            *field)
{
    ngx_int_t   n;
    ngx_uint_t *to = field;

    (void) cf;

    if (value->len < 2 || value->data[value->len - 1] != '%') {
        return NGX_ERROR;
    }

    n = ngx_atofp(value->data, value->len - 1, 3);

    if (n == NGX_ERROR || n < option->min || n > option->max) {
        return NGX_ERROR;
    }

    *to = (ngx_uint_t) n;

    return NGX_OK;
}


static const ngx_http_partner_option_t *
ngx_http_partner_option_find(const ngx_http_partner_option_t *table,
                             const ngx_str_t                 *parameter)
{
    size_t len;

    for (/* void */; table->name.len != 0; table++) {
        len = table->name.len;

        if (parameter->len > len && parameter->data[len] == '='
            && ngx_memcmp(parameter->data, table->name.data, len) == 0) {
            return table;
        }
    }

    return NULL;
}


/* Its name alone: what was meant for another name may be a secret. */
static void
ngx_http_partner_option_unknown(ngx_conf_t                      *cf,
                                const ngx_http_partner_option_t *table,
                                ngx_str_t *directive, ngx_str_t *parameter)
{
    u_char    names[256], *p, *equal;
    ngx_str_t name;

    name = *parameter;
    equal = ngx_strlchr(name.data, name.data + name.len, '=');

    if (equal != NULL) {
        name.len = equal + 1 - name.data;
    }

    for (p = names; table->name.len != 0; table++) {
        p = ngx_slprintf(p, names + sizeof(names),
                         "%s%V=", p > names ? ", " : "", &table->name);
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "%V: unknown parameter \"%V\", allowed are %*s",
                       directive, &name, (size_t) (p - names), names);
}


char *
ngx_http_partner_options(ngx_conf_t *cf, ngx_uint_t first,
                         const ngx_http_partner_option_t *table,
                         void                            *structure)
{
    u_char                          *field;
    ngx_str_t                       *args, value;
    ngx_uint_t                       i, seen;
    const ngx_http_partner_option_t *option;

    args = cf->args->elts;
    seen = 0;

    for (i = first; i < cf->args->nelts; i++) {
        option = ngx_http_partner_option_find(table, &args[i]);

        if (option == NULL) {
            ngx_http_partner_option_unknown(cf, table, &args[0], &args[i]);
            return NGX_CONF_ERROR;
        }

        if (seen & ((ngx_uint_t) 1 << (option - table))) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "%V: \"%V\" is given twice", &args[0],
                               &option->name);
            return NGX_CONF_ERROR;
        }

        seen |= (ngx_uint_t) 1 << (option - table);

        value.data = args[i].data + option->name.len + 1;
        value.len = args[i].len - option->name.len - 1;
        field = (u_char *) structure + option->offset;

        if (option->set(cf, &value, option, field) != NGX_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "%V: invalid value \"%V\" of \"%V\", allowed "
                               "is %s",
                               &args[0], &value, &option->name,
                               option->allowed);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


ngx_int_t
ngx_http_partner_option_zone(ngx_str_t *value, ssize_t least, ngx_str_t *name,
                             ssize_t *size)
{
    u_char   *colon;
    ngx_str_t text;

    if (value->len < 5 || ngx_strncmp(value->data, "zone=", 5) != 0) {
        return NGX_ERROR;
    }

    name->data = value->data + 5;
    colon = ngx_strlchr(name->data, value->data + value->len, ':');

    if (colon == NULL || colon == name->data) {
        return NGX_ERROR;
    }

    name->len = colon - name->data;
    text.data = colon + 1;
    text.len = value->data + value->len - text.data;
    *size = ngx_parse_size(&text);

    return (*size >= least) ? NGX_OK : NGX_ERROR;
}
