/*
 * Calls in flight: chained heads that count, and the calls that they count.
 */

#include "ngx_partner_alive.h"
#include "ngx_partner_flights.h"
#include "ngx_partner_hash.h"


void
ngx_partner_flights_init(ngx_partner_flights_t *flights, u_char *mem,
                         size_t size)
{
    uint32_t chains;

    for (chains = 16; (size_t) chains * 2 * 64 <= size; chains *= 2) {
        /* void */
    }

    flights->chains = (uint32_t *) mem;
    flights->mask = chains - 1;

    mem = ngx_align_ptr(mem + chains * sizeof(uint32_t), NGX_ALIGNMENT);
    size -= (size_t) chains * sizeof(uint32_t) + NGX_ALIGNMENT;

    flights->places = (ngx_partner_place_t *) mem;
    flights->size = (uint32_t) (size / sizeof(ngx_partner_place_t));
}


static ngx_partner_place_t *
ngx_partner_flights_place(ngx_partner_flights_t *flights, uint32_t number)
{
    return &flights->places[number - 1];
}


static uint32_t
ngx_partner_flights_take(ngx_partner_flights_t         *flights,
                         const ngx_partner_bucket_id_t *id)
{
    uint32_t             number;
    ngx_partner_place_t *place;

    number = flights->free;

    if (number != 0) {
        flights->free = ngx_partner_flights_place(flights, number)->next;

    } else if (flights->filled < flights->size) {
        number = ++flights->filled;

    } else {
        return 0;
    }

    place = ngx_partner_flights_place(flights, number);
    place->id = *id;
    place->count = 0;

    return number;
}


static void
ngx_partner_flights_drop(ngx_partner_flights_t *flights, uint32_t number)
{
    ngx_partner_place_t *place;

    place = ngx_partner_flights_place(flights, number);
    place->owner = 0;
    place->next = flights->free;
    flights->free = number;
}


/* The link that leads to the head of that name, or ends its chain. */
static uint32_t *
ngx_partner_flights_link(ngx_partner_flights_t         *flights,
                         const ngx_partner_bucket_id_t *id)
{
    uint32_t            *link;
    ngx_partner_place_t *head;

    link = &flights->chains[ngx_partner_hash(id, sizeof(*id)) & flights->mask];

    while (*link != 0) {
        head = ngx_partner_flights_place(flights, *link);

        if (ngx_memcmp(&head->id, id, sizeof(*id)) == 0) {
            break;
        }

        link = &head->next;
    }

    return link;
}


/* Counts the call in `number` at its head, which is made where it misses. */
static ngx_int_t
ngx_partner_flights_count(ngx_partner_flights_t *flights, uint32_t number)
{
    uint32_t            *link;
    ngx_partner_place_t *call;

    call = ngx_partner_flights_place(flights, number);
    link = ngx_partner_flights_link(flights, &call->id);

    if (*link == 0) {
        *link = ngx_partner_flights_take(flights, &call->id);

        if (*link == 0) {
            return NGX_ERROR;
        }

        ngx_partner_flights_place(flights, *link)->next = 0;
    }

    call->head = *link;
    ngx_partner_flights_place(flights, *link)->count++;
    flights->calls++;

    return NGX_OK;
}


ngx_int_t
ngx_partner_flights_begin(ngx_partner_flights_t         *flights,
                          const ngx_partner_bucket_id_t *id, int64_t most,
                          uint32_t *flight)
{
    uint32_t *link, number;

    link = ngx_partner_flights_link(flights, id);

    if (*link != 0
        && (int64_t) ngx_partner_flights_place(flights, *link)->count
               >= most) {
        return NGX_BUSY;
    }

    number = ngx_partner_flights_take(flights, id);

    if (number == 0) {
        flights->full++;
        return NGX_ERROR;
    }

    if (ngx_partner_flights_count(flights, number) != NGX_OK) {
        ngx_partner_flights_drop(flights, number);
        flights->full++;
        return NGX_ERROR;
    }

    /* last: what has an owner has a head, whoever dies */
    ngx_partner_flights_place(flights, number)->owner = (ngx_atomic_t) ngx_pid;
    *flight = number;

    return NGX_OK;
}


void
ngx_partner_flights_end(ngx_partner_flights_t *flights, uint32_t flight)
{
    uint32_t            *link, number;
    ngx_partner_place_t *head;

    number = ngx_partner_flights_place(flights, flight)->head;
    head = ngx_partner_flights_place(flights, number);
    flights->calls--;

    if (--head->count == 0) {
        link = ngx_partner_flights_link(flights, &head->id);
        *link = head->next;
        ngx_partner_flights_drop(flights, number);
    }

    ngx_partner_flights_drop(flights, flight);
}


uint32_t
ngx_partner_flights_of(ngx_partner_flights_t         *flights,
                       const ngx_partner_bucket_id_t *id)
{
    uint32_t head;

    head = *ngx_partner_flights_link(flights, id);

    return head != 0 ? ngx_partner_flights_place(flights, head)->count : 0;
}


/* Whether the process that holds the place cannot give it back any more. */
static ngx_uint_t
ngx_partner_flights_lost(ngx_atomic_t owner, ngx_uint_t starting)
{
    if (owner == (ngx_atomic_t) ngx_pid) {
        return starting;
    }

    return !ngx_partner_alive((uint32_t) owner);
}


void
ngx_partner_flights_rebuild(ngx_partner_flights_t *flights,
                            ngx_uint_t             starting)
{
    uint32_t             i;
    ngx_partner_place_t *place;

    ngx_memzero(flights->chains,
                (size_t) (flights->mask + 1) * sizeof(uint32_t));
    flights->free = 0;
    flights->calls = 0;

    for (i = flights->filled; i > 0; i--) {
        place = ngx_partner_flights_place(flights, i);

        if (place->owner != 0
            && ngx_partner_flights_lost(place->owner, starting)) {
            place->owner = 0;
            flights->reclaimed++;
        }

        if (place->owner == 0) {
            place->next = flights->free;
            flights->free = i;
        }
    }

    /* there is room for the heads: each call that is left had one before */

    for (i = 1; i <= flights->filled; i++) {

        if (ngx_partner_flights_place(flights, i)->owner != 0) {
            (void) ngx_partner_flights_count(flights, i);
        }
    }
}
