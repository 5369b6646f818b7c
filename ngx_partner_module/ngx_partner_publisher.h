/*
 * Publishes usage counters to Redis about once a second, and frees those that
 * are settled.  Every worker keeps the time; whoever moves the common clock on
 * does that second's publication, so a dead worker is missed by nobody.  What
 * one turn of the event loop does is bounded, however many counters there are.
 */

#ifndef NGX_PARTNER_PUBLISHER_H
#define NGX_PARTNER_PUBLISHER_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_journal.h"
#include "ngx_partner_redis.h"
#include "ngx_partner_tender.h"
#include "ngx_partner_zone.h"


typedef struct {
    ngx_partner_redis_t    *redis; /* never ready where there is none */
    ngx_partner_zone_t     *zone;
    ngx_log_t              *log;
    ngx_partner_tender_t    tender;
    ngx_event_t             timer;
    ngx_event_t             look; /* on at the journal, in the next turn */
    ngx_partner_journals_t *journals;
    ngx_partner_usage_t    *usage; /* of this worker */
    ngx_uint_t              at;    /* the journal that is being published */
    uint32_t                from;  /* and where in it this goes on */
    u_char   cursor[NGX_INT64_LEN + 1]; /* of HSCAN; ends in a zero */
    unsigned busy : 1;
    unsigned confirmed : 1; /* something was, in this round */
    unsigned lost : 1;      /* a journal's lock is, and the log says so */
} ngx_partner_publisher_t;


void ngx_partner_publisher_start(ngx_partner_publisher_t *publisher);

/*
 * The last publication of a worker that leaves.  There is no event loop any
 * more, so it waits for Redis, in bounded steps and only while Redis answers.
 */
void ngx_partner_publisher_stop(ngx_partner_publisher_t *publisher);


#endif
