/*
 * Tokens at the gateway: who may issue them, and where what was verified is
 * remembered.
 */

#ifndef NGX_HTTP_PARTNER_JWT_H
#define NGX_HTTP_PARTNER_JWT_H


#include "ngx_http_partner_issuer.h"
#include "ngx_http_partner_module.h"
#include "ngx_http_partner_option.h"
#include "ngx_http_partner_page.h"
#include "ngx_partner_revocations.h"


#define NGX_HTTP_PARTNER_CLAIM_LEN 64 /* bytes of a claim's name */

#define NGX_HTTP_PARTNER_CLAIM                                                \
    "the name of a claim, 1 to 64 printable characters of ASCII without "     \
    "quotes and backslashes"


struct ngx_http_partner_inspect_s;

struct ngx_http_partner_jwt_s {
    ngx_partner_token_zone_t *zone;
    ngx_array_t               issuers;    /* of ngx_http_partner_issuer_t * */
    uint32_t                  algorithms; /* that any of them has */
    ngx_partner_revocations_t revocations;
    lp_jwt_t                 *jwt; /* the one that is being verified */
    struct ngx_http_partner_inspect_s *inspect; /* NULL: nobody is asked */
    unsigned                           redis : 1;
    unsigned asked : 1;        /* some location takes tokens, */
    unsigned asked_opaque : 1; /* and those that say nothing */
};


/* The issuers' settings and the zone; made on first use. */
ngx_http_partner_jwt_t *ngx_http_partner_jwt_conf(ngx_conf_t *cf);

/*
 * _jwt_verify.c: NGX_OK, and the token is filled; NGX_DECLINED, and the verdict
 * says why; NGX_AGAIN: the call waits for keys, and comes again.
 */
ngx_int_t ngx_http_partner_jwt_verify(ngx_http_partner_call_t *call,
                                      ngx_partner_token_t     *token);

/* _jwt_verify.c: the same for one that its issuer has just vouched for */
ngx_int_t ngx_http_partner_jwt_introspected(ngx_http_partner_call_t   *call,
                                            ngx_http_partner_issuer_t *issuer,
                                            ngx_partner_token_t       *token);

/*
 * _jwt_map.c: fills client, tier and names of a zeroed token.  NGX_DECLINED: a
 * claim is not as it must be, and the bearer says which.  NGX_ERROR: no room.
 */
ngx_int_t ngx_http_partner_jwt_map(ngx_http_partner_call_t   *call,
                                   ngx_http_partner_issuer_t *issuer,
                                   const lp_jwt_t            *jwt,
                                   ngx_partner_token_t       *token);

/*
 * _jwt_subjects.c: those of a token that was mapped; `kid` is of the key that
 * verified it.  0 stands for what it does not have.  NGX_ERROR: one could not
 * be made, and nothing would revoke the token by it.
 */
ngx_int_t ngx_http_partner_jwt_subjects(
    ngx_http_partner_main_conf_t    *pmcf,
    const ngx_http_partner_issuer_t *issuer, const lp_jwt_t *jwt,
    lp_text_t kid, ngx_partner_token_t *token);

/*
 * _jwt.c: NGX_OK; NGX_AGAIN: the call waits for keys, once; NGX_DECLINED: there
 * are none that count, and the verdict says so.
 */
ngx_int_t ngx_http_partner_jwt_keys(ngx_http_partner_call_t   *call,
                                    ngx_http_partner_issuer_t *issuer);

/*
 * _jwt_revoked.c: NGX_OK; NGX_AGAIN: the call waits for what was revoked;
 * NGX_DECLINED: it was, or nobody can say, and the verdict says which.
 */
ngx_int_t ngx_http_partner_jwt_unrevoked(ngx_http_partner_call_t *call,
                                         ngx_partner_token_t     *token);

/*
 * _jwt_certificate.c: the SHA-256 of the certificate that the client showed, of
 * LP_DIGEST_LEN bytes; NGX_DECLINED: it showed none.
 */
ngx_int_t ngx_http_partner_jwt_certificate(const ngx_connection_t *c,
                                           u_char                 *digest);

/* _jwt_metrics.c: nothing where there are no tokens; JSON with a comma first */
void ngx_http_partner_jwt_metrics(ngx_http_partner_page_t *page,
                                  ngx_http_partner_jwt_t  *jwt);
void ngx_http_partner_jwt_metrics_json(ngx_http_partner_page_t *page,
                                       ngx_http_partner_jwt_t  *jwt);

/*
 * _jwt_directives.c, _jwt_conf.c: locate runs for each location, `auth` says
 * whether it has a partner_auth of its own.
 */
