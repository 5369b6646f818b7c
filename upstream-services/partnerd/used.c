/*
 * The intake of last uses.  What gateways have written is set aside, read page
 * by page, stored, and only then deleted; what a crash leaves is found by the
 * next round.  Only later times are stored, so doing it twice is harmless.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lp_principal.h"
#include "used.h"


#define PD_USED_EVERY  2000 /* milliseconds; gateways tell once a minute */
#define PD_USED_DIGITS 10

#define PD_KEY_USED  "partner:used"
#define PD_KEY_ASIDE "partner:used:taken"


static void pd_used_page(pd_used_t *u);


/*
 * It comes from a hash that gateways write: what is not of the form is left
 * out, and the rest of the page is stored.
 */
int
pd_used_add(json_t *uses, const char *id, size_t id_len, const char *at,
            size_t at_len)
{
    char   name[LP_ID_LEN + 1], digits[PD_USED_DIGITS + 1];
    size_t i;

    if (id_len > LP_ID_LEN || at_len == 0 || at_len > PD_USED_DIGITS) {
        return -1;
    }

    for (i = 0; i < at_len; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return -1;
        }
    }

    memcpy(name, id, id_len);
    name[id_len] = '\0';
    memcpy(digits, at, at_len);
    digits[at_len] = '\0';

    /* Also where the name is no UTF-8. */
    return json_object_set_new(uses, name, json_integer(atoll(digits)));
}


/*
 * Were the deletion lost, all that is aside would be stored once more, which
 * changes nothing.
 */
static void
pd_used_end(void *ctx, const redisReply *reply)
{
    pd_used_t *u = ctx;

    (void) reply;
    u->rounds.running = 0;
}


static void
pd_used_next(pd_used_t *u)
{
    if (strcmp(u->cursor, "0") == 0) {
        pd_redis_send(u->redis, pd_used_end, u, "DEL " PD_KEY_ASIDE);
    } else {
        pd_used_page(u);
    }
}


/*
 * A hash that was not stored stays aside, and the next round begins with it.
 */
static void
pd_used_stored(void *ctx, const PGresult *res)
{
    pd_used_t *u = ctx;

    if (res == NULL || !u->rounds.leading) {
        u->rounds.running = 0;
        return;
    }

    pd_used_next(u);
}


/* A page may be empty and have others behind it. */
static void
pd_used_read(void *ctx, const redisReply *reply)
{
    size_t            i;
    json_t           *uses;
    pd_used_t        *u = ctx;
    const redisReply *page;

    if (reply == NULL || reply->type != REDIS_REPLY_ARRAY
        || reply->elements != 2 || !u->rounds.leading) {
        u->rounds.running = 0;
        return;
    }

    page = reply->element[1];
    uses = json_object();
    (void) snprintf(u->cursor, sizeof(u->cursor), "%s",
                    reply->element[0]->str);

    for (i = 0; i + 1 < page->elements; i += 2) {
        (void) pd_used_add(uses, page->element[i]->str, page->element[i]->len,
                           page->element[i + 1]->str,
                           page->element[i + 1]->len);
    }

    if (json_object_size(uses) == 0) {
        json_decref(uses);
        pd_used_next(u);
        return;
    }

    pd_ask(&u->rounds.ask, "_used.store", json_pack("{s:o}", "uses", uses),
           pd_used_stored, u);
}


static void
pd_used_page(pd_used_t *u)
{
    pd_redis_send(u->redis, pd_used_read, u,
                  "HSCAN " PD_KEY_ASIDE " %s COUNT 500", u->cursor);
}


/* RENAMENX leaves alone what a crash has left aside. */
static void
pd_used_round(void *ctx)
{
    pd_used_t *u = ctx;

    if (!pd_redis_ready(u->redis)) {
        u->rounds.running = 0;
        return;
    }

    (void) snprintf(u->cursor, sizeof(u->cursor), "0");
    pd_redis_send(u->redis, NULL, NULL,
                  "RENAMENX " PD_KEY_USED " " PD_KEY_ASIDE);
    pd_used_page(u);
}


int
pd_used_start(pd_used_t *u, struct event_base *base, const pd_login_t *redis,
              const pd_queries_t *queries, pd_pg_t *pg)
{
    pd_redis_conf_t conf = { .base = base, .login = redis, .deadline = 5000 };

    u->rounds.round = pd_used_round;
    u->rounds.ctx = u;
    u->redis = pd_redis_create(&conf);

    return u->redis == NULL
               ? -1
               : pd_rounds_start(&u->rounds, base, queries, pg, PD_USED_EVERY);
}


void
pd_used_free(pd_used_t *u)
{
    pd_redis_free(u->redis);
    pd_rounds_free(&u->rounds);
}
