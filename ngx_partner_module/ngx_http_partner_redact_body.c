/*
 * Redacts a JSON body while it streams, in constant memory.
 *
 * It fails closed: a body that turns out not to be JSON is 502 before its first
 * byte was sent, for which the header waits, and ends the connection behind it.
 */

#include "ngx_http_partner_redact.h"
#include "ngx_partner_blocks.h"


/* So many buffers may wait for the client; then the upstream has to. */
#define NGX_HTTP_PARTNER_REDACT_BUFFERS 4

/* A bit of r->buffered that no filter of nginx takes on JSON. */
#define NGX_HTTP_PARTNER_REDACT_BUFFERED 0x08


typedef struct {
    ngx_http_request_t      *request;
    ngx_http_partner_call_t *call; /* NULL: the caller is not known here */
    ngx_chain_t             *in;   /* what waits for the client */
    ngx_chain_t             *out;
    ngx_chain_t            **last_out;
    ngx_buf_t               *buf; /* the last of `out`, being filled */
    ngx_chain_t             *free;
    ngx_chain_t             *busy;
    uint64_t                 counted[LP_REDACT_CLASSES]; /* in the call */
    unsigned                 stream : 1;
    unsigned                 held : 1; /* the header waits for the body */
    unsigned                 done : 1;
    unsigned                 loose : 1; /* sent on, not flushed since */
    lp_records_t             records;   /* of a stream of documents */
    lp_redact_t              redact;    /* 18 KB, mostly not cleared: last */
} ngx_http_partner_redact_ctx_t;


static ngx_http_output_body_filter_pt ngx_http_next_body_filter;


static ngx_int_t
ngx_http_partner_redact_buffer(ngx_http_partner_redact_ctx_t *ctx)
{
    ngx_buf_t   *b;
    ngx_chain_t *cl;

    cl = ngx_chain_get_free_buf(ctx->request->pool, &ctx->free);

    if (cl == NULL) {
        return NGX_ERROR;
    }

    b = cl->buf;

    b->start = ngx_partner_block_take(ctx->request->connection->log);

    if (b->start == NULL) {
        return NGX_ERROR;
    }

    b->end = b->start + NGX_PARTNER_BLOCK;
    b->pos = b->start;
    b->last = b->start;
    b->tag = (ngx_buf_tag_t) &ngx_http_partner_redact_filter_module;
    b->temporary = 1;
    b->memory = 0;
    b->recycled = 1; /* fills no packet first, though TLS and gzip may wait */
    b->flush = 0;
    b->sync = 0;
    b->last_buf = 0;
    b->last_in_chain = 0;

    cl->next = NULL;
    *ctx->last_out = cl;
    ctx->last_out = &cl->next;
    ctx->buf = b;
    ctx->loose = 1;

    return NGX_OK;
}


/*
 * What does not fit into the buffer that is being filled, if there is one.
 * Apart from what follows, which is called for each value that is replaced.
 */
static __attribute__((noinline)) int
ngx_http_partner_redact_spill(ngx_http_partner_redact_ctx_t *ctx,
                              const uint8_t *bytes, size_t len)
{
    size_t n;

    while (len > 0) {

        if ((ctx->buf == NULL || ctx->buf->last == ctx->buf->end)
            && ngx_http_partner_redact_buffer(ctx) != NGX_OK) {
            return NGX_ABORT; /* NGX_ERROR would read as LP_INVALID */
        }

        n = ngx_min(len, (size_t) (ctx->buf->end - ctx->buf->last));
        ctx->buf->last = ngx_cpymem(ctx->buf->last, bytes, n);
        bytes += n;
        len -= n;
    }

    return NGX_OK;
}


/* lp_redact_emit_pt: copied, so that the upstream's buffer is free at once. */
static int
ngx_http_partner_redact_emit(void *data, const uint8_t *bytes, size_t len,
                             int literal)
{
    ngx_buf_t                     *b;
    ngx_http_partner_redact_ctx_t *ctx = data;

    (void) literal;

    b = ctx->buf;

    if (b == NULL || len > (size_t) (b->end - b->last)) {
        return ngx_http_partner_redact_spill(ctx, bytes, len);
    }

    b->last = ngx_cpymem(b->last, bytes, len);

    return NGX_OK;
}


