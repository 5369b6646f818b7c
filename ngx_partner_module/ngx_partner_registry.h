/*
 * The static key registry, read at configuration into the cycle's memory.
 */

#ifndef NGX_PARTNER_REGISTRY_H
#define NGX_PARTNER_REGISTRY_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_digest.h"
#include "../libpartner/lp_pepper.h"
#include "ngx_partner_principal.h"


typedef struct {
    u_char                  digest[LP_DIGEST_LEN];
    ngx_partner_principal_t principal;
    lp_cidr_set_t          *networks; /* NULL: from any address */
    lp_principal_t         *source;   /* until its names are interned */
} ngx_partner_registered_t;

typedef struct {
    ngx_array_t entries; /* of ngx_partner_registered_t, sorted by digest */
} ngx_partner_registry_t;


/* Reads the file; logs what is wrong with it and returns NULL.  Of `peppers`
 * it has to be that keys are looked up by its digests. */
ngx_partner_registry_t *ngx_partner_registry_load(ngx_conf_t         *cf,
                                                  ngx_str_t          *path,
                                                  const lp_peppers_t *peppers);

/* Interns the names, once the zone is there; under its lock. */
ngx_int_t ngx_partner_registry_bind(ngx_partner_registry_t *registry,
                                    ngx_partner_names_t    *names);

/* NULL when the digest is not registered. */
const ngx_partner_registered_t *ngx_partner_registry_find(
    const ngx_partner_registry_t *registry, const u_char *digest);


#endif
