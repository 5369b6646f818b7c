/*
 * Usage: how often, and how much, each partner was served, in the journal that
 * all workers share.
 */

#ifndef NGX_PARTNER_USAGE_H
#define NGX_PARTNER_USAGE_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_journal.h"
#include "ngx_partner_names.h"


typedef enum {
    NGX_PARTNER_OK = 0,
    NGX_PARTNER_CLIENT_ERROR,
    NGX_PARTNER_SERVER_ERROR,
    NGX_PARTNER_REFUSED,
    NGX_PARTNER_ABORTED,
    NGX_PARTNER_OUTCOMES
} ngx_partner_outcome_t;

/* Names one counter. */
typedef struct {
    uint32_t           hour;    /* whole hours since the epoch */
    uint32_t           latency; /* that the tier is promised, ms */
    uint16_t           tier;
    uint16_t           outcome;
    ngx_partner_name_t partner;
    ngx_partner_name_t application;
    ngx_partner_name_t operation;
} ngx_partner_usage_id_t;

/* Of one worker. */
typedef struct {
    lp_journal_t        *journal;
    ngx_partner_names_t *names;
    ngx_atomic_t        *dropped;  /* calls that found no room */
    uint32_t             seat;     /* LP_JOURNAL_SEATS: none */
    unsigned             kept : 1; /* 0: nobody would publish it, ever */
} ngx_partner_usage_t;


extern ngx_str_t ngx_partner_outcome_names[NGX_PARTNER_OUTCOMES];


/* The other fields are set.  Who gets no seat counts under a lock. */
void ngx_partner_usage_start(ngx_partner_usage_t *usage, ngx_log_t *log);
void ngx_partner_usage_stop(ngx_partner_usage_t *usage);

/* Between calls, some times a second: past hours may be closed. */
void ngx_partner_usage_rest(ngx_partner_usage_t *usage);

/* The counter's slot in the journal; 0: it is full. */
uint32_t ngx_partner_usage_slot(ngx_partner_usage_t          *usage,
                                const ngx_partner_usage_id_t *id);


#endif
