/*
 * Writes a batch of records and revocations to Redis, optimistically: WATCH and
 * read what is there, then write in a transaction what is newer.  A Redis that
 * refuses to store still deletes: what it has is then withdrawn.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "lp_revocation.h"
#include "log.h"
#include "projection.h"


#define PD_RECORD_KEY (sizeof(PD_KEY_RECORD) - 1 + LP_DIGEST_HEX + 1)


static void pd_projection_watch(pd_projection_t *p);


/* Takes copies.  -1: no room or memory. */
static int
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


int
pd_projection_rows(pd_projection_t *p, const PGresult *res)
{
    int     i;
    int64_t version;

    for (i = 0; i < PQntuples(res); i++) {
        version = PQgetisnull(res, i, 1) ? PD_NO_VERSION
                                         : atoll(PQgetvalue(res, i, 1));

        if (!PQgetisnull(res, i, 0)
            && pd_projection_add(p, PQgetvalue(res, i, 0), version,
                                 PQgetvalue(res, i, 2))
                   != 0) {
            pd_projection_clear(p);
            return -1;
        }
    }

    return 0;
}


/* Emptied first: `done` may fill the next batch. */
static void
pd_projection_end(pd_projection_t *p, pd_projected_t outcome)
{
    pd_projection_clear(p);
    p->done(p->ctx, outcome);
}


static int
pd_record_revokes(const pd_record_t *r)
{
    return r->version == PD_NO_VERSION;
}


static void
pd_projection_publish(pd_projection_t *p, const pd_record_t *r)
{
    char message[192]; /* as much as a gateway reads */

    if (!p->publish) {
        return;
    }

    p->sent++;

    if (pd_record_revokes(r)) {
        (void) snprintf(message, sizeof(message), "%" PRId64 " revoked %s %s",
                        p->sent, r->digest, r->record);
    } else {
        (void) snprintf(message, sizeof(message), "%" PRId64 " %s %" PRId64,
                        p->sent, r->digest, r->version);
    }

    pd_redis_send(p->redis, NULL, NULL, "PUBLISH " PD_CHANNEL " %s", message);
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
 * gateways answer 503 for these keys, and never by what was true before; of
 * tokens those who heard refuse them, and those who did not find no marker.
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
        if (p->records[i].newer && !pd_record_revokes(&p->records[i])) {
            (void) snprintf(keys[i], PD_RECORD_KEY, PD_KEY_RECORD "%s",
                            p->records[i].digest);
            argv[argc++] = keys[i];
        }
    }

    pd_redis_command(p->redis, pd_projection_withdrawn, p, argc, argv, NULL);
}


/* What Redis has against a transaction, or one of its commands; or NULL. */
static const char *
pd_projection_failed(const redisReply *reply)
{
    size_t i;

    if (reply->type == REDIS_REPLY_ERROR) {
        return reply->str;
    }

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) {
        return "no transaction";
    }

    for (i = 0; i < reply->elements; i++) {
        if (reply->element[i]->type == REDIS_REPLY_ERROR) {
            return reply->element[i]->str;
        }
    }

    return NULL;
}


/* A nil EXEC: another writer touched a record meanwhile, so look again. */
static void
pd_projection_executed(void *ctx, const redisReply *reply)
{
    const char       *failed;
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

    failed = pd_projection_failed(reply);
    if (failed != NULL) {
        pd_log(PD_ERROR, "projection", "detail", failed, NULL);
        pd_projection_withdraw(p);
        return;
    }

    p->revision = p->sent;
    marked = reply->element[reply->elements - 1];
    pd_projection_end(p, marked->type == REDIS_REPLY_NIL
                             ? PD_PROJECTED_UNMARKED
                             : PD_PROJECTED);
}


/* XX, since a marker that is gone says that Redis was wiped: only a rebuild
 * may set it again. */
void
pd_projection_mark(pd_projection_t *p, int64_t revision)
{
    char marker[PD_PEPPERS + 24];

    (void) snprintf(marker, sizeof(marker), "%" PRId64 " %s", revision,
                    p->peppers);
    pd_redis_send(p->redis, NULL, NULL, "SET " PD_KEY_COMPLETE " %s XX",
                  marker);
}


static void
pd_projection_execute(pd_projection_t *p)
{
    size_t             i;
    const pd_record_t *r;

    p->sent = p->revision;
    pd_redis_send(p->redis, NULL, NULL, "MULTI");

    for (i = 0; i < p->nrecords; i++) {
        r = &p->records[i];

        if (!r->newer) {
            continue;
        }

        pd_redis_send(p->redis, NULL, NULL,
                      pd_record_revokes(r) ? "HSET " PD_KEY_REVOKED " %s %s"
                                           : "SET " PD_KEY_RECORD "%s %s",
                      r->digest, r->record);
        pd_projection_publish(p, r);
    }

    pd_projection_mark(p, p->sent);
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


/* Whether Redis does not know it yet; what makes no sense is overwritten. */
static int
pd_revocation_newer(const char *record, const redisReply *there)
{
    lp_revocation_t mine, its;

    return there->type != REDIS_REPLY_STRING
           || lp_revocation_parse(&its, there->str, there->len) != 0
           || lp_revocation_parse(&mine, record, strlen(record)) != 0
           || lp_revocation_merge(&its, &mine);
}


/* One answer an entry, in their order.  What is as new already was written by
 * a chain that could not mark it. */
static void
pd_projection_read(void *ctx, const redisReply *reply)
{
    pd_record_t     *r;
    pd_projection_t *p = ctx;

    r = &p->records[p->nread++];
    p->lost |= reply == NULL;

    if (reply != NULL) {
        r->newer = pd_record_revokes(r)
                       ? pd_revocation_newer(r->record, reply)
                       : r->version > pd_projection_version(reply);
    }

    if (p->nread < p->nrecords) {
        return;
    }

    if (p->lost) {
        pd_projection_end(p, PD_NOT_PROJECTED);
    } else {
        pd_projection_execute(p);
    }
}


/* What changes after the WATCH fails the EXEC.  Behind the last question the
 * batch may be another one already. */
static void
pd_projection_watch(pd_projection_t *p)
{
    char        keys[PD_PROJECTION_BATCH][PD_RECORD_KEY];
    size_t      i, n;
    const char *argv[PD_PROJECTION_BATCH + 1] = { "WATCH" };

    n = p->nrecords;
    p->nread = 0;
    p->lost = 0;

    for (i = 0; i < n; i++) {
        (void) snprintf(keys[i], PD_RECORD_KEY, PD_KEY_RECORD "%s",
                        p->records[i].digest);
        argv[i + 1]
            = pd_record_revokes(&p->records[i]) ? PD_KEY_REVOKED : keys[i];
    }

    pd_redis_command(p->redis, NULL, NULL, (int) n + 1, argv, NULL);

    for (i = 0; i < n; i++) {
        pd_redis_send(p->redis, pd_projection_read, p,
                      pd_record_revokes(&p->records[i])
                          ? "HGET " PD_KEY_REVOKED " %s"
                          : "GET " PD_KEY_RECORD "%s",
                      p->records[i].digest);
    }
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
