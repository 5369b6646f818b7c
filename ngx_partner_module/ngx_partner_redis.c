/*
 * One connection to Redis: connecting, commands, deadlines, giving up.
 */

#include "ngx_partner_redis.h"


#define NGX_PARTNER_REDIS_BACKOFF_MIN 10  /* ms */
#define NGX_PARTNER_REDIS_BACKOFF_MAX 500 /* ms; recovery in under a second */


struct ngx_partner_redis_command_s {
    ngx_queue_t               queue;
    ngx_partner_redis_t      *redis;
    ngx_partner_redis_done_pt done; /* NULL: cancelled */
    void                     *data;
    ngx_msec_t                sent;
};


static void ngx_partner_redis_connect(ngx_partner_redis_t *redis);


static void
ngx_partner_redis_retry(ngx_partner_redis_t *redis)
{
    if (redis->closing || redis->retry.timer_set) {
        return;
    }

    ngx_add_timer(&redis->retry, redis->backoff);

    redis->backoff
        = ngx_min(redis->backoff * 2, NGX_PARTNER_REDIS_BACKOFF_MAX);
}


static void
ngx_partner_redis_retry_handler(ngx_event_t *ev)
{
    ngx_partner_redis_connect(ev->data);
}


/*
 * Gives up the connection.  hiredis completes every pending command with a
 * NULL reply while it frees the context.
 */
static void
ngx_partner_redis_drop(ngx_partner_redis_t *redis)
{
    redisAsyncContext *ac;

    ac = redis->ac;
    redis->ac = NULL;
    redis->ready = 0;

    if (redis->deadline.timer_set) {
        ngx_del_timer(&redis->deadline);
    }

    if (ac != NULL) {
        redisAsyncFree(ac);
    }

    ngx_partner_redis_retry(redis);
}


/*
 * The timer is set for the oldest command and left alone when that one is
 * answered: it then finds nothing, or moves on to what is the oldest by now.
 * A worker that leaves waits for it only while somebody waits for an answer.
 */
static void
ngx_partner_redis_deadline_handler(ngx_event_t *ev)
{
    ngx_msec_int_t               left;
    ngx_partner_redis_t         *redis;
    ngx_partner_redis_command_t *oldest;

    redis = ev->data;

    if (redis->ready) {
        if (ngx_queue_empty(&redis->pending)) {
            return;
        }

        oldest = ngx_queue_data(ngx_queue_head(&redis->pending),
                                ngx_partner_redis_command_t, queue);

        left = (ngx_msec_int_t) (oldest->sent + redis->conf->timeout
                                 - ngx_current_msec);

        if (left > 0) {
            ngx_add_timer(&redis->deadline, (ngx_msec_t) left);
            return;
        }
    }

    ngx_log_error(NGX_LOG_WARN, redis->log, 0,
                  "redis (%s): no answer in %M ms", redis->name,
                  redis->ready ? redis->conf->timeout
                               : redis->conf->connect_timeout);

    (void) ngx_atomic_fetch_add(redis->counters.timeouts, 1);
    ngx_partner_redis_drop(redis);
}


/*
 * Counts what failed.  The first error of a connection is logged: a Redis that
 * is full or read-only goes on refusing.  NOSCRIPT is answered by the script.
 */
static void
ngx_partner_redis_judge(ngx_partner_redis_t *redis, const redisReply *reply)
{
    if (reply != NULL
        && (reply->type != REDIS_REPLY_ERROR
            || ngx_strncmp(reply->str, "NOSCRIPT", 8) == 0)) {
        return;
    }

    (void) ngx_atomic_fetch_add(redis->counters.errors, 1);

    if (reply != NULL && !redis->complained) {
        redis->complained = 1;
        ngx_log_error(NGX_LOG_ERR, redis->log, 0,
                      "redis (%s): a command was refused: %s", redis->name,
                      reply->str);
    }
}


static void
ngx_partner_redis_reply(redisAsyncContext *ac, void *reply, void *data)
{
    void                        *owner;
    ngx_partner_redis_t         *redis;
    ngx_partner_redis_done_pt    done;
    ngx_partner_redis_command_t *command;

    command = data;
    redis = command->redis;
    done = command->done;
    owner = command->data;

    ngx_queue_remove(&command->queue);
    ngx_queue_insert_head(&redis->free, &command->queue);

    if (ngx_queue_empty(&redis->pending)) {
        redis->deadline.cancelable = 1;
    }

    ngx_partner_redis_judge(redis, reply);

    if (done != NULL) {
        done(owner, reply);
    }
}


static void
ngx_partner_redis_ready(ngx_partner_redis_t *redis)
{
    redis->ready = 1;
    redis->complained = 0;
    redis->backoff = NGX_PARTNER_REDIS_BACKOFF_MIN;

    if (redis->deadline.timer_set) {
        ngx_del_timer(&redis->deadline);
    }

    if (redis->conf->path.len == 0) {

        /* a subscription sends nothing: only this finds out a dead peer */
        (void) redisEnableKeepAlive(&redis->ac->c);
    }

    (void) ngx_atomic_fetch_add(redis->counters.connects, 1);

    ngx_log_error(NGX_LOG_NOTICE, redis->log, 0, "redis (%s): connected",
                  redis->name);
}


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
        ngx_log_error(NGX_LOG_ERR, redis->log, 0, "redis (%s): refused: %s",
                      redis->name, reply->str);
        ngx_partner_redis_drop(redis);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_partner_redis_selected(redisAsyncContext *ac, void *data, void *privdata)
{
    (void) privdata;
    (void) ngx_partner_redis_accepted(ac, data);
}


