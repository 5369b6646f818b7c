/*
 * Those who issue tokens: what their tokens are held to, and the keys that
 * verify them, from a file or from where the issuer publishes them.
 */

#ifndef NGX_HTTP_PARTNER_ISSUER_H
#define NGX_HTTP_PARTNER_ISSUER_H


#include "ngx_http_partner_fetch.h"
#include "ngx_partner_parking.h"
#include "ngx_partner_tokens.h"

#include "../libpartner/lp_jwks.h"
#include "../libpartner/lp_jwt.h"


typedef struct {
    ngx_str_t       name; /* as `iss` has it */
    lp_jwt_policy_t policy;
    uint32_t        algorithms;
    ngx_msec_t      refresh; /* keys older than this are fetched anew, ms */
    ngx_msec_t      stale;   /* and older than this do not count, ms */
    ngx_uint_t      waiting; /* requests of a worker */
    ngx_uint_t      tier;    /* lp_tier_t where no claim says */
    ngx_uint_t      environment; /* lp_environment_t; LP_ENVIRONMENTS: none */
    ngx_str_t       partner_claim; /* empty: the client's record says */
    ngx_str_t       application_claim;
    ngx_str_t       tier_claim;
    ngx_str_t       location;    /* empty: keys of a file */
    ngx_http_conf_ctx_t *server; /* whose location it is */
    uint64_t             rules;  /* a digest of all that is configured */
    uint64_t             id;     /* of its tokens and key set in the zone: by
                                    name, location and algorithms */

    /* the worker's own, but for keys of a file */
    ngx_partner_token_zone_t *zone;
    ngx_partner_keyset_t     *shared; /* NULL: keys of a file */
    lp_jwks_t                *keys;
    ngx_atomic_uint_t         generation;  /* of the text that was parsed */
    uint64_t                  fingerprint; /* of rules and keys */
    ngx_partner_parking_t     parking;
    ngx_event_t               timer;
    ngx_msec_t                begun; /* the last fetch of ours */
    unsigned                  fetching : 1;
    unsigned                  opaque : 1; /* asked about each token instead */
} ngx_http_partner_issuer_t;


/* Who named it, for messages. */
#define ngx_http_partner_issuer_directive(issuer)                             \
    ((issuer)->opaque ? "partner_introspection" : "partner_jwt")

/* _issuer_file.c: at configuration; NGX_ERROR was logged. */
ngx_int_t ngx_http_partner_issuer_load(ngx_conf_t                *cf,
                                       ngx_http_partner_issuer_t *issuer,
                                       ngx_str_t                 *path);

/*
 * The keys are now those of this text: what is remembered under other keys, or
 * other rules, is not trusted.
 */
void ngx_http_partner_issuer_stamp(ngx_http_partner_issuer_t *issuer,
                                   const u_char *text, size_t len);

/*
 * Among `issuers`, of ngx_http_partner_issuer_t *: that of a token that is
 * remembered (NULL: the configuration had another one, or other rules), and
 * that of a token which says so itself, whom `iss` names (NULL: nobody).
 */
ngx_http_partner_issuer_t *ngx_http_partner_issuer_by_id(
    const ngx_array_t *issuers, uint64_t id);
ngx_http_partner_issuer_t *ngx_http_partner_issuer_named(
    const ngx_array_t *issuers, const void *name, size_t len);

/* What a worker sets up, and stops before it leaves. */
void ngx_http_partner_issuer_start(ngx_http_partner_issuer_t *issuer,
                                   ngx_cycle_t               *cycle);
void ngx_http_partner_issuer_stop(ngx_http_partner_issuer_t *issuer);

/*
 * Brings the keys up to date and has them fetched when they are due.
 * NGX_AGAIN: they are so old that they count only where the issuer cannot be
 * asked, which is found out by waiting; NGX_DECLINED: there are none, or none
 * that still count.
 */
ngx_int_t ngx_http_partner_issuer_ready(ngx_http_partner_issuer_t *issuer);

/*
 * Waits for a fetch that begins from now on or, unless `fresh`, for the one
 * under way, 5 s at most.  NGX_AGAIN, NGX_BUSY (too many wait), or
 * NGX_DECLINED where keys come from a file or the last fetch failed within the
 * second.
 */
ngx_int_t ngx_http_partner_issuer_wait(ngx_http_partner_issuer_t *issuer,
                                       ngx_partner_parked_t      *parked,
                                       ngx_uint_t                 fresh);

/* Whether a fetch that began at `since` or later brought a key set. */
ngx_uint_t ngx_http_partner_issuer_asked(
    const ngx_http_partner_issuer_t *issuer, ngx_msec_t since);


#endif