/*
 * Flags of which nothing was made: they travel in a buffer that is not used
 * again, because an empty one may still wait below when it looks free.
 */
static ngx_buf_t *
ngx_http_partner_redact_special(ngx_http_partner_redact_ctx_t *ctx)
{
    ngx_buf_t   *b;
    ngx_chain_t *cl;

    b = ngx_calloc_buf(ctx->request->pool);
    cl = ngx_alloc_chain_link(ctx->request->pool);

    if (b == NULL || cl == NULL) {
        return NULL;
    }

    cl->buf = b;
    cl->next = NULL;
    *ctx->last_out = cl;
    ctx->last_out = &cl->next;

    return b;
}


/* The flags of an input buffer pass on with the last byte made of it. */
static ngx_int_t
ngx_http_partner_redact_mark(ngx_http_partner_redact_ctx_t *ctx,
                             const ngx_buf_t               *in)
{
    ngx_buf_t *b;

    if (!in->flush && !in->last_buf && !in->last_in_chain) {
        return NGX_OK;
    }

    if (ctx->held && ctx->out == NULL && !in->last_buf) {
        return NGX_OK; /* there is nothing to flush, not even the header */
    }

    if (!ctx->loose && !in->last_buf && !in->last_in_chain) {
        return NGX_OK; /* nor anything since the last time */
    }

    b = ctx->buf;
    ctx->buf = NULL;

    if (b == NULL) {
        b = ngx_http_partner_redact_special(ctx);

        if (b == NULL) {
            return NGX_ERROR;
        }

        b->sync = !in->last_buf && !in->flush;
    }

    b->flush = in->flush;
    b->last_buf = in->last_buf;
    b->last_in_chain = in->last_in_chain;
    ctx->loose = !in->flush;

    return NGX_OK;
}


static int
ngx_http_partner_redact_feed(ngx_http_partner_redact_ctx_t *ctx,
                             const ngx_buf_t               *in)
{
    size_t len = in->last - in->pos;

    return ctx->stream ? lp_records_feed(&ctx->records, in->pos, len,
                                         ngx_http_partner_redact_emit, ctx)
                       : lp_redact_feed(&ctx->redact, in->pos, len,
                                        ngx_http_partner_redact_emit, ctx);
}


static int
ngx_http_partner_redact_finish(ngx_http_partner_redact_ctx_t *ctx)
{
    return ctx->stream ? lp_records_finish(&ctx->records,
                                           ngx_http_partner_redact_emit, ctx)
                       : lp_redact_finish(&ctx->redact,
                                          ngx_http_partner_redact_emit, ctx);
}


static int
ngx_http_partner_redact_take(ngx_http_partner_redact_ctx_t *ctx, ngx_buf_t *in)
{
    int        rc;
    ngx_uint_t last;

    last = (ctx->request == ctx->request->main) ? in->last_buf
                                                : in->last_in_chain;

    rc = ngx_http_partner_redact_feed(ctx, in);
    in->pos = in->last;

    if (rc == LP_OK && last) {
        ctx->done = 1;
        rc = ngx_http_partner_redact_finish(ctx);
    }

    return rc;
}


/*
 * The blocks of buffers that nobody reads any more; specials stand among them
 * and have none.
 */
static void
ngx_http_partner_redact_return(const ngx_chain_t *cl)
{
    for (/* void */; cl != NULL; cl = cl->next) {
        if (cl->buf->start != NULL) {
            ngx_partner_block_give(cl->buf->start);
            cl->buf->start = NULL;
        }
    }
}


/* With the request, whatever waits for the client. */
static void
ngx_http_partner_redact_cleanup(void *data)
{
    ngx_http_partner_redact_ctx_t *ctx = data;

    ngx_http_partner_redact_return(ctx->busy);
    ngx_http_partner_redact_return(ctx->out);
}


/*
 * How much the proxy hands on at a time: as much as it may at most, since that
 * is copied and its buffers are free at once, or nothing before a slow client
 * has taken what was made of it; then the proxy calls as soon as it can.  Where
 * a filter below keeps some by its own choice nobody would wake the proxy.
 * One buffer is left out, as proxy_busy_buffers_size has to: of those that are
 * handed on when the client goes away the proxy reads into none again, and
 * without any it would look for one for ever.
 */
