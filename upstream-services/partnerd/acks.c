/*
 * Waiting for acknowledgements.  The relay tells which transactions it has
 * told the gateways of, and under which revision; each gateway tells which
 * revision it obeys.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <event2/event.h>

#include "acks.h"
#include "clock.h"
#include "gateways.h"
#include "log.h"


#define PD_ACKS_TICK    20 /* milliseconds; only while somebody waits */
#define PD_ACKS_RELAYED 4096
#define PD_NODES        "partner:nodes"
#define PD_NODE         "partner:node:"
#define PD_NODES_LIFE   (2 * 86400) /* seconds; no record lives as long */


typedef struct {
    int64_t transaction;
    int64_t revision;
} pd_relayed_t;

TAILQ_HEAD(pd_ack_waits_s, pd_ack_wait_s);

struct pd_acks_s {
    pd_redis_t   *redis;   /* commands; the server's */
    pd_redis_t   *channel; /* a subscription */
    struct event *tick;
    pd_gateways_t gateways;
    unsigned      known;                    /* they were loaded, and told */
    pd_relayed_t  relayed[PD_ACKS_RELAYED]; /* a ring of the latest: a change
                                               may be told before we wait */
    size_t        next;
    struct pd_ack_waits_s waiting;
};

static void pd_acks_load(pd_acks_t *a);

static const char *const pd_acks_channels[]
    = { PD_ACKS_CHANNEL, PD_RELAYED_CHANNEL };


/* ---- who waits ---- */

static void
pd_acks_end(pd_acks_t *a, pd_ack_wait_t *w, json_t *pending)
{
    TAILQ_REMOVE(&a->waiting, w, link);
    w->done(w->ctx, pending);
    json_decref(pending);
}


static void
pd_acks_give_up(pd_acks_t *a, pd_ack_wait_t *w, int64_t now)
{
    json_t *names;

    names = json_array();
    (void) pd_gateways_behind(&a->gateways,
                              w->revision == 0 ? INT64_MAX : w->revision, now,
                              NULL, names);
    pd_acks_end(a, w,
                json_pack("{s:b, s:o}", "published",
                          w->revision != 0 && a->known, "gateways", names));
}


/*
 * Silence for a whole lease ends the wait for a gateway that was told.  What is
 * late, relay or gateway, has the longest lease of all, and time enough for a
 * machine under load where there is no gateway whose lease would count.
 */
static void
pd_acks_check(pd_acks_t *a, pd_ack_wait_t *w, int64_t now)
{
    int64_t  due, lease;
    size_t   behind;
    unsigned told;

    behind = pd_gateways_behind(&a->gateways,
                                w->revision == 0 ? INT64_MAX : w->revision,
                                now, &due, NULL);
    told = a->known && w->revision != 0;

    if (told && behind == 0) {
        pd_acks_end(a, w, NULL);
        return;
    }

    lease = pd_gateways_lease(&a->gateways, now);
    lease = lease > PD_ACKS_LATE ? lease : PD_ACKS_LATE;

    if (now >= w->since + lease
        || (told && now >= due && now >= w->since + PD_ACKS_LEAST)) {
        pd_acks_give_up(a, w, now);
    }
}


static void
pd_acks_look(pd_acks_t *a)
{
    int64_t        now;
    pd_ack_wait_t *w, *next;

    now = pd_clock();

    for (w = TAILQ_FIRST(&a->waiting); w != NULL; w = next) {
        next = TAILQ_NEXT(w, link);
        pd_acks_check(a, w, now);
    }

    if (TAILQ_EMPTY(&a->waiting)) {
        (void) event_del(a->tick);
    }
}


static void
pd_acks_ticked(evutil_socket_t fd, short what, void *arg)
{
    (void) fd;
    (void) what;
    pd_acks_look(arg);
}


void
pd_acks_wait(pd_acks_t *a, pd_ack_wait_t *w)
{
    size_t         i;
    struct timeval every = pd_timeval(PD_ACKS_TICK);

    w->since = pd_clock();
    w->revision = 0;

    for (i = 0; i < PD_ACKS_RELAYED; i++) {
        if (a->relayed[i].transaction == w->transaction) {
            w->revision = a->relayed[i].revision;
        }
    }

    TAILQ_INSERT_TAIL(&a->waiting, w, link);

    if (event_add(a->tick, &every) != 0) {
        pd_acks_give_up(a, w, w->since);
        return;
    }

    pd_acks_check(a, w, w->since);
}


/* ---- what is told ---- */

static void
pd_acks_relayed(pd_acks_t *a, int64_t transaction, int64_t revision)
{
    pd_ack_wait_t *w;

    a->relayed[a->next] = (pd_relayed_t){ transaction, revision };
    a->next = (a->next + 1) % PD_ACKS_RELAYED;

    for (w = TAILQ_FIRST(&a->waiting); w != NULL; w = TAILQ_NEXT(w, link)) {
        if (w->transaction == transaction) {
            w->revision = revision;
        }
    }
}


