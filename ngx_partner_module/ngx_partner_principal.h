/*
 * The principal as the gateway keeps it: small, of fixed size, its names
 * interned in the zone.
 */

#ifndef NGX_PARTNER_PRINCIPAL_H
#define NGX_PARTNER_PRINCIPAL_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_principal.h"
#include "ngx_partner_names.h"
#include "ngx_partner_networks.h"


/* What a request needs to know of who calls; names refer to the zone. */
typedef struct {
    int64_t                    expires; /* seconds since the epoch; 0: never */
    int64_t                    rate_limit; /* calls per hour; 0: the tier's */
    int64_t                    version;
    ngx_partner_name_t         partner;
    ngx_partner_name_t         application;
    ngx_partner_name_t         scopes;
    ngx_partner_name_t         category;
    ngx_partner_networks_ref_t networks;           /* 0: from any address */
    unsigned                   tier : 4;           /* lp_tier_t */
    unsigned                   status : 4;         /* lp_key_status_t */
    unsigned                   partner_status : 4; /* lp_partner_status_t */
    unsigned                   application_status : 4; /* lp_application_... */
    unsigned                   environment : 4;        /* lp_environment_t */
    unsigned                   id_len : 8;
    u_char                     id[LP_ID_LEN]; /* of the key */
} ngx_partner_principal_t;


/*
 * Under the zone lock.  All but the networks, which are taken by who keeps
 * them.  NGX_ERROR: no room for another name.
 */
ngx_int_t ngx_partner_principal_set(ngx_partner_principal_t *principal,
                                    const lp_principal_t    *from,
                                    ngx_partner_names_t     *names);


#endif
