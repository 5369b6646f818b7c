/*
 * Redis for processes that leave and have no event loop any more: one
 * connection whose every step is bounded in time.
 */

#include "ngx_partner_redis.h"


#define NGX_PARTNER_REDIS_PATIENCE 500 /* ms for each step */


ngx_int_t
ngx_partner_redis_do(redisContext *c, int argc, const char **argv,
                     const size_t *lens)
{
    ngx_int_t   rc;
    redisReply *reply;

    reply = redisCommandArgv(c, argc, argv, lens);

    if (reply == NULL) {
        return NGX_ERROR;
    }

    rc = (reply->type == REDIS_REPLY_ERROR) ? NGX_ERROR : NGX_OK;
    freeReplyObject(reply);

    return rc;
}


static redisContext *
ngx_partner_redis_sync_open(const ngx_partner_redis_conf_t *conf)
{
    redisContext  *c;
    struct timeval limit;

    limit.tv_sec = 0;
    limit.tv_usec = NGX_PARTNER_REDIS_PATIENCE * 1000;

    if (conf->path.len != 0) {
        c = redisConnectUnixWithTimeout((char *) conf->path.data, limit);

    } else {
        c = redisConnectWithTimeout((char *) conf->host.data, conf->port,
                                    limit);
    }

    if (c != NULL && c->err == 0) {
        (void) redisSetTimeout(c, limit);
    }

    return c;
}


redisContext *
ngx_partner_redis_sync(const ngx_partner_redis_conf_t *conf, ngx_log_t *log)
{
    char          db[NGX_INT_T_LEN + 1];
    const char   *use[2] = { "SELECT", db };
    redisContext *c;

    *ngx_sprintf((u_char *) db, "%ui", conf->db) = '\0';
    c = ngx_partner_redis_sync_open(conf);

    if (c != NULL && c->err == 0
        && ngx_partner_redis_do(c, 2, use, NULL) == NGX_OK) {
        return c;
    }

    ngx_log_error(NGX_LOG_WARN, log, 0, "redis (leaving): %s",
                  c == NULL ? "out of memory"
                            : (c->err != 0 ? c->errstr : "refused"));

    if (c != NULL) {
        redisFree(c);
    }

    return NULL;
}
