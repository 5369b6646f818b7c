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


/* When an application ends, in seconds since the epoch; 0: not said. */
typedef struct {
    int64_t deprecated;
    int64_t sunset;
} ngx_partner_ending_t;

/*
 * What a request needs to know of who calls; names refer to the zone.  The
 * bytes of an ending are kept as a name, for few principals have one.
 */
typedef struct {
    int64_t                    rate_limit; /* calls per hour; 0: the tier's */
    int64_t                    version;
    uint32_t                   expires; /* ngx_partner_principal_time() */
    ngx_partner_name_t         ending;  /* 0: none is in sight */
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
 * Seconds since the epoch, 0 for never.  What is later than 2106 is kept as
 * that, and what is earlier than the epoch as its first second.
 */
static ngx_inline uint32_t
ngx_partner_principal_time(int64_t seconds)
{
    if (seconds == 0) {
        return 0;
    }

    return (uint32_t) ngx_min(ngx_max(seconds, 1), UINT32_MAX);
}


/* Needs no lock.  Both are 0 where no ending is in sight. */
ngx_partner_ending_t ngx_partner_principal_ending(
    const ngx_partner_principal_t *principal, ngx_partner_names_t *names);

/*
 * Under the zone lock.  All but the networks, which are taken by who keeps
 * them.  `owner` is as ngx_partner_names_own() has it.  NGX_ERROR: no room for
 * another name.
 */
ngx_int_t ngx_partner_principal_set(ngx_partner_principal_t   *principal,
                                    const lp_principal_t      *from,
                                    ngx_partner_names_t       *names,
                                    const ngx_partner_owner_t *owner);


#endif
