/*
 * Errors as problem+json (RFC 9457): the gateway's own, and through the
 * `partner_problem` handler those that nginx makes.
 */

#include "ngx_http_partner_module.h"


#define NGX_HTTP_PARTNER_PROBLEM_MAX 1024


/* What nginx itself answers with; the last one stands for all others. */
static const ngx_http_partner_problem_t ngx_http_partner_problems[] = {

    { 400, "bad_request", "Bad request",
      "The request is not well-formed HTTP." },

    { 403, "forbidden", "Forbidden",
      "This address may not be called from here." },

    { 404, "not_found", "Not found", "There is nothing at this address." },

    { 405, "method_not_allowed", "Method not allowed",
      "This address does not know the method." },

    { 408, "request_timeout", "Request timeout",
      "The request did not arrive in time." },

    { 411, "length_required", "Length required",
      "The request needs a Content-Length." },

    { 413, "payload_too_large", "Payload too large",
      "The request body is larger than is accepted here." },

    { 414, "uri_too_long", "URI too long",
      "The request line is longer than is accepted here." },

    { 415, "unsupported_media_type", "Unsupported media type",
      "The content type of the request is not accepted here." },

    { 416, "range_not_satisfiable", "Range not satisfiable",
      "No part of the answer lies in the requested range." },

    { 421, "misdirected_request", "Misdirected request",
      "This connection does not serve the requested host." },

    { 429, "rate_limited", "Too many requests",
      "Slow down and try again later." },

    { 431, "headers_too_large", "Request header fields too large",
      "The header of the request is larger than is accepted here." },

    { 501, "not_implemented", "Not implemented",
      "The request uses a feature that is not known here." },

    { 502, "upstream_unavailable", "Upstream unavailable",
      "The API behind the gateway gave no valid answer." },

    { 503, "service_unavailable", "Service unavailable",
      "The service is not available now, try again later." },

    { 504, "upstream_timeout", "Upstream timeout",
      "The API behind the gateway did not answer in time." },

    { 505, "version_not_supported", "HTTP version not supported",
      "The HTTP version of the request is not supported." },

    { 507, "insufficient_storage", "Insufficient storage",
      "The request could not be stored." },

    { 500, "internal_error", "Internal error",
      "The gateway could not handle the request." },
};

/* Statuses that never leave nginx. */
static const struct {
    ngx_uint_t                 status;
    ngx_http_partner_problem_t problem;
} ngx_http_partner_inner_problems[] = {

    { NGX_HTTPS_CERT_ERROR,
      { 400, "certificate_rejected", "Client certificate rejected",
        "The client certificate of this connection is not accepted." } },

    { NGX_HTTPS_NO_CERT,
      { 400, "certificate_required", "Client certificate required",
        "This address needs a client certificate." } },

    { NGX_HTTP_TO_HTTPS,
      { 400, "https_required", "HTTPS required",
        "Plain HTTP came to a port that speaks TLS: use https." } },
};

#define NGX_HTTP_PARTNER_INNER_PROBLEMS                                       \
    (sizeof(ngx_http_partner_inner_problems)                                  \
     / sizeof(ngx_http_partner_inner_problems[0]))

#define NGX_HTTP_PARTNER_PROBLEMS                                             \
    (sizeof(ngx_http_partner_problems) / sizeof(ngx_http_partner_problems[0]))


static ngx_str_t *
ngx_http_partner_request_id(ngx_http_request_t *r, ngx_str_t *id)
{
    ngx_http_variable_value_t    *v;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_get_module_main_conf(r, ngx_http_partner_module);
    v = ngx_http_get_indexed_variable(r, pmcf->request_id);

    if (v == NULL || v->not_found) {
        ngx_str_null(id);
        return id;
    }

    id->len = v->len;
    id->data = v->data;

    return id;
}


static ngx_buf_t *
ngx_http_partner_problem_body(ngx_http_request_t               *r,
                              const ngx_http_partner_problem_t *problem)
{
    ngx_buf_t *b;
    ngx_str_t  id;

    b = ngx_create_temp_buf(r->pool, NGX_HTTP_PARTNER_PROBLEM_MAX);

    if (b == NULL) {
        return NULL;
    }

    b->last = ngx_slprintf(
        b->last, b->end,
        "{\"type\":\"urn:partner:problem:%s\",\"title\":\"%s\","
        "\"status\":%ui,\"code\":\"%s\",\"detail\":\"%s\","
        "\"requestId\":\"%V\"}" CRLF,
        problem->code, problem->title, problem->status, problem->code,
        problem->detail, ngx_http_partner_request_id(r, &id));

    b->last_buf = (r == r->main) ? 1 : 0;
    b->last_in_chain = 1;

    return b;
}


