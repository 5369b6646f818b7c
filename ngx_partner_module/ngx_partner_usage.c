/*
 * Usage of this worker's calls: from the numbers of names to a journal's slot.
 */

#include "ngx_partner_counter.h"
#include "ngx_partner_journal.h"
#include "ngx_partner_usage.h"
#include "ngx_partner_hash.h"


ngx_str_t ngx_partner_outcome_names[NGX_PARTNER_OUTCOMES] = {
    ngx_string("ok"),           ngx_string("client_error"),
    ngx_string("server_error"), ngx_string("refused"),
    ngx_string("aborted"),
};


ngx_int_t
ngx_partner_usage_start(ngx_partner_usage_t *usage, ngx_pool_t *pool,
                        ngx_log_t *log)
{
    usage->places = ngx_pcalloc(pool, NGX_PARTNER_USAGE_PLACES
                                          * sizeof(ngx_partner_usage_place_t));

    if (usage->places == NULL) {
        return NGX_ERROR;
    }

    if (lp_journal_sit(usage->journal, (uint32_t) ngx_pid, ngx_partner_alive,
                       &usage->seat)
        != LP_OK) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "partner_journal: no place for another process, there "
                      "are %d",
                      LP_JOURNAL_SEATS);
        return NGX_ERROR;
    }

    usage->seated = 1;

    return NGX_OK;
}


void
ngx_partner_usage_stop(ngx_partner_usage_t *usage)
{
    if (usage->seated) {
        lp_journal_leave(usage->journal, usage->seat);
        usage->seated = 0;
    }
}


void
ngx_partner_usage_rest(ngx_partner_usage_t *usage)
{
    lp_journal_rest(usage->journal, usage->seat);
}


static uint32_t
ngx_partner_usage_slot(ngx_partner_usage_t          *usage,
                       const ngx_partner_usage_id_t *id)
{
    size_t                     len;
    u_char                     field[NGX_PARTNER_COUNTER_FIELD];
    ngx_partner_usage_place_t *place;

    place = &usage->places[ngx_partner_hash(id, sizeof(*id))
                           & (NGX_PARTNER_USAGE_PLACES - 1)];

    if (place->slot != 0 && ngx_memcmp(&place->id, id, sizeof(*id)) == 0) {
        return place->slot;
    }

    len = ngx_partner_counter_field(usage->names, id, field);

    place->id = *id;
    place->slot
        = lp_journal_find(usage->journal, id->hour, (char *) field, len);

    return place->slot;
}


void
ngx_partner_usage_add(ngx_partner_usage_t *usage, ngx_partner_usage_id_t *id,
                      const lp_usage_t *add)
{
    uint32_t slot;

    do {
        /* an hour that was closed meanwhile has a later one beside it */

        id->hour = lp_journal_hour(usage->journal, id->hour);
        slot = ngx_partner_usage_slot(usage, id);

        if (slot == 0) {
            (void) ngx_atomic_fetch_add(
                usage->dropped, (ngx_atomic_int_t) add->n[LP_USAGE_CALLS]);
            return;
        }

    } while (lp_journal_add(usage->journal, usage->seat, slot, id->hour, add)
             != LP_OK);
}
