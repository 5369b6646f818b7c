/*
 * The one way out for a refused call: a verdict becomes a status, a challenge,
 * limit fields and a problem+json body.
 */

#include "ngx_http_partner_module.h"


#define NGX_HTTP_PARTNER_REALM "Bearer realm=\"partner\""

/* Where a credential may stand; a header's name is one of plain letters. */
#define NGX_HTTP_PARTNER_BEARER_PLACE "Send %s as Authorization: Bearer"
#define NGX_HTTP_PARTNER_HEADER_PLACE ", or in the header field %V"
#define NGX_HTTP_PARTNER_QUERY_PLACE  ", or in the argument %V of the query"

#define NGX_HTTP_PARTNER_UNMAPPED                                             \
    "The claim %V of the token is missing, or not as this gateway needs it."


typedef struct {
    ngx_http_partner_problem_t problem;
    const char                *error;       /* RFC 6750, section 3.1 */
    const char                *retry_after; /* seconds */
    unsigned                   known : 1;   /* who called had been accepted */
} ngx_http_partner_refusal_t;


static const ngx_http_partner_refusal_t
    ngx_http_partner_refusals[NGX_HTTP_PARTNER_VERDICTS]
    = {

          [NGX_HTTP_PARTNER_MISSING_CREDENTIAL]
          = { .problem = { 401, "missing_credential", "Credential missing",
                           "The call brings no credential." },
              .error = "" },

          [NGX_HTTP_PARTNER_AMBIGUOUS_CREDENTIAL]
          = { .problem
              = { 400, "ambiguous_credential", "More than one credential",
                  "Send one credential, once, in one place." },
              .error = "invalid_request" },

          [NGX_HTTP_PARTNER_MALFORMED_CREDENTIAL]
          = { .problem
              = { 401, "malformed_credential", "Credential malformed",
                  "The credential is of no kind that is taken here: an "
                  "API key begins with sk_, has 52 characters and ends "
                  "in a checksum, a token is a signed JWT or what its "
                  "issuer knows it by." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_UNKNOWN_CREDENTIAL]
          = { .problem = { 401, "unknown_credential", "Credential unknown",
                           "No partner has this key, or the client that "
                           "the token names." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_EXPIRED_CREDENTIAL]
          = { .problem = { 401, "expired_credential", "Credential expired",
                           "The key has expired, or the client of the "
                           "token: use a newer one." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_REVOKED_CREDENTIAL]
          = { .problem = { 401, "revoked_credential", "Credential revoked",
                           "The key was revoked, or the client of the "
                           "token: use a newer one." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_SUSPENDED_CREDENTIAL]
          = { .problem
              = { 403, "suspended_credential", "Credential suspended",
                  "The client of the token has been suspended, or the "
                  "key." } },

          [NGX_HTTP_PARTNER_PARTNER_PENDING]
          = { .problem = { 403, "partner_pending", "Partner not yet active",
                           "The partner has not been activated yet." } },

          [NGX_HTTP_PARTNER_PARTNER_INACTIVE]
          = { .problem = { 403, "partner_inactive", "Partner inactive",
                           "The partner is not active any more." } },

          [NGX_HTTP_PARTNER_PARTNER_SUSPENDED]
          = { .problem = { 403, "partner_suspended", "Partner suspended",
                           "The partner has been suspended." } },

          [NGX_HTTP_PARTNER_APPLICATION_PENDING]
          = { .problem
              = { 403, "application_pending", "Application not yet active",
                  "The application has not been activated yet." } },

          [NGX_HTTP_PARTNER_APPLICATION_SUSPENDED]
          = { .problem
              = { 403, "application_suspended", "Application suspended",
                  "The application has been suspended." } },

          [NGX_HTTP_PARTNER_APPLICATION_DEPRECATED]
          = { .problem
              = { 410, "application_deprecated", "Application deprecated",
                  "The application is past its sunset." } },

          [NGX_HTTP_PARTNER_ENVIRONMENT_NOT_ALLOWED]
          = { .problem
              = { 403, "environment_not_allowed", "Environment not allowed",
                  "The credential is for another environment." } },

          [NGX_HTTP_PARTNER_NETWORK_NOT_ALLOWED]
          = { .problem = { 403, "network_not_allowed", "Network not allowed",
                           "The credential may not be used from this "
                           "address." } },

          [NGX_HTTP_PARTNER_INSUFFICIENT_SCOPE]
          = { .problem = { 403, "insufficient_scope", "Scope insufficient",
                           "The credential lacks a scope that this address "
                           "requires." },
              .error = "insufficient_scope" },

          [NGX_HTTP_PARTNER_RATE_LIMITED]
          = { .problem = { 429, "rate_limited", "Too many requests",
                           "The limit is used up, try again after the time "
                           "in Retry-After." },
              .known = 1 },

          [NGX_HTTP_PARTNER_CONCURRENCY_LIMITED]
          = { .problem
              = { 429, "concurrency_limited", "Too many calls at once",
                  "As many calls as allowed are in flight, try again "
                  "when one of them was answered." },
              .retry_after = "1",
              .known = 1 },

          [NGX_HTTP_PARTNER_OVERLOADED]
          = { .problem = { 503, "overloaded", "Overloaded",
                           "The API is asked for more than it can answer in "
                           "time, try again later." },
              .retry_after = "1",
              .known = 1 },

          [NGX_HTTP_PARTNER_STORE_UNAVAILABLE]
          = { .problem = { 503, "credential_store_unavailable",
                           "Credential store unavailable",
                           "The credential cannot be checked now, try again "
                           "later." },
              .retry_after = "1" },

          [NGX_HTTP_PARTNER_LIMITER_UNAVAILABLE]
          = { .problem = { 503, "limiter_unavailable", "Limiter unavailable",
                           "The limit cannot be checked now, try again "
                           "later." },
              .retry_after = "1",
              .known = 1 },

          [NGX_HTTP_PARTNER_AMBIGUOUS_PATH]
          = { .problem = { 400, "ambiguous_path", "Path ambiguous",
                           "The path can be read in more than one way: send "
                           "it without empty segments, . or .., and without "
                           "slashes, semicolons, backslashes, # or controls "
                           "that are encoded." },
              .known = 1 },

          [NGX_HTTP_PARTNER_UNKNOWN_OPERATION]
          = { .problem = { 404, "unknown_operation", "Operation unknown",
                           "The contract of this API has no such path." },
              .known = 1 },

          [NGX_HTTP_PARTNER_METHOD_NOT_ALLOWED]
          = { .problem = { 405, "method_not_allowed", "Method not allowed",
                           "The contract of this API has this path for the "
                           "methods in Allow only." },
              .known = 1 },

          [NGX_HTTP_PARTNER_NOT_REDACTABLE]
          = { .problem
              = { 502, "response_not_redactable", "Answer not redactable",
                  "The API behind the gateway answered in a form "
                  "that may hold personal data and cannot be "
                  "redacted." },
              .known = 1 },

          [NGX_HTTP_PARTNER_MALFORMED_TOKEN]
          = { .problem = { 401, "malformed_token", "Token malformed",
                           "The token is not a signed JWT in compact "
                           "form, or a member of it is not as RFC 7519 "
                           "and this gateway have it." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_ALGORITHM_NOT_ALLOWED]
          = { .problem
              = { 401, "algorithm_not_allowed", "Algorithm not allowed",
                  "The token is signed with an algorithm that "
                  "is not accepted from its issuer." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_UNKNOWN_ISSUER]
          = { .problem = { 401, "unknown_issuer", "Issuer unknown",
                           "Tokens of this issuer are not accepted here." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_UNKNOWN_SIGNING_KEY]
          = { .problem = { 401, "unknown_signing_key", "Signing key unknown",
                           "The issuer has no key that the token names." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_INVALID_SIGNATURE]
          = { .problem = { 401, "invalid_signature", "Signature invalid",
                           "The signature of the token is not that of "
                           "its issuer." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_WRONG_TYPE]
          = { .problem = { 401, "wrong_token_type", "Token of another type",
                           "The token is not an access token: its typ "
                           "says something else." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_WRONG_AUDIENCE]
          = { .problem = { 401, "wrong_audience", "Audience wrong",
                           "The token was issued for somebody else." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_EXPIRED_TOKEN]
          = { .problem = { 401, "expired_token", "Token expired",
                           "The token has expired, ask its issuer for a "
                           "new one." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_PREMATURE_TOKEN]
          = { .problem = { 401, "premature_token", "Token not valid yet",
                           "The token is valid only later, or was issued"
                           " in the future." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_REVOKED_TOKEN]
          = { .problem = { 401, "revoked_token", "Token revoked",
                           "The token, its client, its partner or its "
                           "key was revoked, or its partner is suspended." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_CERTIFICATE_MISMATCH]
          = { .problem
              = { 401, "certificate_mismatch", "Certificate does not match",
                  "The token is bound to a client certificate "
                  "that this connection did not show." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_TOKEN_NOT_MAPPED]
          = { .problem = { 403, "token_not_mapped", "Token without a partner",
                           "The claims of the token name no client, "
                           "partner, tier or scopes that this gateway "
                           "can use." } },

          [NGX_HTTP_PARTNER_INACTIVE_TOKEN]
          = { .problem = { 401, "inactive_token", "Token not active",
                           "Its issuer says that the token does not count: "
                           "it has expired, was revoked, or never was one." },
              .error = "invalid_token" },

          [NGX_HTTP_PARTNER_INTROSPECTION_UNAVAILABLE]
          = { .problem
              = { 503, "introspection_unavailable", "Issuer unavailable",
                  "The issuer of the token cannot be asked now, try "
                  "again later." },
              .retry_after = "1" },

          [NGX_HTTP_PARTNER_UNKNOWN_TOKENS]
          = { .problem
              = { 503, "too_many_unknown_tokens", "Too many unknown tokens",
                  "Too many tokens that were never seen here come at once: "
                  "try again later." },
              .retry_after = "1" },

          [NGX_HTTP_PARTNER_KEYS_UNAVAILABLE]
          = { .problem = { 503, "issuer_keys_unavailable",
                           "Keys of the issuer unavailable",
                           "The token cannot be verified now, try again "
                           "later." },
              .retry_after = "1" },
      };


ngx_uint_t
ngx_http_partner_verdict_known(ngx_http_partner_verdict_t verdict)
{
    return ngx_http_partner_refusals[verdict].known;
}


const ngx_http_partner_problem_t *
ngx_http_partner_verdict_problem(ngx_http_partner_verdict_t verdict)
{
    return &ngx_http_partner_refusals[verdict].problem;
}


/*
 * RFC 6750, section 3; `scopes` has a length of 0 where there is nothing to say
 * of them.
 */
static ngx_int_t
ngx_http_partner_challenge(ngx_http_request_t *r, const char *error,
                           const lp_scope_set_t *scopes)
{
    u_char   *p;
    size_t    size;
    ngx_str_t value;

    size = sizeof(NGX_HTTP_PARTNER_REALM) + sizeof(", error=\"\"")
           + ngx_strlen(error) + sizeof(", scope=\"\"") + scopes->len;
    p = ngx_pnalloc(r->pool, size);

    if (p == NULL) {
        return NGX_ERROR;
    }

    value.data = p;
    p = ngx_sprintf(p, NGX_HTTP_PARTNER_REALM);

    if (error[0] != '\0') {
        p = ngx_sprintf(p, ", error=\"%s\"", error);
    }

    if (scopes->len != 0) {
        p = ngx_sprintf(p, ", scope=\"%*s\"", scopes->len, scopes->text);
    }

    value.len = p - value.data;

    return ngx_http_partner_add_header(r, "WWW-Authenticate",
                                       sizeof("WWW-Authenticate") - 1, &value);
}


/* A challenge for each alternative: any of them would do. */
static ngx_int_t
ngx_http_partner_challenges(ngx_http_request_t      *r,
                            ngx_http_partner_call_t *call, const char *error)
{
    size_t         i;
    lp_scope_set_t none = { NULL, 0 };

    if (call->lacking == NULL) {
        return ngx_http_partner_challenge(r, error, &none);
    }

    for (i = 0; i < call->lacking->n; i++) {
        if (ngx_http_partner_challenge(r, error, &call->lacking->sets[i])
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_allow(ngx_http_request_t *r, const char *methods)
{
    ngx_str_t value;

    value.data = (u_char *) methods;
    value.len = ngx_strlen(methods);

    return ngx_http_partner_add_header(r, "Allow", sizeof("Allow") - 1,
                                       &value);
}


static ngx_int_t
ngx_http_partner_refusal_headers(ngx_http_request_t      *r,
                                 ngx_http_partner_call_t *call)
{
    ngx_str_t                         value;
    const ngx_http_partner_refusal_t *refusal;

    refusal = &ngx_http_partner_refusals[call->verdict];

    if (refusal->error != NULL
        && ngx_http_partner_challenges(r, call, refusal->error) != NGX_OK) {
        return NGX_ERROR;
    }

    if (call->verdict == NGX_HTTP_PARTNER_METHOD_NOT_ALLOWED) {
        return ngx_http_partner_allow(r, call->allow);
    }

    if (call->verdict == NGX_HTTP_PARTNER_RATE_LIMITED) {
        return ngx_http_partner_limit_headers(r, call, 1);
    }

    if (refusal->retry_after == NULL) {
        return NGX_OK;
    }

    value.data = (u_char *) refusal->retry_after;
    value.len = ngx_strlen(refusal->retry_after);

    return ngx_http_partner_add_header(r, "Retry-After",
                                       sizeof("Retry-After") - 1, &value);
}


/* Which claim of a token is not as it must be: its name, never its value. */
static ngx_int_t
ngx_http_partner_name_claim(ngx_http_request_t *r, const ngx_str_t *claim,
                            ngx_http_partner_problem_t *problem)
{
    u_char *text;
    size_t  size;

    size = sizeof(NGX_HTTP_PARTNER_UNMAPPED) + claim->len;
    text = ngx_pnalloc(r->pool, size);

    if (text == NULL) {
        return NGX_ERROR;
    }

    *ngx_sprintf(text, NGX_HTTP_PARTNER_UNMAPPED, claim) = '\0';
    problem->detail = (const char *) text;

    return NGX_OK;
}


/* What this location takes, and where. */
static ngx_int_t
ngx_http_partner_name_place(ngx_http_request_t                *r,
                            const ngx_http_partner_loc_conf_t *plcf,
                            ngx_http_partner_problem_t        *problem)
{
    u_char     *text, *p;
    size_t      size;
    const char *what;

    const ngx_uint_t tokens
        = NGX_HTTP_PARTNER_AUTH_JWT | NGX_HTTP_PARTNER_AUTH_OPAQUE;

    what = !(plcf->auth & tokens)                      ? "an API key"
           : !(plcf->auth & NGX_HTTP_PARTNER_AUTH_KEY) ? "a token"
                                                       : "an API key or a "
                                                         "token";

    size = sizeof(NGX_HTTP_PARTNER_BEARER_PLACE) + ngx_strlen(what)
           + sizeof(NGX_HTTP_PARTNER_HEADER_PLACE) + plcf->place.header.len
           + sizeof(NGX_HTTP_PARTNER_QUERY_PLACE) + plcf->place.query.len;
    text = ngx_pnalloc(r->pool, size);

    if (text == NULL) {
        return NGX_ERROR;
    }

    p = ngx_sprintf(text, NGX_HTTP_PARTNER_BEARER_PLACE, what);

    if (plcf->place.header.len != 0) {
        p = ngx_sprintf(p, NGX_HTTP_PARTNER_HEADER_PLACE, &plcf->place.header);
    }

    if (plcf->place.query.len != 0) {
        p = ngx_sprintf(p, NGX_HTTP_PARTNER_QUERY_PLACE, &plcf->place.query);
    }

    *p++ = '.';
    *p = '\0';
    problem->detail = (const char *) text;

    return NGX_OK;
}


/* The detail of some verdicts depends on the location, or on the call. */
static ngx_int_t
ngx_http_partner_detail(ngx_http_request_t            *r,
                        const ngx_http_partner_call_t *call,
                        ngx_http_partner_problem_t    *problem)
{
    switch (call->verdict) {

    case NGX_HTTP_PARTNER_MISSING_CREDENTIAL:
        return ngx_http_partner_name_place(r, call->location, problem);

    case NGX_HTTP_PARTNER_TOKEN_NOT_MAPPED:
        return ngx_http_partner_name_claim(r, call->token->unmapped, problem);

    default:
        return NGX_OK;
    }
}


ngx_int_t
ngx_http_partner_send_refusal(ngx_http_request_t      *r,
                              ngx_http_partner_call_t *call)
{
    ngx_http_partner_problem_t problem;

    problem = *ngx_http_partner_verdict_problem(call->verdict);

    if (ngx_http_partner_detail(r, call, &problem) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_http_partner_send_problem(r, &problem);
}


/* Whether the configuration has a page of its own for this status. */
static ngx_uint_t
ngx_http_partner_has_page(ngx_http_request_t *r, ngx_uint_t status)
{
    ngx_uint_t                i;
    ngx_http_err_page_t      *page;
    ngx_http_core_loc_conf_t *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (r->error_page || clcf->error_pages == NULL) {
        return 0;
    }

    page = clcf->error_pages->elts;

    for (i = 0; i < clcf->error_pages->nelts; i++) {
        if ((ngx_uint_t) page[i].status == status) {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_http_partner_refuse(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    ngx_uint_t status;

    status = ngx_http_partner_verdict_problem(call->verdict)->status;

    if (!call->refused) {
        call->refused = 1;

        if (ngx_http_partner_ending_headers(r, call) != NGX_OK
            || ngx_http_partner_refusal_headers(r, call) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (ngx_http_partner_has_page(r, status)) {
        return status;
    }

    ngx_http_finalize_request(r, ngx_http_partner_send_refusal(r, call));

    return NGX_DONE;
}
