/*
 * Spreads a partner's change.  The records come first: a gateway that hears
 * the message looks up again whatever it has cached of the partner.
 */

#include <inttypes.h>
#include <stdio.h>

#include "spread.h"


#define PD_FIRST_ID "00000000-0000-0000-0000-000000000000"


static void pd_spread_page(pd_spread_t *s);


/* The revision after the last; `said` is called with Redis' answer. */
static void
pd_spread_say(pd_spread_t *s, pd_redis_pt said, const char *kind,
              const char *status)
{
    char message[PD_PARTNER_ID + 60];

    /*
     * Counted only once Redis has taken it, so the platform never waits for
     * gateways that obey a revision which nobody sent.
     */
    s->projection->sent = s->projection->revision + 1;
    (void) snprintf(message, sizeof(message), "%" PRId64 " %s%s %s",
                    s->projection->sent, kind, status, s->partner);
    pd_redis_send(s->projection->redis, said, s, "PUBLISH " PD_CHANNEL " %s",
                  message);
}


/* Zero subscribers are an answer too: nobody is there to obey. */
static int
pd_spread_heard(pd_spread_t *s, const redisReply *reply)
{
    if (reply == NULL || reply->type != REDIS_REPLY_INTEGER) {
        s->done(s->ctx, PD_NOT_PROJECTED);
        return 0;
    }

    s->projection->revision = s->projection->sent;
    return 1;
}


/* Gateways refuse by now; the records follow in their own time. */
static void
pd_spread_closing(void *ctx, const redisReply *reply)
{
    if (pd_spread_heard(ctx, reply)) {
        pd_spread_page(ctx);
    }
}


static void
pd_spread_told(void *ctx, const redisReply *reply)
{
    pd_spread_t *s = ctx;

    if (!pd_spread_heard(s, reply)) {
        return;
    }

    pd_projection_mark(s->projection, s->projection->revision);
    s->done(s->ctx, s->outcome);
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

    /* The worst of all pages: outcomes are in that order. */
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
        pd_spread_say(s, pd_spread_told, "partner", "");
        return;
    }

    (void) snprintf(s->after, sizeof(s->after), "%s",
                    PQgetvalue(res, n - 1, 3));
    s->projection->publish = 0;
    s->projection->done = pd_spread_written;
    s->projection->ctx = s;
    pd_projection_write(s->projection);
}


/*
 * Keyset pages by id: a key that is made meanwhile is projected by its own
 * event.
 */
static void
pd_spread_page(pd_spread_t *s)
{
    pd_ask(s->ask,
           s->application[0] != '\0' ? "_relay.application_page"
                                     : "_relay.partner_page",
           json_pack("{s:s, s:s, s:s}", "partner", s->partner, "application",
                     s->application, "after", s->after),
           pd_spread_rows, s);
}


void
pd_spread_start(pd_spread_t *s, const char *partner, const char *application,
                const char *closing)
{
    s->outcome = PD_PROJECTED;
    (void) snprintf(s->partner, sizeof(s->partner), "%s", partner);
    (void) snprintf(s->application, sizeof(s->application), "%s", application);
    (void) snprintf(s->after, sizeof(s->after), "%s", PD_FIRST_ID);

    if (closing[0] != '\0') {
        pd_spread_say(s, pd_spread_closing, "closing ", closing);
    } else {
        pd_spread_page(s);
    }
}
