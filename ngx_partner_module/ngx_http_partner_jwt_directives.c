/*
 * partner_jwt and partner_jwt_zone: who may issue tokens.
 */

#include "ngx_http_partner_jwt.h"
#include "ngx_http_partner_option.h"

#include "../libpartner/lp_fnv.h"


typedef struct {
    ngx_http_partner_mapping_t mapping; /* first: it shares the table */
    ngx_http_partner_issuer_t *issuer;
    ngx_str_t                  name;
    ngx_str_t                  jwks;
    ngx_str_t                  jwks_file;
    ngx_str_t                  algorithms;
    ngx_uint_t                 typ;
    ngx_msec_t                 leeway;
    ngx_msec_t                 refresh;
    ngx_msec_t                 stale;
} ngx_http_partner_jwt_options_t;


#define ngx_http_partner_in_jwt(field)                                        \
    offsetof(ngx_http_partner_jwt_options_t, field)


static const ngx_str_t ngx_http_partner_typs[]
    = { ngx_string("any"), ngx_string("at+jwt"), ngx_null_string };

const ngx_str_t ngx_http_partner_jwt_tiers[]
    = { ngx_string("basic"), ngx_string("silver"), ngx_string("gold"),
        ngx_null_string };


const ngx_str_t ngx_http_partner_jwt_environments[]
    = { ngx_string("production"), ngx_string("staging"),
        ngx_string("development"), ngx_string("sandbox"), ngx_null_string };


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_jwt_options[] = {

    NGX_HTTP_PARTNER_MAPPING_OPTIONS

    { ngx_string("issuer"), ngx_http_partner_jwt_option_text,
      ngx_http_partner_in_jwt(name), 1, 255,
      "what the claim iss says, 1 to 255 bytes", NULL },

    { ngx_string("jwks"), ngx_http_partner_jwt_option_text,
      ngx_http_partner_in_jwt(jwks), 2, 255,
      "the name of an internal location, such as /_keys", NULL },

    { ngx_string("jwks_file"), ngx_http_partner_jwt_option_text,
      ngx_http_partner_in_jwt(jwks_file), 1, 4096,
      "the path of a file", NULL },

    { ngx_string("algorithms"), ngx_http_partner_jwt_option_text,
      ngx_http_partner_in_jwt(algorithms), 1, 255,
      "some of " LP_ALG_ALLOWED ", with commas between them", NULL },

    { ngx_string("typ"), ngx_http_partner_option_word,
      ngx_http_partner_in_jwt(typ), 0, 0,
      "any or at+jwt", ngx_http_partner_typs },

    { ngx_string("leeway"), ngx_http_partner_option_msec,
      ngx_http_partner_in_jwt(leeway), 0, 300000,
      "0, or a time with its unit up to 5m", NULL },

    { ngx_string("refresh"), ngx_http_partner_option_msec,
      ngx_http_partner_in_jwt(refresh), 1000, 86400000,
      "a time with its unit, from 1s to 1d", NULL },

    { ngx_string("stale"), ngx_http_partner_option_msec,
      ngx_http_partner_in_jwt(stale), 1000, 604800000,
      "a time with its unit, from 1s to 7d", NULL },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


ngx_int_t
ngx_http_partner_jwt_option_text(ngx_conf_t *cf, ngx_str_t *value,
                                 const ngx_http_partner_option_t *option,
                                 void                            *field)
{
    (void) cf;

    if (value->len < (size_t) option->min
        || value->len > (size_t) option->max) {
        return NGX_ERROR;
    }

    *(ngx_str_t *) field = *value;

    return NGX_OK;
}


/* Errors name it, in JSON. */
ngx_int_t
ngx_http_partner_jwt_option_claim(ngx_conf_t *cf, ngx_str_t *value,
                                  const ngx_http_partner_option_t *option,
                                  void                            *field)
{
    u_char    *p;
    ngx_uint_t odd;

    for (odd = 0, p = value->data; p < value->data + value->len; p++) {
        odd |= *p <= ' ' || *p > '~' || *p == '"' || *p == '\\';
    }

    return odd ? NGX_ERROR
               : ngx_http_partner_jwt_option_text(cf, value, option, field);
}


/* The next element of a list with commas; NGX_DONE at its end. */
static ngx_int_t
ngx_http_partner_jwt_element(ngx_str_t *list, ngx_str_t *element)
{
    u_char *comma, *last;

    if (list->data == NULL) {
        return NGX_DONE;
    }

    last = list->data + list->len;
    comma = ngx_strlchr(list->data, last, ',');

    element->data = list->data;
    element->len = ((comma != NULL) ? comma : last) - list->data;

    list->data = (comma != NULL) ? comma + 1 : NULL;
    list->len = (comma != NULL) ? (size_t) (last - comma - 1) : 0;

    return (element->len > 0) ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_http_partner_jwt_algorithms(ngx_conf_t *cf, ngx_str_t list,
                                ngx_http_partner_issuer_t *issuer)
{
    lp_alg_t  alg;
    ngx_int_t rc;
    ngx_str_t name;

    for (;;) {
        rc = ngx_http_partner_jwt_element(&list, &name);

        if (rc == NGX_DONE) {
            return NGX_OK;
        }

        alg = lp_alg_parse((char *) name.data, name.len);

        if (rc != NGX_OK || alg == LP_ALGS) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "partner_jwt: unknown algorithm \"%V\", "
                               "allowed are " LP_ALG_ALLOWED,
                               &name);
            return NGX_ERROR;
        }

        issuer->algorithms |= LP_ALG_BIT(alg);
    }
}


