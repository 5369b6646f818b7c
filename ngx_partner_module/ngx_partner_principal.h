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


/* What a request needs to know of who calls; names refer to the zone. */
typedef struct {
    u_char             id[LP_ID_LEN]; /* of the key */
    uint8_t            id_len;
    uint8_t            tier;           /* lp_tier_t */
    uint8_t            status;         /* lp_key_status_t */
    uint8_t            partner_status; /* lp_partner_status_t */
    ngx_partner_name_t partner;
    ngx_partner_name_t application;
    ngx_partner_name_t scopes;
    int64_t            expires;    /* seconds since the epoch; 0: never */
    int64_t            rate_limit; /* calls per hour; 0: as the tier has it */
    int64_t            version;
} ngx_partner_principal_t;


/* Under the zone lock.  NGX_ERROR: no room for another name. */
ngx_int_t ngx_partner_principal_set(ngx_partner_principal_t *principal,
                                    const lp_principal_t    *from,
                                    ngx_partner_names_t     *names);


#endif
