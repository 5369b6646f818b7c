/*
 * The keys of an issuer that publishes them: fetched by traffic, at most once a
 * second for all workers together, and shared between them as text.
 *
 * Three moments of a key set, which all workers move forward and none back,
 * say where it stands.  `begun`: the last fetch began.  `answered`: of those
 * fetches that have ended, the last one began.  `confirmed`: of those that
 * brought a key set, the last one began.  So begun == answered means that none
 * is under way, and the age of `confirmed` is that of what the issuer said.  A
 * fourth, `failed`, is when we last learned that it does not answer.
 */

#include "ngx_http_partner_issuer.h"
#include "ngx_partner_age.h"

#include "../libpartner/lp_fnv.h"


/* Between two fetches from one issuer, in ms. */
#define NGX_HTTP_PARTNER_FETCH_PAUSE 1000

/*
 * So long a call waits for keys, and an answer is the only one that a worker
 * waits for, in ms.  An issuer that says nothing is given up by the location's
 * own timeouts, which may be a minute.
 */
#define NGX_HTTP_PARTNER_FETCH_PATIENCE 5000

/*
 * So long an issuer that failed is not waited for again where keys are known,
 * in ms: traffic asks it more often, so that it never ends while calls come.
 */
#define NGX_HTTP_PARTNER_FETCH_HOPELESS (2 * NGX_HTTP_PARTNER_FETCH_PATIENCE)

/* How often those who wait look at what another worker fetched, in ms. */
#define NGX_HTTP_PARTNER_FETCH_LOOK 20


void
ngx_http_partner_issuer_stamp(ngx_http_partner_issuer_t *issuer,
                              const u_char *text, size_t len)
{
    /* nobody gains by two sets of one issuer that collide */
    issuer->fingerprint = lp_fnv(issuer->rules, text, len);
}


/* Reads the text that any worker stored, if it is another than ours. */
static void
ngx_http_partner_issuer_adopt(ngx_http_partner_issuer_t *issuer)
{
    size_t                len;
    lp_jwks_t            *keys;
    lp_error_t            err;
    ngx_partner_keyset_t *shared;

    static u_char text[LP_JWKS_MAX];

    shared = issuer->shared;

    if (shared->generation == issuer->generation) {
        return;
    }

    /* to make keys of it takes too long for a lock that all workers share */

    ngx_partner_tokens_lock(issuer->zone);

    issuer->generation = shared->generation;
    len = (shared->id == issuer->id) ? shared->len : 0;
    ngx_memcpy(text, shared->text, len);

    ngx_partner_tokens_unlock(issuer->zone);

    keys = NULL;

    if (len > 0) {
        keys = lp_jwks_parse((char *) text, len, issuer->algorithms,
                             LP_LENIENT, &err);
        ngx_http_partner_issuer_stamp(issuer, text, len);
    }

    lp_jwks_free(issuer->keys);
    issuer->keys = keys;
}


/* Answers come in any order, so a moment only ever moves forward. */
static ngx_uint_t
ngx_http_partner_issuer_forward(ngx_atomic_t *moment, ngx_msec_t begun)
{
    if (*moment != 0 && (ngx_msec_int_t) (begun - (ngx_msec_t) *moment) < 0) {
        return 0;
    }

    *moment = begun;

    return 1;
}


/*
 * Stores what was fetched, if it is a key set at all.  One that was asked for
 * before what is there is older, whenever it comes: a key may have been
 * withdrawn since.
 */
static ngx_int_t
ngx_http_partner_issuer_store(ngx_http_partner_issuer_t *issuer,
                              ngx_msec_t begun, const ngx_str_t *text)
{
    lp_jwks_t            *keys;
    lp_error_t            err;
    ngx_partner_keyset_t *shared;

    shared = issuer->shared;
    keys = lp_jwks_parse((char *) text->data, text->len, issuer->algorithms,
                         LP_LENIENT, &err);

    if (keys == NULL) {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "partner_jwt \"%V\": \"%V\" answered no key set, at "
                      "\"%s\": %s",
                      &issuer->name, &issuer->location, err.pointer, err.text);
        return NGX_ERROR;
    }

    lp_jwks_free(keys);
    ngx_partner_tokens_lock(issuer->zone);

    if (shared->id == issuer->id
        && ngx_http_partner_issuer_forward(&shared->confirmed, begun)) {
        ngx_partner_keyset_store(shared, text);
    }

    ngx_partner_tokens_unlock(issuer->zone);

    return NGX_OK;
}


