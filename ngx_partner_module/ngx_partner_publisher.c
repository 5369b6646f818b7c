/*
 * Publishes usage counters to Redis; docs/architecture.md has the format.
 */

#include "ngx_partner_counter.h"
#include "ngx_partner_publisher.h"


#define NGX_PARTNER_PUBLISH_TICK  100  /* ms */
#define NGX_PARTNER_PUBLISH_EVERY 1000 /* ms */
#define NGX_PARTNER_PUBLISH_BATCH 64   /* counters in one command */

#define NGX_PARTNER_HASH_MAX 48 /* "partner:confirmed:" and the incarnation */


/* An HSET of a batch of counters, and the memory that it stands in. */
typedef struct {
    int         argc;
    const char *argv[2 + 2 * NGX_PARTNER_PUBLISH_BATCH];
    size_t      lens[2 + 2 * NGX_PARTNER_PUBLISH_BATCH];
    u_char      key[NGX_PARTNER_HASH_MAX];
    u_char      fields[NGX_PARTNER_PUBLISH_BATCH][NGX_PARTNER_COUNTER_FIELD];
    u_char      values[NGX_PARTNER_PUBLISH_BATCH][NGX_PARTNER_COUNTER_VALUE];
} ngx_partner_hset_t;


static void ngx_partner_publisher_batch(ngx_partner_publisher_t *publisher);


