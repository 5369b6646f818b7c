/*
 * A request without a client: a main request on a connection that has no
 * socket, and one subrequest in memory that does the work.  Nothing is ever
 * read from or written to that connection.
 */

#include "ngx_http_partner_fetch.h"


typedef struct {
    ngx_http_partner_fetch_t   fetch;
    ngx_connection_t           connection;
    ngx_event_t                read;
    ngx_event_t                write;
    ngx_event_t                step; /* to begin, then to finish */
    ngx_log_t                  log;
    ngx_http_log_ctx_t         log_ctx;
    ngx_http_connection_t      hc;
    struct sockaddr_in         address;
    ngx_http_request_t        *request;
    ngx_http_post_subrequest_t post;
    ngx_http_request_body_t    body;
    ngx_buf_t                  buf;
    ngx_chain_t                chain;
    ngx_msec_t                 begun;
    ngx_uint_t                 status;
    ngx_str_t                  answer;
} ngx_http_partner_fetching_t;


static ngx_str_t ngx_http_partner_fetch_post = ngx_string("POST");


static void
ngx_http_partner_fetch_ignore(ngx_event_t *event)
{
    (void) event;
}


static void
ngx_http_partner_fetch_forget(ngx_event_t *event)
{
    if (event->posted) {
        ngx_delete_posted_event(event);
    }

    if (event->timer_set) {
        ngx_del_timer(event);
    }
}


static ngx_http_partner_fetching_t *
ngx_http_partner_fetch_of(ngx_connection_t *c)
{
    return (
        ngx_http_partner_fetching_t *) ((u_char *) c
                                        - offsetof(ngx_http_partner_fetching_t,
                                                   connection));
}


static void
ngx_http_partner_fetch_destroy(ngx_http_partner_fetching_t *f)
{
    ngx_pool_t         *pool;
    ngx_http_cleanup_t *cln;

    for (cln = f->request->cleanup; cln != NULL; cln = cln->next) {
        if (cln->handler != NULL) {
            cln->handler(cln->data);
        }
    }

    ngx_http_partner_fetch_forget(&f->read);
    ngx_http_partner_fetch_forget(&f->write);
    ngx_http_partner_fetch_forget(&f->step);

    pool = f->request->pool;
    pool->log = ngx_cycle->log;
    ngx_destroy_pool(pool);
}


static void
ngx_http_partner_fetch_finish(ngx_event_t *event)
{
    ngx_http_partner_fetching_t *f;

    f = event->data;
    f->fetch.done(f->fetch.data, f->begun, f->status, &f->answer);

    ngx_http_partner_fetch_destroy(f);
}


static void
ngx_http_partner_fetch_begin(ngx_event_t *event)
{
    ngx_http_partner_fetching_t *f;

    f = event->data;
    ngx_http_run_posted_requests(&f->connection);
}


/*
 * The main request runs again once its subrequest has ended.  Its memory is
 * still looked at on the way back from here, so it goes a step later.
 */
static void
ngx_http_partner_fetch_end(ngx_http_request_t *r)
{
    ngx_http_partner_fetching_t *f;

    f = ngx_http_partner_fetch_of(r->connection);

    r->connection->destroyed = 1;

    f->step.handler = ngx_http_partner_fetch_finish;
    ngx_post_event(&f->step, &ngx_posted_events);
}


/*
 * An error is ours alone: whatever it was, the subrequest ends well, so that
 * nginx does not end the connection it never had.
 */
static ngx_int_t
ngx_http_partner_fetch_answered(ngx_http_request_t *sr, void *data,
                                ngx_int_t rc)
{
    ngx_http_partner_fetching_t *f;

    f = data;
    sr->connection->error = 0;

    if (rc == NGX_OK && sr->headers_out.status != 0) {
        f->status = sr->headers_out.status;

    } else if (f->status == 0 && rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        f->status = (ngx_uint_t) rc;
    }

    if (sr->out != NULL && sr->out->buf != NULL) {
        f->answer.data = sr->out->buf->pos;
        f->answer.len = sr->out->buf->last - sr->out->buf->pos;
    }

    return NGX_OK;
}