static void
ngx_partner_redis_hello(redisAsyncContext *ac, void *data, void *privdata)
{
    redisReply          *reply;
    ngx_partner_redis_t *redis;

    reply = data;
    redis = privdata;

    if (ngx_partner_redis_accepted(ac, reply) != NGX_OK) {
        return;
    }

    if (!redis->ready) {
        ngx_partner_redis_ready(redis);
    }

    if (redis->on_hello != NULL) {
        redis->on_hello(redis->data, reply);
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

    ngx_log_error(NGX_LOG_WARN, redis->log, 0,
                  "redis (%s): connect failed: %s", redis->name, ac->errstr);

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

    ngx_log_error(NGX_LOG_WARN, redis->log, 0,
                  "redis (%s): connection lost: %s", redis->name,
                  status == REDIS_OK ? "closed" : ac->errstr);

    redis->ac = NULL;
    ngx_partner_redis_drop(redis);
}


static redisAsyncContext *
ngx_partner_redis_open(const ngx_partner_redis_conf_t *conf)
{
    if (conf->path.len != 0) {
        return redisAsyncConnectUnix((char *) conf->path.data);
    }

    return redisAsyncConnect((char *) conf->host.data, conf->port);
}


static ngx_int_t
ngx_partner_redis_greet(ngx_partner_redis_t *redis)
{
    redisAsyncContext *ac;

    ac = redis->ac;

    if (redis->conf->db != 0
        && redisAsyncCommand(ac, ngx_partner_redis_selected, NULL, "SELECT %u",
                             (unsigned) redis->conf->db)
               != REDIS_OK) {
        return NGX_ERROR;
    }

    if (redisAsyncCommandArgv(ac, ngx_partner_redis_hello, redis,
                              redis->hello_argc, redis->hello, NULL)
        != REDIS_OK) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_partner_redis_connect(ngx_partner_redis_t *redis)
{
    redisAsyncContext *ac;

    ac = ngx_partner_redis_open(redis->conf);
    redis->ac = ac;

    if (ac == NULL || ac->err != 0) {
        ngx_log_error(NGX_LOG_WARN, redis->log, 0,
                      "redis (%s): connect failed: %s", redis->name,
                      ac != NULL ? ac->errstr : "out of memory");
        ngx_partner_redis_drop(redis);
        return;
    }

    ac->data = redis;

    if (ngx_partner_redis_attach(redis) != NGX_OK) {
        ngx_partner_redis_drop(redis);
        return;
    }

    (void) redisAsyncSetConnectCallback(ac, ngx_partner_redis_connected);
    (void) redisAsyncSetDisconnectCallback(ac, ngx_partner_redis_disconnected);

    ngx_add_timer(&redis->deadline, redis->conf->connect_timeout);

    if (ngx_partner_redis_greet(redis) != NGX_OK) {
        ngx_partner_redis_drop(redis);
    }
}


void
ngx_partner_redis_start(ngx_partner_redis_t *redis)
{
    ngx_queue_init(&redis->pending);
    ngx_queue_init(&redis->free);

    redis->backoff = NGX_PARTNER_REDIS_BACKOFF_MIN;

    redis->deadline.handler = ngx_partner_redis_deadline_handler;
    redis->deadline.data = redis;
    redis->deadline.log = redis->log;
    redis->deadline.cancelable = 1;

    redis->retry.handler = ngx_partner_redis_retry_handler;
    redis->retry.data = redis;
    redis->retry.log = redis->log;
    redis->retry.cancelable = 1; /* must not keep a worker from leaving */

    ngx_partner_redis_connect(redis);
}


void
ngx_partner_redis_stop(ngx_partner_redis_t *redis)
{
    redis->closing = 1;

    if (redis->retry.timer_set) {
        ngx_del_timer(&redis->retry);
    }

    ngx_partner_redis_drop(redis);
}


static ngx_partner_redis_command_t *
ngx_partner_redis_claim(ngx_partner_redis_t *redis)
{
    ngx_queue_t *q;

    if (ngx_queue_empty(&redis->free)) {
        return ngx_palloc(redis->pool, sizeof(ngx_partner_redis_command_t));
    }

    q = ngx_queue_head(&redis->free);
    ngx_queue_remove(q);

    return ngx_queue_data(q, ngx_partner_redis_command_t, queue);
}


ngx_partner_redis_command_t *
ngx_partner_redis_command(ngx_partner_redis_t      *redis,
                          ngx_partner_redis_done_pt done, void *data, int argc,
                          const char **argv, const size_t *lens)
{
    ngx_partner_redis_command_t *command;

    if (!redis->ready) {
        (void) ngx_atomic_fetch_add(redis->counters.errors, 1);
        return NULL;
    }

    command = ngx_partner_redis_claim(redis);

    if (command == NULL) {
        return NULL;
    }

    command->redis = redis;
    command->done = done;
    command->data = data;
    command->sent = ngx_current_msec;

    if (redisAsyncCommandArgv(redis->ac, ngx_partner_redis_reply, command,
                              argc, argv, lens)
        != REDIS_OK) {
        ngx_queue_insert_head(&redis->free, &command->queue);
        return NULL;
    }

    (void) ngx_atomic_fetch_add(redis->counters.commands, 1);
    ngx_queue_insert_tail(&redis->pending, &command->queue);
    redis->deadline.cancelable = 0;

    if (!redis->deadline.timer_set) {
        ngx_add_timer(&redis->deadline, redis->conf->timeout);
    }

    return command;
}


void
ngx_partner_redis_cancel(ngx_partner_redis_command_t *command)
{
    command->done = NULL;
}
