/*
 * Publishes usage counters to Redis; docs/architecture.md has the format.
 */

#include "ngx_partner_answers.h"
#include "ngx_partner_hset.h"
#include "ngx_partner_publisher.h"


#define NGX_PARTNER_PUBLISH_TICK  100   /* ms */
#define NGX_PARTNER_PUBLISH_EVERY 1000  /* ms */
#define NGX_PARTNER_CONFIRM_BATCH "256" /* about, in one answer */

/* What a worker that leaves may spend on it, in ms. */
#define NGX_PARTNER_PUBLISH_LEAVING 2000

static void ngx_partner_publisher_batch(ngx_partner_publisher_t *publisher);
static void ngx_partner_publisher_next(ngx_partner_publisher_t *publisher);
static void ngx_partner_publisher_scan(ngx_partner_publisher_t *publisher);


static ngx_partner_journal_t *
ngx_partner_publisher_journal(ngx_partner_publisher_t *publisher)
{
    return &publisher->journals->journals[publisher->at];
}


static size_t
ngx_partner_publisher_confirmed(ngx_partner_publisher_t *publisher,
                                u_char                   key[NGX_PARTNER_HASH])
{
    return ngx_partner_hash_name(ngx_partner_publisher_journal(publisher), key,
                                 "confirmed");
}


