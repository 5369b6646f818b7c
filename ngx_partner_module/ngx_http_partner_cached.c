/*
 * Answers that nginx' own cache keeps: under whose key, which, and how long.
 *
 * The ACCESS phase runs before the cache is asked, so a kept answer is served
 * to whom a fresh one would be.  Where there is a contract, it alone says what
 * is kept; an operation with personal data never is (lp_operation.h).
 */

#include "ngx_http_partner_redact.h"


#define NGX_HTTP_PARTNER_UNKEYED                                              \
    "its cache key is without $partner_cache_key, so it might go to another " \
    "partner"


static ngx_http_output_header_filter_pt ngx_http_next_header_filter;


/*
 * 0: not kept; -1: there is no contract, and the configuration decides.  Where
 * no stage has run, in a subrequest or where nobody is authenticated, it is
 * for the address that is asked there.
 */
static ngx_int_t
ngx_http_partner_keep_for(ngx_http_request_t            *r,
                          const ngx_http_partner_call_t *call)
{
    const char                   *allow;
    ngx_http_partner_loc_conf_t  *plcf;
    ngx_http_partner_operation_t *op;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_partner_module);
    op = call->operation;

    if (plcf->contract != NULL && (r != r->main || plcf != call->location)) {
        (void) ngx_http_partner_operation_find(r, plcf->contract, &op, &allow);
    }

    if (op != NULL) {
        return op->declared->cache;
    }

    return (plcf->contract != NULL) ? 0 : -1;
}


/* A key that was never before, and finds nothing; always of one length. */
static ngx_int_t
ngx_http_partner_no_key(ngx_http_request_t *r, ngx_str_t *text)
{
    text->data = ngx_pnalloc(r->pool, 4 * (NGX_ATOMIC_T_LEN + 1));

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len
        = ngx_sprintf(text->data, "%08xD-%016xL-%016xL-%08xD",
                      (uint32_t) ngx_pid, (uint64_t) r->connection->number,
                      (uint64_t) ngx_current_msec, (uint32_t) ngx_random())
          - text->data;

    return NGX_OK;
}


/*
 * Who calls, with a sign behind each part that none of them may hold; there is
 * room behind it.
 */
static ngx_int_t
ngx_http_partner_cache_caller(ngx_http_request_t            *r,
                              const ngx_http_partner_call_t *call, size_t room,
                              ngx_str_t *text)
{
    ngx_str_t            partner, application, scopes;
    const char          *tier;
    ngx_partner_names_t *names;

    names = &call->pmcf->zone->shared->names;
    partner = ngx_partner_names_get(names, call->principal.partner);
    application = ngx_partner_names_get(names, call->principal.application);
    scopes = ngx_partner_names_get(names, call->principal.scopes);
    tier = lp_tier_name(call->principal.tier);

    text->data
        = ngx_pnalloc(r->pool, partner.len + application.len + scopes.len
                                   + ngx_strlen(tier) + 4 + room);

    if (text->data == NULL) {
        return NGX_ERROR;
    }

    text->len = ngx_sprintf(text->data, "%V\"%V\"%s\"%V\"", &partner,
                            &application, tier, &scopes)
                - text->data;

    return NGX_OK;
}


/*
 * All that may make answers differ.  Where a request was led elsewhere, where
 * to counts beside the address that the client sent; as that and the host may
 * hold any sign, lengths divide them.
 */