static void
ngx_http_partner_redact_pace(const ngx_http_partner_redact_ctx_t *ctx)
{
    ngx_event_pipe_t *p;

    if (ctx->request->upstream == NULL
        || ctx->request->upstream->pipe == NULL) {
        return;
    }

    p = ctx->request->upstream->pipe;
    p->busy_size = ((ctx->busy != NULL || ctx->in != NULL)
                    && ctx->request->connection->buffered)
                       ? 0
                       : (ssize_t) ((p->bufs.num - 1) * p->bufs.size);
}


/* Filters below may call the chain again from within: nothing is left in it. */
static ngx_int_t
ngx_http_partner_redact_pass(ngx_http_partner_redact_ctx_t *ctx)
{
    ngx_int_t           rc;
    ngx_chain_t        *out;
    ngx_http_request_t *r;

    r = ctx->request;
    out = ctx->out;

    ctx->out = NULL;
    ctx->last_out = &ctx->out;
    ctx->buf = NULL;

    rc = ngx_http_next_body_filter(r, out);

    ngx_chain_update_chains(
        r->pool, &ctx->free, &ctx->busy, &out,
        (ngx_buf_tag_t) &ngx_http_partner_redact_filter_module);
    ngx_http_partner_redact_return(ctx->free);
    ngx_http_partner_redact_pace(ctx);

    return rc;
}


static ngx_uint_t
ngx_http_partner_redact_full(const ngx_http_partner_redact_ctx_t *ctx)
{
    ngx_uint_t         n;
    const ngx_chain_t *cl;

    n = 0;

    for (cl = ctx->busy; cl != NULL; cl = cl->next) {
        n++;
    }

    for (cl = ctx->out; cl != NULL; cl = cl->next) {
        n++;
    }

    return n >= NGX_HTTP_PARTNER_REDACT_BUFFERS;
}


/*
 * A text that is none: nothing of it was sent, or what was sent so far ends in
 * mid-air, so that the connection has to end too.
 */
static ngx_int_t
ngx_http_partner_redact_fail(ngx_http_partner_redact_ctx_t *ctx)
{
    u_char              why[NGX_MAX_ERROR_STR / 4];
    ngx_http_request_t *r = ctx->request;

    (void) ngx_snprintf(why, sizeof(why), "%s, at byte %uL%Z",
                        lp_redact_reason(ctx->redact.reason),
                        ctx->redact.offset);

    if (ctx->held) {
        return ngx_http_partner_redact_refuse(r, ctx->call, (char *) why);
    }

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "answer cut, it cannot be redacted: %s", why);

    ngx_http_partner_redact_count(r, ctx->call, &ctx->redact, ctx->counted);
    ngx_http_partner_redact_forget(r);

    if (ctx->call != NULL) {
        ctx->call->verdict = NGX_HTTP_PARTNER_NOT_REDACTABLE;
    }

    r->connection->error = 1;

    return NGX_ERROR;
}


/* Redacts what waits, as long as there is room. */
static ngx_int_t
ngx_http_partner_redact_work(ngx_http_partner_redact_ctx_t *ctx)
{
    int          rc;
    ngx_chain_t *cl;

    while (ctx->in != NULL && !ngx_http_partner_redact_full(ctx)) {
        cl = ctx->in;

        if (!ctx->done) {
            rc = ngx_http_partner_redact_take(ctx, cl->buf);

            if (rc == LP_INVALID) {
                return ngx_http_partner_redact_fail(ctx);
            }

            if (rc != LP_OK) {
                return NGX_ERROR;
            }
        }

        if (ngx_http_partner_redact_mark(ctx, cl->buf) != NGX_OK) {
            return NGX_ERROR;
        }

        ctx->in = cl->next;
        ngx_free_chain(ctx->request->pool, cl);
    }

    ngx_http_partner_redact_count(ctx->request, ctx->call, &ctx->redact,
                                  ctx->counted);

    return NGX_OK;
}


/*
 * A filter below may pass on that these buffers need not be recycled, as SSI
 * does where ssi_ignore_recycled_buffers is on: then they wait there until
 * postpone_output has come, which it never does while we wait for them.  What
 * only copies, as TLS and gzip do, would not need this.
 */
