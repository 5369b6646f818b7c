/*
 * hiredis' event hooks on nginx's event loop.
 *
 * Level-triggered: redisAsyncHandleRead() reads once per call, so an
 * edge-triggered descriptor would leave replies behind.
 */

#include "ngx_partner_redis.h"


/* hiredis may free its context within, and the connection with it. */
static void
ngx_partner_redis_read_handler(ngx_event_t *rev)
{
    ngx_connection_t *c;

    c = rev->data;
    redisAsyncHandleRead(c->data);
}


static void
ngx_partner_redis_write_handler(ngx_event_t *wev)
{
    ngx_connection_t *c;

    c = wev->data;
    redisAsyncHandleWrite(c->data);
}


/* hiredis asks for what it has already; nginx takes that for a mistake. */
static void
ngx_partner_redis_add_read(void *data)
{
    ngx_connection_t *c = data;

    if (!c->read->active) {
        (void) ngx_add_event(c->read, NGX_READ_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
ngx_partner_redis_del_read(void *data)
{
    ngx_connection_t *c = data;

    if (c->read->active) {
        (void) ngx_del_event(c->read, NGX_READ_EVENT, 0);
    }
}


static void
ngx_partner_redis_add_write(void *data)
{
    ngx_connection_t *c = data;

    if (!c->write->active) {
        (void) ngx_add_event(c->write, NGX_WRITE_EVENT, NGX_LEVEL_EVENT);
    }
}


static void
ngx_partner_redis_del_write(void *data)
{
    ngx_connection_t *c = data;

    if (c->write->active) {
        (void) ngx_del_event(c->write, NGX_WRITE_EVENT, 0);
    }
}


/* hiredis closes the descriptor itself, right after this. */
static void
ngx_partner_redis_detach(void *data)
{
    ngx_connection_t *c = data;

    ngx_partner_redis_del_read(c);
    ngx_partner_redis_del_write(c);

    if (c->read->posted) {
        ngx_delete_posted_event(c->read);
    }

    if (c->write->posted) {
        ngx_delete_posted_event(c->write);
    }

    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;
}


ngx_int_t
ngx_partner_redis_attach(ngx_partner_redis_t *redis)
{
    ngx_connection_t  *c;
    redisAsyncContext *ac;

    ac = redis->ac;
    c = ngx_get_connection(ac->c.fd, redis->log);

    if (c == NULL) {
        return NGX_ERROR;
    }

    c->data = ac;
    c->log = redis->log;
    c->read->log = redis->log;
    c->write->log = redis->log;
    c->read->handler = ngx_partner_redis_read_handler;
    c->write->handler = ngx_partner_redis_write_handler;

    ac->ev.data = c;
    ac->ev.addRead = ngx_partner_redis_add_read;
    ac->ev.delRead = ngx_partner_redis_del_read;
    ac->ev.addWrite = ngx_partner_redis_add_write;
    ac->ev.delWrite = ngx_partner_redis_del_write;
    ac->ev.cleanup = ngx_partner_redis_detach;

    return NGX_OK;
}
