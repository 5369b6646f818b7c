/*
 * The usage intake.  For each gateway in turn: what a crash left in the taken
 * hash, or else what it has published since, is read page by page, stored,
 * committed, confirmed, and only then deleted.  Values are absolute, so doing
 * it twice is harmless.
 */

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"
#include "counters.h"
#include "idle.h"
#include "intake.h"
#include "log.h"
#include "metrics.h"


#define PD_INTAKE_EVERY    500   /* milliseconds */
#define PD_INTAKE_PAGE     5000  /* counters, about; a statement's at once */
#define PD_CONFIRMED_LIFE  86400 /* seconds; then a gateway asks again */
#define PD_INCARNATION_LEN 16    /* hexadecimal digits */

#define PD_KEY_GATEWAYS  "partner:gateways"
#define PD_KEY_USAGE     "partner:usage:"
#define PD_KEY_TAKEN     "partner:taken:"
#define PD_KEY_CONFIRMED "partner:confirmed:"


static void pd_intake_gateway(pd_intake_t *in);
static void pd_intake_page(pd_intake_t *in);


/* What is not done now is found again by the next round. */
static void
pd_intake_end(pd_intake_t *in)
{
    json_decref(in->gateways);
    in->gateways = NULL;
    in->rounds.running = 0;
}


/* ---- taking ---- */

static void
pd_intake_confirmed(void *ctx, const redisReply *reply)
{
    pd_intake_t *in = ctx;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY) {
        pd_intake_end(in);
        return;
    }

    if (strcmp(in->cursor, "0") == 0) {
        pd_intake_gateway(in);
    } else {
        pd_intake_page(in);
    }
}


/* The last page in one transaction with the end of the taken hash: a
 * confirmation that is lost with it is given again. */
static void
pd_intake_confirm(pd_intake_t *in, const PGresult *res)
{
    int i;

    pd_redis_send(in->redis, NULL, NULL, "MULTI");

    for (i = 0; i < PQntuples(res); i++) {
        pd_redis_send(in->redis, NULL, NULL,
                      "HSET " PD_KEY_CONFIRMED "%s %s %s", in->incarnation,
                      PQgetvalue(res, i, 0), PQgetvalue(res, i, 1));
    }

    pd_redis_send(in->redis, NULL, NULL, "EXPIRE " PD_KEY_CONFIRMED "%s %d",
                  in->incarnation, PD_CONFIRMED_LIFE);

    if (strcmp(in->cursor, "0") == 0) {
        pd_redis_send(in->redis, NULL, NULL, "DEL " PD_KEY_TAKEN "%s",
                      in->incarnation);
    }

    pd_redis_send(in->redis, pd_intake_confirmed, in, "EXEC");
}


/* Whoever leads now may be at the same hash; it stores the same values. */
static void
pd_intake_stored(void *ctx, const PGresult *res)
{
    pd_intake_t *in = ctx;

    if (!in->rounds.leading) {
        pd_intake_end(in);
        return;
    }

    if (res == NULL) { /* it stays taken, and holds up no other gateway */
        pd_intake_gateway(in);
        return;
    }

    pd_metrics.stored += (uint64_t) PQntuples(res);
    pd_metrics.stored_at = (uint64_t) time(NULL);
    pd_intake_confirm(in, res);
}


/* One that lives after all names itself again with its next publication. */
static void
pd_intake_forget(pd_intake_t *in)
{
    if (pd_idle(in->idle, in->incarnation, pd_clock())) {
        pd_redis_send(in->redis, NULL, NULL, "SREM " PD_KEY_GATEWAYS " %s",
                      in->incarnation);
    }
}


/* It holds up no other gateway, and is said once until it can be read. */
static void
pd_intake_unreadable(pd_intake_t *in, const redisReply *reply)
{
    if (json_object_get(in->unreadable, in->incarnation) == NULL) {
        (void) json_object_set_new(in->unreadable, in->incarnation,
                                   json_true());
        pd_log(PD_WARN, "usage_unreadable", "incarnation", in->incarnation,
               "reason", reply->str, NULL);
    }

    pd_intake_gateway(in);
}


static void
pd_intake_store(pd_intake_t *in, const redisReply *page)
{
    char          text[24];
    size_t        i;
    pd_counters_t c;

    if (pd_counters_open(&c) != 0) {
        pd_intake_end(in);
        return;
    }

    for (i = 0; i + 1 < page->elements; i += 2) {
        pd_counters_add(&c, page->element[i]->str, page->element[i]->len,
                        page->element[i + 1]->str, page->element[i + 1]->len);
    }

    if (c.malformed > 0) {
        pd_metrics.malformed += c.malformed;
        (void) snprintf(text, sizeof(text), "%zu", c.malformed);
        pd_log(PD_WARN, "usage_malformed", "incarnation", in->incarnation,
               "fields", text, NULL);
    }

    pd_ask(&in->rounds.ask, "_usage.store",
           pd_counters_close(&c, in->incarnation), pd_intake_stored, in);
}


