/*
 * A worker at the usage journal: its seat, and the slots of its counters.
 */

#include "ngx_partner_counter.h"
#include "ngx_partner_journal.h"
#include "ngx_partner_usage.h"


ngx_str_t ngx_partner_outcome_names[NGX_PARTNER_OUTCOMES] = {
    ngx_string("ok"),           ngx_string("client_error"),
    ngx_string("server_error"), ngx_string("refused"),
    ngx_string("aborted"),
};


void
ngx_partner_usage_start(ngx_partner_usage_t *usage, ngx_log_t *log)
{
    if (lp_journal_sit(usage->journal, (uint32_t) ngx_pid, ngx_partner_alive,
                       &usage->seat)
        != LP_OK) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "the usage journal has no seat for this worker, %d "
                      "processes have one: it counts under a lock",
                      LP_JOURNAL_SEATS);
    }
}


void
ngx_partner_usage_stop(ngx_partner_usage_t *usage)
{
    lp_journal_leave(usage->journal, usage->seat);
    usage->seat = LP_JOURNAL_SEATS;
}


void
ngx_partner_usage_rest(ngx_partner_usage_t *usage)
{
    lp_journal_rest(usage->journal, usage->seat);
}


uint32_t
ngx_partner_usage_slot(ngx_partner_usage_t          *usage,
                       const ngx_partner_usage_id_t *id)
{
    size_t len;
    u_char field[NGX_PARTNER_COUNTER_FIELD];

    len = ngx_partner_counter_field(usage->names, id, field);

    return lp_journal_find(usage->journal, id->hour, (char *) field, len);
}
