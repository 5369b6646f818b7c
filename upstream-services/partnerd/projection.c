/*
 * Writes a batch of principal records to Redis, optimistically: WATCH and read
 * what is there, then write in a transaction what is newer.  A Redis that
 * refuses to store still deletes: what it has is then withdrawn.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "log.h"
#include "projection.h"


#define PD_RECORD_KEY (sizeof(PD_KEY_RECORD) - 1 + LP_DIGEST_HEX + 1)
#define PD_MESSAGE    (LP_DIGEST_HEX + 2 * 21 + 1) /* two 64-bit numbers */


static void pd_projection_watch(pd_projection_t *p);


int
pd_projection_add(pd_projection_t *p, const char *digest, int64_t version,
                  const char *record)
{
    pd_record_t *r;

    if (p->nrecords == PD_PROJECTION_BATCH) {
        return -1;
    }

    r = &p->records[p->nrecords];
    (void) snprintf(r->digest, sizeof(r->digest), "%s", digest);
    r->version = version;
    r->record = strdup(record);

    if (r->record == NULL) {
        return -1;
    }

    p->nrecords++;

    return 0;
}


void
pd_projection_clear(pd_projection_t *p)
{
    while (p->nrecords > 0) {
        free(p->records[--p->nrecords].record);
    }
}


/* Emptied first: `done` may fill the next batch. */
static void
pd_projection_end(pd_projection_t *p, pd_projected_t outcome)
{
    pd_projection_clear(p);
    p->done(p->ctx, outcome);
}


/* Commands whose answers matter only together with EXEC's. */
static void
pd_projection_ignore(void *ctx, const redisReply *reply)
{
    (void) ctx;
    (void) reply;
}


static void
pd_projection_publish(pd_projection_t *p, const pd_record_t *r)
{
    char message[PD_MESSAGE];

    if (!p->publish) {
        return;
    }

    (void) snprintf(message, sizeof(message), "%lld %s %lld",
                    (long long) ++p->sent, r->digest, (long long) r->version);
    pd_redis_send(p->redis, pd_projection_ignore, NULL,
                  "PUBLISH " PD_CHANNEL " %s", message);
}


/*
 * A PUBLISH that is lost ends the connection, and the block of revisions that
 * begins with the next one tells the gateways.
 *
 * A Redis that cannot be written at all (READONLY, NOREPLICAS, MISCONF) does
 * not delete either, but still publishes: a gateway that has heard of a version
 * answers 503 for the key rather than by the older record that it finds.
 */
static void
pd_projection_withdrawn(void *ctx, const redisReply *reply)
{
    size_t           i;
    pd_projection_t *p = ctx;

    if (reply == NULL) {
        pd_projection_end(p, PD_NOT_PROJECTED);
        return;
    }

    p->sent = p->revision;

    for (i = 0; i < p->nrecords; i++) {
        if (p->records[i].newer) {
            pd_projection_publish(p, &p->records[i]);
        }
    }

    p->revision = p->sent;
    pd_projection_end(p, reply->type == REDIS_REPLY_INTEGER
                             ? PD_WITHDRAWN
                             : PD_NOT_PROJECTED);
}


/*
 * A Redis at its maxmemory refuses SET and whatever stands in a MULTI, but
 * neither DEL nor PUBLISH.  Without their records and without the marker
 * gateways answer 503 for these keys, and never by what was true before.
 */
static void
pd_projection_withdraw(pd_projection_t *p)
{
    int         argc;
    char        keys[PD_PROJECTION_BATCH][PD_RECORD_KEY];
    size_t      i;
    const char *argv[PD_PROJECTION_BATCH + 2] = { "DEL", PD_KEY_COMPLETE };

    argc = 2;

    for (i = 0; i < p->nrecords; i++) {
        if (p->records[i].newer) {
            (void) snprintf(keys[i], PD_RECORD_KEY, PD_KEY_RECORD "%s",
                            p->records[i].digest);
            argv[argc++] = keys[i];
        }
    }

    pd_redis_command(p->redis, pd_projection_withdrawn, p, argc, argv, NULL);
}


