/*
 * partner_introspection: who is asked about tokens that say nothing themselves.
 */

#include "ngx_http_partner_introspection.h"
#include "ngx_http_partner_option.h"
#include "ngx_partner_text.h"


#define NGX_HTTP_PARTNER_CREDENTIALS 511 /* bytes of the file */


typedef struct {
    ngx_http_partner_mapping_t mapping; /* first: it shares the table */
    ngx_str_t                  location;
    ngx_str_t                  credentials;
    ngx_msec_t                 cache;
    ngx_msec_t                 negative;
    ngx_uint_t                 unknown;
} ngx_http_partner_inspect_options_t;

#define ngx_http_partner_in_inspect(field)                                    \
    offsetof(ngx_http_partner_inspect_options_t, field)


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_inspect_options[] = {

    NGX_HTTP_PARTNER_MAPPING_OPTIONS

    { ngx_string("location"), ngx_http_partner_jwt_option_text,
      ngx_http_partner_in_inspect(location), 2, 255,
      "the name of an internal location, such as /_introspect", NULL },

    { ngx_string("credentials_file"), ngx_http_partner_jwt_option_text,
      ngx_http_partner_in_inspect(credentials), 1, 4096,
      "a file with one line, client_id:client_secret, that is closed to "
      "others", NULL },

    { ngx_string("cache"), ngx_http_partner_option_msec,
      ngx_http_partner_in_inspect(cache), 1000, 3600000,
      "a time with its unit, from 1s to 1h", NULL },

    { ngx_string("negative"), ngx_http_partner_option_msec,
      ngx_http_partner_in_inspect(negative), 1000, 600000,
      "a time with its unit, from 1s to 10m", NULL },

    { ngx_string("unknown"), ngx_http_partner_option_number,
      ngx_http_partner_in_inspect(unknown), 1, 100000,
      "a number from 1 to 100000", NULL },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


/* `Basic` with both halves encoded as in a form (RFC 6749, section 2.3.1). */
static ngx_int_t
ngx_http_partner_inspect_encode(ngx_conf_t *cf, ngx_str_t *line,
                                ngx_str_t *authorization)
{
    u_char      *colon, *p;
    ngx_str_t    plain;
    ngx_uint_t   i;
    ngx_str_t    halves[2];
    const size_t scheme = sizeof("Basic ") - 1;

    colon = ngx_strlchr(line->data, line->data + line->len, ':');

    if (colon == NULL) {
        return NGX_ERROR;
    }

    halves[0].data = line->data;
    halves[0].len = colon - line->data;
    halves[1].data = colon + 1;
    halves[1].len = line->data + line->len - halves[1].data;

    plain.data = ngx_pnalloc(cf->temp_pool, 3 * line->len + 1);
    authorization->data = ngx_pnalloc(
        cf->pool, scheme + ngx_base64_encoded_length(3 * line->len + 1));

    if (plain.data == NULL || authorization->data == NULL) {
        return NGX_ERROR;
    }

    for (p = plain.data, i = 0; i < 2; i++) {
        if (halves[i].len == 0) {
            return NGX_ERROR;
        }

        p = (u_char *) ngx_escape_uri(p, halves[i].data, halves[i].len,
                                      NGX_ESCAPE_URI_COMPONENT);
        p = (i == 0) ? ngx_cpymem(p, ":", 1) : p;
    }

    plain.len = p - plain.data;
    ngx_memcpy(authorization->data, "Basic ", scheme);
    authorization->data += scheme;
    ngx_encode_base64(authorization, &plain);
    authorization->data -= scheme;
    authorization->len += scheme;

    ngx_explicit_memzero(plain.data, plain.len);

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_inspect_credentials(ngx_conf_t *cf, ngx_str_t *path,
                                     ngx_str_t *authorization)
{
    ngx_int_t rc;
    ngx_str_t line;

    if (ngx_conf_full_name(cf->cycle, path, 1) != NGX_OK
        || ngx_partner_text_secret(cf,
                                   "partner_introspection: credentials_file",
                                   path, NGX_HTTP_PARTNER_CREDENTIALS, &line)
               != NGX_OK) {
        return NGX_ERROR;
    }

    while (
        line.len > 0
        && (line.data[line.len - 1] == LF || line.data[line.len - 1] == CR)) {
        line.len--;
    }

    rc = NGX_ERROR;

    if (ngx_strlchr(line.data, line.data + line.len, LF) != NULL) {
        ngx_conf_log_error(
            NGX_LOG_EMERG, cf, 0,
            "partner_introspection: credentials_file \"%V\" has "
            "more than one line",
            path);

    } else if (ngx_http_partner_inspect_encode(cf, &line, authorization)
               != NGX_OK) {
        ngx_conf_log_error(
            NGX_LOG_EMERG, cf, 0,
            "partner_introspection: credentials_file \"%V\" has "
            "no line client_id:client_secret",
            path);

    } else {
        rc = NGX_OK;
    }

    ngx_explicit_memzero(line.data, line.len);

    return rc;
}


static const char *
ngx_http_partner_inspect_missing(
    const ngx_http_partner_inspect_options_t *options,
    const ngx_http_partner_jwt_t             *jwt)
{
    if (jwt->inspect != NULL) {
        return "only one is allowed";
    }

    if (options->location.len == 0 || options->location.data[0] != '/') {
        return "\"location=\" is the name of a location and begins with \"/\"";
    }

    return ngx_http_partner_jwt_unmapped(&options->mapping, jwt);
}


static void
ngx_http_partner_inspect_set(ngx_conf_t                               *cf,
                             const ngx_http_partner_inspect_options_t *o,
                             ngx_http_partner_inspect_t               *inspect)
{
    ngx_http_partner_issuer_t *issuer;

    issuer = inspect->issuer;
    issuer->opaque = 1;
    issuer->name = o->location;
    issuer->location = o->location;
    ngx_http_partner_jwt_set_mapping(cf, &o->mapping, issuer);
    issuer->fingerprint = issuer->rules;

    inspect->cache = (time_t) (o->cache / 1000);
    inspect->negative = (time_t) (o->negative / 1000);
    inspect->unknown = o->unknown;
}


char *
ngx_http_partner_introspection_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                         void *conf)
{
    const char                        *missing;
    ngx_http_partner_jwt_t            *jwt;
    ngx_http_partner_issuer_t        **place;
    ngx_http_partner_inspect_t        *inspect;
    ngx_http_partner_main_conf_t      *pmcf = conf;
    ngx_http_partner_inspect_options_t options
        = { .cache = 60000,
            .negative = 10000,
            .unknown = 500,
            .mapping = NGX_HTTP_PARTNER_MAPPING_DEFAULTS };

    (void) cmd;

    pmcf->used = 1;
    jwt = ngx_http_partner_jwt_conf(cf);
    inspect = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_inspect_t));

    if (jwt == NULL || inspect == NULL) {
        return NGX_CONF_ERROR;
    }

    inspect->issuer = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_issuer_t));

    if (inspect->issuer == NULL
        || ngx_http_partner_options(cf, 1, ngx_http_partner_inspect_options,
                                    &options)
               != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    missing = ngx_http_partner_inspect_missing(&options, jwt);

    if (missing != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "partner_introspection: %s",
                           missing);
        return NGX_CONF_ERROR;
    }

    ngx_http_partner_inspect_set(cf, &options, inspect);
    place = ngx_array_push(&jwt->issuers);

    if (place == NULL
        || (options.mapping.audience.len > 0
            && ngx_http_partner_jwt_audiences(cf, options.mapping.audience,
                                              inspect->issuer)
                   != NGX_OK)
        || (options.credentials.len > 0
            && ngx_http_partner_inspect_credentials(cf, &options.credentials,
                                                    &inspect->authorization)
                   != NGX_OK)) {
        return NGX_CONF_ERROR;
    }

    *place = inspect->issuer;
    jwt->inspect = inspect;

    return NGX_CONF_OK;
}
