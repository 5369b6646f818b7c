/*
 * Credential look-ups in Redis.
 */

#include "ngx_partner_answers.h"
#include "ngx_partner_lookup.h"


#define NGX_PARTNER_CRED_KEY       "partner:cred:"
#define NGX_PARTNER_PROJECTION_KEY "partner:projection"

/* How long an unknown credential is taken to stay unknown, in ms. */
#define NGX_PARTNER_UNKNOWN_TTL 1000

/* How often a record is read that is older than what was announced. */
#define NGX_PARTNER_LOOKUP_TRIES 3


typedef struct {
    ngx_queue_t           queue;
    ngx_partner_lookup_t *lookup;
    ngx_queue_t           waiters;
    uint32_t              epoch;   /* when it was sent */
    uint32_t              heard;   /* whether we heard of changes then */
    uint32_t              changes; /* of partners, when it was sent */
    uint32_t              tries;
    u_char                digest[LP_DIGEST_LEN];
} ngx_partner_flight_t;


void
ngx_partner_lookup_init(ngx_partner_lookup_t *lookup)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PARTNER_LOOKUP_CHAINS; i++) {
        ngx_queue_init(&lookup->chains[i]);
    }

    ngx_queue_init(&lookup->free);
}


static ngx_queue_t *
ngx_partner_lookup_chain(ngx_partner_lookup_t *lookup, const u_char *digest)
{
    return &lookup->chains[digest[0] & (NGX_PARTNER_LOOKUP_CHAINS - 1)];
}


static ngx_partner_flight_t *
ngx_partner_lookup_flight(ngx_partner_lookup_t *lookup, const u_char *digest)
{
    ngx_queue_t          *q, *chain;
    ngx_partner_flight_t *flight;

    chain = ngx_partner_lookup_chain(lookup, digest);

    for (q = ngx_queue_head(chain); q != chain; q = ngx_queue_next(q)) {
        flight = ngx_queue_data(q, ngx_partner_flight_t, queue);

        if (lp_digest_equal(flight->digest, digest)) {
            return flight;
        }
    }

    return NULL;
}


/* Ends the flight: every waiter gets the one result. */
static void
ngx_partner_lookup_land(ngx_partner_flight_t *flight, ngx_int_t rc,
                        const ngx_partner_principal_t *principal)
{
    ngx_queue_t          *q, waiters;
    ngx_partner_lookup_t *lookup;
    ngx_partner_waiter_t *waiter;

    lookup = flight->lookup;

    ngx_queue_init(&waiters);

    if (!ngx_queue_empty(&flight->waiters)) {
        ngx_queue_add(&waiters, &flight->waiters);
    }

    ngx_queue_remove(&flight->queue);
    ngx_queue_insert_head(&lookup->free, &flight->queue);

    while (!ngx_queue_empty(&waiters)) {
        q = ngx_queue_head(&waiters);
        waiter = ngx_queue_data(q, ngx_partner_waiter_t, queue);

        ngx_partner_lookup_cancel(waiter);
        waiter->done(waiter->data, rc, principal);
    }
}


/* Under the zone lock.  NGX_ERROR: no room, which the log has. */
static ngx_int_t
ngx_partner_lookup_keep(ngx_partner_flight_t    *flight,
                        const lp_principal_t    *parsed,
                        ngx_partner_principal_t *principal)
{
    ngx_int_t             rc;
    ngx_log_t            *log;
    ngx_partner_zone_t   *zone;
    ngx_partner_cache_t  *cache;
    ngx_partner_owner_t   owner;
    ngx_partner_voucher_t voucher;

    log = flight->lookup->log;
    zone = flight->lookup->zone;
    cache = &zone->shared->cache;
    owner.data = (u_char *) parsed->partner;
    owner.len = ngx_strlen(parsed->partner);

    if (ngx_partner_principal_set(principal, parsed, &zone->shared->names,
                                  &owner)
        != NGX_OK) {
        ngx_partner_zone_crowded(zone, &owner, 0, log);
        return NGX_ERROR;
    }

    /* without the channel a change could be missed: only for this use */

    voucher.epoch = flight->heard ? flight->epoch : 0;
    voucher.verified = ngx_current_msec;
    voucher.generation
        = ngx_partner_cache_generation(cache, principal->partner);

    rc = ngx_partner_cache_store(cache, flight->digest, principal,
                                 parsed->networks, voucher);

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_ERR, log, 0,
                      "partner_zone \"%V\" has no room for the networks of "
                      "another principal, it needs to be larger",
                      &zone->memory.shm_zone->shm.name);
    }

    return rc;
}


