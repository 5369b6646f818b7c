/*
 * Publishes usage counters to Redis; docs/architecture.md has the format.
 */

#include "ngx_partner_answers.h"
#include "ngx_partner_counter.h"
#include "ngx_partner_publisher.h"


#define NGX_PARTNER_PUBLISH_TICK  100  /* ms */
#define NGX_PARTNER_PUBLISH_EVERY 1000 /* ms */
#define NGX_PARTNER_PUBLISH_BATCH 64   /* counters in one command */

/* What a worker that leaves may spend on it, in ms. */
#define NGX_PARTNER_PUBLISH_LEAVING 2000

#define NGX_PARTNER_JOURNAL_SPARE 5 /* the last fifth raises an alarm */

#define NGX_PARTNER_HASH_MAX 48 /* "partner:confirmed:" and the incarnation */


/* An HSET of a batch of counters, and the memory that it stands in. */
typedef struct {
    int               argc;
    const char       *argv[2 + 2 * NGX_PARTNER_PUBLISH_BATCH];
    size_t            lens[2 + 2 * NGX_PARTNER_PUBLISH_BATCH];
    u_char            key[NGX_PARTNER_HASH_MAX];
    lp_journal_copy_t counters[NGX_PARTNER_PUBLISH_BATCH];
    u_char values[NGX_PARTNER_PUBLISH_BATCH][NGX_PARTNER_COUNTER_VALUE];
} ngx_partner_hset_t;


static void ngx_partner_publisher_batch(ngx_partner_publisher_t *publisher);
static void ngx_partner_publisher_next(ngx_partner_publisher_t *publisher);


static ngx_partner_journal_t *
ngx_partner_publisher_journal(ngx_partner_publisher_t *publisher)
{
    return &publisher->journals->journals[publisher->at];
}


static size_t
ngx_partner_publisher_key(ngx_partner_publisher_t *publisher,
                          u_char key[NGX_PARTNER_HASH_MAX], const char *kind)
{
    u_char                *end;
    ngx_partner_journal_t *journal;

    journal = ngx_partner_publisher_journal(publisher);
    end = ngx_snprintf(key, NGX_PARTNER_HASH_MAX, "partner:%s:%*s", kind,
                       sizeof(journal->node), journal->node);

    return end - key;
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


/* The next counters to send; 0 when all were looked at. */
static size_t
ngx_partner_publisher_pending(ngx_partner_publisher_t *publisher,
                              lp_journal_copy_t       *copies)
{
    int           end;
    size_t        n;
    lp_journal_t *counters;

    counters = &ngx_partner_publisher_journal(publisher)->counters;

    do {
        n = lp_journal_pending(counters, &publisher->from, copies,
                               NGX_PARTNER_PUBLISH_BATCH, &end);
    } while (n == 0 && !end);

    return n;
}


/* The next HSET; returns how many counters are in it. */
static size_t
ngx_partner_publisher_build(ngx_partner_publisher_t *publisher,
                            ngx_partner_hset_t      *hset)
{
    size_t i, n;

    n = ngx_partner_publisher_pending(publisher, hset->counters);

    hset->argc = (int) (2 + 2 * n);
    hset->argv[0] = "HSET";
    hset->lens[0] = 4;
    hset->argv[1] = (char *) hset->key;
    hset->lens[1] = ngx_partner_publisher_key(publisher, hset->key, "usage");

    for (i = 0; i < n; i++) {
        hset->argv[2 + 2 * i] = hset->counters[i].key;
        hset->lens[2 + 2 * i] = hset->counters[i].key_len;
        hset->argv[3 + 2 * i] = (char *) hset->values[i];
        hset->lens[3 + 2 * i] = ngx_partner_counter_value(
            &hset->counters[i].values, hset->values[i]);
    }

    return n;
}


static void
ngx_partner_publisher_batch(ngx_partner_publisher_t *publisher)
{
    ngx_partner_hset_t hset;

    if (ngx_partner_publisher_build(publisher, &hset) == 0) {
        ngx_partner_publisher_next(publisher);
        return;
    }

    (void) ngx_partner_publisher_send(publisher, ngx_partner_publisher_stored,
                                      hset.argc, hset.argv, hset.lens);
}


/* Before calls are lost to it, and not more often than there is news. */
static void
ngx_partner_publisher_warn(ngx_partner_publisher_t *publisher)
{
    ngx_uint_t        full;
    lp_journal_fill_t fill;

    fill = lp_journal_fill(&publisher->journals->journals[0].counters);
    full = fill.live >= fill.size - fill.size / NGX_PARTNER_JOURNAL_SPARE;

    if (full && !publisher->warned) {
        ngx_log_error(NGX_LOG_ALERT, publisher->log, 0,
                      "the usage journal has %uD of %uD counters, and calls "
                      "that find no room in it are not billed: make it larger",
                      fill.live, fill.size);
    }

    publisher->warned = full;
}


static void
ngx_partner_publisher_confirm(ngx_partner_publisher_t *publisher,
                              redisReply              *reply)
{
    size_t        i;
    uint32_t      hour;
    lp_usage_t    values;
    redisReply  **element;
    lp_journal_t *counters;

    counters = &ngx_partner_publisher_journal(publisher)->counters;

    for (i = 0; i + 1 < reply->elements; i += 2) {
        element = &reply->element[i];

        if (ngx_partner_answer_usage(element[0], element[1], &values)) {
            lp_journal_confirm(counters, element[0]->str, element[0]->len,
                               &values);
        }
    }

    /* nobody counts in a former life's any more */

    hour = (publisher->at == 0) ? (uint32_t) (ngx_time() / 3600) : UINT32_MAX;
    lp_journal_expire(counters, hour, ngx_partner_alive);
    ngx_partner_publisher_warn(publisher);
}


/* What the platform holds is read; the note of it may go. */
static void
ngx_partner_publisher_confirmed(void *data, redisReply *reply)
{
    u_char                   key[NGX_PARTNER_HASH_MAX];
    size_t                   lens[2];
    const char              *argv[2];
    ngx_partner_publisher_t *publisher;

    publisher = data;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        publisher->busy = 0;
        return;
    }

    ngx_partner_publisher_confirm(publisher, reply);
    publisher->from = 0;

    if (reply->elements == 0) {
        ngx_partner_publisher_batch(publisher);
        return;
    }

    argv[0] = "DEL";
    lens[0] = 3;
    argv[1] = (char *) key;
    lens[1] = ngx_partner_publisher_key(publisher, key, "confirmed");

    (void) ngx_partner_publisher_send(publisher, ngx_partner_publisher_stored,
                                      2, argv, lens);
}


