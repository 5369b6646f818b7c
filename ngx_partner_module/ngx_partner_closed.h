/*
 * Partners that are being closed: the platform has decided so, and is still
 * writing the records of their keys.  They are refused meanwhile, whatever a
 * record says, so that a partner of very many keys is refused as soon as one
 * of a single key.
 */

#ifndef NGX_PARTNER_CLOSED_H
#define NGX_PARTNER_CLOSED_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_principal.h"
#include "ngx_partner_names.h"


/* One that finds no place is refused when its records are written. */
#define NGX_PARTNER_CLOSED_MAX 16

/* All zero: none is.  A place is one word: the name, and the status above. */
typedef struct {
    ngx_atomic_t count;
    uint64_t     places[NGX_PARTNER_CLOSED_MAX]; /* 0: free */
} ngx_partner_closed_t;


/* These three under the zone lock.  A name of 0 is nobody's. */
void ngx_partner_closed_add(ngx_partner_closed_t *closed,
                            ngx_partner_name_t    partner,
                            lp_partner_status_t   status);
void ngx_partner_closed_remove(ngx_partner_closed_t *closed,
                               ngx_partner_name_t    partner);
void ngx_partner_closed_clear(ngx_partner_closed_t *closed);

/* Needs no lock.  LP_PARTNER_ACTIVE: it is not being closed. */
lp_partner_status_t ngx_partner_closed_find(const ngx_partner_closed_t *closed,
                                            ngx_partner_name_t partner);


static ngx_inline lp_partner_status_t
ngx_partner_closed_status(const ngx_partner_closed_t *closed,
                          ngx_partner_name_t          partner)
{
    return (closed->count == 0) ? LP_PARTNER_ACTIVE
                                : ngx_partner_closed_find(closed, partner);
}


#endif