static void
ngx_http_partner_fetch_connection(ngx_http_partner_fetching_t *f,
                                  ngx_pool_t                  *pool)
{
    ngx_connection_t *c;

    c = &f->connection;

    f->log = *ngx_cycle->log;
    f->log.handler = NULL;

    /* nginx prints at debug level what it sends, and that holds secrets */
    f->log.log_level = ngx_min(f->log.log_level, NGX_LOG_INFO);
    f->log.data = &f->log_ctx;
    f->log_ctx.connection = c;

    /* for variables that print an address */
    f->address.sin_family = AF_INET;
    f->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    f->hc.conf_ctx = f->fetch.server;

    c->fd = (ngx_socket_t) -1;
    c->pool = pool;
    c->log = &f->log;
    c->read = &f->read;
    c->write = &f->write;
    c->sockaddr = (struct sockaddr *) &f->address;
    c->socklen = sizeof(f->address);
    c->local_sockaddr = c->sockaddr;
    c->local_socklen = c->socklen;
    ngx_str_set(&c->addr_text, "127.0.0.1");

    /* so nothing is ever registered with the kernel */

    f->read.data = f->write.data = c;
    f->read.log = f->write.log = &f->log;
    f->read.handler = f->write.handler = ngx_http_partner_fetch_ignore;
    f->read.ready = f->write.ready = 1;
    f->read.active = f->write.active = 1;
    f->write.write = 1;

    f->step.data = f;
    f->step.log = &f->log;
}


