/*
 * partner_key_pepper: by which digests keys are looked up, and which of them is
 * that of the key that a call brought.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_pepper.h"
#include "ngx_partner_text.h"


/* ---- configuration ---- */

static void
ngx_http_partner_pepper_forget(void *data)
{
    lp_peppers_free(data);
}


/* Wiped when the configuration goes; NULL `text`: without a file. */
static ngx_int_t
ngx_http_partner_pepper_create(ngx_conf_t                   *cf,
                               ngx_http_partner_main_conf_t *pmcf,
                               const ngx_str_t *text, lp_error_t *err)
{
    ngx_pool_cleanup_t *cleanup;

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);

    if (cleanup == NULL) {
        return lp_error(err, "", "out of memory");
    }

    pmcf->peppers
        = lp_peppers_create((text != NULL) ? (char *) text->data : NULL,
                            (text != NULL) ? text->len : 0, err);

    if (pmcf->peppers == NULL) {
        return NGX_ERROR;
    }

    cleanup->handler = ngx_http_partner_pepper_forget;
    cleanup->data = pmcf->peppers;

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_pepper_default(ngx_conf_t                   *cf,
                                ngx_http_partner_main_conf_t *pmcf)
{
    lp_error_t err;

    if (pmcf->peppers != NULL) {
        return NGX_OK;
    }

    if (ngx_http_partner_pepper_create(cf, pmcf, NULL, &err) != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "digests of keys: %s",
                           err.text);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * Read by the master, so that workers need not be able to.  A registry that
 * was read before has been held against no pepper.
 */
char *
ngx_http_partner_pepper_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf)
{
    ngx_int_t                     rc;
    ngx_str_t                     path, text, *args;
    lp_error_t                    err;
    ngx_http_partner_main_conf_t *pmcf = conf;

    (void) cmd;

    if (pmcf->registry != NULL) {
        return "has to stand before \"partner_keys\"";
    }

    if (pmcf->peppers != NULL) {
        return "is duplicate";
    }

    args = cf->args->elts;
    path = args[1];
    pmcf->used = 1;

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK
        || ngx_partner_text_secret(cf, "partner_key_pepper", &path,
                                   LP_PEPPER_TEXT, &text)
               != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    rc = ngx_http_partner_pepper_create(cf, pmcf, &text, &err);
    ngx_explicit_memzero(text.data, text.len);

    if (rc != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_key_pepper \"%V\": %s", &path, err.text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* ---- calls ---- */

/* Whether the call's digest is one that this gateway has met. */
static ngx_uint_t
ngx_http_partner_pepper_known(ngx_http_partner_call_t *call)
{
    ngx_partner_voucher_t         voucher;
    ngx_partner_principal_t       principal;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = call->pmcf;

    if (pmcf->registry != NULL
        && ngx_partner_registry_find(pmcf->registry, call->digest) != NULL) {
        return 1;
    }

    return ngx_partner_cache_peek(&pmcf->zone->shared->cache, call->digest,
                                  &principal, &voucher)
           == NGX_OK;
}


static ngx_int_t
ngx_http_partner_pepper_make(ngx_http_request_t      *r,
                             ngx_http_partner_call_t *call, size_t i,
                             const ngx_str_t *key)
{
    if (lp_peppers_digest(call->pmcf->peppers, i, key->data, key->len,
                          call->digest)
        != LP_OK) {
        ngx_log_error(NGX_LOG_CRIT, r->connection->log, 0,
                      "the digest of a key failed");
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* All are made now: the key itself is soon gone from the request. */
ngx_int_t
ngx_http_partner_pepper_digest(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call,
                               const ngx_str_t         *key)
{
    size_t                   i;
    ngx_http_partner_ways_t *ways;

    if (lp_peppers_count(call->pmcf->peppers) == 1) {
        return ngx_http_partner_pepper_make(r, call, 0, key);
    }

    ways = ngx_palloc(r->pool, sizeof(ngx_http_partner_ways_t));

    if (ways == NULL) {
        return NGX_ERROR;
    }

    ways->n = lp_peppers_count(call->pmcf->peppers);
    ways->tried = 1;

    for (i = 0; i < ways->n; i++) {
        if (ngx_http_partner_pepper_make(r, call, i, key) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ngx_http_partner_pepper_known(call)) {
            return NGX_OK;
        }

        ngx_memcpy(ways->digests[i], call->digest, LP_DIGEST_LEN);
    }

    ngx_memcpy(call->digest, ways->digests[0], LP_DIGEST_LEN);
    call->ways = ways;

    return NGX_DECLINED;
}


ngx_uint_t
ngx_http_partner_pepper_next(ngx_http_partner_call_t *call)
{
    ngx_http_partner_ways_t *ways;

    ways = call->ways;

    if (ways == NULL || ways->tried == ways->n) {
        return 0;
    }

    ngx_memcpy(call->digest, ways->digests[ways->tried++], LP_DIGEST_LEN);
    call->looked_up = 0;

    return 1;
}