static void
ngx_http_partner_redact_flush(ngx_http_partner_redact_ctx_t *ctx)
{
    ngx_chain_t *cl;

    if (ctx->out == NULL || !ngx_http_partner_redact_full(ctx)) {
        return;
    }

    for (cl = ctx->out; cl->next != NULL; cl = cl->next) {
        /* void */
    }

    cl->buf->flush = 1;
    ctx->loose = 0;
}


ngx_int_t
ngx_http_partner_redact_begin(ngx_http_request_t        *r,
                              ngx_http_partner_call_t   *call,
                              const lp_redact_profile_t *profile,
                              const lp_records_kind_t   *stream)
{
    ngx_pool_cleanup_t            *cln;
    ngx_http_partner_redact_ctx_t *ctx;

    ctx = ngx_palloc(r->pool, sizeof(ngx_http_partner_redact_ctx_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (ctx == NULL || cln == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(ctx, offsetof(ngx_http_partner_redact_ctx_t, redact));
    cln->handler = ngx_http_partner_redact_cleanup;
    cln->data = ctx;
    ctx->request = r;
    ctx->call = call;
    ctx->last_out = &ctx->out;
    lp_redact_init(&ctx->redact, profile);

    if (stream != NULL) {
        ctx->stream = 1;
        lp_records_init(&ctx->records, &ctx->redact, *stream);
    }

    if (lp_redact_profile_needs_keys(profile)) {
        lp_redact_use_keys(&ctx->redact,
                           ngx_http_partner_redact_keys(r, call));
    }

    ngx_http_set_ctx(r, ctx, ngx_http_partner_redact_filter_module);

    /* HEAD has no body to wait for, and a stream may be silent for long */
    ctx->held = (r == r->main && stream == NULL && r->method != NGX_HTTP_HEAD);

    return ctx->held ? NGX_AGAIN : NGX_OK;
}


/* Lets the header go before the first bytes; NGX_DECLINED: there are none. */
static ngx_int_t
ngx_http_partner_redact_release(ngx_http_partner_redact_ctx_t *ctx)
{
    ngx_int_t rc;

    if (!ctx->held) {
        return NGX_OK;
    }

    if (ctx->out == NULL) {
        return ngx_http_partner_redact_give_up(ctx->request) == NGX_OK
                   ? NGX_DECLINED
                   : NGX_ERROR;
    }

    ctx->held = 0;
    rc = ngx_http_partner_redact_go(ctx->request);

    return rc == NGX_ERROR || rc > NGX_OK ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_http_partner_redact_body_filter(ngx_http_request_t *r, ngx_chain_t *in)
{
    ngx_int_t                      rc;
    ngx_http_partner_redact_ctx_t *ctx;

    ctx = ngx_http_get_module_ctx(r, ngx_http_partner_redact_filter_module);

    if (ctx == NULL || ngx_http_partner_redact_refused(r) || r->header_only) {
        return ngx_http_next_body_filter(r, in);
    }

    if (ngx_chain_add_copy(r->pool, &ctx->in, in) != NGX_OK) {
        return NGX_ERROR;
    }

    for (;;) {

        if (ngx_http_partner_redact_work(ctx) != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_http_partner_redact_flush(ctx);
        rc = ngx_http_partner_redact_release(ctx);

        if (rc != NGX_OK) {
            return rc == NGX_DECLINED ? NGX_OK : NGX_ERROR;
        }

        rc = ngx_http_partner_redact_pass(ctx);

        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        if (ctx->in == NULL || ngx_http_partner_redact_full(ctx)) {
            break;
        }
    }

    if (ctx->in == NULL) {
        r->buffered &= ~NGX_HTTP_PARTNER_REDACT_BUFFERED;
        return rc;
    }

    r->buffered |= NGX_HTTP_PARTNER_REDACT_BUFFERED;

    return NGX_AGAIN;
}


void
ngx_http_partner_redact_body_init(void)
{
    ngx_http_next_body_filter = ngx_http_top_body_filter;
    ngx_http_top_body_filter = ngx_http_partner_redact_body_filter;
}
