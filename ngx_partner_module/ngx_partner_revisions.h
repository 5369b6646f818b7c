/*
 * The revision channel: what the platform changed, heard by every worker.
 */

#ifndef NGX_PARTNER_REVISIONS_H
#define NGX_PARTNER_REVISIONS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_presence.h"
#include "ngx_partner_redis.h"
#include "ngx_partner_zone.h"


/* Tokens of this subject are refused; times in seconds, 0 has no end. */
typedef void (*ngx_partner_revoked_pt)(void *data, const u_char *digest,
                                       ngx_int_t before, ngx_int_t until);

typedef struct {
    ngx_partner_redis_t     redis; /* a connection that only subscribes */
    ngx_partner_zone_t     *zone;
    ngx_partner_presence_t *presence; /* tells what was heard */
    ngx_atomic_uint_t       revision; /* the newest this worker heard of */
    ngx_atomic_uint_t       since;    /* the zone's, as we subscribed */
    ngx_msec_t              heard;    /* when; 0: never */
    ngx_partner_revoked_pt  revoked;  /* NULL: nobody asks */
    void                   *data;     /* of revoked */
} ngx_partner_revisions_t;


/* `redis` of the structure has its first part set but for hello and data. */
void ngx_partner_revisions_start(ngx_partner_revisions_t *revisions);


#endif