/* A page may be empty and have others behind it; a hash that is not there has
 * one alone. */
static void
pd_intake_taken(void *ctx, const redisReply *reply)
{
    int               first;
    pd_intake_t      *in = ctx;
    const redisReply *page;

    if (reply != NULL && reply->type == REDIS_REPLY_ERROR
        && in->rounds.leading) {
        pd_intake_unreadable(in, reply);
        return;
    }

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2 || !in->rounds.leading) {
        pd_intake_end(in);
        return;
    }

    page = reply->element[1];
    first = strcmp(in->cursor, "0") == 0;
    (void) snprintf(in->cursor, sizeof(in->cursor), "%s",
                    reply->element[0]->str);
    (void) json_object_del(in->unreadable, in->incarnation);

    if (page->elements > 0) {
        (void) json_object_del(in->idle, in->incarnation);
        pd_intake_store(in, page);

    } else if (first && strcmp(in->cursor, "0") == 0) {
        pd_intake_forget(in);
        pd_intake_gateway(in);

    } else {
        pd_intake_confirm(in, NULL);
    }
}


/* What changed in about a second is one page; after a time without PostgreSQL
 * it may be all that a gateway has, for which a statement would take longer
 * than it may. */
static void
pd_intake_page(pd_intake_t *in)
{
    pd_redis_send(in->redis, pd_intake_taken, in,
                  "HSCAN " PD_KEY_TAKEN "%s %s COUNT %d", in->incarnation,
                  in->cursor, PD_INTAKE_PAGE);
}


/* Hexadecimal alone: the name becomes a part of keys. */
static int
pd_intake_known(const char *incarnation)
{
    size_t i;

    for (i = 0; isxdigit((unsigned char) incarnation[i]); i++) {
    }

    return i == PD_INCARNATION_LEN && incarnation[i] == '\0';
}


/*
 * RENAMENX leaves alone what a crash has left, and HSCAN then finds that
 * first; its error, that nothing was published, says the same.
 */
static void
pd_intake_gateway(pd_intake_t *in)
{
    do {
        in->incarnation
            = json_string_value(json_array_get(in->gateways, in->next++));

        if (in->incarnation == NULL) {
            pd_intake_end(in);
            return;
        }
    } while (!pd_intake_known(in->incarnation));

    pd_redis_send(in->redis, NULL, NULL,
                  "RENAMENX " PD_KEY_USAGE "%s " PD_KEY_TAKEN "%s",
                  in->incarnation, in->incarnation);
    (void) snprintf(in->cursor, sizeof(in->cursor), "0");
    pd_intake_page(in);
}


/* A snapshot of the set: gateways that come now have the next round. */
static void
pd_intake_members(void *ctx, const redisReply *reply)
{
    size_t       i;
    pd_intake_t *in = ctx;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || !in->rounds.leading) {
        pd_intake_end(in);
        return;
    }

    in->gateways = json_array();
    in->next = 0;

    for (i = 0; i < reply->elements; i++) {
        (void) json_array_append_new(
            in->gateways,
            json_stringn(reply->element[i]->str, reply->element[i]->len));
    }

    pd_intake_gateway(in);
}


static void
pd_intake_round(void *ctx)
{
    pd_intake_t *in = ctx;

    if (!pd_redis_ready(in->redis)) {
        pd_intake_end(in);
        return;
    }

    pd_redis_send(in->redis, pd_intake_members, in,
                  "SMEMBERS " PD_KEY_GATEWAYS);
}


int
pd_intake_start(pd_intake_t *in, struct event_base *base,
                const pd_login_t *redis, const pd_queries_t *queries,
                pd_pg_t *pg)
{
    pd_redis_conf_t conf = { .base = base, .login = redis, .deadline = 5000 };

    in->rounds.round = pd_intake_round;
    in->rounds.ctx = in;
    in->idle = json_object();
    in->unreadable = json_object();
    in->redis = pd_redis_create(&conf);

    return in->idle == NULL || in->unreadable == NULL || in->redis == NULL
               ? -1
               : pd_rounds_start(&in->rounds, base, queries, pg,
                                 PD_INTAKE_EVERY);
}


void
pd_intake_free(pd_intake_t *in)
{
    pd_redis_free(in->redis);
    json_decref(in->gateways);
    json_decref(in->idle);
    json_decref(in->unreadable);
    pd_rounds_free(&in->rounds);
}
