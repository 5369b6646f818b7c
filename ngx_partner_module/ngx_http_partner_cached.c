/*
 * Answers that nginx' own cache keeps: under whose key, which, and how long.
 *
 * The ACCESS phase runs before the cache is asked, so a kept answer is served
 * to whom a fresh one would be.  Where there is a contract, it alone says what
 * is kept; an operation with personal data never is (lp_operation.h).
 */

#include "ngx_http_partner_redact.h"


static ngx_http_output_header_filter_pt ngx_http_next_header_filter;


/* 0: not kept; -1: there is no contract, and the configuration decides. */
static ngx_int_t
ngx_http_partner_keep_for(ngx_http_partner_call_t *call)
{
    if (call->operation != NULL) {
        return call->operation->declared->cache;
    }

    return (call->location->contract != NULL) ? 0 : -1;
}


/* A key that was never before, and finds nothing. */
static ngx_int_t
ngx_http_partner_no_key(ngx_http_request_t *r, ngx_str_t *text)
{
    text->data = ngx_pnalloc(r->pool, 4 * (NGX_ATOMIC_T_LEN + 1));

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len
        = ngx_sprintf(text->data, "%P-%uA-%M-%xl", ngx_pid,
                      r->connection->number, ngx_current_msec, ngx_random())
          - text->data;

    return NGX_OK;
}


/*
 * All that may make answers differ, with a sign between that none of it but
 * the last may hold.  Where a request was rewritten, its path counts beside
 * the address that the client sent.
 */
ngx_int_t
ngx_http_partner_cache_key_value(ngx_http_request_t      *r,
                                 ngx_http_partner_call_t *call,
                                 ngx_str_t               *text)
{
    size_t                      len;
    u_char                     *p;
    ngx_str_t                   partner, application, scopes, profile, path;
    ngx_partner_names_t        *names;
    ngx_partner_shared_t       *shared;
    ngx_http_partner_profile_t *redact;

    if (call != NULL) {
        call->keyed = 1;
    }

    if (call == NULL || !call->passed
        || ngx_http_partner_keep_for(call) == 0) {
        return ngx_http_partner_no_key(r, text);
    }

    shared = call->pmcf->zone->shared;
    names = &shared->names;
    partner = ngx_partner_names_get(names, call->principal.partner);
    application = ngx_partner_names_get(names, call->principal.application);
    scopes = ngx_partner_names_get(names, call->principal.scopes);

    ngx_str_null(&profile);
    ngx_str_null(&path);

    redact = ngx_http_partner_redact_profile(call->location, call,
                                             call->operation);

    if (redact != NULL) {
        profile = redact->name;
    }

    if (!r->valid_unparsed_uri) {
        path = r->uri;
    }

    len = partner.len + application.len + scopes.len + profile.len + path.len
          + r->headers_in.server.len + r->unparsed_uri.len
          + ngx_strlen(lp_tier_name(call->principal.tier)) + 7;

    p = ngx_pnalloc(r->pool, len);

    if (p == NULL) {
        return NGX_ERROR;
    }

    text->data = p;
    text->len = ngx_sprintf(p, "%V\"%V\"%s\"%V\"%V\"%V\"%V\"%V", &partner,
                            &application, lp_tier_name(call->principal.tier),
                            &scopes, &profile, &r->headers_in.server,
                            &r->unparsed_uri, &path)
                - p;

    return NGX_OK;
}


#if (NGX_HTTP_CACHE)

/*
 * Whether the cache was asked under a key that leaves the caller out, where
 * somebody was authenticated: then it may be another's answer.
 */
static ngx_uint_t
ngx_http_partner_unkeyed(ngx_http_request_t            *r,
                         const ngx_http_partner_call_t *call)
{
    ngx_http_partner_loc_conf_t *plcf;

    if (call->keyed) {
        return 0;
    }

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_partner_module);

    return plcf->auth != 0;
}


/* The proxy asks after the header has passed, so the last word is said here. */
static void
ngx_http_partner_keep(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    time_t    until;
    ngx_int_t seconds;

    seconds = ngx_http_partner_keep_for(call);

    if (seconds < 0) {
        return;
    }

    if (seconds == 0 || r->headers_out.status != NGX_HTTP_OK) {
        r->upstream->cacheable = 0;
        return;
    }

    until = ngx_time() + seconds;

    /* an upstream may have said less */

    if (r->cache->valid_sec == 0 || r->cache->valid_sec > until) {
        r->cache->valid_sec = until;
    }
}


/* What is fresh is the caller's own; what was kept is withheld. */
static ngx_int_t
ngx_http_partner_not_kept(ngx_http_request_t *r)
{
    r->upstream->cacheable = 0;

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "answer %s: its cache key is without $partner_cache_key, "
                  "so it might go to another partner",
                  r->cached ? "withheld" : "not kept");

    return r->cached ? ngx_http_filter_finalize_request(
               r, NULL, NGX_HTTP_INTERNAL_SERVER_ERROR)
                     : ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_http_partner_cached_filter(ngx_http_request_t *r)
{
    ngx_http_partner_call_t *call;

    if (r->cache == NULL || r->upstream == NULL || r->filter_finalize
        || !(r->cached || r->upstream->cacheable)) {
        return ngx_http_next_header_filter(r);
    }

    call = ngx_http_partner_call(r);

    if (call == NULL) {
        return ngx_http_next_header_filter(r);
    }

    if (ngx_http_partner_unkeyed(r, call)) {
        return ngx_http_partner_not_kept(r);
    }

    if (!r->cached) {
        ngx_http_partner_keep(r, call);
    }

    return ngx_http_next_header_filter(r);
}

#endif


void
ngx_http_partner_cached_init(void)
{
#if (NGX_HTTP_CACHE)
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_partner_cached_filter;
#endif
}
