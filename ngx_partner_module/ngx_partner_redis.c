/*
 * One connection to Redis: connecting, commands, deadlines, giving up.
 */

#include "ngx_partner_redis.h"


#define NGX_PARTNER_REDIS_BACKOFF_MIN 10  /* ms */
#define NGX_PARTNER_REDIS_BACKOFF_MAX 500 /* ms; recovery in under a second */
#define NGX_PARTNER_REDIS_LATE        8   /* by this part of a deadline */


struct ngx_partner_redis_command_s {
    ngx_queue_t               queue;
    ngx_partner_redis_t      *redis;
    ngx_partner_redis_done_pt done;
    void                     *data;
    ngx_msec_t                sent;
    struct timespec           begun; /* finer than the event loop's clock */
};


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
    ngx_partner_redis_reach(ev->data);
}


/*
 * The first worker to notice says so.  One that only now gives up what was lost
 * before others were back has no news: the counter has moved on since.
 */
void
ngx_partner_redis_lost(ngx_partner_redis_t *redis, const char *fmt, ...)
{
    u_char     why[NGX_MAX_ERROR_STR / 4], *last;
    va_list    args;
    ngx_uint_t level;

    level = (redis->away % 2 == 0
             && ngx_atomic_cmp_set(redis->counters.away, redis->away,
                                   redis->away + 1))
                ? NGX_LOG_ERR
                : NGX_LOG_INFO;

    va_start(args, fmt);
    last = ngx_vslprintf(why, why + sizeof(why), fmt, args);
    va_end(args);

    ngx_log_error(level, redis->log, 0, "redis (%s) at %s: %*s", redis->name,
                  redis->where, (size_t) (last - why), why);
}


static void
ngx_partner_redis_reached(ngx_partner_redis_t *redis)
{
    ngx_uint_t back, level;

    redis->away = *redis->counters.away;
    back = redis->away % 2 == 1
           && ngx_atomic_cmp_set(redis->counters.away, redis->away,
                                 redis->away + 1);
    redis->away = *redis->counters.away;
    level = back ? NGX_LOG_NOTICE : NGX_LOG_INFO;

    ngx_log_error(level, redis->log, 0, "redis (%s) at %s: %s", redis->name,
                  redis->where, back ? "is back" : "connected");
}


/*
 * Gives up the connection.  hiredis completes every pending command with a
 * NULL reply while it frees the context.
 */
void
ngx_partner_redis_drop(ngx_partner_redis_t *redis)
{
    redisAsyncContext *ac;

    /* another Sentinel may know more: they are asked in turn */
    redis->sentinel += redis->asking;

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
    ngx_partner_redis_started(redis);
}


ngx_int_t
ngx_partner_redis_await(ngx_partner_redis_t  *redis,
                        ngx_partner_parked_t *parked)
{
    if (!redis->starting
        || ngx_partner_parking_wait(&redis->arrivals, parked) != NGX_AGAIN) {
        return NGX_OK;
    }

    redis->deadline.cancelable = 0;

    return NGX_AGAIN;
}


void
ngx_partner_redis_started(ngx_partner_redis_t *redis)
{
    if (redis->starting) {
        redis->starting = 0;
        redis->deadline.cancelable = 1;
        ngx_partner_parking_release(&redis->arrivals, ngx_current_msec);
    }
}


/*
 * A peer that vanished and one that has nothing to say look alike; the
 * platform says something about once a second.
 */
static void
ngx_partner_redis_silent(ngx_partner_redis_t *redis)
{
    ngx_msec_int_t left;

    left = (ngx_msec_int_t) (redis->heard + redis->silence - ngx_current_msec);

    if (left > 0) {
        ngx_add_timer(&redis->deadline, (ngx_msec_t) left);
        return;
    }

    ngx_log_error(NGX_LOG_NOTICE, redis->log, 0,
                  "redis (%s) at %s: silent for %M ms, subscribing again",
                  redis->name, redis->where, redis->silence);

    redis->backoff = NGX_PARTNER_REDIS_BACKOFF_MIN;
    ngx_partner_redis_drop(redis);
}


/*
 * Milliseconds until what was begun then is given up.
 *
 * A deadline that is noticed late was missed by this process, which had no
 * processor: the answer may stand in the socket, and Redis may have been
 * stopped as well.  What waits has its time once more, and once only: of a
 * Redis that is gone nothing has come by then either.
 */