ngx_int_t
ngx_http_partner_cache_key_value(ngx_http_request_t      *r,
                                 ngx_http_partner_call_t *call,
                                 ngx_str_t               *text)
{
    size_t                      room;
    ngx_str_t                   profile, path, args, *host;
    ngx_http_partner_profile_t *redact;

    if (call == NULL || !call->passed
        || ngx_http_partner_keep_for(r, call) == 0) {
        return ngx_http_partner_no_key(r, text);
    }

    ngx_str_null(&profile);
    ngx_str_null(&path);
    ngx_str_null(&args);
    host = &r->headers_in.server;

    redact = ngx_http_partner_redact_profile(call->location, call,
                                             call->operation);

    if (redact != NULL) {
        profile = redact->name;
    }

    if (!r->valid_unparsed_uri) {
        path = r->uri;
        args = r->args;
    }

    room = profile.len + host->len + r->unparsed_uri.len + path.len + args.len
           + 3 * (NGX_SIZE_T_LEN + 1) + 1;

    if (ngx_http_partner_cache_caller(r, call, room, text) != NGX_OK) {
        return NGX_ERROR;
    }

    text->len
        = ngx_sprintf(text->data + text->len, "%V\"%uz\"%uz\"%uz\"%V%V%V%V",
                      &profile, host->len, r->unparsed_uri.len, path.len, host,
                      &r->unparsed_uri, &path, &args)
          - text->data;

    return NGX_OK;
}


#if (NGX_HTTP_CACHE)

/*
 * Whether the cache was asked under a key that leaves the caller out, where
 * somebody was authenticated: then it may be another's answer.  The key itself
 * tells: a call may be led past many caches, and its parts ask others still.
 */
static ngx_uint_t
ngx_http_partner_unkeyed(ngx_http_request_t            *r,
                         const ngx_http_partner_call_t *call)
{
    ngx_str_t                   *key, caller;
    ngx_uint_t                   i;
    ngx_http_partner_loc_conf_t *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_partner_module);

    if (!plcf->auth) {
        return 0;
    }

    if (ngx_http_partner_cache_caller(r, call, 0, &caller) != NGX_OK) {
        return 1;
    }

    key = r->cache->keys.elts;

    for (i = 0; i < r->cache->keys.nelts; i++) {
        if (memmem(key[i].data, key[i].len, caller.data, caller.len) != NULL) {
            return 0;
        }
    }

    return 1;
}


/* The proxy asks after the header has passed, so the last word is said here. */
static ngx_int_t
ngx_http_partner_keep(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    time_t    until;
    ngx_int_t seconds;

    seconds = ngx_http_partner_keep_for(r, call);

    if (seconds == 0
        || (seconds > 0 && r->headers_out.status != NGX_HTTP_OK)) {
        r->upstream->cacheable = 0;

    } else if (ngx_http_partner_unkeyed(r, call)) {
        r->upstream->cacheable = 0;
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "answer not kept: " NGX_HTTP_PARTNER_UNKEYED);

    } else if (seconds > 0) {
        until = ngx_time() + seconds;

        /* an upstream may have said less */

        if (r->cache->valid_sec == 0 || r->cache->valid_sec > until) {
            r->cache->valid_sec = until;
        }
    }

    return ngx_http_next_header_filter(r);
}


/*
 * What was kept and is not the caller's.  The page in its place passes here as
 * an answer that is of no cache, unless it comes from one itself.
 */
static ngx_int_t
ngx_http_partner_withhold(ngx_http_request_t *r)
{
    r->cached = 0;
    r->upstream->cacheable = 0;

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "answer withheld: " NGX_HTTP_PARTNER_UNKEYED);

    return ngx_http_filter_finalize_request(r, NULL,
                                            NGX_HTTP_INTERNAL_SERVER_ERROR);
}


/* Whatever else has become of the request: each cache that it asks counts. */
static ngx_int_t
ngx_http_partner_cached_filter(ngx_http_request_t *r)
{
    ngx_http_partner_call_t *call;

    if (r->cache == NULL || r->upstream == NULL
        || !(r->cached || r->upstream->cacheable)) {
        return ngx_http_next_header_filter(r);
    }

    call = ngx_http_partner_call(r);

    if (call == NULL) {
        return ngx_http_next_header_filter(r);
    }

    if (!r->cached) {
        return ngx_http_partner_keep(r, call);
    }

    return ngx_http_partner_unkeyed(r, call) ? ngx_http_partner_withhold(r)
                                             : ngx_http_next_header_filter(r);
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
