/*
 * The relay.  One chain of steps runs at a time: a rebuild where one is due,
 * else the outbox, batch by batch, and what is to be forgotten once all was
 * told.  One that fails is begun again by the next sweep, or by Redis' return.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "forget.h"
#include "log.h"
#include "rebuild.h"
#include "relay.h"
#include "spread.h"


#define PD_SWEEP 1000             /* milliseconds; also between heartbeats */
#define PD_TIDY  10               /* sweeps */
#define PD_BLOCK INT64_C(1000000) /* revisions in a block */

#define PD_RELAYED "partner:relayed"


struct pd_relay_s {
    pd_redis_t     *redis;
    struct event   *sweep;
    pd_ask_t        ask;
    pd_rebuild_t    rebuild;
    pd_forget_t     forget;
    pd_spread_t     spread;
    pd_projection_t projection;
    char           *ends; /* transactions that the batch tells the rest of */
    int64_t         last; /* revision of the block */
    char            run[PD_RUN_LEN + 1]; /* of this Redis; "": not known yet */
    unsigned        leading;
    unsigned        running; /* a chain */
    unsigned        dirty;   /* the outbox may have more */
    unsigned        wiped;   /* a rebuild is due */
    unsigned        refused; /* the rebuild, since the last sweep */
    unsigned        beat;    /* a heartbeat is due */
    unsigned        sweeps;  /* until something may be forgotten */
};


static void pd_relay_step(pd_relay_t *r);


/* The chain ends; when all was well, what is due next begins. */
static void
pd_relay_end(pd_relay_t *r, int well)
{
    r->running = 0;

    if (well) {
        pd_relay_step(r);
    } else {
        r->dirty = 1;
    }
}


/* What the marker says from now on. */
static void
pd_relay_pepper(pd_relay_t *r, const char *names)
{
    (void) snprintf(r->projection.peppers, sizeof(r->projection.peppers), "%s",
                    names);
}


/* ---- the outbox ---- */

static void
pd_relay_marked(void *ctx, const PGresult *res)
{
    pd_relay_end(ctx, res != NULL);
}


/* Whoever waits for the gateways learns for which revision. */
static void
pd_relay_tell(pd_relay_t *r, int well)
{
    char       *text;
    const char *publish[] = { "PUBLISH", PD_RELAYED, NULL };

    if (well && r->ends != NULL
        && asprintf(&text, "%" PRId64 " %s", r->projection.revision, r->ends)
               > 0) {
        publish[2] = text;
        pd_redis_command(r->redis, NULL, NULL, 3, publish, NULL);
        free(text);
    }

    free(r->ends);
    r->ends = NULL;
}


static void
pd_relay_projected(void *ctx, pd_projected_t outcome)
{
    json_t     *marks;
    pd_relay_t *r = ctx;

    if (outcome == PD_PROJECTED_UNMARKED || outcome == PD_WITHDRAWN) {
        r->wiped = 1;
    }

    pd_relay_tell(r, outcome != PD_NOT_PROJECTED);
    marks = r->projection.marks;
    r->projection.marks = NULL;

    if (outcome == PD_NOT_PROJECTED) {
        json_decref(marks);
        pd_relay_end(r, 0);
        return;
    }

    pd_ask(&r->ask, "_relay.mark", marks, pd_relay_marked, r);
}


/* A heartbeat vouches for all that was committed before it, so only a look at
 * the outbox that found nothing may send it.  Those who wait for what is told
 * hear it as well: else, without gateways, a dead connection would look like a
 * quiet one. */
static void
pd_relay_beat(pd_relay_t *r)
{
    long long revision = r->projection.revision;

    if (!r->beat) {
        return;
    }

    r->beat = 0;
    pd_redis_send(r->redis, NULL, NULL, "PUBLISH " PD_CHANNEL " %lld",
                  revision);
    pd_redis_send(r->redis, NULL, NULL, "PUBLISH " PD_RELAYED " %lld",
                  revision);
    pd_projection_mark(&r->projection, revision);
}