char *ngx_http_partner_jwt_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                     void *conf);
char *ngx_http_partner_introspection_directive(ngx_conf_t    *cf,
                                               ngx_command_t *cmd, void *conf);

/*
 * _jwt_directives.c: what partner_jwt and partner_introspection have in
 * common, which is whom a token speaks for.  The structure begins that of each
 * directive's options, and these rows its table.
 */
typedef struct {
    ngx_str_t  audience;
    ngx_str_t  partner;
    ngx_str_t  application;
    ngx_str_t  tier_claim;
    ngx_uint_t tier;
    ngx_uint_t environment;
    ngx_uint_t waiting;
} ngx_http_partner_mapping_t;

#define ngx_http_partner_in_mapping(field)                                    \
    offsetof(ngx_http_partner_mapping_t, field)

#define NGX_HTTP_PARTNER_MAPPING_DEFAULTS                                     \
    {                                                                         \
        .waiting = 1024, .environment = LP_ENVIRONMENTS                       \
    }

/* clang-format off */

#define NGX_HTTP_PARTNER_MAPPING_OPTIONS                                      \
                                                                              \
    { ngx_string("audience"), ngx_http_partner_jwt_option_text,               \
      ngx_http_partner_in_mapping(audience), 1, 1024,                         \
      "one or more values of the claim aud, with commas between them", NULL },\
                                                                              \
    { ngx_string("partner"), ngx_http_partner_jwt_option_claim,               \
      ngx_http_partner_in_mapping(partner), 1, NGX_HTTP_PARTNER_CLAIM_LEN,    \
      NGX_HTTP_PARTNER_CLAIM, NULL },                                         \
                                                                              \
    { ngx_string("application"), ngx_http_partner_jwt_option_claim,           \
      ngx_http_partner_in_mapping(application), 1,                            \
      NGX_HTTP_PARTNER_CLAIM_LEN, NGX_HTTP_PARTNER_CLAIM, NULL },             \
                                                                              \
    { ngx_string("tier"), ngx_http_partner_jwt_option_claim,                  \
      ngx_http_partner_in_mapping(tier_claim), 1, NGX_HTTP_PARTNER_CLAIM_LEN, \
      NGX_HTTP_PARTNER_CLAIM, NULL },                                         \
                                                                              \
    { ngx_string("default_tier"), ngx_http_partner_option_word,               \
      ngx_http_partner_in_mapping(tier), 0, 0,                                \
      "basic, silver or gold", ngx_http_partner_jwt_tiers },                  \
                                                                              \
    { ngx_string("environment"), ngx_http_partner_option_word,                \
      ngx_http_partner_in_mapping(environment), 0, 0,                         \
      LP_ENVIRONMENT_ALLOWED, ngx_http_partner_jwt_environments },            \
                                                                              \
    { ngx_string("waiting"), ngx_http_partner_option_number,                  \
      ngx_http_partner_in_mapping(waiting), 1, 1000000,                       \
      "a number from 1 to 1000000", NULL },

/* clang-format on */

extern const ngx_str_t ngx_http_partner_jwt_tiers[];
extern const ngx_str_t ngx_http_partner_jwt_environments[];

ngx_int_t ngx_http_partner_jwt_option_text(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);
ngx_int_t ngx_http_partner_jwt_option_claim(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);

ngx_int_t ngx_http_partner_jwt_audiences(ngx_conf_t *cf, ngx_str_t list,
                                         ngx_http_partner_issuer_t *issuer);

/* What is wrong about one more issuer with this mapping; NULL: nothing. */
const char *ngx_http_partner_jwt_unmapped(
    const ngx_http_partner_mapping_t *mapping,
    const ngx_http_partner_jwt_t     *jwt);

/* Sets what both have in common, the digest of the directive included. */
void ngx_http_partner_jwt_set_mapping(
    const ngx_conf_t *cf, const ngx_http_partner_mapping_t *mapping,
    ngx_http_partner_issuer_t *issuer);

char *ngx_http_partner_jwt_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                          void *conf);
char *ngx_http_partner_jwt_locate(ngx_conf_t                   *cf,
                                  ngx_http_partner_main_conf_t *pmcf,
                                  ngx_uint_t auth, ngx_uint_t redacted);
char *ngx_http_partner_jwt_init(ngx_conf_t                   *cf,
                                ngx_http_partner_main_conf_t *pmcf);

/* _jwt_conf.c: a worker's own part */
ngx_int_t ngx_http_partner_jwt_start(ngx_http_partner_main_conf_t *pmcf,
                                     ngx_cycle_t                  *cycle);
void      ngx_http_partner_jwt_stop(ngx_http_partner_main_conf_t *pmcf);


#endif
