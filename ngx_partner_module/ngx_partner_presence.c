/*
 * Presence: a record that outlives every lease given under it, and a message
 * for each revision that the gateway has come to obey.
 */

#include "ngx_partner_presence.h"


#define NGX_PARTNER_PRESENCE_SET     "partner:nodes"
#define NGX_PARTNER_PRESENCE_KEY     "partner:node:"
#define NGX_PARTNER_PRESENCE_CHANNEL "partner:acks"

/* A word on the same revision says only that we live; ms between two. */
#define NGX_PARTNER_PRESENCE_EVERY 500

/* What clocks and networks may add to a lease, in ms. */
#define NGX_PARTNER_PRESENCE_MARGIN 5000


static ngx_msec_t
ngx_partner_presence_longest(const ngx_msec_t times[LP_TIERS])
{
    ngx_uint_t i;
    ngx_msec_t longest;

    longest = 0;

    for (i = 0; i < LP_TIERS; i++) {
        longest = ngx_max(longest, times[i]);
    }

    return longest;
}


static u_char *
ngx_partner_presence_tiers(u_char *p, u_char *last, const char *name,
                           const ngx_msec_t times[LP_TIERS])
{
    ngx_uint_t i;

    p = ngx_slprintf(p, last, ",\"%s\":{", name);

    for (i = 0; i < LP_TIERS; i++) {
        p = ngx_slprintf(p, last, "%s\"%s\":%M", i > 0 ? "," : "",
                         lp_tier_name(i), times[i]);
    }

    return ngx_slprintf(p, last, "}");
}


static size_t
ngx_partner_presence_text(ngx_partner_presence_t *presence, u_char *text,
                          ngx_msec_t lifetime)
{
    u_char               *p, *last;
    ngx_partner_shared_t *shared;

    shared = presence->zone->shared;
    last = text + NGX_PARTNER_PRESENCE_TEXT;

    p = ngx_slprintf(text, last,
                     "{\"id\":\"%016xL\",\"node\":\"%V\",\"revision\":%uA,"
                     "\"lifetime\":%M",
                     shared->incarnation, &presence->node, shared->told,
                     lifetime);
    p = ngx_partner_presence_tiers(p, last, "revocationLease",
                                   presence->lease);
    p = ngx_partner_presence_tiers(p, last, "stale", presence->stale);
    p = ngx_slprintf(p, last, "}");

    return p - text;
}


/* Where one was not taken, the next message tells it again. */
static void
ngx_partner_presence_answered(void *data, redisReply *reply)
{
    ngx_partner_presence_t *presence;

    presence = data;
    presence->unanswered--;

    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        presence->zone->shared->told_at = 0;
    }

    if (presence->unanswered == 0 && presence->again) {
        presence->again = 0;
        ngx_partner_presence_tell(presence);
    }
}


static void
ngx_partner_presence_send(ngx_partner_presence_t *presence, int argc,
                          const char **argv, const size_t *lens)
{
    if (ngx_partner_redis_command(presence->redis,
                                  ngx_partner_presence_answered, presence,
                                  argc, argv, lens)
        == NULL) {
        presence->zone->shared->told_at = 0;
        return;
    }

    presence->unanswered++;
}


/*
 * The message first: it is what somebody waits for.  The record lives longer
 * than anything that this gateway may serve without being heard of.
 */