static void
ngx_http_partner_issuer_fetched(void *data, ngx_msec_t begun,
                                ngx_uint_t status, const ngx_str_t *body)
{
    ngx_int_t                  rc;
    ngx_uint_t                 awaited;
    ngx_http_partner_issuer_t *issuer;

    issuer = data;
    rc = NGX_ERROR;
    awaited = issuer->fetching && issuer->begun == begun;

    if (awaited) {
        issuer->fetching = 0;
    }

    if (status == NGX_HTTP_OK) {
        rc = ngx_http_partner_issuer_store(issuer, begun, body);

    } else {
        ngx_log_error(NGX_LOG_ERR, ngx_cycle->log, 0,
                      "partner_jwt \"%V\": \"%V\" answered %ui, allowed is a "
                      "key set with 200",
                      &issuer->name, &issuer->location, status);
    }

    if (rc != NGX_OK) {
        (void) ngx_atomic_fetch_add(&issuer->zone->shared->failures, 1);
    }

    ngx_partner_tokens_lock(issuer->zone);
    (void) ngx_http_partner_issuer_forward(&issuer->shared->answered, begun);

    if (rc == NGX_OK) {
        issuer->shared->failed = 0;

    } else if (awaited) {

        /* of one that was given up it was said before, and it may be back */
        issuer->shared->failed = ngx_current_msec;
    }

    ngx_partner_tokens_unlock(issuer->zone);

    ngx_partner_parking_release(&issuer->parking, begun);
}


/* Silence is an answer as well: nothing is to be expected for a while. */
static void
ngx_http_partner_issuer_give_up(ngx_http_partner_issuer_t *issuer)
{
    if (issuer->fetching
        && ngx_partner_age(issuer->begun) >= NGX_HTTP_PARTNER_FETCH_PATIENCE) {
        issuer->fetching = 0;
        issuer->shared->failed = ngx_current_msec;
    }
}


/* Whoever moves `begun` on may fetch: one that dies then costs a second. */
static ngx_uint_t
ngx_http_partner_issuer_may_fetch(ngx_http_partner_issuer_t *issuer)
{
    ngx_atomic_uint_t begun;

    begun = issuer->shared->begun;

    return !issuer->fetching
           && (begun == 0
               || ngx_partner_age(begun) >= NGX_HTTP_PARTNER_FETCH_PAUSE)
           && ngx_atomic_cmp_set(&issuer->shared->begun, begun,
                                 ngx_current_msec);
}


static void
ngx_http_partner_issuer_fetch(ngx_http_partner_issuer_t *issuer)
{
    ngx_http_partner_fetch_t fetch;

    ngx_http_partner_issuer_give_up(issuer);

    if (!ngx_http_partner_issuer_may_fetch(issuer)) {
        return;
    }

    ngx_memzero(&fetch, sizeof(ngx_http_partner_fetch_t));
    fetch.server = issuer->server;
    fetch.uri = issuer->location;
    fetch.done = ngx_http_partner_issuer_fetched;
    fetch.data = issuer;

    if (ngx_http_partner_fetch(&fetch) == NGX_OK) {
        issuer->fetching = 1;
        issuer->begun = ngx_current_msec;
        (void) ngx_atomic_fetch_add(&issuer->zone->shared->fetches, 1);
    }
}


/*
 * Those who wait are let go by a fetch of any worker, by their patience, or
 * begin their own.
 */
static void
ngx_http_partner_issuer_timer(ngx_event_t *event)
{
    ngx_http_partner_issuer_t *issuer;

    issuer = event->data;

    if (issuer->shared->answered != 0) {
        ngx_partner_parking_release(&issuer->parking,
                                    issuer->shared->answered);
    }

    ngx_partner_parking_tire(&issuer->parking,
                             NGX_HTTP_PARTNER_FETCH_PATIENCE);

    if (issuer->parking.n > 0) {
        ngx_http_partner_issuer_fetch(issuer);

        if (!event->timer_set) {
            ngx_add_timer(event, NGX_HTTP_PARTNER_FETCH_LOOK);
        }
    }

    /* a worker that leaves stays for those who wait */
    event->cancelable = (issuer->parking.n == 0);
}


