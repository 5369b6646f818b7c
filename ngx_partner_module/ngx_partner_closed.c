/*
 * The table of partners that are being closed.
 */

#include "ngx_partner_closed.h"


/* 0 is free: the name is never 0 here. */
static uint64_t
ngx_partner_closed_place(ngx_partner_name_t  partner,
                         lp_partner_status_t status)
{
    return (uint64_t) status << 32 | partner;
}


/*
 * Readers take no lock: a place changes in one step, and is counted before it
 * is filled, so that nobody who sees no count passes by one.
 */
static void
ngx_partner_closed_set(ngx_partner_closed_t *closed, ngx_uint_t i,
                       uint64_t place)
{
    closed->count += (place != 0);
    closed->count -= (closed->places[i] != 0);
    __atomic_store_n(&closed->places[i], place, __ATOMIC_RELEASE);
}


void
ngx_partner_closed_remove(ngx_partner_closed_t *closed,
                          ngx_partner_name_t    partner)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PARTNER_CLOSED_MAX; i++) {
        if ((uint32_t) closed->places[i] == partner) {
            ngx_partner_closed_set(closed, i, 0);
        }
    }
}


/*
 * One place for a partner, so that its state changes as it is said last; the
 * place that it has is written over, so that no reader finds it in none.
 */
void
ngx_partner_closed_add(ngx_partner_closed_t *closed,
                       ngx_partner_name_t partner, lp_partner_status_t status)
{
    ngx_uint_t i, place;

    if (partner == 0) {
        return;
    }

    place = NGX_PARTNER_CLOSED_MAX;

    for (i = 0; i < NGX_PARTNER_CLOSED_MAX; i++) {

        if ((uint32_t) closed->places[i] == partner) {
            place = i;
            break;
        }

        if (closed->places[i] == 0 && place == NGX_PARTNER_CLOSED_MAX) {
            place = i;
        }
    }

    if (place < NGX_PARTNER_CLOSED_MAX) {
        ngx_partner_closed_set(closed, place,
                               ngx_partner_closed_place(partner, status));
    }
}


void
ngx_partner_closed_clear(ngx_partner_closed_t *closed)
{
    ngx_uint_t i;

    for (i = 0; i < NGX_PARTNER_CLOSED_MAX; i++) {
        ngx_partner_closed_set(closed, i, 0);
    }
}


lp_partner_status_t
ngx_partner_closed_find(const ngx_partner_closed_t *closed,
                        ngx_partner_name_t          partner)
{
    uint64_t   place;
    ngx_uint_t i;

    for (i = 0; i < NGX_PARTNER_CLOSED_MAX; i++) {
        place = __atomic_load_n(&closed->places[i], __ATOMIC_ACQUIRE);

        if (place != 0 && (uint32_t) place == partner) {
            return (lp_partner_status_t) (place >> 32);
        }
    }

    return LP_PARTNER_ACTIVE;
}
