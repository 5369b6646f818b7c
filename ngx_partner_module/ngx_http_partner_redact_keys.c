/*
 * partner_redact_keys: under which keys values are hashed and encrypted, and
 * what of them belongs to the partner who calls.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_redact.h"
#include "ngx_partner_text.h"

#include <openssl/rand.h>


#define NGX_HTTP_PARTNER_KEYS_MAX (16 * 1024) /* bytes of the file */


static void
ngx_http_partner_redact_wipe(void *data)
{
    ngx_explicit_memzero(data, sizeof(lp_keyring_t));
}


/* Zeroed when the configuration goes. */
static lp_keyring_t *
ngx_http_partner_redact_ring(ngx_conf_t *cf)
{
    lp_keyring_t       *ring;
    ngx_pool_cleanup_t *cleanup;

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    ring = ngx_pcalloc(cf->pool, sizeof(lp_keyring_t));

    if (cleanup == NULL || ring == NULL) {
        return NULL;
    }

    cleanup->handler = ngx_http_partner_redact_wipe;
    cleanup->data = ring;

    return ring;
}


/* Who reads the file reads what every partner got, back to the first day. */
char *
ngx_http_partner_redact_keys_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                       void *conf)
{
    int                           rc;
    ngx_str_t                     path, text, *args;
    lp_error_t                    err;
    ngx_http_partner_main_conf_t *pmcf = conf;

    (void) cmd;

    if (pmcf->keyring != NULL) {
        return "is duplicate";
    }

    args = cf->args->elts;
    path = args[1];
    pmcf->used = 1;

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK
        || ngx_partner_text_secret(cf, "partner_redact_keys", &path,
                                   NGX_HTTP_PARTNER_KEYS_MAX, &text)
               != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    pmcf->keyring = ngx_http_partner_redact_ring(cf);

    if (pmcf->keyring == NULL) {
        return NGX_CONF_ERROR;
    }

    rc = lp_keyring_parse(pmcf->keyring, (char *) text.data, text.len, &err);
    ngx_explicit_memzero(text.data, text.len);

    if (rc != LP_OK || lp_keyring_check_master(pmcf->keyring, &err) != LP_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_keys \"%V\": %s", &path, err.text);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* Once all is read: profiles and keys may stand in any order. */
ngx_int_t
ngx_http_partner_redact_keys_check(ngx_conf_t                         *cf,
                                   const ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t                   i;
    ngx_http_partner_profile_t **profile;

    profile = pmcf->profiles.elts;

    for (i = 0; i < pmcf->profiles.nelts && pmcf->keyring == NULL; i++) {

        if (profile[i]->keyed.len != 0) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "partner_redact_profile \"%V\": rule \"%V\" needs "
                          "keys, which partner_redact_keys has to name; "
                          "allowed without: mask, mask(N,M), null, drop",
                          &profile[i]->name, &profile[i]->keyed);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Without them the stream masks, so a failure shows less and never more. */
lp_partner_keys_t *
ngx_http_partner_redact_keys(ngx_http_request_t      *r,
                             ngx_http_partner_call_t *call)
{
    uint8_t            salt[LP_SALT_LEN];
    ngx_str_t          partner;
    lp_partner_keys_t *keys;

    if (call == NULL || !call->identified) {
        return NULL;
    }

    keys = ngx_palloc(r->pool, sizeof(lp_partner_keys_t));
    partner = ngx_partner_names_get(&call->pmcf->zone->shared->names,
                                    call->principal.partner);

    if (keys == NULL || RAND_bytes(salt, sizeof(salt)) != 1
        || lp_keyring_derive(call->pmcf->keyring, (char *) partner.data,
                             partner.len, salt, keys)
               != LP_OK) {
        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "no keys for the partner, values are masked");
        return NULL;
    }

    return keys;
}
