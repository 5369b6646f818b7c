/*
 * Which answers are redacted, and what is asked of the upstream for
 * it.  An auxiliary filter: it runs before the fields of the answer are written
 * and before gzip, on buffers in memory.
 *
 * It fails closed: what may hold personal data and cannot be read is refused.
 */

#include "ngx_http_partner_redact.h"
#include "../libpartner/lp_media.h"


static ngx_int_t ngx_http_partner_redact_init(ngx_conf_t *cf);


static ngx_http_module_t ngx_http_partner_redact_module_ctx = {
    NULL,                         /* preconfiguration */
    ngx_http_partner_redact_init, /* postconfiguration */
    NULL,
    NULL, /* main configuration */
    NULL,
    NULL, /* server configuration */
    NULL,
    NULL /* location configuration */
};


ngx_module_t ngx_http_partner_redact_filter_module
    = { NGX_MODULE_V1, &ngx_http_partner_redact_module_ctx,
        NULL,          NGX_HTTP_MODULE,
        NULL,          NULL,
        NULL,          NULL,
        NULL,          NULL,
        NULL,          NGX_MODULE_V1_PADDING };


static ngx_http_output_header_filter_pt ngx_http_next_header_filter;


/* What is known of an answer that is on its way. */
typedef struct {
    ngx_http_partner_call_t      *call;      /* NULL: nobody is known */
    ngx_http_partner_operation_t *operation; /* NULL: none */
    ngx_http_partner_profile_t   *profile;   /* NULL: all is seen */
    lp_media_t                    media;
    unsigned                      obscure : 1; /* marks may be for it */
} ngx_http_partner_redact_answer_t;


/* What the client asks for and the upstream does not get to see. */
static const struct {
    ngx_str_t name;
    ngx_str_t value;
} ngx_http_partner_withheld[] = {
    { ngx_string("Accept-Encoding"), ngx_string("identity") },
    { ngx_string("Range"), ngx_string("none=0") },
};


static void
ngx_http_partner_withhold(ngx_table_elt_t *h)
{
    ngx_uint_t       i;
    const ngx_str_t *name;

    for (i = 0; i < sizeof(ngx_http_partner_withheld)
                        / sizeof(ngx_http_partner_withheld[0]);
         i++) {
        name = &ngx_http_partner_withheld[i].name;

        if (h->key.len == name->len
            && ngx_strncasecmp(h->key.data, name->data, name->len) == 0) {
            h->value = ngx_http_partner_withheld[i].value;
        }
    }
}


/*
 * Before the request is proxied: the upstream is asked for the whole answer,
 * not encoded.  Values are replaced in place, since the proxy walks the list.
 * A range of an unknown unit is ignored (RFC 9110, section 14.2).
 */
void
ngx_http_partner_redact_prepare(ngx_http_request_t          *r,
                                ngx_http_partner_loc_conf_t *plcf,
                                ngx_http_partner_call_t     *call)
{
    ngx_uint_t                    i;
    ngx_list_part_t              *part;
    ngx_table_elt_t              *h;
    ngx_http_partner_operation_t *op;

    if (plcf->redact == NULL
        || (ngx_http_partner_redact_operation(r, plcf, call, &op) == NGX_OK
            && plcf->redact_marks
            && ngx_http_partner_redact_profile(plcf, call, op) == NULL)) {
        return;
    }

#if (NGX_HTTP_GZIP)
    /* what the client accepts is settled before the field is replaced */
    (void) ngx_http_gzip_ok(r);
#endif

    part = &r->headers_in.headers.part;
    h = part->elts;

    for (i = 0; /* void */; i++) {

        if (i >= part->nelts) {
            if (part->next == NULL) {
                break;
            }

            part = part->next;
            h = part->elts;
            i = 0;
        }

        ngx_http_partner_withhold(&h[i]);
    }

    /* nor does nginx itself cut a part out of what is redacted */
    r->headers_in.range = NULL;
}


/* An upstream may name one here as well, or say that none is to be added. */
static ngx_uint_t
ngx_http_partner_redact_is_ascii(const ngx_str_t *charset)
{
    return charset == NULL || charset->len == 0
           || (charset->len == 3 && ngx_strncmp(charset->data, "off", 3) == 0)
           || lp_media_is_ascii(charset->data, charset->len);
}


/*
 * What kind of body comes.  Of two types the charset of the first stays beside
 * the second, and nginx sends both; X-Accel-Charset goes before either.
 */
static lp_media_t
ngx_http_partner_redact_media(ngx_http_request_t *r)
{
    lp_media_t media;

    media = lp_media_of(r->headers_out.content_type.data,
                        r->headers_out.content_type.len);

    return media == LP_MEDIA_OTHER
                   || (ngx_http_partner_redact_is_ascii(
                           &r->headers_out.charset)
                       && ngx_http_partner_redact_is_ascii(
                           r->headers_out.override_charset))
               ? media
               : LP_MEDIA_UNCLEAR;
}


