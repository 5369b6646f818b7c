/*
 * Tells the platform when each key was last used, every minute or so;
 * docs/architecture.md has the format.
 */

#ifndef NGX_PARTNER_LAST_USED_H
#define NGX_PARTNER_LAST_USED_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>

#include "ngx_partner_redis.h"
#include "ngx_partner_zone.h"


typedef struct {
    ngx_partner_redis_t *redis;
    ngx_partner_zone_t  *zone;
    ngx_log_t           *log;

    /* of the round that this worker makes */
    ngx_event_t timer;
    time_t      begun;
    uint32_t    since; /* uses from here on are told, seconds */
    uint32_t    from;  /* the entry that is looked at next */
    unsigned    busy : 1;
} ngx_partner_last_used_t;


/* From now on this worker makes a round when one is due and no other does. */
void ngx_partner_last_used_start(ngx_partner_last_used_t *last);


#endif