static ngx_int_t
ngx_http_partner_fetch_field(ngx_http_request_t *r, const char *name,
                             ngx_str_t value)
{
    ngx_table_elt_t *h;

    h = ngx_list_push(&r->headers_in.headers);

    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = value;
    h->lowcase_key = (u_char *) name; /* given so */

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_fetch_fields(ngx_http_request_t             *r,
                              const ngx_http_partner_fetch_t *fetch)
{
    static ngx_str_t json = ngx_string("application/json");
    static ngx_str_t form = ngx_string("application/x-www-form-urlencoded");

    r->headers_in.content_length_n
        = fetch->form.len > 0 ? (off_t) fetch->form.len : -1;
    r->headers_in.keep_alive_n = -1;

    if (ngx_list_init(&r->headers_in.headers, r->pool, 4,
                      sizeof(ngx_table_elt_t))
            != NGX_OK
        || ngx_http_partner_fetch_field(r, "accept", json) != NGX_OK
        || (fetch->form.len > 0
            && ngx_http_partner_fetch_field(r, "content-type", form)
                   != NGX_OK)) {
        return NGX_ERROR;
    }

    return (fetch->authorization.len > 0) ? ngx_http_partner_fetch_field(
               r, "authorization", fetch->authorization)
                                          : NGX_OK;
}


static ngx_http_request_t *
ngx_http_partner_fetch_request(ngx_http_partner_fetching_t *f,
                               ngx_pool_t                  *pool)
{
    ngx_http_request_t        *r;
    ngx_http_core_srv_conf_t  *cscf;
    ngx_http_core_main_conf_t *cmcf;

    r = ngx_pcalloc(pool, sizeof(ngx_http_request_t));

    if (r == NULL) {
        return NULL;
    }

    r->signature = NGX_HTTP_MODULE;
    r->pool = pool;
    r->connection = &f->connection;
    r->http_connection = &f->hc;
    r->main_conf = f->fetch.server->main_conf;
    r->srv_conf = f->fetch.server->srv_conf;
    r->loc_conf = f->fetch.server->loc_conf;

    cscf = ngx_http_get_module_srv_conf(r, ngx_http_core_module);
    cmcf = ngx_http_get_module_main_conf(r, ngx_http_core_module);

    r->ctx = ngx_pcalloc(pool, sizeof(void *) * ngx_http_max_module);
    r->variables = ngx_pcalloc(pool, cmcf->variables.nelts
                                         * sizeof(ngx_http_variable_value_t));

    if (r->ctx == NULL || r->variables == NULL
        || ngx_list_init(&r->headers_out.headers, pool, 4,
                         sizeof(ngx_table_elt_t))
               != NGX_OK
        || ngx_list_init(&r->headers_out.trailers, pool, 1,
                         sizeof(ngx_table_elt_t))
               != NGX_OK
        || ngx_http_partner_fetch_fields(r, &f->fetch) != NGX_OK) {
        return NULL;
    }

    r->main = r;
    r->count = 1;
    r->logged = 1;
    r->internal = 1;
    r->uri_changes = NGX_HTTP_MAX_URI_CHANGES + 1;
    r->subrequests = NGX_HTTP_MAX_SUBREQUESTS + 1;
    r->method = NGX_HTTP_GET;
    r->http_version = NGX_HTTP_VERSION_11;
    ngx_str_set(&r->http_protocol, "HTTP/1.1");
    r->headers_in.server = cscf->server_name;
    r->headers_out.content_length_n = -1;
    r->headers_out.last_modified_time = -1;
    r->start_sec = ngx_time();
    r->start_msec = ((ngx_time_t *) ngx_cached_time)->msec;
    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_partner_fetch_end;

    f->connection.data = r;
    f->log_ctx.request = r;
    f->request = r;

    return r;
}


static void
ngx_http_partner_fetch_body(ngx_http_partner_fetching_t *f,
                            ngx_http_request_t          *sr)
{
    if (f->fetch.form.len == 0) {
        return;
    }

    f->buf.pos = f->buf.start = f->fetch.form.data;
    f->buf.last = f->buf.end = f->buf.pos + f->fetch.form.len;
    f->buf.memory = 1;
    f->buf.last_buf = 1;
    f->chain.buf = &f->buf;
    f->body.bufs = &f->chain;
    f->body.buf = &f->buf;

    sr->request_body = &f->body;
    sr->method = NGX_HTTP_POST;
    sr->method_name = ngx_http_partner_fetch_post;
}


static ngx_int_t
ngx_http_partner_fetch_start(ngx_pool_t                     *pool,
                             const ngx_http_partner_fetch_t *fetch)
{
    ngx_http_request_t          *r, *sr;
    ngx_http_partner_fetching_t *f;

    f = ngx_pcalloc(pool, sizeof(ngx_http_partner_fetching_t));

    if (f == NULL) {
        return NGX_ERROR;
    }

    f->fetch = *fetch;
    f->begun = ngx_current_msec;
    f->fetch.form.data = ngx_pstrdup(pool, &f->fetch.form);
    f->post.handler = ngx_http_partner_fetch_answered;
    f->post.data = f;

    if (f->fetch.form.data == NULL && fetch->form.len > 0) {
        return NGX_ERROR;
    }

    ngx_http_partner_fetch_connection(f, pool);
    r = ngx_http_partner_fetch_request(f, pool);

    if (r == NULL
        || ngx_http_subrequest(r, &f->fetch.uri, NULL, &sr, &f->post,
                               NGX_HTTP_SUBREQUEST_IN_MEMORY
                                   | NGX_HTTP_SUBREQUEST_WAITED)
               != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_partner_fetch_body(f, sr);

    f->step.handler = ngx_http_partner_fetch_begin;
    ngx_post_event(&f->step, &ngx_posted_events);

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_fetch(const ngx_http_partner_fetch_t *fetch)
{
    ngx_pool_t *pool;

    pool = ngx_create_pool(4096, ngx_cycle->log);

    if (pool == NULL) {
        return NGX_ERROR;
    }

    if (ngx_http_partner_fetch_start(pool, fetch) != NGX_OK) {
        ngx_destroy_pool(pool);
        return NGX_ERROR;
    }

    return NGX_OK;
}