/* How a stream of documents is divided, or NULL: it is one document. */
static const lp_records_kind_t *
ngx_http_partner_redact_stream(lp_media_t media)
{
    static const lp_records_kind_t kinds[]
        = { [LP_MEDIA_LINES] = LP_RECORDS_LINES,
            [LP_MEDIA_SEQUENCE] = LP_RECORDS_SEQUENCE,
            [LP_MEDIA_EVENTS] = LP_RECORDS_EVENTS };

    return media > LP_MEDIA_JSON ? &kinds[media] : NULL;
}


/*
 * Whether the answer that passes is an upstream's: one that is not finalized
 * yet, or that nginx has kept in a cache.  The status says nothing of it, since
 * error_page may have set that.
 */
static ngx_uint_t
ngx_http_partner_is_proxied(ngx_http_request_t *r)
{
    if (r->upstream == NULL) {
        return 0;
    }

#if (NGX_HTTP_CACHE)
    if (r->cached) {
        return 1;
    }
#endif

    return r->upstream->cleanup != NULL;
}


/* What is known of a request whose answer is a problem in its place. */
static u_char ngx_http_partner_redact_problem;


ngx_uint_t
ngx_http_partner_redact_refused(ngx_http_request_t *r)
{
    return ngx_http_get_module_ctx(r, ngx_http_partner_redact_filter_module)
           == &ngx_http_partner_redact_problem;
}


/*
 * Whether nginx or the gateway made this answer itself: a redirect, an error,
 * a refusal and the page that error_page has for it.  Where a filter has made
 * an error of the answer, as If-Match may, that page may be an upstream's.
 */
static ngx_uint_t
ngx_http_partner_is_ours(ngx_http_request_t            *r,
                         const ngx_http_partner_call_t *call)
{
    if (ngx_http_partner_redact_refused(r)
        || (r->filter_finalize && !r->internal)) {
        return 1;
    }

    if (ngx_http_partner_is_proxied(r)) {
        return 0;
    }

    return r->headers_out.status >= NGX_HTTP_MOVED_PERMANENTLY
           || (call != NULL && call->verdict != NGX_HTTP_PARTNER_PASSED);
}


static ngx_uint_t
ngx_http_partner_has_no_body(ngx_http_request_t *r)
{
    if (r != r->main && r->header_only) {
        return 1; /* of auth_request or mirror: nobody sees it */
    }

    return r->headers_out.status == NGX_HTTP_NO_CONTENT
           || r->headers_out.status == NGX_HTTP_NOT_MODIFIED
           || r->headers_out.content_length_n == 0;
}


static ngx_uint_t
ngx_http_partner_is_encoded(ngx_http_request_t *r)
{
    ngx_table_elt_t *h;

    h = r->headers_out.content_encoding;

    return h != NULL && h->hash != 0 && h->value.len != 0
           && !(h->value.len == 8
                && ngx_strncasecmp(h->value.data, (u_char *) "identity", 8)
                       == 0);
}


/* A problem in the place of the answer, whose own fields go. */
static ngx_int_t
ngx_http_partner_redact_replace(ngx_http_request_t               *r,
                                const ngx_http_partner_problem_t *problem)
{
    ngx_http_clean_header(r);
    ngx_http_set_ctx(r, &ngx_http_partner_redact_problem,
                     ngx_http_partner_redact_filter_module);
    r->keepalive = 0;

    return ngx_http_partner_send_problem(r, problem);
}


/*
 * It is sent from here, not by error_page, because the upstream is not done
 * with yet; NGX_ERROR ends the connection after it.
 */