static ngx_int_t
ngx_partner_publisher_send(ngx_partner_publisher_t  *publisher,
                           ngx_partner_redis_done_pt done, int argc,
                           const char **argv, const size_t *lens)
{
    if (ngx_partner_redis_command(publisher->redis, done, publisher, argc,
                                  argv, lens)
        == NULL) {
        publisher->busy = 0;
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A batch was stored: on to the next. */
static void
ngx_partner_publisher_stored(void *data, redisReply *reply)
{
    ngx_partner_publisher_t *publisher;

    publisher = data;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        publisher->busy = 0;
        return;
    }

    ngx_partner_publisher_batch(publisher);
}


static void
ngx_partner_publisher_lost(ngx_partner_publisher_t *publisher)
{
    publisher->busy = 0;

    if (!publisher->lost) {
        publisher->lost = 1;
        ngx_log_error(NGX_LOG_ALERT, publisher->log, 0,
                      "the lock of a usage journal cannot be had, and what is "
                      "in it is not published: restart nginx");
    }
}


static void
ngx_partner_publisher_batch(ngx_partner_publisher_t *publisher)
{
    ngx_int_t          rc;
    ngx_partner_hset_t hset;

    rc = ngx_partner_hset_look(&hset, ngx_partner_publisher_journal(publisher),
                               &publisher->from, publisher->log);

    if (rc == NGX_OK) {
        (void) ngx_partner_publisher_send(publisher,
                                          ngx_partner_publisher_stored,
                                          hset.argc, hset.argv, hset.lens);

    } else if (rc == NGX_AGAIN) {
        ngx_post_event(&publisher->look, &ngx_posted_next_events);

    } else if (rc == NGX_DONE) {
        ngx_partner_publisher_next(publisher);

    } else {
        ngx_partner_publisher_lost(publisher);
    }
}


static void
ngx_partner_publisher_look(ngx_event_t *ev)
{
    ngx_partner_publisher_batch(ev->data);
}


/* ---- what the platform has ---- */

static void
ngx_partner_publisher_confirm(ngx_partner_publisher_t *publisher,
                              const redisReply        *pairs)
{
    size_t        i;
    lp_usage_t    values;
    redisReply  **element;
    lp_journal_t *counters;

    counters = &ngx_partner_publisher_journal(publisher)->counters;

    for (i = 0; i + 1 < pairs->elements; i += 2) {
        element = &pairs->element[i];

        if (ngx_partner_answer_usage(element[0], element[1], &values)) {
            lp_journal_confirm(counters, element[0]->str, element[0]->len,
                               &values);
        }
    }

    publisher->confirmed |= pairs->elements != 0;

    ngx_log_debug1(NGX_LOG_DEBUG_EVENT, publisher->log, 0,
                   "partner usage: %uz counters confirmed",
                   pairs->elements / 2);
}


/*
 * All that the platform holds is read: the note of it may go.  What is noted
 * between the last page and this goes too, and is noted again, since such a
 * counter is published once more.
 */
static void
ngx_partner_publisher_forget(ngx_partner_publisher_t *publisher)
{
    u_char      key[NGX_PARTNER_HASH];
    size_t      lens[2];
    const char *argv[2];

    publisher->from = 0;

    if (!publisher->confirmed) {
        ngx_partner_publisher_batch(publisher);
        return;
    }

    argv[0] = "DEL";
    lens[0] = 3;
    argv[1] = (char *) key;
    lens[1] = ngx_partner_publisher_confirmed(publisher, key);

    (void) ngx_partner_publisher_send(publisher, ngx_partner_publisher_stored,
                                      2, argv, lens);
}


/* A cursor and what was found up to it (https://redis.io/commands/hscan). */
static ngx_uint_t
ngx_partner_publisher_is_scan(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_ARRAY
           && reply->elements == 2
           && reply->element[0]->type == REDIS_REPLY_STRING
           && reply->element[0]->len <= NGX_INT64_LEN
           && reply->element[1]->type == REDIS_REPLY_ARRAY;
}


static void
ngx_partner_publisher_scanned(void *data, redisReply *reply)
{
    ngx_partner_publisher_t *publisher;

    publisher = data;

    if (!ngx_partner_publisher_is_scan(reply)) {
        publisher->busy = 0;
        return;
    }

    ngx_partner_publisher_confirm(publisher, reply->element[1]);
    (void) ngx_cpystrn(publisher->cursor, (u_char *) reply->element[0]->str,
                       sizeof(publisher->cursor));

    if (ngx_strcmp(publisher->cursor, "0") != 0) {
        ngx_partner_publisher_scan(publisher);
        return;
    }

    ngx_partner_publisher_forget(publisher);
}


static void
ngx_partner_publisher_scan(ngx_partner_publisher_t *publisher)
{
    u_char      key[NGX_PARTNER_HASH];
    size_t      lens[5];
    const char *argv[5];

    argv[0] = "HSCAN";
    lens[0] = 5;
    argv[1] = (char *) key;
    lens[1] = ngx_partner_publisher_confirmed(publisher, key);
    argv[2] = (char *) publisher->cursor;
    lens[2] = ngx_strlen(publisher->cursor);
    argv[3] = "COUNT";
    lens[3] = 5;
    argv[4] = NGX_PARTNER_CONFIRM_BATCH;
    lens[4] = sizeof(NGX_PARTNER_CONFIRM_BATCH) - 1;

    (void) ngx_partner_publisher_send(publisher, ngx_partner_publisher_scanned,
                                      5, argv, lens);
}


static void
ngx_partner_publisher_listed(void *data, redisReply *reply)
{
    ngx_partner_publisher_t *publisher;

    publisher = data;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        publisher->busy = 0;
        return;
    }

    publisher->confirmed = 0;
    ngx_memcpy(publisher->cursor, "0", sizeof("0"));
    ngx_partner_publisher_scan(publisher);
}


static void
ngx_partner_publisher_begin(ngx_partner_publisher_t *publisher)
{
    size_t                 lens[3];
    const char            *argv[3];
    ngx_partner_journal_t *journal;

    journal = ngx_partner_publisher_journal(publisher);

    argv[0] = "SADD";
    lens[0] = 4;
    argv[1] = "partner:gateways";
    lens[1] = 16;
    argv[2] = (char *) journal->node;
    lens[2] = sizeof(journal->node);

    publisher->busy = 1;
    (void) ngx_partner_publisher_send(publisher, ngx_partner_publisher_listed,
                                      3, argv, lens);
}