static ngx_msec_int_t
ngx_partner_redis_left(ngx_partner_redis_t *redis, ngx_msec_t begun,
                       ngx_msec_t limit)
{
    ngx_msec_int_t left;

    if ((ngx_msec_int_t) (begun - redis->stood_still) <= 0) {
        return (ngx_msec_int_t) (redis->stood_still + limit
                                 - ngx_current_msec);
    }

    left = (ngx_msec_int_t) (begun + limit - ngx_current_msec);

    if (left < -(ngx_msec_int_t) (limit / NGX_PARTNER_REDIS_LATE)) {
        redis->stood_still = ngx_current_msec;
        return (ngx_msec_int_t) limit;
    }

    return left;
}


/*
 * The timer is set for the oldest command and left alone when that one is
 * answered: it then finds nothing, or moves on to what is the oldest by now.
 * A worker that leaves waits for it only while somebody waits for an answer.
 */
static void
ngx_partner_redis_deadline_handler(ngx_event_t *ev)
{
    ngx_msec_t                   begun, limit;
    ngx_msec_int_t               left;
    ngx_partner_redis_t         *redis;
    ngx_partner_redis_command_t *oldest;

    redis = ev->data;

    if (redis->ready && redis->silence != 0) {
        ngx_partner_redis_silent(redis);
        return;
    }

    if (redis->ready && ngx_queue_empty(&redis->pending)) {
        return;
    }

    if (redis->ready) {
        oldest = ngx_queue_data(ngx_queue_head(&redis->pending),
                                ngx_partner_redis_command_t, queue);
        begun = oldest->sent;
        limit = redis->conf->timeout;

    } else {
        begun = redis->opened;
        limit = redis->conf->connect_timeout;
    }

    left = ngx_partner_redis_left(redis, begun, limit);

    if (left > 0) {
        ngx_add_timer(&redis->deadline, (ngx_msec_t) left);
        return;
    }

    ngx_partner_redis_lost(redis, "no answer in %M ms", limit);

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
                      "redis (%s) at %s: a command was refused: %s",
                      redis->name, redis->where, reply->str);
    }
}


static void
ngx_partner_redis_clock(ngx_partner_redis_t   *redis,
                        const struct timespec *begun)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    (void) ngx_atomic_fetch_add(redis->counters.us,
                                (now.tv_sec - begun->tv_sec) * 1000000
                                    + (now.tv_nsec - begun->tv_nsec) / 1000);
    (void) ngx_atomic_fetch_add(redis->counters.answers, 1);
}


/* After a failover; the Sentinels know who is master now. */
static ngx_uint_t
ngx_partner_redis_demoted(ngx_partner_redis_t *redis, const redisReply *reply)
{
    return redis->conf->master.len != 0 && redis->ac != NULL && reply != NULL
           && reply->type == REDIS_REPLY_ERROR
           && ngx_strstr(reply->str, "READONLY") != NULL;
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

    if (reply != NULL) {
        ngx_partner_redis_clock(redis, &command->begun);
    }

    ngx_partner_redis_judge(redis, reply);

    done(owner, reply);

    if (ngx_partner_redis_demoted(redis, reply)) {
        ngx_partner_redis_drop(redis);
    }
}


void
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

    if (redis->silence != 0) {
        redis->heard = ngx_current_msec;
        ngx_add_timer(&redis->deadline, redis->silence);
    }

    (void) ngx_atomic_fetch_add(redis->counters.connects, 1);

    ngx_partner_redis_reached(redis);
}


void
ngx_partner_redis_start(ngx_partner_redis_t *redis)
{
    ngx_queue_init(&redis->pending);
    ngx_queue_init(&redis->free);

    ngx_partner_parking_init(&redis->arrivals, redis->conf->waiting);

    redis->starting = 1;
    redis->backoff = NGX_PARTNER_REDIS_BACKOFF_MIN;

    redis->deadline.handler = ngx_partner_redis_deadline_handler;
    redis->deadline.data = redis;
    redis->deadline.log = redis->log;
    redis->deadline.cancelable = 1;

    redis->retry.handler = ngx_partner_redis_retry_handler;
    redis->retry.data = redis;
    redis->retry.log = redis->log;
    redis->retry.cancelable = 1; /* must not keep a worker from leaving */

    ngx_partner_redis_reach(redis);
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
    (void) clock_gettime(CLOCK_MONOTONIC, &command->begun);

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
