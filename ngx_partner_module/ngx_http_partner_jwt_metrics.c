/*
 * What the metrics page says of tokens.
 */

#include "ngx_http_partner_jwt.h"


typedef struct {
    const char *name;
    const char *type;
    const char *help;
    size_t      offset; /* of an ngx_atomic_t in ngx_partner_tokens_t */
} ngx_http_partner_jwt_metric_t;

#define ngx_http_partner_in_tokens(field) offsetof(ngx_partner_tokens_t, field)


static const ngx_http_partner_jwt_metric_t ngx_http_partner_jwt_list[] = {

    { "partner_tokens_verified_total", "counter",
      "Tokens whose signature was verified.",
      ngx_http_partner_in_tokens(verified) },

    { "partner_tokens_remembered", "gauge",
      "Entries of the zone that hold a token, or held one that has expired.",
      ngx_http_partner_in_tokens(filled) },

    { "partner_tokens_capacity", "gauge", "Tokens that the zone has room for.",
      ngx_http_partner_in_tokens(size) },

    { "partner_token_evictions_total", "counter",
      "Tokens that gave way to others before they expired.",
      ngx_http_partner_in_tokens(evicted) },

    { "partner_token_revocations", "gauge",
      "Revocations of tokens that are known.",
      ngx_http_partner_in_tokens(revoked.count) },

    { "partner_token_zone_rebuilds_total", "counter",
      "Times that tokens and key sets were dropped after a process died "
      "inside the lock of their zone.",
      ngx_http_partner_in_tokens(rebuilds) },

    { "partner_jwks_fetches_total", "counter",
      "Key sets that issuers were asked for.",
      ngx_http_partner_in_tokens(fetches) },

    { "partner_jwks_failures_total", "counter",
      "Times that an issuer answered no key set.",
      ngx_http_partner_in_tokens(failures) },

    { "partner_introspections_total", "counter",
      "Questions about opaque tokens that an issuer was asked.",
      ngx_http_partner_in_tokens(inquiries) },

    { "partner_introspection_failures_total", "counter",
      "Those that it did not answer.",
      ngx_http_partner_in_tokens(unanswered) },
};

#define NGX_HTTP_PARTNER_JWT_METRICS                                          \
    (sizeof(ngx_http_partner_jwt_list) / sizeof(ngx_http_partner_jwt_list[0]))


void
ngx_http_partner_jwt_metrics(ngx_http_partner_page_t *page,
                             ngx_http_partner_jwt_t  *jwt)
{
    u_char                              *tokens;
    ngx_uint_t                           i;
    const ngx_http_partner_jwt_metric_t *metric;

    if (jwt == NULL || jwt->zone == NULL) {
        return;
    }

    tokens = (u_char *) jwt->zone->shared;

    for (i = 0; i < NGX_HTTP_PARTNER_JWT_METRICS; i++) {
        metric = &ngx_http_partner_jwt_list[i];

        ngx_http_partner_page_print(
            page, "# HELP %s %s\n# TYPE %s %s\n%s %uA\n", metric->name,
            metric->help, metric->name, metric->type, metric->name,
            *(ngx_atomic_t *) (tokens + metric->offset));
    }
}