/* "<revision> <transaction>,<transaction>..." */
static void
pd_acks_hear_relay(pd_acks_t *a, const char *text)
{
    char   *end;
    int64_t revision;

    revision = strtoll(text, &end, 10);

    while (revision > 0 && (*end == ' ' || *end == ',')) {
        pd_acks_relayed(a, strtoll(end + 1, &end, 10), revision);
    }
}


/* The bytes end with a zero: hiredis puts one behind them. */
static void
pd_acks_heard(void *ctx, const char *channel, const char *text, size_t len)
{
    pd_acks_t *a = ctx;

    if (strcmp(channel, PD_RELAYED_CHANNEL) == 0) {
        pd_acks_hear_relay(a, text);

    } else if (pd_gateways_hear(&a->gateways, text, len, 0, pd_clock()) != 0) {
        pd_log(PD_WARN, "gateway_makes_no_sense", NULL);
    }

    pd_acks_load(a);

    if (!TAILQ_EMPTY(&a->waiting)) {
        pd_acks_look(a);
    }
}


/* ---- gateways that were there before us ---- */

/* Pairs of a record and the milliseconds that it has left. */
static void
pd_acks_record(void *ctx, const redisReply *reply)
{
    int64_t           age, now;
    pd_acks_t        *a = ctx;
    pd_gateways_t     one = { 0 };
    const redisReply *text, *left;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2
        || reply->element[0]->type != REDIS_REPLY_STRING
        || reply->element[1]->type != REDIS_REPLY_INTEGER) {
        return;
    }

    text = reply->element[0];
    left = reply->element[1];
    now = pd_clock();

    if (pd_gateways_hear(&one, text->str, text->len, 0, now) == 0
        && one.n == 1) {
        age = one.all[0].lifetime - left->integer;
        (void) pd_gateways_hear(&a->gateways, text->str, text->len,
                                age > 0 ? age : 0, now);
    }

    pd_gateways_free(&one);
}


/* Behind the last record: from here on who is not known is not there. */
static void
pd_acks_loaded(void *ctx, const redisReply *reply)
{
    pd_acks_t *a = ctx;

    a->known = reply != NULL && pd_redis_ready(a->channel);
}


static void
pd_acks_members(void *ctx, const redisReply *reply)
{
    size_t      i;
    pd_acks_t  *a = ctx;
    const char *id;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        return;
    }

    for (i = 0; i < reply->elements; i++) {
        id = reply->element[i]->str;
        pd_redis_send(a->redis, NULL, NULL, "MULTI");
        pd_redis_send(a->redis, NULL, NULL, "GET " PD_NODE "%s", id);
        pd_redis_send(a->redis, NULL, NULL, "PTTL " PD_NODE "%s", id);
        pd_redis_send(a->redis, pd_acks_record, a, "EXEC");
    }

    pd_redis_send(a->redis, pd_acks_loaded, a, "PING");
}


/* Subscribed first, so that nothing falls between the two. */
static void
pd_acks_load(pd_acks_t *a)
{
    long long ended;

    if (a->known || !pd_redis_ready(a->channel) || !pd_redis_ready(a->redis)) {
        return;
    }

    ended = (long long) time(NULL) - PD_NODES_LIFE;
    pd_redis_send(a->redis, NULL, NULL,
                  "ZREMRANGEBYSCORE " PD_NODES " -inf %lld", ended);
    pd_redis_send(a->redis, pd_acks_members, a, "ZRANGE " PD_NODES " 0 -1");
}


static void
pd_acks_up(void *ctx)
{
    pd_acks_load(ctx);
}


static void
pd_acks_down(void *ctx)
{
    pd_acks_t *a = ctx;

    a->known = 0;
}


void
pd_acks_ready(pd_acks_t *a)
{
    pd_acks_load(a);
}


pd_acks_t *
pd_acks_create(struct event_base *base, const pd_login_t *login,
               pd_redis_t *redis)
{
    pd_acks_t      *a;
    pd_redis_conf_t conf = {
        .base = base,
        .login = login,
        .deadline = 2000,
        .channels = pd_acks_channels,
        .heard = pd_acks_heard,
        .up = pd_acks_up,
        .down = pd_acks_down,
    };

    a = calloc(1, sizeof(pd_acks_t));
    if (a == NULL) {
        return NULL;
    }

    TAILQ_INIT(&a->waiting);
    conf.ctx = a;
    a->redis = redis;
    a->tick = event_new(base, -1, EV_PERSIST, pd_acks_ticked, a);
    a->channel = pd_redis_create(&conf);

    if (a->tick == NULL || a->channel == NULL) {
        pd_acks_free(a);
        return NULL;
    }

    return a;
}


void
pd_acks_free(pd_acks_t *a)
{
    if (a == NULL) {
        return;
    }

    a->known = 0;

    while (!TAILQ_EMPTY(&a->waiting)) {
        pd_acks_give_up(a, TAILQ_FIRST(&a->waiting), pd_clock());
    }

    pd_redis_free(a->channel);

    if (a->tick != NULL) {
        event_free(a->tick);
    }

    pd_gateways_free(&a->gateways);
    free(a);
}
