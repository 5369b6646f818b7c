/*
 * Who may call a location: partner_auth, partner_environment, partner_stale.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_jwt.h"
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
      "Authorization, where a key may stand anyway, what nginx reads itself as "
      "Host and Cookie, and X-Partner-*, which no client may send", NULL },

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


/* Authorization, Host, Cookie and what else nginx reads by itself. */
static ngx_uint_t
ngx_http_partner_is_known(const ngx_str_t *name)
{
    const ngx_http_header_t *header;

    for (header = ngx_http_headers_in; header->name.len != 0; header++) {
        if (header->name.len == name->len
            && ngx_strncasecmp(header->name.data, name->data, name->len)
                   == 0) {
            return 1;
        }
    }

    return 0;
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

    return (ngx_http_partner_is_known(name)
            || ngx_http_partner_is_identity(name))
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


static ngx_uint_t
ngx_http_partner_auth_kind(const ngx_str_t *word)
{
    ngx_uint_t i;

    static const struct {
        const char *word;
        ngx_uint_t  kind;
    } kinds[] = {
        { "key", NGX_HTTP_PARTNER_AUTH_KEY },
        { "jwt", NGX_HTTP_PARTNER_AUTH_JWT },
        { "opaque", NGX_HTTP_PARTNER_AUTH_OPAQUE },
    };

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (ngx_strcmp(word->data, kinds[i].word) == 0) {
            return kinds[i].kind;
        }
    }

    return 0;
}


/*
 * The kinds of credentials, in front, each once; `first` is then the number of
 * the first parameter.  Else the argument that is wrong.
 */
static ngx_str_t *
ngx_http_partner_auth_kinds(ngx_conf_t *cf, ngx_uint_t *kinds,
                            ngx_uint_t *first)
{
    ngx_str_t *args;
    ngx_uint_t i, kind;

    args = cf->args->elts;
    *kinds = 0;

    for (i = 1; i < cf->args->nelts; i++) {

        if (ngx_strchr(args[i].data, '=') != NULL && *kinds != 0) {
            break;
        }

        kind = ngx_http_partner_auth_kind(&args[i]);

        if (kind == 0 || (*kinds & kind)) {
            return &args[i];
        }

        *kinds |= kind;
    }

    for (*first = i; i < cf->args->nelts; i++) {
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
    ngx_uint_t                    kinds, first;
    ngx_http_partner_jwt_t       *jwt;
    ngx_http_partner_loc_conf_t  *plcf = conf;
    ngx_http_partner_main_conf_t *pmcf;

    (void) cmd;

    if (plcf->auth != NGX_CONF_UNSET_UINT) {
        return "is duplicate";
    }

    plcf->auth_said = 1;
    args = cf->args->elts;
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        plcf->auth = 0;
        return NGX_CONF_OK;
    }

    wrong = ngx_http_partner_auth_kinds(cf, &kinds, &first);

    if (wrong != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_auth: invalid value \"%V\", allowed is "
                           "some of \"key\", \"jwt\" and \"opaque\", or "
                           "\"off\"",
                           wrong);
        return NGX_CONF_ERROR;
    }

    plcf->auth = kinds;

    if (kinds & (NGX_HTTP_PARTNER_AUTH_JWT | NGX_HTTP_PARTNER_AUTH_OPAQUE)) {
        jwt = ngx_http_partner_jwt_conf(cf);

        if (jwt == NULL) {
            return NGX_CONF_ERROR;
        }

        jwt->asked |= (kinds & NGX_HTTP_PARTNER_AUTH_JWT) != 0;
        jwt->asked_opaque |= (kinds & NGX_HTTP_PARTNER_AUTH_OPAQUE) != 0;
    }

    if (ngx_http_partner_options(cf, first, ngx_http_partner_place_options,
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


char *
ngx_http_partner_stale_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                 void *conf)
{
    ngx_str_t                    *args;
    ngx_http_partner_loc_conf_t  *plcf = conf;
    ngx_http_partner_main_conf_t *pmcf;

    static const ngx_http_partner_option_t limits
        = { .min = 0, .max = NGX_HTTP_PARTNER_STALE_MAX };

    (void) cmd;

    if (plcf->stale != NGX_CONF_UNSET_MSEC) {
        return "is duplicate";
    }

    args = cf->args->elts;
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    if (ngx_http_partner_option_msec(cf, &args[1], &limits, &plcf->stale)
        != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_stale: invalid value \"%V\", allowed is "
                           "0, or a time with its unit up to 1d",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
