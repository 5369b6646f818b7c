/*
 * Reads from Redis what was revoked of tokens, whenever a message of the
 * channel may have been missed, and takes what the channel says.
 */

#ifndef NGX_PARTNER_REVOCATIONS_H
#define NGX_PARTNER_REVOCATIONS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_answers.h"
#include "ngx_partner_parking.h"
#include "ngx_partner_redis.h"
#include "ngx_partner_tokens.h"
#include "ngx_partner_zone.h"


typedef struct {
    ngx_partner_redis_t      *redis;
    ngx_partner_redis_t      *channel;
    ngx_partner_zone_t       *zone; /* whose epoch counts */
    ngx_partner_token_zone_t *tokens;
    ngx_log_t                *log;
    ngx_partner_parking_t     parking; /* for what is being read */
    ngx_event_t               retry;
    ngx_atomic_uint_t         epoch;  /* of the zone when reading began, */
    uint64_t                  doubts; /* those that there were then, */
    ngx_msec_t                began;  /* and when that was */
    char                      cursor[NGX_PARTNER_CURSOR_LEN + 1];
    unsigned                  reading : 1;
} ngx_partner_revocations_t;


/* `waiting` requests may wait; the first part of the structure is set. */
void ngx_partner_revocations_start(ngx_partner_revocations_t *revocations,
                                   ngx_uint_t                 waiting);
void ngx_partner_revocations_stop(ngx_partner_revocations_t *revocations);

/* What the channel says; both fit ngx_partner_revisions_t. */
void ngx_partner_revocations_hear(void *data, const u_char *digest,
                                  const lp_revocation_t *tokens);

/* The platform was set back, and what it once revoked may be no more. */
void ngx_partner_revocations_restored(void *data);

/* Reads them, unless that is under way or Redis cannot be asked. */
void ngx_partner_revocations_read(ngx_partner_revocations_t *revocations);

/* 1 when no message can have been missed since they were read. */
ngx_uint_t ngx_partner_revocations_known(
    ngx_partner_revocations_t *revocations);


#endif
