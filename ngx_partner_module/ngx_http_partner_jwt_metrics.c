/*
 * What the metrics page says of tokens.
 */

#include "ngx_http_partner_jwt.h"
#include "ngx_http_partner_metrics.h"


typedef struct {
    const char *name;
    const char *member; /* of JSON */
    const char *type;
    const char *help;
    size_t      offset; /* of an ngx_atomic_t in ngx_partner_tokens_t */
} ngx_http_partner_jwt_metric_t;

#define ngx_http_partner_in_tokens(field) offsetof(ngx_partner_tokens_t, field)


static const ngx_http_partner_jwt_metric_t ngx_http_partner_jwt_list[] = {

    { "partner_tokens_verified_total", "verified", "counter",
      "Tokens whose signature was verified.",
      ngx_http_partner_in_tokens(verified) },

    { "partner_tokens_remembered", "remembered", "gauge",
      "Entries of the zone that hold a token, or held one that has expired.",
      ngx_http_partner_in_tokens(filled) },

    { "partner_tokens_capacity", "capacity", "gauge",
      "Tokens that the zone has room for.", ngx_http_partner_in_tokens(size) },

    { "partner_token_evictions_total", "evicted", "counter",
      "Tokens that gave way to others before they expired.",
      ngx_http_partner_in_tokens(evicted) },

    { "partner_token_revocations", "revocations", "gauge",
      "Revocations of tokens that are known.",
      ngx_http_partner_in_tokens(revoked.count) },

    { "partner_token_revocations_capacity", "revocationsCapacity", "gauge",
      "Revocations of tokens that the zone has room for.",
      ngx_http_partner_in_tokens(revoked.most) },

    { "partner_token_zone_rebuilds_total", "zoneRebuilds", "counter",
      "Times that tokens and key sets were dropped after a process died "
      "inside the lock of their zone.",
      ngx_http_partner_in_tokens(rebuilds) },

    { "partner_jwks_fetches_total", "keySetFetches", "counter",
      "Key sets that issuers were asked for.",
      ngx_http_partner_in_tokens(fetches) },

    { "partner_jwks_failures_total", "keySetFailures", "counter",
      "Times that an issuer answered no key set.",
      ngx_http_partner_in_tokens(failures) },

    { "partner_introspections_total", "introspections", "counter",
      "Questions about opaque tokens that an issuer was asked.",
      ngx_http_partner_in_tokens(inquiries) },

    { "partner_introspection_failures_total", "introspectionFailures",
      "counter", "Questions about opaque tokens that were not answered.",
      ngx_http_partner_in_tokens(unanswered) },

    { "partner_introspections_refused_total", "introspectionsRefused",
      "counter", "Calls whose token was unknown while too many others were.",
      ngx_http_partner_in_tokens(unasked) },
};

#define NGX_HTTP_PARTNER_JWT_METRICS                                          \
    (sizeof(ngx_http_partner_jwt_list) / sizeof(ngx_http_partner_jwt_list[0]))


static ngx_atomic_uint_t
ngx_http_partner_jwt_metric(const ngx_http_partner_jwt_t        *jwt,
                            const ngx_http_partner_jwt_metric_t *metric)
{
    u_char *tokens;

    tokens = (u_char *) jwt->zone->shared;

    return *(ngx_atomic_t *) (tokens + metric->offset);
}


void
ngx_http_partner_jwt_metrics(ngx_http_partner_page_t *page,
                             ngx_http_partner_jwt_t  *jwt)
{
    ngx_uint_t                           i;
    const ngx_http_partner_jwt_metric_t *metric;

    if (jwt == NULL || jwt->zone == NULL) {
        return;
    }

    for (i = 0; i < NGX_HTTP_PARTNER_JWT_METRICS; i++) {
        metric = &ngx_http_partner_jwt_list[i];

        ngx_http_partner_metric_head(page, metric->name, metric->type,
                                     metric->help);
        ngx_http_partner_page_print(page, "%s %uA\n", metric->name,
                                    ngx_http_partner_jwt_metric(jwt, metric));
    }
}


void
ngx_http_partner_jwt_metrics_json(ngx_http_partner_page_t *page,
                                  ngx_http_partner_jwt_t  *jwt)
{
    ngx_uint_t                           i;
    const ngx_http_partner_jwt_metric_t *metric;

    if (jwt == NULL || jwt->zone == NULL) {
        return;
    }

    ngx_http_partner_page_print(page, ",\"tokens\":{");

    for (i = 0; i < NGX_HTTP_PARTNER_JWT_METRICS; i++) {
        metric = &ngx_http_partner_jwt_list[i];

        ngx_http_partner_page_print(page, "%s\"%s\":%uA", i > 0 ? "," : "",
                                    metric->member,
                                    ngx_http_partner_jwt_metric(jwt, metric));
    }

    ngx_http_partner_page_print(page, "}");
}
