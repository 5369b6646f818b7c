/*
 * Looks after the journal that is counted in, about once a second.
 */

#ifndef NGX_PARTNER_TENDER_H
#define NGX_PARTNER_TENDER_H


#include "ngx_partner_journal.h"


/* Of one worker. */
typedef struct {
    ngx_partner_journals_t *journals;
    ngx_log_t              *log;
    unsigned                full : 1;  /* and the log says so */
    unsigned                ahead : 1; /* likewise */
} ngx_partner_tender_t;


void ngx_partner_tend(ngx_partner_tender_t *tender);


#endif