/* NGX_DECLINED: it was read before a change. */
static ngx_int_t
ngx_partner_lookup_store(ngx_partner_flight_t    *flight,
                         const lp_principal_t    *parsed,
                         ngx_partner_principal_t *principal)
{
    ngx_int_t           rc;
    ngx_partner_zone_t *zone;

    zone = flight->lookup->zone;
    rc = NGX_DECLINED;

    ngx_partner_zone_lock(zone);

    if (flight->epoch == (uint32_t) zone->shared->epoch
        && !ngx_partner_cache_aged(&zone->shared->cache, parsed->partner,
                                   flight->changes)) {
        rc = ngx_partner_lookup_keep(flight, parsed, principal);
    }

    ngx_partner_zone_unlock(zone);

    return rc;
}


/*
 * Reads a projected record into the cache.  NGX_DECLINED: it was read before a
 * change that we heard of meanwhile, or may have missed.  NGX_ERROR: it makes
 * no sense, or there is no room for it.
 */
static ngx_int_t
ngx_partner_lookup_accept(ngx_partner_flight_t    *flight,
                          const redisReply        *record,
                          ngx_partner_principal_t *principal)
{
    ngx_int_t      rc;
    lp_error_t     err;
    lp_principal_t parsed;

    if (lp_principal_parse(&parsed, record->str, record->len, LP_LENIENT, &err)
        != LP_OK) {
        ngx_log_error(NGX_LOG_ERR, flight->lookup->log, 0,
                      "redis: principal record refused at \"%s\": %s",
                      err.pointer, err.text);
        return NGX_ERROR;
    }

    rc = ngx_partner_lookup_store(flight, &parsed, principal);
    lp_principal_free(&parsed);

    return rc;
}


/* NGX_DECLINED: there was no record before a change that we heard of. */
static ngx_int_t
ngx_partner_lookup_unknown(ngx_partner_flight_t *flight)
{
    ngx_int_t           rc;
    ngx_partner_zone_t *zone;

    zone = flight->lookup->zone;

    ngx_partner_zone_lock(zone);

    rc = ngx_partner_cache_forget(&zone->shared->cache, flight->digest);

    if (rc == NGX_OK) {
        ngx_partner_cache_store_unknown(&zone->shared->cache, flight->digest,
                                        flight->heard ? flight->epoch : 0,
                                        ngx_current_msec
                                            + NGX_PARTNER_UNKNOWN_TTL);
    }

    ngx_partner_zone_unlock(zone);

    return rc;
}


/*
 * Whether all keys of the platform are digested as they are here.  Where some
 * are not, nobody can say here that a key is unknown; the log says so once.
 */
static ngx_uint_t
ngx_partner_lookup_peppered(ngx_partner_lookup_t *lookup,
                            const redisReply     *marker)
{
    size_t                len;
    const char           *names, *lacking;
    ngx_partner_shared_t *shared;

    shared = lookup->zone->shared;
    names = ngx_partner_answer_peppers(marker, &len);
    lacking = (names != NULL)
                  ? lp_peppers_lacking(lookup->peppers, names, &len)
                  : NULL;

    if (lacking == NULL) {
        shared->pepper_lacking = 0;
        return 1;
    }

    if (ngx_atomic_cmp_set(&shared->pepper_lacking, 0, 1)) {
        ngx_log_error(NGX_LOG_ERR, lookup->log, 0,
                      "partner_key_pepper: keys of the platform are digested "
                      "with the pepper \"%*s\", which is not in the file; "
                      "unknown keys are answered 503 until it is",
                      lp_id_plain(lacking, len) ? len : 0, lacking);
    }

    return 0;
}


static ngx_int_t ngx_partner_lookup_send(ngx_partner_flight_t *flight);


/*
 * What the record and the projection's marker say, as docs/architecture.md has
 * them: a credential is unknown only where the projection is complete and the
 * digests are ours.
 * NGX_DECLINED: it was read before a change that we heard of meanwhile.
 */
static ngx_int_t
ngx_partner_lookup_read(ngx_partner_flight_t *flight, redisReply *reply,
                        ngx_int_t *found, ngx_partner_principal_t *principal)
{
    ngx_uint_t        sure;
    const redisReply *record, *marker;

    if (!ngx_partner_answer_record(reply, &record, &marker)) {
        return NGX_ERROR;
    }

    sure = marker != NULL
           && ngx_partner_lookup_peppered(flight->lookup, marker);

    if (record != NULL) {
        *found = NGX_OK;
        return ngx_partner_lookup_accept(flight, record, principal);
    }

    if (sure) {
        *found = NGX_DECLINED;
        return ngx_partner_lookup_unknown(flight);
    }

    return NGX_ERROR;
}