/* This journal has told all that it has; then those of former lives. */
static void
ngx_partner_publisher_next(ngx_partner_publisher_t *publisher)
{
    if (++publisher->at < publisher->journals->n) {
        ngx_partner_publisher_begin(publisher);
        return;
    }

    publisher->busy = 0;
    (void) ngx_atomic_fetch_add(&publisher->zone->shared->stats.publications,
                                1);
}


/* Of all workers, the one that moves the clock on has this second. */
static ngx_uint_t
ngx_partner_publisher_turn(ngx_atomic_t *at)
{
    ngx_msec_t        now;
    ngx_atomic_uint_t due;

    now = ngx_current_msec;
    due = *at;

    return (ngx_msec_int_t) (now - due) >= 0
           && ngx_atomic_cmp_set(at, due, now + NGX_PARTNER_PUBLISH_EVERY);
}


static void
ngx_partner_publisher_tick(ngx_event_t *ev)
{
    ngx_partner_shared_t    *shared;
    ngx_partner_publisher_t *publisher;

    publisher = ev->data;
    shared = publisher->zone->shared;

    ngx_partner_usage_rest(publisher->usage);

    if (ngx_partner_publisher_turn(&shared->tend_at)) {
        ngx_partner_tend(&publisher->tender);
    }

    if (!publisher->busy && publisher->redis->ready
        && ngx_partner_publisher_turn(&shared->publish_at)) {
        publisher->at = 0;
        ngx_partner_publisher_begin(publisher);
    }

    ngx_add_timer(&publisher->timer, NGX_PARTNER_PUBLISH_TICK);
}


void
ngx_partner_publisher_start(ngx_partner_publisher_t *publisher)
{
    publisher->look.handler = ngx_partner_publisher_look;
    publisher->look.data = publisher;
    publisher->look.log = publisher->log;

    publisher->timer.handler = ngx_partner_publisher_tick;
    publisher->timer.data = publisher;
    publisher->timer.log = publisher->log;
    publisher->timer.cancelable = 1;

    ngx_add_timer(&publisher->timer, NGX_PARTNER_PUBLISH_TICK);
}


/* Until `until`; what is left then stays in the journal. */
static ngx_int_t
ngx_partner_publisher_flush(ngx_partner_publisher_t *publisher,
                            redisContext *c, ngx_msec_t until)
{
    size_t                 lens[3] = { 4, 16, 0 };
    ngx_int_t              rc;
    const char            *add[3] = { "SADD", "partner:gateways", NULL };
    ngx_partner_hset_t     hset;
    ngx_partner_journal_t *journal;

    publisher->at = 0;
    journal = ngx_partner_publisher_journal(publisher);
    add[2] = (char *) journal->node;
    lens[2] = sizeof(journal->node);

    if (ngx_partner_redis_do(c, 3, add, lens) != NGX_OK) {
        return NGX_ERROR;
    }

    publisher->from = 0;

    do {
        rc = ngx_partner_hset_look(&hset,
                                   ngx_partner_publisher_journal(publisher),
                                   &publisher->from, publisher->log);

        if (rc == NGX_ERROR || (ngx_msec_int_t) (until - ngx_current_msec) <= 0
            || (rc == NGX_OK
                && ngx_partner_redis_do(c, hset.argc, hset.argv, hset.lens)
                       != NGX_OK)) {
            return NGX_ERROR;
        }

        ngx_time_update(); /* there is no event loop to do it */
    } while (rc != NGX_DONE);

    return NGX_OK;
}


void
ngx_partner_publisher_stop(ngx_partner_publisher_t *publisher)
{
    ngx_int_t     rc;
    ngx_msec_t    until;
    redisContext *c;

    if (!publisher->redis->ready) {
        return; /* who stays, or nobody, will publish */
    }

    ngx_time_update();
    until = ngx_current_msec + NGX_PARTNER_PUBLISH_LEAVING;

    c = ngx_partner_redis_sync(publisher->redis->conf, publisher->log);
    rc = NGX_ERROR;

    if (c != NULL) {
        rc = ngx_partner_publisher_flush(publisher, c, until);
        redisFree(c);
    }

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, publisher->log, 0,
                      "usage was not published before leaving");
    }
}