static void
ngx_partner_publisher_listed(void *data, redisReply *reply)
{
    u_char                   key[NGX_PARTNER_HASH_MAX];
    size_t                   lens[2];
    const char              *argv[2];
    ngx_partner_publisher_t *publisher;

    publisher = data;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        publisher->busy = 0;
        return;
    }

    argv[0] = "HGETALL";
    lens[0] = 7;
    argv[1] = (char *) key;
    lens[1] = ngx_partner_publisher_key(publisher, key, "confirmed");

    (void) ngx_partner_publisher_send(
        publisher, ngx_partner_publisher_confirmed, 2, argv, lens);
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


static void
ngx_partner_publisher_tick(ngx_event_t *ev)
{
    ngx_msec_t               now;
    ngx_atomic_t            *at;
    ngx_atomic_uint_t        due;
    ngx_partner_publisher_t *publisher;

    publisher = ev->data;
    at = &publisher->zone->shared->publish_at;
    now = ngx_current_msec;
    due = *at;

    ngx_partner_usage_rest(publisher->usage);

    if (!publisher->busy && publisher->redis->ready
        && (ngx_msec_int_t) (now - due) >= 0
        && ngx_atomic_cmp_set(at, due, now + NGX_PARTNER_PUBLISH_EVERY)) {
        publisher->at = 0;
        ngx_partner_publisher_begin(publisher);
    }

    ngx_add_timer(&publisher->timer, NGX_PARTNER_PUBLISH_TICK);
}


void
ngx_partner_publisher_start(ngx_partner_publisher_t *publisher)
{
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

    while (ngx_partner_publisher_build(publisher, &hset) != 0) {

        if ((ngx_msec_int_t) (until - ngx_current_msec) <= 0
            || ngx_partner_redis_do(c, hset.argc, hset.argv, hset.lens)
                   != NGX_OK) {
            return NGX_ERROR;
        }

        ngx_time_update(); /* there is no event loop to do it */
    }

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
