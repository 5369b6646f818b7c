/*
 * The revision channel: what the platform changed, heard by every worker.
 */

#ifndef NGX_PARTNER_REVISIONS_H
#define NGX_PARTNER_REVISIONS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_revocation.h"
#include "ngx_partner_presence.h"
#include "ngx_partner_redis.h"
#include "ngx_partner_zone.h"


/* What is refused of this subject, by its digest. */
typedef void (*ngx_partner_revoked_pt)(void *data, const u_char *digest,
                                       const lp_revocation_t *tokens);

/* Versions went back: what was heard of before counts no more. */
typedef void (*ngx_partner_restored_pt)(void *data);

typedef struct {
    ngx_partner_redis_t     redis; /* a connection that only subscribes */
    ngx_partner_zone_t     *zone;
    ngx_partner_presence_t *presence; /* tells what was heard */
    ngx_atomic_uint_t       revision; /* the newest this worker heard of */
    ngx_atomic_uint_t       since;    /* the zone's, as we subscribed */
    ngx_msec_t              heard;    /* when; 0: never */
    ngx_partner_revoked_pt  revoked;  /* NULL: nobody asks */
    ngx_partner_restored_pt restored; /* where `revoked` is set */
    void                   *data;     /* of both */
} ngx_partner_revisions_t;


/* `redis` of the structure has its first part set but for hello and data. */
void ngx_partner_revisions_start(ngx_partner_revisions_t *revisions);


#endif