ngx_int_t
ngx_http_partner_redact_refuse(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call, const char *why)
{
    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "answer refused, it cannot be redacted: %s", why);

    if (call != NULL) {
        call->verdict = NGX_HTTP_PARTNER_NOT_REDACTABLE;
    }

    ngx_http_partner_redact_forget(r);

    if (r == r->main) {
        r->filter_finalize = 1;

        (void) ngx_http_partner_redact_replace(
            r,
            ngx_http_partner_verdict_problem(NGX_HTTP_PARTNER_NOT_REDACTABLE));
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_http_partner_redact_give_up(ngx_http_request_t *r)
{
    ngx_int_t rc;

    static const ngx_http_partner_problem_t problem
        = { 502, "upstream_unavailable", "Upstream unavailable",
            "The API behind the gateway broke off its answer." };

    if (r->upstream == NULL || ngx_http_partner_is_proxied(r)) {
        return NGX_OK;
    }

    rc = ngx_http_partner_redact_replace(r, &problem);

    return rc == NGX_ERROR || rc > NGX_OK ? NGX_ERROR : NGX_OK;
}


void
ngx_http_partner_redact_forget(ngx_http_request_t *r)
{
#if (NGX_HTTP_CACHE)
    if (r->upstream != NULL) {
        r->upstream->cacheable = 0;
    }
#else
    (void) r;
#endif
}


/*
 * What nginx would put into a cache or a store is what the upstream sent, so
 * nothing of a place that is redacted goes there, whoever calls: only answers
 * of which the contract says that they hold nothing personal and may be kept,
 * and for how long, which no store heeds.
 */
static void
ngx_http_partner_redact_keep_out(ngx_http_request_t                 *r,
                                 const ngx_http_partner_operation_t *op)
{
    if (r->upstream == NULL) {
        return;
    }

    r->upstream->store = 0;

    if (op == NULL || op->declared->cache == 0) {
        ngx_http_partner_redact_forget(r);
    }
}


/*
 * Whether the answer is to be redacted, if it can.  What nginx serves itself
 * at a path that the contract does not have is nothing that it could mark.
 */
static ngx_uint_t
ngx_http_partner_redact_concerns(ngx_http_request_t                *r,
                                 const ngx_http_partner_loc_conf_t *plcf,
                                 ngx_http_partner_redact_answer_t  *a)
{
    if (plcf->redact == NULL) {
        return 0;
    }

    a->call = ngx_http_partner_call(r);
    a->obscure
        = ngx_http_partner_redact_operation(r, plcf, a->call, &a->operation)
              != NGX_OK
          && ngx_http_partner_is_proxied(r);
    a->profile = ngx_http_partner_redact_profile(plcf, a->call, a->operation);

    if (a->profile == NULL && plcf->redact_marks && !a->obscure) {
        return 0;
    }

    ngx_http_partner_redact_keep_out(r, a->operation);

    if ((a->profile == NULL && !plcf->redact_marks)
        || ngx_http_partner_is_ours(r, a->call)) {
        return 0;
    }

    a->media = ngx_http_partner_redact_media(r);

    /* whatever length it says: what follows it is not of HTTP */

    if (r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS) {
        return 1;
    }

    return !ngx_http_partner_has_no_body(r)
           && !(a->media == LP_MEDIA_OTHER && plcf->redact_other
                && !a->obscure);
}


/* Why the answer cannot be redacted, or NULL when it can. */
static const char *
ngx_http_partner_redact_obstacle(ngx_http_request_t                     *r,
                                 const ngx_http_partner_loc_conf_t      *plcf,
                                 const ngx_http_partner_redact_answer_t *a)
{
    if (r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS) {
        return "it is a tunnel";
    }

    if (a->obscure) {
        return "its contract marks personal data, but has no operation there";
    }

    if (a->media == LP_MEDIA_UNCLEAR) {
        return "its Content-Type does not say clearly what it is";
    }

    if (a->media == LP_MEDIA_OTHER) {
        return "it is not JSON";
    }

    if (a->media != LP_MEDIA_JSON && plcf->redact_no_streams) {
        return "it is a stream";
    }

    if (ngx_http_partner_is_encoded(r)) {
        return "it is encoded";
    }

    if (r->headers_out.status == NGX_HTTP_PARTIAL_CONTENT) {
        return "it is a part";
    }

    return NULL;
}


/* The fields of what is to be sent fit what it becomes. */
static ngx_int_t
ngx_http_partner_redact_answer(ngx_http_request_t                     *r,
                               const ngx_http_partner_redact_answer_t *a)
{
    ngx_int_t rc;

    rc = ngx_http_partner_redact_begin(
        r, a->call, ngx_http_partner_marks_apply(a->profile, a->operation),
        ngx_http_partner_redact_stream(a->media));

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    r->filter_need_in_memory = 1;

    /* of a subrequest, too: who keeps its answer makes room by that length */

    ngx_http_clear_content_length(r);

    if (r == r->main) {
        ngx_http_clear_accept_ranges(r);
        ngx_http_clear_etag(r);
        r->allow_ranges = 0;
    }

    /* NGX_AGAIN: the body filter lets it go once the body has begun as JSON */

    return rc == NGX_AGAIN ? NGX_OK : ngx_http_partner_redact_go(r);
}


ngx_int_t
ngx_http_partner_redact_go(ngx_http_request_t *r)
{
    return ngx_http_next_header_filter(r);
}


static ngx_int_t
ngx_http_partner_redact_header_filter(ngx_http_request_t *r)
{
    const char                      *why;
    ngx_http_partner_loc_conf_t     *plcf;
    ngx_http_partner_redact_answer_t answer;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_partner_module);

    if (!ngx_http_partner_redact_concerns(r, plcf, &answer)) {
        return ngx_http_next_header_filter(r);
    }

    why = ngx_http_partner_redact_obstacle(r, plcf, &answer);

    return why == NULL ? ngx_http_partner_redact_answer(r, &answer)
                       : ngx_http_partner_redact_refuse(r, answer.call, why);
}


static ngx_int_t
ngx_http_partner_redact_init(ngx_conf_t *cf)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);

    if (!pmcf->used) {
        return NGX_OK;
    }

    if (pmcf->profiles.nelts != 0) {

        if (ngx_http_partner_redact_keys_check(cf, pmcf) != NGX_OK
            || ngx_http_partner_marks_compile(cf, pmcf) != NGX_OK
            || ngx_http_partner_redact_order(cf, pmcf) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_http_next_header_filter = ngx_http_top_header_filter;
        ngx_http_top_header_filter = ngx_http_partner_redact_header_filter;

        ngx_http_partner_redact_body_init();
    }

    /* in front: nginx asks what it may keep while a header waits here */

    ngx_http_partner_cached_init();

    return NGX_OK;
}
