/*
 * The keys of an issuer: read from a file, or fetched by traffic, at most once
 * a second for all workers together, and shared between them as text.
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

/* How often those who wait look at what another worker fetched, in ms. */
#define NGX_HTTP_PARTNER_FETCH_LOOK 20


/* What is cached under another set of keys or rules is not trusted. */
static void
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
    u_char               *text;
    size_t                len;
    lp_jwks_t            *keys;
    lp_error_t            err;
    ngx_partner_keyset_t *shared;

    shared = issuer->shared;

    if (shared->generation == issuer->generation) {
        return;
    }

    text = ngx_alloc(LP_JWKS_MAX, ngx_cycle->log);

    if (text == NULL) {
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

    ngx_free(text);
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
    ngx_http_partner_issuer_t *issuer;

    issuer = data;
    rc = NGX_ERROR;

    if (issuer->begun == begun) {
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
    ngx_partner_tokens_unlock(issuer->zone);

    ngx_partner_parking_release(&issuer->parking, begun);
}


/*
 * Whoever moves `begun` on may fetch; a worker that dies then costs a second,
 * and one whose issuer says nothing asks once more when patience ends.
 */
static ngx_uint_t
ngx_http_partner_issuer_may_fetch(ngx_http_partner_issuer_t *issuer)
{
    ngx_atomic_uint_t begun;

    begun = issuer->shared->begun;

    return (!issuer->fetching
            || ngx_partner_age(issuer->begun)
                   >= NGX_HTTP_PARTNER_FETCH_PATIENCE)
           && (begun == 0
               || ngx_partner_age(begun) >= NGX_HTTP_PARTNER_FETCH_PAUSE)
           && ngx_atomic_cmp_set(&issuer->shared->begun, begun,
                                 ngx_current_msec);
}


static void
ngx_http_partner_issuer_fetch(ngx_http_partner_issuer_t *issuer)
{
    ngx_http_partner_fetch_t fetch;

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
    ngx_uint_t        idle;
    ngx_atomic_uint_t confirmed;

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
    idle = age >= 2 * issuer->refresh
           && ngx_partner_age(issuer->shared->answered) >= issuer->refresh;

    return idle ? NGX_AGAIN : NGX_OK;
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


/* OpenSSL's memory is not the pool's, so it goes with the pool. */
static void
ngx_http_partner_issuer_unload(void *data)
{
    ngx_http_partner_issuer_t *issuer;

    issuer = data;
    lp_jwks_free(issuer->keys);
    issuer->keys = NULL;
}


/* A file that may hold a key set; those of HS256 and its like are secrets. */
static ngx_int_t
ngx_http_partner_issuer_fits(ngx_conf_t                      *cf,
                             const ngx_http_partner_issuer_t *issuer,
                             ngx_file_t                      *file)
{
    ngx_file_info_t info;

    if (ngx_fd_info(file->fd, &info) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "partner_jwt: " ngx_fd_info_n " \"%V\" failed",
                           &file->name);
        return NGX_ERROR;
    }

    if (ngx_is_dir(&info)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt: jwks_file \"%V\" is a directory, "
                           "allowed is a file with a key set",
                           &file->name);
        return NGX_ERROR;
    }

    if (ngx_file_size(&info) > LP_JWKS_MAX) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt: jwks_file \"%V\" has %O bytes, "
                           "allowed are at most %d",
                           &file->name, ngx_file_size(&info), LP_JWKS_MAX);
        return NGX_ERROR;
    }

    if ((issuer->algorithms & LP_ALG_SYMMETRIC) != 0
        && (info.st_mode & S_IRWXO)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt: jwks_file \"%V\" holds secrets and "
                           "is open to others, chmod o= it",
                           &file->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_issuer_parse(ngx_conf_t                *cf,
                              ngx_http_partner_issuer_t *issuer,
                              ngx_str_t *path, const u_char *text, size_t len)
{
    lp_error_t          err;
    ngx_pool_cleanup_t *cln;

    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (cln == NULL) {
        return NGX_ERROR;
    }

    issuer->keys = lp_jwks_parse((char *) text, len, issuer->algorithms,
                                 LP_STRICT, &err);

    if (issuer->keys == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_jwt: jwks_file \"%V\" at \"%s\": %s", path,
                           err.pointer, err.text);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_partner_issuer_unload;
    cln->data = issuer;
    ngx_http_partner_issuer_stamp(issuer, text, len);

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_issuer_load(ngx_conf_t *cf, ngx_http_partner_issuer_t *issuer,
                             ngx_str_t *path)
{
    u_char    *text;
    ssize_t    n;
    ngx_int_t  rc;
    ngx_file_t file;

    ngx_memzero(&file, sizeof(ngx_file_t));
    file.name = *path;
    file.log = cf->log;
    file.fd = ngx_open_file(path->data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "partner_jwt: " ngx_open_file_n " \"%V\" failed",
                           path);
        return NGX_ERROR;
    }

    rc = NGX_ERROR;
    text = ngx_pnalloc(cf->temp_pool, LP_JWKS_MAX + 1);
    n = (text != NULL
         && ngx_http_partner_issuer_fits(cf, issuer, &file) == NGX_OK)
            ? ngx_read_file(&file, text, LP_JWKS_MAX + 1, 0)
            : -1;

    if (n >= 0) {
        rc = ngx_http_partner_issuer_parse(cf, issuer, path, text, (size_t) n);

        /* a key of HS256 is a secret */
        ngx_explicit_memzero(text, (size_t) n);
    }

    (void) ngx_close_file(file.fd);

    return rc;
}
