/*
 * Requests that wait for one event.
 */

#include "ngx_partner_parking.h"
#include "ngx_partner_age.h"


void
ngx_partner_parking_init(ngx_partner_parking_t *parking, ngx_uint_t most)
{
    ngx_queue_init(&parking->parked);
    parking->n = 0;
    parking->most = most;
}


ngx_int_t
ngx_partner_parking_wait(ngx_partner_parking_t *parking,
                         ngx_partner_parked_t  *parked)
{
    if (parking->n >= parking->most) {
        return NGX_BUSY;
    }

    parked->parking = parking;
    parked->since = ngx_current_msec;
    parked->parked = ngx_current_msec;
    ngx_queue_insert_tail(&parking->parked, &parked->queue);
    parking->n++;

    return NGX_AGAIN;
}


/* Also for one that waits no more. */
void
ngx_partner_parking_leave(ngx_partner_parked_t *parked)
{
    if (parked->parking != NULL) {
        ngx_queue_remove(&parked->queue);
        parked->parking->n--;
        parked->parking = NULL;
    }
}


/* What goes may end any other that waits, and may itself wait again. */
static void
ngx_partner_parking_walk(ngx_partner_parking_t *parking,
                         ngx_uint_t (*goes)(const ngx_partner_parked_t *parked,
                                            ngx_msec_t                  when),
                         ngx_msec_t when)
{
    ngx_uint_t            n;
    ngx_queue_t          *q;
    ngx_partner_parked_t *parked;

    for (n = parking->n; n > 0 && !ngx_queue_empty(&parking->parked); n--) {
        q = ngx_queue_head(&parking->parked);
        parked = ngx_queue_data(q, ngx_partner_parked_t, queue);

        if (!goes(parked, when)) {
            ngx_queue_remove(q);
            ngx_queue_insert_tail(&parking->parked, q);
            continue;
        }

        ngx_partner_parking_leave(parked);
        parked->done(parked->data);
    }
}


static ngx_uint_t
ngx_partner_parking_served(const ngx_partner_parked_t *parked,
                           ngx_msec_t                  until)
{
    /* the difference is signed: the clock of nginx wraps around */
    return (ngx_msec_int_t) (parked->since - until) <= 0;
}


static ngx_uint_t
ngx_partner_parking_tired(const ngx_partner_parked_t *parked, ngx_msec_t limit)
{
    return ngx_partner_age(parked->parked) >= limit;
}


void
ngx_partner_parking_release(ngx_partner_parking_t *parking, ngx_msec_t until)
{
    ngx_partner_parking_walk(parking, ngx_partner_parking_served, until);
}


void
ngx_partner_parking_tire(ngx_partner_parking_t *parking, ngx_msec_t limit)
{
    ngx_partner_parking_walk(parking, ngx_partner_parking_tired, limit);
}
