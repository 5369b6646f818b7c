/*
 * Forgets expired revocations: in Redis first, so that nothing stays there of
 * which PostgreSQL knows no more.
 */

#include "forget.h"
#include "projection.h"


/* Whoever asked may begin the next round within `done`. */
static void
pd_forget_end(pd_forget_t *f, int well)
{
    json_decref(f->digests);
    f->digests = NULL;
    f->done(f->ctx, well);
}


/*
 * What was deleted there and not here is found again by the next round:
 * deleting twice is harmless.
 */
static void
pd_forget_stored(void *ctx, const PGresult *res)
{
    pd_forget_end(ctx, res != NULL);
}


static void
pd_forget_deleted(void *ctx, const redisReply *reply)
{
    pd_forget_t *f = ctx;

    if (reply == NULL || reply->type != REDIS_REPLY_INTEGER) {
        pd_forget_end(f, 0);
        return;
    }

    pd_ask(f->ask, "_revocations.forget",
           json_pack("{s:O}", "digests", f->digests), pd_forget_stored, f);
}


static void
pd_forget_expired(void *ctx, const PGresult *res)
{
    int          i, argc;
    pd_forget_t *f = ctx;
    const char  *argv[PD_PROJECTION_BATCH + 2] = { "HDEL", PD_KEY_REVOKED };

    if (res == NULL || PQntuples(res) == 0) {
        pd_forget_end(f, res != NULL);
        return;
    }

    argc = 2;
    f->digests = json_array();

    /* Rows beyond a batch are taken by the next round. */
    for (i = 0; i < PQntuples(res) && i < PD_PROJECTION_BATCH; i++) {
        argv[argc++] = PQgetvalue(res, i, 0);
        (void) json_array_append_new(f->digests, json_string(argv[argc - 1]));
    }

    pd_redis_command(f->redis, pd_forget_deleted, f, argc, argv, NULL);
}


void
pd_forget_start(pd_forget_t *f)
{
    pd_ask(f->ask, "_revocations.expired", NULL, pd_forget_expired, f);
}