ngx_int_t
ngx_http_partner_send_problem(ngx_http_request_t               *r,
                              const ngx_http_partner_problem_t *problem)
{
    ngx_int_t        rc;
    ngx_buf_t       *b;
    ngx_chain_t      out;
    static ngx_str_t no_store = ngx_string("no-store");

    r->expect_tested = 1; /* nobody wants the body: no 100 (Continue) */

    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    b = ngx_http_partner_problem_body(r, problem);

    if (b == NULL
        || ngx_http_partner_add_header(r, "Cache-Control",
                                       sizeof("Cache-Control") - 1, &no_store)
               != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->err_status = problem->status; /* over what error_page has set */
    r->headers_out.status = problem->status;
    r->headers_out.content_length_n = b->last - b->pos;
    ngx_str_set(&r->headers_out.content_type, "application/problem+json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/*
 * nginx itself refuses a request with two fields Authorization, as it does
 * others that must be there once, and says only in its log which it was.
 */
static ngx_uint_t
ngx_http_partner_problem_ambiguous(ngx_http_request_t *r)
{
    ngx_uint_t             i, n;
    const ngx_list_part_t *part;
    const ngx_table_elt_t *h;

    static const ngx_str_t wanted = ngx_string("authorization");

    n = 0;

    for (part = &r->headers_in.headers.part; part != NULL; part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            n += h[i].key.len == wanted.len
                 && ngx_strncasecmp(h[i].key.data, wanted.data, wanted.len)
                        == 0;
        }
    }

    return n > 1;
}


/* What is said of a status that nginx gave the request. */
static ngx_http_partner_problem_t
ngx_http_partner_problem_of(ngx_uint_t status)
{
    ngx_uint_t                 i;
    ngx_http_partner_problem_t problem;

    for (i = 0; i < NGX_HTTP_PARTNER_INNER_PROBLEMS; i++) {
        if (ngx_http_partner_inner_problems[i].status == status) {
            return ngx_http_partner_inner_problems[i].problem;
        }
    }

    for (i = 0; i < NGX_HTTP_PARTNER_PROBLEMS - 1; i++) {
        if (ngx_http_partner_problems[i].status == status) {
            break;
        }
    }

    problem = ngx_http_partner_problems[i];

    if (problem.status != status && status >= 400 && status < 500) {
        problem.code = "bad_request";
        problem.title = "Bad request";
        problem.detail = "The request was not accepted.";
    }

    /* nginx' own 49x never leave it */

    problem.status
        = (status < 490 || status > 499) ? status : NGX_HTTP_BAD_REQUEST;

    return problem;
}


/* The content handler behind error_page. */
ngx_int_t
ngx_http_partner_problem_handler(ngx_http_request_t *r)
{
    ngx_uint_t                 status;
    ngx_http_partner_call_t   *call;
    ngx_http_partner_problem_t problem;

    call = ngx_http_partner_call(r);

    if (call != NULL && call->verdict != NGX_HTTP_PARTNER_PASSED) {
        return ngx_http_partner_send_refusal(r, call);
    }

    status = r->err_status ? r->err_status : NGX_HTTP_NOT_FOUND;

#if (NGX_HTTP_SSL)

    if (status == NGX_HTTP_BAD_REQUEST && r->http_connection->ssl
        && r->connection->ssl == NULL) {

        /* error_page makes 400 of it, unless it is told another */
        status = NGX_HTTP_TO_HTTPS;
    }

#endif

    problem = ngx_http_partner_problem_of(status);

    if (status == NGX_HTTP_BAD_REQUEST
        && ngx_http_partner_problem_ambiguous(r)) {
        problem = *ngx_http_partner_verdict_problem(
            NGX_HTTP_PARTNER_AMBIGUOUS_CREDENTIAL);
    }

    return ngx_http_partner_send_problem(r, &problem);
}