static void
pd_relay_pending(void *ctx, const PGresult *res)
{
    pd_relay_t *r = ctx;

    if (res == NULL || pd_projection_rows(&r->projection, res) != 0) {
        pd_relay_end(r, 0);
        return;
    }

    r->dirty = 1; /* until a look at the outbox finds nothing */

    if (PQntuples(res) == 0) {
        pd_relay_end(r, 1);
        return;
    }

    r->projection.marks = json_pack("{s:s}", "marks", PQgetvalue(res, 0, 3));
    r->ends = PQgetisnull(res, 0, 4) ? NULL : strdup(PQgetvalue(res, 0, 4));
    r->projection.publish = 1;
    r->projection.done = pd_relay_projected;
    r->projection.ctx = r;
    pd_projection_write(&r->projection);
}


/* What waits, of one moment: a partner, whose message stands for many, and what
 * is told one by one, in turns, so that neither waits for all of the other. */
static void
pd_relay_waiting(void *ctx, const PGresult *res)
{
    unsigned    others;
    pd_relay_t *r = ctx;

    if (res == NULL || PQntuples(res) != 1) {
        pd_relay_end(r, 0);
        return;
    }

    pd_relay_pepper(r, PQgetvalue(res, 0, 5));
    others = PQgetvalue(res, 0, 0)[0] == 't';

    if (!PQgetisnull(res, 0, 1) && !(others && r->spread.partner[0] != '\0')) {
        r->dirty = 1;
        r->projection.marks
            = json_pack("{s:s}", "marks", PQgetvalue(res, 0, 2));
        r->ends
            = PQgetisnull(res, 0, 3) ? NULL : strdup(PQgetvalue(res, 0, 3));
        pd_spread_start(&r->spread, PQgetvalue(res, 0, 1),
                        PQgetvalue(res, 0, 6), PQgetvalue(res, 0, 4));

    } else if (others) {
        r->spread.partner[0] = '\0'; /* whose turn is next */
        pd_ask(&r->ask, "_relay.pending", NULL, pd_relay_pending, r);

    } else {
        pd_relay_beat(r);
        pd_relay_end(r, 1);
    }
}


/* ---- what to do next ---- */

/* A full Redis takes no rebuild, but what the outbox has to withdraw. */
static void
pd_relay_rebuilt(void *ctx, int complete)
{
    pd_relay_t *r = ctx;

    r->wiped = r->wiped && !complete;
    r->refused = !complete;
    pd_relay_end(r, 1);
}


static void
pd_relay_forgotten(void *ctx, int well)
{
    pd_relay_end(ctx, well);
}


/* A new block of revisions, and whether this Redis is the one that has all. */
static void
pd_relay_block(void *ctx, const PGresult *res)
{
    pd_relay_t *r = ctx;

    if (res == NULL || PQntuples(res) != 1) {
        pd_relay_end(r, 0);
        return;
    }

    r->projection.revision = atoll(PQgetvalue(res, 0, 0)) * PD_BLOCK;
    r->last = r->projection.revision + PD_BLOCK - 1;
    r->wiped = r->wiped || strcmp(r->run, PQgetvalue(res, 0, 1)) != 0;
    pd_relay_pepper(r, PQgetvalue(res, 0, 2));
    pd_relay_end(r, 1);
}


/* The order matters: no revision without a block, and on top of a hole only
 * what cannot wait until it is filled. */
static void
pd_relay_step(pd_relay_t *r)
{
    if (r->running || !r->leading || r->run[0] == '\0'
        || !pd_redis_ready(r->redis)) {
        return;
    }

    if (r->projection.revision + 2 * PD_PROJECTION_BATCH > r->last) {
        r->running = 1;
        pd_ask(&r->ask, "_relay.block", NULL, pd_relay_block, r);

    } else if (r->wiped && !r->refused) {
        r->running = 1;
        pd_rebuild_start(&r->rebuild);

    } else if (r->dirty) {
        r->running = 1;
        r->dirty = 0;
        pd_ask(&r->ask, "_relay.waiting", NULL, pd_relay_waiting, r);

    } else if (!r->wiped && r->sweeps == 0) {
        r->running = 1;
        r->sweeps = PD_TIDY;
        pd_forget_start(&r->forget);
    }
}


