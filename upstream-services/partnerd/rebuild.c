/*
 * Rebuilds the whole projection, page by page: records of credentials and
 * revocations of tokens alike.
 *
 * A marker of its own stands in Redis meanwhile and becomes the marker of
 * completeness at the end: a Redis that is wiped once more in between has lost
 * it too, and the rebuild begins anew.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "log.h"
#include "rebuild.h"


#define PD_FIRST_ID "00000000-0000-0000-0000-000000000000"
#define PD_JUMP     2 /* revisions: gateways look up again what they have */


static void pd_rebuild_page(pd_rebuild_t *b);


static void
pd_rebuild_end(pd_rebuild_t *b, int complete)
{
    char keys[24], took[24];

    if (complete) {
        (void) snprintf(keys, sizeof(keys), "%zu", b->written);
        (void) snprintf(took, sizeof(took), "%" PRId64, pd_clock() - b->since);
        pd_log(PD_INFO, "projection_rebuilt", "keys", keys, "milliseconds",
               took, NULL);
    }

    b->done(b->ctx, complete);
}


/* From here on a relay that takes over need not rebuild this Redis. */
static void
pd_rebuild_stored(void *ctx, const PGresult *res)
{
    pd_rebuild_end(ctx, res != NULL);
}


/* RENAME fails where the marker of building is gone: wiped meanwhile. */
static void
pd_rebuild_marked(void *ctx, const redisReply *reply)
{
    pd_rebuild_t *b = ctx;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements == 0) {
        pd_rebuild_end(b, 0);
        return;
    }

    b->projection->revision = b->projection->sent;

    if (reply->element[0]->type == REDIS_REPLY_ERROR) {
        pd_rebuild_end(b, 0);
        return;
    }

    pd_ask(b->ask, "_relay.complete", json_pack("{s:s}", "run", b->run),
           pd_rebuild_stored, b);
}


/*
 * All or nothing: a marker without its revision would let gateways trust what
 * they have cached of a Redis before.
 */
static void
pd_rebuild_mark(pd_rebuild_t *b)
{
    pd_redis_t *redis;
    long long   revision;

    /* Another Redis may have come back with a marker of building too. */
    if (strcmp(b->run, b->current) != 0) {
        pd_rebuild_end(b, 0);
        return;
    }

    redis = b->projection->redis;
    revision = b->projection->revision + PD_JUMP;
    b->projection->sent = revision;

    pd_redis_send(redis, NULL, NULL, "MULTI");
    pd_redis_send(redis, NULL, NULL,
                  "RENAME " PD_KEY_BUILDING " " PD_KEY_COMPLETE);
    pd_projection_mark(b->projection, revision);
    pd_redis_send(redis, NULL, NULL, "PUBLISH " PD_CHANNEL " %lld", revision);
    pd_redis_send(redis, pd_rebuild_marked, b, "EXEC");
}


/*
 * A key that was withdrawn means that Redis is full: a projection that is not
 * whole must not be called complete.
 */
static void
pd_rebuild_written(void *ctx, pd_projected_t outcome)
{
    pd_rebuild_t *b = ctx;

    if (outcome == PD_NOT_PROJECTED || outcome == PD_WITHDRAWN) {
        pd_rebuild_end(b, 0);
    } else {
        pd_rebuild_page(b);
    }
}


/* Nothing is published: the jump of the revision at the end says it for all. */
static void
pd_rebuild_rows(void *ctx, const PGresult *res)
{
    int           n;
    pd_rebuild_t *b = ctx;

    if (res == NULL || pd_projection_rows(b->projection, res) != 0) {
        pd_rebuild_end(b, 0);
        return;
    }

    n = PQntuples(res);

    if (n == 0) {
        pd_rebuild_mark(b);
        return;
    }

    (void) snprintf(b->after, sizeof(b->after), "%s",
                    PQgetvalue(res, n - 1, 3));
    b->written += (size_t) n;
    b->projection->publish = 0;
    b->projection->done = pd_rebuild_written;
    b->projection->ctx = b;
    pd_projection_write(b->projection);
}


static void
pd_rebuild_page(pd_rebuild_t *b)
{
    pd_ask(b->ask, "_relay.page", json_pack("{s:s}", "after", b->after),
           pd_rebuild_rows, b);
}


static void
pd_rebuild_begun(void *ctx, const redisReply *reply)
{
    pd_rebuild_t *b = ctx;

    if (reply == NULL || reply->type != REDIS_REPLY_STATUS) {
        pd_rebuild_end(b, 0);
    } else {
        pd_rebuild_page(b);
    }
}


/*
 * Without the marker gateways answer 503 for keys that they have not cached,
 * rather than 401 for good ones.
 */
void
pd_rebuild_start(pd_rebuild_t *b)
{
    b->written = 0;
    b->since = pd_clock();
    (void) snprintf(b->run, sizeof(b->run), "%s", b->current);
    (void) snprintf(b->after, sizeof(b->after), "%s", PD_FIRST_ID);

    pd_redis_send(b->projection->redis, NULL, NULL,
                  "DEL " PD_KEY_COMPLETE " " PD_KEY_REVOKED);
    pd_redis_send(b->projection->redis, pd_rebuild_begun, b,
                  "SET " PD_KEY_BUILDING " 1");
}