ngx_int_t
ngx_http_partner_jwt_audiences(ngx_conf_t *cf, ngx_str_t list,
                               ngx_http_partner_issuer_t *issuer)
{
    ngx_int_t    rc;
    ngx_str_t    name;
    lp_text_t   *audience;
    ngx_array_t *audiences;

    audiences = ngx_array_create(cf->pool, 2, sizeof(lp_text_t));

    if (audiences == NULL) {
        return NGX_ERROR;
    }

    for (;;) {
        rc = ngx_http_partner_jwt_element(&list, &name);

        if (rc == NGX_DONE) {
            break;
        }

        audience = ngx_array_push(audiences);

        if (rc != NGX_OK || audience == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "an empty audience, allowed are "
                               "values of the claim aud, with commas between "
                               "them");
            return NGX_ERROR;
        }

        audience->text = (char *) name.data;
        audience->len = name.len;
    }

    issuer->policy.audiences = audiences->elts;
    issuer->policy.n_audiences = audiences->nelts;

    return NGX_OK;
}


/* What is missing, or cannot stand beside something else. */
static const char *
ngx_http_partner_jwt_missing(const ngx_http_partner_jwt_options_t *options)
{
    uint32_t symmetric;

    symmetric = options->issuer->algorithms & LP_ALG_SYMMETRIC;

    if (options->name.len == 0) {
        return "\"issuer=\" is missing";
    }

    if (options->mapping.audience.len == 0) {
        return "\"audience=\" is missing: a token for somebody else would be "
               "accepted";
    }

    if ((options->jwks.len == 0) == (options->jwks_file.len == 0)) {
        return "exactly one of \"jwks=\" and \"jwks_file=\" is required";
    }

    if (options->jwks.len > 0 && options->jwks.data[0] != '/') {
        return "\"jwks=\" is the name of a location and begins with \"/\"";
    }

    if (symmetric != 0 && options->jwks.len > 0) {
        return "HS256, HS384 and HS512 have secrets for keys, which only "
               "\"jwks_file=\" keeps secret";
    }

    if (symmetric != 0 && symmetric != options->issuer->algorithms) {
        return "HS256, HS384 and HS512 do not stand beside algorithms with "
               "public keys";
    }

    if (options->stale < options->refresh) {
        return "\"stale=\" must not be less than \"refresh=\"";
    }

    return NULL;
}


/* Whether there is an issuer whose clients have records. */
static ngx_uint_t
ngx_http_partner_jwt_recorded(const ngx_http_partner_jwt_t *jwt)
{
    ngx_uint_t                  i;
    ngx_http_partner_issuer_t **issuer;

    issuer = jwt->issuers.elts;

    for (i = 0; i < jwt->issuers.nelts; i++) {
        if (issuer[i]->partner_claim.len == 0) {
            return 1;
        }
    }

    return 0;
}


const char *
ngx_http_partner_jwt_unmapped(const ngx_http_partner_mapping_t *mapping,
                              const ngx_http_partner_jwt_t     *jwt)
{
    if (jwt->issuers.nelts == NGX_PARTNER_KEYSETS) {
        return "at most 16 issuers are allowed, this one included";
    }

    if (mapping->partner.len > 0) {
        return NULL;
    }

    if (mapping->application.len > 0 || mapping->tier_claim.len > 0) {
        return "\"application=\" and \"tier=\" name claims only where "
               "\"partner=\" names one";
    }

    if (mapping->environment != LP_ENVIRONMENTS) {
        return "\"environment=\" goes with \"partner=\": without it the "
               "client's record names the environment";
    }

    if (ngx_http_partner_jwt_recorded(jwt)) {
        return "\"partner=\" is missing, and another issuer has none either: "
               "their clients could not be told apart";
    }

    return NULL;
}