/* A nil EXEC: another writer touched a record meanwhile, so look again. */
static void
pd_projection_executed(void *ctx, const redisReply *reply)
{
    pd_projection_t  *p = ctx;
    const redisReply *marked;

    if (reply == NULL) {
        pd_projection_end(p, PD_NOT_PROJECTED);
        return;
    }

    if (reply->type == REDIS_REPLY_NIL) {
        pd_projection_watch(p);
        return;
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) {
        pd_log(PD_ERROR, "projection", "detail",
               reply->str == NULL ? "no transaction" : reply->str, NULL);
        pd_projection_withdraw(p);
        return;
    }

    p->revision = p->sent;
    marked = reply->element[reply->elements - 1];
    pd_projection_end(p, marked->type == REDIS_REPLY_NIL
                             ? PD_PROJECTED_UNMARKED
                             : PD_PROJECTED);
}


/* The marker is written only where it is: a wiped Redis stays unmarked. */
static void
pd_projection_execute(pd_projection_t *p)
{
    size_t             i;
    const pd_record_t *r;

    p->sent = p->revision;
    pd_redis_send(p->redis, pd_projection_ignore, NULL, "MULTI");

    for (i = 0; i < p->nrecords; i++) {
        r = &p->records[i];

        if (!r->newer) {
            continue;
        }

        pd_redis_send(p->redis, pd_projection_ignore, NULL, "SET %s%s %s",
                      PD_KEY_RECORD, r->digest, r->record);
        pd_projection_publish(p, r);
    }

    pd_redis_send(p->redis, pd_projection_ignore, NULL,
                  "SET " PD_KEY_COMPLETE " %lld XX", (long long) p->sent);
    pd_redis_send(p->redis, pd_projection_executed, p, "EXEC");
}


static int64_t
pd_projection_version(const redisReply *reply)
{
    json_t *record;
    int64_t version;

    if (reply->type != REDIS_REPLY_STRING) {
        return -1;
    }

    /* What is no record is worth less than any. */
    record = json_loadb(reply->str, reply->len, JSON_REJECT_DUPLICATES, NULL);
    version = json_is_integer(json_object_get(record, "version"))
                  ? json_integer_value(json_object_get(record, "version"))
                  : -1;
    json_decref(record);

    return version;
}


/* What is as new already was written by a chain that could not mark it. */
static void
pd_projection_read(void *ctx, const redisReply *reply)
{
    size_t           i;
    pd_projection_t *p = ctx;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != p->nrecords) {
        pd_projection_end(p, PD_NOT_PROJECTED);
        return;
    }

    for (i = 0; i < p->nrecords; i++) {
        p->records[i].newer
            = p->records[i].version > pd_projection_version(reply->element[i]);
    }

    pd_projection_execute(p);
}


/* Both at once: what changes after the WATCH fails the EXEC. */
static void
pd_projection_watch(pd_projection_t *p)
{
    char        keys[PD_PROJECTION_BATCH][PD_RECORD_KEY];
    size_t      i;
    const char *argv[PD_PROJECTION_BATCH + 1];

    for (i = 0; i < p->nrecords; i++) {
        (void) snprintf(keys[i], PD_RECORD_KEY, PD_KEY_RECORD "%s",
                        p->records[i].digest);
        argv[i + 1] = keys[i];
    }

    argv[0] = "WATCH";
    pd_redis_command(p->redis, pd_projection_ignore, NULL,
                     (int) p->nrecords + 1, argv, NULL);

    argv[0] = "MGET";
    pd_redis_command(p->redis, pd_projection_read, p, (int) p->nrecords + 1,
                     argv, NULL);
}


void
pd_projection_write(pd_projection_t *p)
{
    if (p->nrecords == 0) {
        pd_projection_end(p, PD_PROJECTED);
        return;
    }

    pd_projection_watch(p);
}