static void
ngx_partner_presence_say(ngx_partner_presence_t *presence)
{
    u_char      text[NGX_PARTNER_PRESENCE_TEXT], id[NGX_PARTNER_PRESENCE_ID];
    u_char      key[sizeof(NGX_PARTNER_PRESENCE_KEY) + sizeof(id)];
    u_char      ttl[NGX_INT64_LEN]; /* then the time, which is the score */
    size_t      len, lens[5];
    ngx_msec_t  lifetime;
    const char *argv[5];

    lifetime = ngx_max(ngx_partner_presence_longest(presence->lease),
                       ngx_partner_presence_longest(presence->stale))
               + NGX_PARTNER_PRESENCE_MARGIN;
    len = ngx_partner_presence_text(presence, text, lifetime);

    (void) ngx_snprintf(id, sizeof(id), "%016xL",
                        presence->zone->shared->incarnation);

    argv[0] = "PUBLISH";
    lens[0] = 7;
    argv[1] = NGX_PARTNER_PRESENCE_CHANNEL;
    lens[1] = sizeof(NGX_PARTNER_PRESENCE_CHANNEL) - 1;
    argv[2] = (char *) text;
    lens[2] = len;
    ngx_partner_presence_send(presence, 3, argv, lens);

    argv[0] = "SET";
    lens[0] = 3;
    argv[1] = (char *) key;
    lens[1] = ngx_snprintf(key, sizeof(key), NGX_PARTNER_PRESENCE_KEY "%*s",
                           sizeof(id), id)
              - key;
    argv[3] = "PX";
    lens[3] = 2;
    argv[4] = (char *) ttl;
    lens[4] = ngx_snprintf(ttl, sizeof(ttl), "%M", lifetime) - ttl;
    ngx_partner_presence_send(presence, 5, argv, lens);

    argv[0] = "ZADD";
    lens[0] = 4;
    argv[1] = NGX_PARTNER_PRESENCE_SET;
    lens[1] = sizeof(NGX_PARTNER_PRESENCE_SET) - 1;
    argv[2] = (char *) ttl;
    lens[2] = ngx_snprintf(ttl, sizeof(ttl), "%T", ngx_time()) - ttl;
    argv[3] = (char *) id;
    lens[3] = sizeof(id);
    ngx_partner_presence_send(presence, 4, argv, lens);
}


void
ngx_partner_presence_tell(ngx_partner_presence_t *presence)
{
    ngx_atomic_uint_t     revision;
    ngx_partner_shared_t *shared;

    shared = presence->zone->shared;
    revision = shared->revision;

    if (shared->told == revision && shared->told_at != 0
        && (ngx_msec_int_t) (ngx_current_msec - shared->told_at)
               < NGX_PARTNER_PRESENCE_EVERY) {
        return;
    }

    if (presence->unanswered != 0) {
        presence->again = 1;
        return;
    }

    shared->told = revision;
    shared->told_at = ngx_current_msec;
    ngx_partner_presence_say(presence);
}


void
ngx_partner_presence_announce(ngx_partner_presence_t *presence)
{
    presence->zone->shared->told_at = 0;
    ngx_partner_presence_tell(presence);
}


void
ngx_partner_presence_leave(const ngx_partner_redis_conf_t *conf,
                           uint64_t incarnation, ngx_log_t *log)
{
    u_char        id[NGX_PARTNER_PRESENCE_ID];
    u_char        key[sizeof(NGX_PARTNER_PRESENCE_KEY) + sizeof(id)];
    redisContext *c;
    const char   *del[2] = { "DEL", (char *) key };
    const char   *rem[3] = { "ZREM", NGX_PARTNER_PRESENCE_SET, (char *) id };
    const char   *tell[3]
        = { "PUBLISH", NGX_PARTNER_PRESENCE_CHANNEL, (char *) id };
    const size_t rem_lens[3]
        = { 4, sizeof(NGX_PARTNER_PRESENCE_SET) - 1, sizeof(id) };
    const size_t tell_lens[3]
        = { 7, sizeof(NGX_PARTNER_PRESENCE_CHANNEL) - 1, sizeof(id) };

    (void) ngx_snprintf(id, sizeof(id), "%016xL", incarnation);
    *ngx_snprintf(key, sizeof(key) - 1, NGX_PARTNER_PRESENCE_KEY "%*s",
                  sizeof(id), id)
        = '\0';

    c = ngx_partner_redis_sync(conf, log);

    if (c == NULL) {
        return; /* its record ends by itself */
    }

    if (ngx_partner_redis_do(c, 2, del, NULL) != NGX_OK
        || ngx_partner_redis_do(c, 3, rem, rem_lens) != NGX_OK
        || ngx_partner_redis_do(c, 3, tell, tell_lens) != NGX_OK) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "this gateway could not take its leave: revocations "
                      "wait for it until its record ends");
    }

    redisFree(c);
}
