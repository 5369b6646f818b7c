/*
 * The revision channel, as docs/architecture.md has it:
 *
 *     <revision> <64 hex digits> <version>    a credential changed
 *     <revision> closing <status> <partner id>
 *                                             all of its credentials will
 *     <revision> partner <partner id>         all of its credentials did
 *     <revision> revoked <64 hex digits> <before> <end>
 *                                             tokens are refused, or no more
 *     <revision>                              heartbeat
 */

#include "ngx_partner_answers.h"
#include "ngx_partner_revisions.h"


#define NGX_PARTNER_REVISION_MAX     192  /* bytes of a message */
#define NGX_PARTNER_REVISION_SILENCE 5000 /* ms; five heartbeats are missing */


static const char *ngx_partner_revisions_hello[]
    = { "SUBSCRIBE", "partner:revisions" };


/*
 * Whether a message may have been missed: after a change the next revision is
 * one more, at a heartbeat it is the same.  A worker that has just subscribed
 * measures against what any worker of the zone has heard, since what one of
 * them was told is in the cache that all of them share.  One that lags behind
 * them hears what they have heard, from where they were as it subscribed.
 */
static ngx_uint_t
ngx_partner_revisions_gap(ngx_partner_revisions_t    *revisions,
                          const ngx_partner_change_t *change)
{
    ngx_atomic_uint_t known, next;

    known = revisions->revision;

    if (known == 0) {
        next = revisions->zone->shared->revision + (change->version != 0);

        return change->revision > next || change->revision < revisions->since;
    }

    return change->revision != known + (change->version != 0);
}


/*
 * Whatever is cached has to be looked up again before it counts, also where
 * Redis goes away once more: the revision that we now tell of may have
 * revoked it.
 */
static void
ngx_partner_revisions_doubt(ngx_partner_revisions_t *revisions)
{
    revisions->zone->shared->doubted = ngx_current_msec;
    (void) ngx_atomic_fetch_add(&revisions->zone->shared->epoch, 1);
}


/* Under the zone lock, by the first worker that hears of it. */
static void
ngx_partner_revisions_partner(ngx_partner_shared_t       *shared,
                              const ngx_partner_change_t *change)
{
    size_t             len;
    ngx_partner_name_t partner;

    len = ngx_strlen(change->partner);

    if (change->closing != LP_PARTNER_ACTIVE) {
        ngx_partner_closed_add(
            &shared->closed,
            ngx_partner_names_intern(&shared->names, change->partner, len),
            change->closing);
        return;
    }

    partner = ngx_partner_names_find(&shared->names, change->partner, len);
    ngx_partner_cache_age(&shared->cache, change->partner, partner);
    ngx_partner_closed_remove(&shared->closed, partner);
}


/*
 * What the workers share; `gap` is whether a message may have been missed.  The
 * revision moves on last: whoever reads it tells the platform that the cache
 * obeys it.  And under the lock, so that a worker which lags never sets it back
 * to what it heard before.
 */
static void
ngx_partner_revisions_share(ngx_partner_revisions_t    *revisions,
                            const ngx_partner_change_t *change,
                            ngx_uint_t back, ngx_uint_t gap)
{
    ngx_uint_t            newer;
    ngx_partner_shared_t *shared;

    shared = revisions->zone->shared;

    ngx_partner_zone_lock(revisions->zone);

    newer = back || change->revision > shared->revision;

    if (back) {
        /* the platform was restored: versions went back as well */
        ngx_partner_cache_clear(&shared->cache);
    }

    if (gap) {
        /* the end of a closing may have been missed, but no record is now
         * believed that is older */
        ngx_partner_revisions_doubt(revisions);
        ngx_partner_closed_clear(&shared->closed);
    }

    if (change->partner[0] != '\0') {

        if (newer) {
            ngx_partner_revisions_partner(shared, change);
        }

    } else if (change->version != 0 && !change->revoked) {
        ngx_partner_cache_outdate(&shared->cache, change->digest,
                                  change->version);
    }

    if (newer) {
        shared->revision = change->revision;
    }

    ngx_partner_zone_unlock(revisions->zone);
}


static void
ngx_partner_revisions_apply(ngx_partner_revisions_t    *revisions,
                            const ngx_partner_change_t *change)
{
    ngx_uint_t            back, gap;
    ngx_atomic_uint_t     known;
    ngx_partner_shared_t *shared;

    shared = revisions->zone->shared;
    gap = ngx_partner_revisions_gap(revisions, change);
    known
        = (revisions->revision != 0) ? revisions->revision : revisions->since;
    back = change->revision < shared->revision && change->revision < known;

    if (back && revisions->restored != NULL) {
        revisions->restored(revisions->data);
    }

    /* before the revision moves on, as all that it stands for */

    if (change->revoked && revisions->revoked != NULL) {
        revisions->revoked(revisions->data, change->digest, &change->tokens);
    }

    ngx_partner_revisions_share(revisions, change, back, gap);

    if (gap) {
        ngx_log_error(NGX_LOG_NOTICE, revisions->redis.log, 0,
                      "revisions: %uA follows %uA, cached principals are "
                      "verified again",
                      change->revision, revisions->revision);
    }

    revisions->revision = change->revision;
    revisions->heard = ngx_current_msec;
    shared->heard = ngx_current_msec;

    ngx_partner_presence_tell(revisions->presence);
}


static void
ngx_partner_revisions_subscribing(void *data)
{
    ngx_partner_revisions_t *revisions;

    revisions = data;
    revisions->since = revisions->zone->shared->revision;
}


static void
ngx_partner_revisions_handler(void *data, redisReply *reply)
{
    size_t                   len;
    const char              *text;
    ngx_partner_change_t     change;
    ngx_partner_revisions_t *revisions;

    revisions = data;

    switch (ngx_partner_answer_said(reply, &text, &len)) {

    case NGX_PARTNER_SUBSCRIBED:

        /* until the first message nobody knows what was missed */
        revisions->revision = 0;
        ngx_partner_presence_tell(revisions->presence);
        return;

    case NGX_PARTNER_MESSAGE:
        break;

    default: /* NGX_PARTNER_OTHER */
        return;
    }

    if (len > NGX_PARTNER_REVISION_MAX
        || !ngx_partner_answer_change(text, len, &change)) {
        ngx_log_error(NGX_LOG_ERR, revisions->redis.log, 0,
                      "revisions: a message of %uz bytes makes no sense", len);
        ngx_partner_revisions_doubt(revisions);
        return;
    }

    ngx_partner_revisions_apply(revisions, &change);
}


void
ngx_partner_revisions_start(ngx_partner_revisions_t *revisions)
{
    ngx_partner_redis_t *redis;

    redis = &revisions->redis;

    redis->hello = ngx_partner_revisions_hello;
    redis->hello_argc = 2;
    redis->before_hello = ngx_partner_revisions_subscribing;
    redis->on_hello = ngx_partner_revisions_handler;
    redis->data = revisions;
    redis->silence = NGX_PARTNER_REVISION_SILENCE;

    ngx_partner_redis_start(redis);
}
