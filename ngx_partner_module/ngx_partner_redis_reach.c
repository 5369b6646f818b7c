/*
 * How a connection to Redis comes to be, step by step: a Sentinel where there
 * are some, the master that it names, the login, the greeting.  A step that
 * fails, or misses the deadline, ends the connection; all begins anew later.
 */

#include "ngx_partner_answers.h"
#include "ngx_partner_redis.h"


/* Whether a command of the greeting was accepted. */
static ngx_int_t
ngx_partner_redis_accepted(redisAsyncContext *ac, redisReply *reply)
{
    ngx_partner_redis_t *redis;

    redis = ac->data;

    if (reply == NULL || redis->ac != ac) {
        return NGX_ERROR;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        ngx_partner_redis_lost(redis, "refused: %s", reply->str);
        ngx_partner_redis_drop(redis);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_partner_redis_obeyed(redisAsyncContext *ac, void *data, void *privdata)
{
    (void) privdata;
    (void) ngx_partner_redis_accepted(ac, data);
}


/* Some errors repeat what was sent: of this one, only their code is told. */
static void
ngx_partner_redis_logged_in(redisAsyncContext *ac, void *data, void *privdata)
{
    redisReply *reply;

    reply = data;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR) {
        reply->str[strcspn(reply->str, " ")] = '\0';
    }

    ngx_partner_redis_obeyed(ac, reply, privdata);
}


static void
ngx_partner_redis_hello(redisAsyncContext *ac, void *data, void *privdata)
{
    redisReply          *reply;
    ngx_partner_redis_t *redis;

    reply = data;
    redis = privdata;
    redis->heard = ngx_current_msec;

    if (ngx_partner_redis_accepted(ac, reply) != NGX_OK) {
        return;
    }

    if (!redis->ready) {
        ngx_partner_redis_ready(redis);
    }

    if (redis->on_hello != NULL) {
        redis->on_hello(redis->data, reply);
    }

    ngx_partner_redis_started(redis);
}


/* The Sentinels may not have agreed yet, or name the one that is to go. */
static void
ngx_partner_redis_role(redisAsyncContext *ac, void *data, void *privdata)
{
    redisReply          *reply;
    ngx_partner_redis_t *redis;

    (void) privdata;
    reply = data;
    redis = ac->data;

    if (ngx_partner_redis_accepted(ac, reply) != NGX_OK) {
        return;
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0
        || reply->element[0]->type != REDIS_REPLY_STRING
        || ngx_strcmp(reply->element[0]->str, "master") != 0) {
        ngx_partner_redis_lost(redis, "is not the master");
        ngx_partner_redis_drop(redis);
    }
}


static void
ngx_partner_redis_connected(const redisAsyncContext *ac, int status)
{
    ngx_partner_redis_t *redis;

    redis = ac->data;

    if (status == REDIS_OK || redis->ac != ac) {
        return;
    }

    ngx_partner_redis_lost(redis, "connect failed: %s", ac->errstr);

    /* hiredis frees the context after this */
    redis->ac = NULL;
    ngx_partner_redis_drop(redis);
}


static void
ngx_partner_redis_disconnected(const redisAsyncContext *ac, int status)
{
    ngx_partner_redis_t *redis;

    redis = ac->data;

    if (redis->ac != ac) {
        return;
    }

    ngx_partner_redis_lost(redis, "connection lost: %s",
                           status == REDIS_OK ? "closed" : ac->errstr);

    redis->ac = NULL;
    ngx_partner_redis_drop(redis);
}


static ngx_int_t
ngx_partner_redis_login(ngx_partner_redis_t *redis)
{
    int                             argc;
    size_t                          lens[3];
    const char                     *argv[3];
    const ngx_partner_redis_conf_t *conf;

    conf = redis->conf;

    if (conf->password.len == 0) {
        return NGX_OK;
    }

    argc = 0;
    argv[argc] = "AUTH";
    lens[argc++] = 4;

    if (conf->user.len != 0) {
        argv[argc] = (char *) conf->user.data;
        lens[argc++] = conf->user.len;
    }

    argv[argc] = (char *) conf->password.data;
    lens[argc++] = conf->password.len;

    return redisAsyncCommandArgv(redis->ac, ngx_partner_redis_logged_in, NULL,
                                 argc, argv, lens)
                   == REDIS_OK
               ? NGX_OK
               : NGX_ERROR;
}


static ngx_int_t
ngx_partner_redis_greet(ngx_partner_redis_t *redis)
{
    redisAsyncContext *ac;

    ac = redis->ac;

    if (ngx_partner_redis_login(redis) != NGX_OK) {
        return NGX_ERROR;
    }

    if (redis->conf->master.len != 0
        && redisAsyncCommand(ac, ngx_partner_redis_role, NULL, "ROLE")
               != REDIS_OK) {
        return NGX_ERROR;
    }

    if (redis->conf->db != 0
        && redisAsyncCommand(ac, ngx_partner_redis_obeyed, NULL, "SELECT %u",
                             (unsigned) redis->conf->db)
               != REDIS_OK) {
        return NGX_ERROR;
    }

    if (redis->before_hello != NULL) {
        redis->before_hello(redis->data);
    }

    if (redisAsyncCommandArgv(ac, ngx_partner_redis_hello, redis,
                              redis->hello_argc, redis->hello, NULL)
        != REDIS_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_partner_redis_locate(ngx_partner_redis_t                *redis,
                         const ngx_partner_redis_endpoint_t *endpoint)
{
    u_char *last;

    last = redis->where + NGX_PARTNER_REDIS_WHERE - 1;

    *(endpoint == NULL
          ? ngx_slprintf(redis->where, last, "unix:%V", &redis->conf->path)
          : ngx_slprintf(redis->where, last, "%s:%d", endpoint->host,
                         (int) endpoint->port))
        = '\0';
}


/* Opens and watches; what is sent meanwhile waits for the connection. */
static ngx_int_t
ngx_partner_redis_open(ngx_partner_redis_t                *redis,
                       const ngx_partner_redis_endpoint_t *endpoint)
{
    redisAsyncContext *ac;

    ngx_partner_redis_locate(redis, endpoint);

    ac = (endpoint == NULL)
             ? redisAsyncConnectUnix((char *) redis->conf->path.data)
             : redisAsyncConnect(endpoint->host, endpoint->port);
    redis->ac = ac;

    if (ac == NULL || ac->err != 0) {
        ngx_partner_redis_lost(redis, "connect failed: %s",
                               ac != NULL ? ac->errstr : "out of memory");
        return NGX_ERROR;
    }

    ac->data = redis;

    if (ngx_partner_redis_attach(redis) != NGX_OK) {
        return NGX_ERROR;
    }

    (void) redisAsyncSetConnectCallback(ac, ngx_partner_redis_connected);
    (void) redisAsyncSetDisconnectCallback(ac, ngx_partner_redis_disconnected);

    redis->opened = ngx_current_msec;
    ngx_add_timer(&redis->deadline, redis->conf->connect_timeout);

    return NGX_OK;
}


static void
ngx_partner_redis_reach_server(ngx_partner_redis_t                *redis,
                               const ngx_partner_redis_endpoint_t *endpoint)
{
    redis->asking = 0;

    if (ngx_partner_redis_open(redis, endpoint) != NGX_OK
        || ngx_partner_redis_greet(redis) != NGX_OK) {
        ngx_partner_redis_drop(redis);
    }
}


ngx_int_t
ngx_partner_redis_read_master(const redisReply             *reply,
                              ngx_partner_redis_endpoint_t *master)
{
    uint16_t port;

    if (!ngx_partner_answer_master(reply, master->host, &port)) {
        return NGX_ERROR;
    }

    master->port = port;

    return NGX_OK;
}


static void
ngx_partner_redis_told(redisAsyncContext *ac, void *data, void *privdata)
{
    redisReply          *reply;
    ngx_partner_redis_t *redis;

    reply = data;
    redis = privdata;

    if (ngx_partner_redis_accepted(ac, reply) != NGX_OK) {
        return;
    }

    if (ngx_partner_redis_read_master(reply, &redis->master) != NGX_OK) {
        ngx_partner_redis_lost(redis,
                               "the Sentinel knows no address of "
                               "\"%V\"",
                               &redis->conf->master);
        ngx_partner_redis_drop(redis);
        return;
    }

    /* the question is answered; its connection ends behind this reply */
    redis->ac = NULL;
    ngx_del_timer(&redis->deadline);
    redisAsyncFree(ac);

    ngx_partner_redis_reach_server(redis, &redis->master);
}


static void
ngx_partner_redis_ask(ngx_partner_redis_t *redis)
{
    const ngx_partner_redis_conf_t *conf;

    conf = redis->conf;
    redis->asking = 1;

    if (ngx_partner_redis_open(
            redis, &conf->endpoints[redis->sentinel % conf->nendpoints])
            != NGX_OK
        || redisAsyncCommand(redis->ac, ngx_partner_redis_told, redis,
                             "SENTINEL get-master-addr-by-name %s",
                             conf->master.data)
               != REDIS_OK) {
        ngx_partner_redis_drop(redis);
    }
}


void
ngx_partner_redis_reach(ngx_partner_redis_t *redis)
{
    redis->away = *redis->counters.away;

    if (redis->conf->master.len != 0) {
        ngx_partner_redis_ask(redis);

    } else {
        ngx_partner_redis_reach_server(
            redis,
            redis->conf->path.len != 0 ? NULL : &redis->conf->endpoints[0]);
    }
}