ngx_int_t
ngx_http_partner_issuer_ready(ngx_http_partner_issuer_t *issuer)
{
    ngx_msec_t        age;
    ngx_uint_t        hopeless;
    ngx_atomic_uint_t confirmed, failed;

    if (issuer->shared == NULL) {
        return NGX_OK;
    }

    ngx_http_partner_issuer_adopt(issuer);

    confirmed = issuer->shared->confirmed;
    age = ngx_partner_age(confirmed);

    if (confirmed == 0 || age >= issuer->refresh) {
        ngx_http_partner_issuer_fetch(issuer);
    }

    if (issuer->keys == NULL || confirmed == 0 || age > issuer->stale) {
        return NGX_DECLINED;
    }

    /*
     * Calls have them fetched behind their back; where none came for a while,
     * a key may have been withdrawn long ago.
     */
    failed = issuer->shared->failed;
    hopeless = failed != 0
               && ngx_partner_age(failed) < ngx_max(
                      issuer->refresh, NGX_HTTP_PARTNER_FETCH_HOPELESS);

    return (age >= 2 * issuer->refresh && !hopeless) ? NGX_AGAIN : NGX_OK;
}


ngx_int_t
ngx_http_partner_issuer_wait(ngx_http_partner_issuer_t *issuer,
                             ngx_partner_parked_t *parked, ngx_uint_t fresh)
{
    ngx_int_t             rc;
    ngx_msec_t            begun;
    ngx_partner_keyset_t *shared;

    shared = issuer->shared;

    if (shared == NULL) {
        return NGX_DECLINED;
    }

    ngx_http_partner_issuer_fetch(issuer);
    begun = shared->begun;

    if (!fresh && begun == shared->answered) {
        return NGX_DECLINED;
    }

    rc = ngx_partner_parking_wait(&issuer->parking, parked);

    if (rc != NGX_AGAIN) {
        return rc;
    }

    if (!fresh) {
        parked->since = begun;
    }

    issuer->timer.cancelable = 0;

    if (!issuer->timer.timer_set) {
        ngx_add_timer(&issuer->timer, NGX_HTTP_PARTNER_FETCH_LOOK);
    }

    return NGX_AGAIN;
}


ngx_uint_t
ngx_http_partner_issuer_asked(const ngx_http_partner_issuer_t *issuer,
                              ngx_msec_t                       since)
{
    return issuer->shared == NULL
           || (issuer->shared->confirmed != 0
               && (ngx_msec_int_t) ((ngx_msec_t) issuer->shared->confirmed
                                    - since)
                      >= 0);
}


void
ngx_http_partner_issuer_start(ngx_http_partner_issuer_t *issuer,
                              ngx_cycle_t               *cycle)
{
    ngx_partner_parking_init(&issuer->parking, issuer->waiting);

    issuer->timer.handler = ngx_http_partner_issuer_timer;
    issuer->timer.data = issuer;
    issuer->timer.log = cycle->log;
    issuer->timer.cancelable = 1;
}


void
ngx_http_partner_issuer_stop(ngx_http_partner_issuer_t *issuer)
{
    if (issuer->timer.timer_set) {
        ngx_del_timer(&issuer->timer);
    }

    if (issuer->shared != NULL) {
        lp_jwks_free(issuer->keys);
        issuer->keys = NULL;
    }
}


ngx_http_partner_issuer_t *
ngx_http_partner_issuer_by_id(const ngx_array_t *issuers, uint64_t id)
{
    ngx_uint_t                  i;
    ngx_http_partner_issuer_t **issuer;

    issuer = issuers->elts;

    for (i = 0; i < issuers->nelts; i++) {
        if (issuer[i]->id == id) {
            return issuer[i];
        }
    }

    return NULL;
}


ngx_http_partner_issuer_t *
ngx_http_partner_issuer_named(const ngx_array_t *issuers, const void *name,
                              size_t len)
{
    ngx_uint_t                  i;
    ngx_http_partner_issuer_t **issuer;

    issuer = issuers->elts;

    for (i = 0; i < issuers->nelts; i++) {
        if (!issuer[i]->opaque && issuer[i]->name.len == len
            && ngx_memcmp(issuer[i]->name.data, name, len) == 0) {
            return issuer[i];
        }
    }

    return NULL;
}