static void
ngx_partner_lookup_reply(void *data, redisReply *reply)
{
    ngx_int_t               rc, found;
    ngx_partner_flight_t   *flight;
    ngx_partner_principal_t principal;

    flight = data;
    found = NGX_ERROR;
    rc = ngx_partner_lookup_read(flight, reply, &found, &principal);

    if (rc == NGX_DECLINED && ++flight->tries < NGX_PARTNER_LOOKUP_TRIES
        && ngx_partner_lookup_send(flight) == NGX_OK) {
        return;
    }

    ngx_partner_lookup_land(flight, rc == NGX_OK ? found : NGX_ERROR,
                            &principal);
}


static ngx_int_t
ngx_partner_lookup_send(ngx_partner_flight_t *flight)
{
    char        key[sizeof(NGX_PARTNER_CRED_KEY) - 1 + LP_DIGEST_HEX];
    size_t      lens[3];
    const char *argv[3];

    ngx_memcpy(key, NGX_PARTNER_CRED_KEY, sizeof(NGX_PARTNER_CRED_KEY) - 1);
    lp_digest_to_hex(flight->digest, key + sizeof(NGX_PARTNER_CRED_KEY) - 1);

    argv[0] = "MGET";
    lens[0] = 4;
    argv[1] = key;
    lens[1] = sizeof(key);
    argv[2] = NGX_PARTNER_PROJECTION_KEY;
    lens[2] = sizeof(NGX_PARTNER_PROJECTION_KEY) - 1;

    flight->epoch = (uint32_t) flight->lookup->zone->shared->epoch;
    flight->heard = flight->lookup->channel->ready;
    flight->changes = flight->lookup->zone->shared->cache.changes;

    if (ngx_partner_redis_command(flight->lookup->redis,
                                  ngx_partner_lookup_reply, flight, 3, argv,
                                  lens)
        == NULL) {
        return NGX_ERROR;
    }

    (void) ngx_atomic_fetch_add(&flight->lookup->zone->shared->stats.lookups,
                                1);

    return NGX_OK;
}


static ngx_partner_flight_t *
ngx_partner_lookup_launch(ngx_partner_lookup_t *lookup, const u_char *digest)
{
    ngx_queue_t          *q;
    ngx_partner_flight_t *flight;

    if (ngx_queue_empty(&lookup->free)) {
        flight = ngx_palloc(lookup->pool, sizeof(ngx_partner_flight_t));

        if (flight == NULL) {
            return NULL;
        }

    } else {
        q = ngx_queue_head(&lookup->free);
        ngx_queue_remove(q);
        flight = ngx_queue_data(q, ngx_partner_flight_t, queue);
    }

    flight->lookup = lookup;
    flight->tries = 0;
    ngx_memcpy(flight->digest, digest, LP_DIGEST_LEN);
    ngx_queue_init(&flight->waiters);

    if (ngx_partner_lookup_send(flight) != NGX_OK) {
        ngx_queue_insert_head(&lookup->free, &flight->queue);
        return NULL;
    }

    ngx_queue_insert_head(ngx_partner_lookup_chain(lookup, digest),
                          &flight->queue);

    return flight;
}


ngx_int_t
ngx_partner_lookup_start(ngx_partner_lookup_t *lookup, const u_char *digest,
                         ngx_partner_waiter_t *waiter)
{
    ngx_partner_flight_t *flight;

    if (lookup->waiting >= lookup->redis->conf->waiting) {
        return NGX_BUSY;
    }

    flight = ngx_partner_lookup_flight(lookup, digest);

    if (flight == NULL) {
        flight = ngx_partner_lookup_launch(lookup, digest);
    }

    if (flight == NULL) {
        return NGX_ERROR;
    }

    ngx_queue_insert_tail(&flight->waiters, &waiter->queue);
    waiter->lookup = lookup;
    lookup->waiting++;

    return NGX_AGAIN;
}


void
ngx_partner_lookup_cancel(ngx_partner_waiter_t *waiter)
{
    if (waiter->lookup != NULL) {
        ngx_queue_remove(&waiter->queue);
        waiter->lookup->waiting--;
        waiter->lookup = NULL;
    }
}
