/*
 * The revision channel, as docs/architecture.md has it:
 *
 *     <revision> <64 hex digits> <version>    a credential changed
 *     <revision> revoked <64 hex digits> <before> <until>
 *                                             tokens are refused
 *     <revision>                              heartbeat
 */

#include "ngx_partner_revisions.h"


#define NGX_PARTNER_REVISION_MAX     192  /* bytes of a message */
#define NGX_PARTNER_REVISION_SILENCE 5000 /* ms; five heartbeats are missing */


typedef struct {
    ngx_atomic_uint_t revision;
    int64_t           version; /* 0: a heartbeat; of a revocation 1 */
    ngx_int_t         before;  /* of a revocation: seconds */
    ngx_int_t         until;
    ngx_uint_t        revoked; /* it is one */
    u_char            digest[LP_DIGEST_LEN];
} ngx_partner_revision_t;


static const char *ngx_partner_revisions_hello[]
    = { "SUBSCRIBE", "partner:revisions" };


static ngx_int_t
ngx_partner_revisions_number(u_char **pos, u_char *last, ngx_int_t *number)
{
    u_char *p;

    for (p = *pos; p < last && *p != ' '; p++) {
        /* void */
    }

    *number = ngx_atoi(*pos, p - *pos);
    *pos = (p < last) ? p + 1 : p;

    return (*number == NGX_ERROR) ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_partner_revisions_parse(u_char *p, size_t len,
                            ngx_partner_revision_t *change)
{
    u_char   *last;
    ngx_int_t number;

    last = p + len;

    if (len > NGX_PARTNER_REVISION_MAX
        || ngx_partner_revisions_number(&p, last, &number) != NGX_OK) {
        return NGX_ERROR;
    }

    change->revision = (ngx_atomic_uint_t) number;
    change->version = 0;
    change->revoked = 0;

    if (p == last) {
        return NGX_OK;
    }

    if (last - p > (ssize_t) sizeof("revoked ")
        && ngx_strncmp(p, "revoked ", sizeof("revoked ") - 1) == 0) {
        change->revoked = 1;
        p += sizeof("revoked ") - 1;
    }

    if (last - p <= LP_DIGEST_HEX
        || lp_digest_from_hex((char *) p, LP_DIGEST_HEX, change->digest)
               != LP_OK
        || p[LP_DIGEST_HEX] != ' ') {
        return NGX_ERROR;
    }

    p += LP_DIGEST_HEX + 1;

    if (change->revoked) {
        change->version = 1;

        return ngx_partner_revisions_number(&p, last, &change->before)
                           == NGX_OK
                       && ngx_partner_revisions_number(&p, last,
                                                       &change->until)
                              == NGX_OK
                       && p == last
                   ? NGX_OK
                   : NGX_ERROR;
    }

    if (ngx_partner_revisions_number(&p, last, &number) != NGX_OK
        || number == 0 || p != last) {
        return NGX_ERROR;
    }

    change->version = number;

    return NGX_OK;
}


/*
 * Whether a message may have been missed: after a change the next revision is
 * one more, at a heartbeat it is the same.  A worker that has just subscribed
 * measures against what any worker of the zone has heard, since what one of
 * them was told is in the cache that all of them share.
 */
static ngx_uint_t
ngx_partner_revisions_gap(ngx_partner_revisions_t      *revisions,
                          const ngx_partner_revision_t *change)
{
    ngx_atomic_uint_t known, next;

    known = revisions->revision;

    if (known == 0) {
        known = revisions->zone->shared->revision;
        next = known + (change->version != 0);

        return change->revision > next || change->revision < known;
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


static void
ngx_partner_revisions_apply(ngx_partner_revisions_t      *revisions,
                            const ngx_partner_revision_t *change)
{
    ngx_uint_t            back;
    ngx_partner_zone_t   *zone;
    ngx_partner_shared_t *shared;

    zone = revisions->zone;
    shared = zone->shared;
    back = change->revision < shared->revision
           && (revisions->revision == 0
               || change->revision < revisions->revision);

    if (change->revoked && revisions->revoked != NULL) {
        revisions->revoked(revisions->data, change->digest, change->before,
                           change->until);
    }

    ngx_partner_zone_lock(zone);

    if (back) {

        /* the platform was restored: versions went back as well */
        ngx_partner_cache_clear(&shared->cache);
    }

    if (change->version != 0 && !change->revoked) {
        ngx_partner_cache_outdate(&shared->cache, change->digest,
                                  change->version);
    }

    ngx_partner_zone_unlock(zone);

    if (ngx_partner_revisions_gap(revisions, change)) {
        ngx_log_error(NGX_LOG_NOTICE, revisions->redis.log, 0,
                      "revisions: %uA follows %uA, cached principals are "
                      "verified again",
                      change->revision, revisions->revision);

        ngx_partner_revisions_doubt(revisions);
    }

    revisions->revision = change->revision;
    revisions->heard = ngx_current_msec;
    shared->heard = ngx_current_msec;

    if (back || change->revision > shared->revision) {
        shared->revision = change->revision;
    }

    ngx_partner_presence_tell(revisions->presence);
}


static void
ngx_partner_revisions_handler(void *data, redisReply *reply)
{
    redisReply              *type, *text;
    ngx_partner_revision_t   change;
    ngx_partner_revisions_t *revisions;

    revisions = data;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
        return;
    }

    type = reply->element[0];
    text = reply->element[2];

    if (ngx_strcmp(type->str, "subscribe") == 0) {

        /* until the first message nobody knows what was missed */
        revisions->revision = 0;
        ngx_partner_presence_tell(revisions->presence);
        return;
    }

    if (text->type != REDIS_REPLY_STRING
        || ngx_partner_revisions_parse((u_char *) text->str, text->len,
                                       &change)
               != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, revisions->redis.log, 0,
                      "revisions: a message of %uz bytes makes no sense",
                      (size_t) text->len);
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
    redis->on_hello = ngx_partner_revisions_handler;
    redis->data = revisions;
    redis->silence = NGX_PARTNER_REVISION_SILENCE;

    ngx_partner_redis_start(redis);
}
