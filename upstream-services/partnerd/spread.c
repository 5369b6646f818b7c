/*
 * Spreads a partner's change.  The records come first: a gateway that hears
 * the message looks up again whatever it has cached of the partner.
 */

#include <inttypes.h>
#include <stdio.h>

#include "spread.h"


#define PD_FIRST_ID "00000000-0000-0000-0000-000000000000"


static void pd_spread_page(pd_spread_t *s);


static void
pd_spread_ignore(void *ctx, const redisReply *reply)
{
    (void) ctx;
    (void) reply;
}


static void
pd_spread_told(void *ctx, const redisReply *reply)
{
    pd_spread_t *s = ctx;

    if (reply == NULL || reply->type != REDIS_REPLY_INTEGER) {
        s->done(s->ctx, PD_NOT_PROJECTED);
        return;
    }

    s->projection->revision = s->projection->sent;
    pd_redis_send(s->projection->redis, pd_spread_ignore, NULL,
                  "SET " PD_KEY_COMPLETE " %lld XX",
                  (long long) s->projection->revision);
    s->done(s->ctx, s->outcome);
}


static void
pd_spread_tell(pd_spread_t *s)
{
    char message[PD_PARTNER_ID + 40];

    s->projection->sent = s->projection->revision + 1;
    (void) snprintf(message, sizeof(message), "%" PRId64 " partner %s",
                    s->projection->sent, s->partner);
    pd_redis_send(s->projection->redis, pd_spread_told, s,
                  "PUBLISH " PD_CHANNEL " %s", message);
}


/* What a full Redis has lost is looked up in vain: 503, and never as it was. */
static void
pd_spread_written(void *ctx, pd_projected_t outcome)
{
    pd_spread_t *s = ctx;

    if (outcome == PD_NOT_PROJECTED) {
        s->done(s->ctx, outcome);
        return;
    }

    s->outcome = outcome > s->outcome ? outcome : s->outcome;
    pd_spread_page(s);
}


static void
pd_spread_rows(void *ctx, const PGresult *res)
{
    int          n;
    pd_spread_t *s = ctx;

    if (res == NULL || pd_projection_rows(s->projection, res) != 0) {
        s->done(s->ctx, PD_NOT_PROJECTED);
        return;
    }

    n = PQntuples(res);

    if (n == 0) {
        pd_spread_tell(s);
        return;
    }

    (void) snprintf(s->after, sizeof(s->after), "%s",
                    PQgetvalue(res, n - 1, 3));
    s->projection->publish = 0;
    s->projection->done = pd_spread_written;
    s->projection->ctx = s;
    pd_projection_write(s->projection);
}


static void
pd_spread_page(pd_spread_t *s)
{
    pd_ask(s->ask, "_relay.partner_page",
           json_pack("{s:s, s:s}", "partner", s->partner, "after", s->after),
           pd_spread_rows, s);
}


void
pd_spread_start(pd_spread_t *s, const char *partner)
{
    s->outcome = PD_PROJECTED;
    (void) snprintf(s->partner, sizeof(s->partner), "%s", partner);
    (void) snprintf(s->after, sizeof(s->after), "%s", PD_FIRST_ID);
    pd_spread_page(s);
}