/* A digest of the directive: what it changes, changes what is remembered. */
static uint64_t
ngx_http_partner_jwt_rules(const ngx_conf_t *cf)
{
    uint64_t   hash;
    ngx_str_t *args;
    ngx_uint_t i;

    args = cf->args->elts;

    for (hash = LP_FNV_BASIS, i = 0; i < cf->args->nelts; i++) {
        hash = lp_fnv(hash, args[i].data, args[i].len + 1);
    }

    return hash;
}


void
ngx_http_partner_jwt_set_mapping(const ngx_conf_t                 *cf,
                                 const ngx_http_partner_mapping_t *mapping,
                                 ngx_http_partner_issuer_t        *issuer)
{
    issuer->waiting = mapping->waiting;
    issuer->tier = mapping->tier;
    issuer->environment = mapping->environment;
    issuer->partner_claim = mapping->partner;
    issuer->application_claim = mapping->application;
    issuer->tier_claim = mapping->tier_claim;
    issuer->rules = ngx_http_partner_jwt_rules(cf);
    issuer->id = issuer->rules | 1;
}


/*
 * Of all that decides which keys are fetched: a reload that changes anything
 * else keeps them, also while the issuer is away.
 */
static uint64_t
ngx_http_partner_jwt_id(const ngx_http_partner_issuer_t *issuer)
{
    uint64_t hash;

    hash = lp_fnv(LP_FNV_BASIS, issuer->name.data, issuer->name.len + 1);
    hash = lp_fnv(hash, issuer->location.data, issuer->location.len);
    hash = lp_fnv(hash, &issuer->algorithms, sizeof(issuer->algorithms));

    return hash | 1; /* 0 is nobody's */
}


static ngx_int_t
ngx_http_partner_jwt_set(ngx_conf_t *cf, ngx_http_partner_jwt_options_t *o)
{
    ngx_http_partner_issuer_t *issuer;

    issuer = o->issuer;
    issuer->name = o->name;
    issuer->policy.issuer.text = (char *) o->name.data;
    issuer->policy.issuer.len = o->name.len;
    issuer->policy.leeway = (int64_t) (o->leeway / 1000);
    issuer->policy.at_jwt = (int) o->typ;
    issuer->refresh = o->refresh;
    issuer->stale = o->stale;
    issuer->location = o->jwks;
    ngx_http_partner_jwt_set_mapping(cf, &o->mapping, issuer);
    issuer->id = ngx_http_partner_jwt_id(issuer);

    if (o->jwks_file.len == 0) {
        return NGX_OK;
    }

    if (ngx_conf_full_name(cf->cycle, &o->jwks_file, 1) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_http_partner_issuer_load(cf, issuer, &o->jwks_file);
}


char *
ngx_http_partner_jwt_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    const char                    *missing;
    ngx_http_partner_jwt_t        *jwt;
    ngx_http_partner_issuer_t     *issuer, **place;
    ngx_http_partner_main_conf_t  *pmcf = conf;
    ngx_http_partner_jwt_options_t options
        = { .leeway = 30000,
            .refresh = 300000,
            .stale = 3600000,
            .mapping = NGX_HTTP_PARTNER_MAPPING_DEFAULTS,
            .algorithms = ngx_string("RS256,PS256,ES256,EdDSA") };

    (void) cmd;

    pmcf->used = 1;
    jwt = ngx_http_partner_jwt_conf(cf);
    issuer = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_issuer_t));

    if (jwt == NULL || issuer == NULL) {
        return NGX_CONF_ERROR;
    }

    options.issuer = issuer;

    if (ngx_http_partner_options(cf, 1, ngx_http_partner_jwt_options, &options)
            != NGX_CONF_OK
        || ngx_http_partner_jwt_algorithms(cf, options.algorithms, issuer)
               != NGX_OK
        || ngx_http_partner_jwt_audiences(cf, options.mapping.audience, issuer)
               != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    missing = ngx_http_partner_jwt_missing(&options);

    if (missing == NULL
        && ngx_http_partner_issuer_named(&jwt->issuers, options.name.data,
                                         options.name.len)
               != NULL) {
        missing = "this issuer is given twice";
    }

    if (missing == NULL) {
        missing = ngx_http_partner_jwt_unmapped(&options.mapping, jwt);
    }

    if (missing != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "partner_jwt \"%V\": %s",
                           &options.name, missing);
        return NGX_CONF_ERROR;
    }

    place = ngx_array_push(&jwt->issuers);

    if (place == NULL || ngx_http_partner_jwt_set(cf, &options) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    *place = issuer;
    jwt->algorithms |= issuer->algorithms;

    return NGX_CONF_OK;
}
