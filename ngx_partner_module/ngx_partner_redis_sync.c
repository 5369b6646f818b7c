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


/* NULL: there is none; why was logged. */
static redisContext *
ngx_partner_redis_sync_open(const ngx_partner_redis_conf_t     *conf,
                            const ngx_partner_redis_endpoint_t *endpoint,
                            ngx_log_t                          *log)
{
    redisContext  *c;
    struct timeval limit;

    limit.tv_sec = 0;
    limit.tv_usec = NGX_PARTNER_REDIS_PATIENCE * 1000;

    c = (endpoint == NULL)
            ? redisConnectUnixWithTimeout((char *) conf->path.data, limit)
            : redisConnectWithTimeout(endpoint->host, endpoint->port, limit);

    if (c != NULL && c->err == 0 && redisSetTimeout(c, limit) == REDIS_OK) {
        return c;
    }

    ngx_log_error(NGX_LOG_WARN, log, 0, "redis (leaving): %s",
                  c == NULL ? "out of memory" : c->errstr);

    if (c != NULL) {
        redisFree(c);
    }

    return NULL;
}


/*
 * One Sentinel after the other, each with its own patience: few are
 * configured.
 */
static ngx_int_t
ngx_partner_redis_sync_master(const ngx_partner_redis_conf_t *conf,
                              ngx_partner_redis_endpoint_t   *master,
                              ngx_log_t                      *log)
{
    ngx_int_t     rc;
    ngx_uint_t    i;
    redisReply   *reply;
    redisContext *c;

    for (i = 0; i < conf->nendpoints; i++) {
        c = ngx_partner_redis_sync_open(conf, &conf->endpoints[i], log);

        if (c == NULL) {
            continue;
        }

        reply = redisCommand(c, "SENTINEL get-master-addr-by-name %s",
                             conf->master.data);
        rc = NGX_ERROR;

        if (reply != NULL) {
            rc = ngx_partner_redis_read_master(reply, master);
            freeReplyObject(reply);
        }

        redisFree(c);

        if (rc == NGX_OK) {
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


static redisContext *
ngx_partner_redis_sync_reach(const ngx_partner_redis_conf_t *conf,
                             ngx_log_t                      *log)
{
    ngx_partner_redis_endpoint_t master;

    if (conf->master.len == 0) {
        return ngx_partner_redis_sync_open(
            conf, conf->path.len != 0 ? NULL : &conf->endpoints[0], log);
    }

    return ngx_partner_redis_sync_master(conf, &master, log) == NGX_OK
               ? ngx_partner_redis_sync_open(conf, &master, log)
               : NULL;
}


redisContext *
ngx_partner_redis_sync(const ngx_partner_redis_conf_t *conf, ngx_log_t *log)
{
    char          db[NGX_INT_T_LEN + 1];
    redisContext *c;
    const char   *use[2] = { "SELECT", db };
    const char   *auth[3] = { "AUTH" };
    int           n;

    n = 1;

    if (conf->user.len != 0) {
        auth[n++] = (char *) conf->user.data;
    }

    auth[n++] = (char *) conf->password.data;
    *ngx_sprintf((u_char *) db, "%ui", conf->db) = '\0';

    c = ngx_partner_redis_sync_reach(conf, log);

    if (c == NULL) {
        return NULL;
    }

    if ((conf->password.len != 0
         && ngx_partner_redis_do(c, n, auth, NULL) != NGX_OK)
        || (conf->db != 0
            && ngx_partner_redis_do(c, 2, use, NULL) != NGX_OK)) {
        ngx_log_error(NGX_LOG_WARN, log, 0, "redis (leaving): refused");
        redisFree(c);
        return NULL;
    }

    return c;
}
