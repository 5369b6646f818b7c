/*
 * Who may call a location: partner_auth, partner_environment.
 */

#include "ngx_http_partner_module.h"
#include "ngx_http_partner_option.h"


static ngx_int_t ngx_http_partner_option_header(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);
static ngx_int_t ngx_http_partner_option_argument(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);


#define ngx_http_partner_in_place(field)                                      \
    offsetof(ngx_http_partner_key_place_t, field)


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_place_options[] = {

    { ngx_string("header"), ngx_http_partner_option_header,
      ngx_http_partner_in_place(header), 1, 64,
      "a field's name of 1 to 64 letters, digits and -, other than "
      "Authorization, where a key may stand anyway", NULL },

    { ngx_string("query"), ngx_http_partner_option_argument,
      ngx_http_partner_in_place(query), 1, 64,
      "an argument's name of 1 to 64 letters, digits, _ and -", NULL },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


static ngx_int_t
ngx_http_partner_plain_name(const ngx_str_t                 *value,
                            const ngx_http_partner_option_t *option,
                            const char                      *others)
{
    u_char c;
    size_t i;

    if ((ngx_int_t) value->len < option->min
        || (ngx_int_t) value->len > option->max) {
        return NGX_ERROR;
    }

    for (i = 0; i < value->len; i++) {
        c = value->data[i] | 0x20;

        if (!(c >= 'a' && c <= 'z')
            && !(value->data[i] >= '0' && value->data[i] <= '9')
            && strchr(others, value->data[i]) == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_option_header(ngx_conf_t *cf, ngx_str_t *value,
                               const ngx_http_partner_option_t *option,
                               void                            *field)
{
    ngx_str_t *name = field;

    if (ngx_http_partner_plain_name(value, option, "-") != NGX_OK) {
        return NGX_ERROR;
    }

    name->len = value->len;
    name->data = ngx_pnalloc(cf->pool, value->len);

    if (name->data == NULL) {
        return NGX_ERROR;
    }

    ngx_strlow(name->data, value->data, value->len);

    return (name->len == sizeof("authorization") - 1
            && ngx_memcmp(name->data, "authorization", name->len) == 0)
               ? NGX_ERROR
               : NGX_OK;
}


static ngx_int_t
ngx_http_partner_option_argument(ngx_conf_t *cf, ngx_str_t *value,
                                 const ngx_http_partner_option_t *option,
                                 void                            *field)
{
    ngx_str_t *name = field;

    (void) cf;

    *name = *value;

    return ngx_http_partner_plain_name(value, option, "_-");
}


/* The first argument that is neither "key", in front, nor a parameter. */
static ngx_str_t *
ngx_http_partner_auth_wrong(ngx_conf_t *cf)
{
    ngx_str_t *args;
    ngx_uint_t i;

    args = cf->args->elts;

    if (ngx_strcmp(args[1].data, "key") != 0) {
        return &args[1];
    }

    for (i = 2; i < cf->args->nelts; i++) {
        if (ngx_strchr(args[i].data, '=') == NULL) {
            return &args[i];
        }
    }

    return NULL;
}


char *
ngx_http_partner_auth_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                    *args, *wrong;
    ngx_http_partner_loc_conf_t  *plcf = conf;
    ngx_http_partner_main_conf_t *pmcf;

    (void) cmd;

    if (plcf->auth != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    args = cf->args->elts;
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        plcf->auth = 0;
        return NGX_CONF_OK;
    }

    wrong = ngx_http_partner_auth_wrong(cf);

    if (wrong != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_auth: invalid value \"%V\", allowed is "
                           "\"key\" or \"off\"",
                           wrong);
        return NGX_CONF_ERROR;
    }

    plcf->auth = 1;

    if (ngx_http_partner_options(cf, 2, ngx_http_partner_place_options,
                                 &plcf->place)
        != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    plcf->place.header_hash
        = ngx_hash_key(plcf->place.header.data, plcf->place.header.len);

    return NGX_CONF_OK;
}


char *
ngx_http_partner_environment_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                       void *conf)
{
    ngx_str_t                    *args;
    ngx_http_partner_loc_conf_t  *plcf = conf;
    ngx_http_partner_main_conf_t *pmcf;

    (void) cmd;

    if (plcf->environment != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    args = cf->args->elts;
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    plcf->environment
        = lp_environment_parse((char *) args[1].data, args[1].len);

    if (plcf->environment == LP_ENVIRONMENTS
        && ngx_strcmp(args[1].data, "off") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_environment: invalid value \"%V\", "
                           "allowed are \"off\" and " LP_ENVIRONMENT_ALLOWED,
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
