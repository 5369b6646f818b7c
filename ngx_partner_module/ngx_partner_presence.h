/*
 * This gateway's word to the platform: that it lives, how long it trusts what
 * it has, and which revision all of its workers obey.  docs/architecture.md
 * has the format.
 */

#ifndef NGX_PARTNER_PRESENCE_H
#define NGX_PARTNER_PRESENCE_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_tier.h"
#include "ngx_partner_redis.h"
#include "ngx_partner_zone.h"


#define NGX_PARTNER_PRESENCE_ID   16  /* hexadecimal digits */
#define NGX_PARTNER_PRESENCE_TEXT 512 /* bytes of what is told */


typedef struct {
    ngx_partner_redis_t *redis; /* for commands */
    ngx_partner_zone_t  *zone;
    ngx_str_t            node;            /* name of the machine */
    ngx_msec_t           lease[LP_TIERS]; /* see partner_tier */
    ngx_msec_t           stale[LP_TIERS];
    ngx_uint_t           unanswered; /* commands of the last word */
    unsigned             again : 1;  /* there is news since */
} ngx_partner_presence_t;


/*
 * Tells what the zone's revision is now, unless a worker just has.  The cache
 * that all workers share must obey that revision already.
 */
void ngx_partner_presence_tell(ngx_partner_presence_t *presence);

/*
 * The same whoever has told it: the first thing on a new connection, so that
 * the platform has heard of this gateway before the first look-up that follows
 * there, and never answers that all obey while one that it does not know of is
 * about to serve.
 */
void ngx_partner_presence_announce(ngx_partner_presence_t *presence);

/*
 * The gateway ends: nobody need wait for it any more.  For a master whose
 * workers have gone; it waits for Redis, in bounded steps.
 */
void ngx_partner_presence_leave(const ngx_partner_redis_conf_t *conf,
                                uint64_t incarnation, ngx_log_t *log);


#endif