void
pd_relay_wake(pd_relay_t *r)
{
    r->dirty = 1;
    pd_relay_step(r);
}


/* The block of an earlier time of leading is void: another relay may have
 * published since. */
void
pd_relay_lead(pd_relay_t *r)
{
    r->leading = 1;
    r->last = 0;
    pd_relay_wake(r);
}


void
pd_relay_stop(pd_relay_t *r)
{
    r->leading = 0;
}


/* ---- Redis ---- */

/* No marker, though nobody is building: Redis has been wiped. */
static void
pd_relay_marker(void *ctx, const redisReply *reply)
{
    pd_relay_t *r = ctx;

    if (reply != NULL && reply->type == REDIS_REPLY_NIL && !r->running) {
        r->wiped = 1;
    }

    pd_relay_step(r);
}


/* Also what finds a commit whose NOTIFY was lost. */
static void
pd_relay_sweep(evutil_socket_t fd, short what, void *arg)
{
    pd_relay_t *r = arg;

    (void) fd;
    (void) what;

    if (!r->leading || r->last == 0) {
        pd_relay_step(r);
        return;
    }

    r->dirty = 1;
    r->refused = 0;
    r->beat = 1;
    r->sweeps -= r->sweeps > 0;
    pd_redis_send(r->redis, pd_relay_marker, r, "GET " PD_KEY_COMPLETE);
}


/* A Redis of another run may have lost, or have gone back to, anything. */
static void
pd_relay_info(void *ctx, const redisReply *reply)
{
    pd_relay_t *r = ctx;
    const char *run;

    run = reply == NULL || reply->type != REDIS_REPLY_STRING
              ? NULL
              : strstr(reply->str, "run_id:");
    if (run == NULL) {
        return;
    }

    (void) snprintf(r->run, sizeof(r->run), "%.*s", PD_RUN_LEN, run + 7);
    r->last = 0; /* the block's row says which run has all */
    pd_relay_wake(r);
}


/* Until its run is known nothing is written to it. */
static void
pd_relay_up(void *ctx)
{
    pd_relay_t *r = ctx;

    r->run[0] = '\0';
    pd_redis_send(r->redis, pd_relay_info, r, "INFO server");
}


pd_relay_t *
pd_relay_create(struct event_base *base, const pd_login_t *redis,
                const pd_queries_t *queries, pd_pg_t *pg)
{
    pd_relay_t     *r;
    struct timeval  every = pd_timeval(PD_SWEEP);
    pd_redis_conf_t conf = {
        .base = base,
        .login = redis,
        .deadline = 2000,
        .up = pd_relay_up,
    };

    r = calloc(1, sizeof(pd_relay_t));
    if (r == NULL) {
        return NULL;
    }

    conf.ctx = r;
    r->ask = (pd_ask_t){ .queries = queries, .pg = pg };
    r->redis = pd_redis_create(&conf);
    r->sweep = event_new(base, -1, EV_PERSIST, pd_relay_sweep, r);
    r->projection.redis = r->redis;
    r->rebuild = (pd_rebuild_t){
        .ask = &r->ask,
        .projection = &r->projection,
        .current = r->run,
        .done = pd_relay_rebuilt,
        .ctx = r,
    };
    r->spread = (pd_spread_t){
        .ask = &r->ask,
        .projection = &r->projection,
        .done = pd_relay_projected,
        .ctx = r,
    };
    r->forget = (pd_forget_t){
        .ask = &r->ask,
        .redis = r->redis,
        .done = pd_relay_forgotten,
        .ctx = r,
    };

    if (r->redis == NULL || r->sweep == NULL
        || event_add(r->sweep, &every) != 0) {
        pd_relay_free(r);
        return NULL;
    }

    return r;
}


void
pd_relay_free(pd_relay_t *r)
{
    if (r == NULL) {
        return;
    }

    r->leading = 0;
    pd_redis_free(r->redis);

    if (r->sweep != NULL) {
        event_free(r->sweep);
    }

    free(r->ends);
    pd_projection_clear(&r->projection);
    json_decref(r->projection.marks);
    json_decref(r->forget.digests);
    pd_ask_clear(&r->ask);
    free(r);
}