static size_t
ngx_partner_publisher_key(ngx_partner_publisher_t *publisher,
                          u_char key[NGX_PARTNER_HASH_MAX], const char *kind)
{
    u_char *end;

    end = ngx_snprintf(key, NGX_PARTNER_HASH_MAX, "partner:%s:%*s", kind,
                       sizeof(publisher->node), publisher->node);

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
static ngx_uint_t
ngx_partner_publisher_pending(ngx_partner_publisher_t  *publisher,
                              ngx_partner_usage_slot_t *slots)
{
    ngx_uint_t           n;
    ngx_partner_usage_t *usage;

    usage = &publisher->zone->shared->usage;

    do {
        ngx_partner_zone_lock(publisher->zone);
        n = ngx_partner_usage_pending(usage, &publisher->from, slots,
                                      NGX_PARTNER_PUBLISH_BATCH);
        ngx_partner_zone_unlock(publisher->zone);

    } while (n == 0 && publisher->from < usage->filled);

    return n;
}


/* The next HSET; returns how many counters are in it. */
static ngx_uint_t
ngx_partner_publisher_build(ngx_partner_publisher_t *publisher,
                            ngx_partner_hset_t      *hset)
{
    ngx_uint_t               i, n;
    ngx_partner_names_t     *names;
    ngx_partner_usage_slot_t slots[NGX_PARTNER_PUBLISH_BATCH];

    names = &publisher->zone->shared->names;
    n = ngx_partner_publisher_pending(publisher, slots);

    hset->argc = (int) (2 + 2 * n);
    hset->argv[0] = "HSET";
    hset->lens[0] = 4;
    hset->argv[1] = (char *) hset->key;
    hset->lens[1] = ngx_partner_publisher_key(publisher, hset->key, "usage");

    for (i = 0; i < n; i++) {
        hset->argv[2 + 2 * i] = (char *) hset->fields[i];
        hset->lens[2 + 2 * i]
            = ngx_partner_counter_field(names, &slots[i].id, hset->fields[i]);
        hset->argv[3 + 2 * i] = (char *) hset->values[i];
        hset->lens[3 + 2 * i]
            = ngx_partner_counter_value(&slots[i].values, hset->values[i]);
    }

    return n;
}


static void
ngx_partner_publisher_batch(ngx_partner_publisher_t *publisher)
{
    ngx_partner_hset_t hset;

    if (ngx_partner_publisher_build(publisher, &hset) == 0) {
        publisher->busy = 0;
        (void) ngx_atomic_fetch_add(
            &publisher->zone->shared->stats.publications, 1);
        return;
    }

    (void) ngx_partner_publisher_send(publisher, ngx_partner_publisher_stored,
                                      hset.argc, hset.argv, hset.lens);
}


static void
ngx_partner_publisher_confirm(ngx_partner_publisher_t *publisher,
                              redisReply              *reply)
{
    size_t                     i;
    ngx_partner_names_t       *names;
    ngx_partner_usage_t       *usage;
    ngx_partner_usage_id_t     id;
    ngx_partner_usage_values_t values;

    names = &publisher->zone->shared->names;
    usage = &publisher->zone->shared->usage;

    ngx_partner_zone_lock(publisher->zone);

    for (i = 0; i + 1 < reply->elements; i += 2) {

        if (ngx_partner_counter_read_field(names, reply->element[i]->str,
                                           reply->element[i]->len, &id)
                == NGX_OK
            && ngx_partner_counter_read_value(reply->element[i + 1]->str,
                                              reply->element[i + 1]->len,
                                              &values)
                   == NGX_OK) {
            ngx_partner_usage_confirm(usage, &id, &values);
        }
    }

    ngx_partner_usage_expire(usage, (uint32_t) (ngx_time() / 3600));

    ngx_partner_zone_unlock(publisher->zone);
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
    size_t      lens[3];
    const char *argv[3];

    argv[0] = "SADD";
    lens[0] = 4;
    argv[1] = "partner:gateways";
    lens[1] = 16;
    argv[2] = (char *) publisher->node;
    lens[2] = sizeof(publisher->node);

    publisher->busy = 1;
    (void) ngx_partner_publisher_send(publisher, ngx_partner_publisher_listed,
                                      3, argv, lens);
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

    if (!publisher->busy && publisher->redis->ready
        && (ngx_msec_int_t) (now - due) >= 0
        && ngx_atomic_cmp_set(at, due, now + NGX_PARTNER_PUBLISH_EVERY)) {
        ngx_partner_publisher_begin(publisher);
    }

    ngx_add_timer(&publisher->timer, NGX_PARTNER_PUBLISH_TICK);
}


void
ngx_partner_publisher_start(ngx_partner_publisher_t *publisher)
{
    (void) ngx_snprintf(publisher->node, sizeof(publisher->node), "%016xL",
                        publisher->zone->shared->incarnation);

    publisher->timer.handler = ngx_partner_publisher_tick;
    publisher->timer.data = publisher;
    publisher->timer.log = publisher->log;
    publisher->timer.cancelable = 1;

    ngx_add_timer(&publisher->timer, NGX_PARTNER_PUBLISH_TICK);
}


static ngx_int_t
ngx_partner_publisher_flush(ngx_partner_publisher_t *publisher,
                            redisContext            *c)
{
    const char *add[3]
        = { "SADD", "partner:gateways", (char *) publisher->node };
    const size_t       lens[3] = { 4, 16, sizeof(publisher->node) };
    ngx_partner_hset_t hset;

    if (ngx_partner_redis_do(c, 3, add, lens) != NGX_OK) {
        return NGX_ERROR;
    }

    publisher->from = 0;

    while (ngx_partner_publisher_build(publisher, &hset) != 0) {

        if (ngx_partner_redis_do(c, hset.argc, hset.argv, hset.lens)
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


void
ngx_partner_publisher_stop(ngx_partner_publisher_t *publisher)
{
    ngx_int_t     rc;
    redisContext *c;

    if (!publisher->redis->ready) {
        return; /* who stays, or nobody, will publish */
    }

    c = ngx_partner_redis_sync(publisher->redis->conf, publisher->log);
    rc = NGX_ERROR;

    if (c != NULL) {
        rc = ngx_partner_publisher_flush(publisher, c);
        redisFree(c);
    }

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, publisher->log, 0,
                      "usage was not published before leaving");
    }
}
