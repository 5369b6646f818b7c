/*
 * Calls in flight, counted by subject, in shared memory.  Each call holds a
 * place that says which process holds it, so that the places of one that was
 * killed come back.
 */

#ifndef NGX_PARTNER_FLIGHTS_H
#define NGX_PARTNER_FLIGHTS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_buckets.h"


/* A call, or the head of those with one name; numbers are index + 1. */
typedef struct {
    ngx_partner_bucket_id_t id;
    ngx_atomic_t            owner; /* pid of a call; 0: a head, or free */
    uint32_t                count; /* of a head: calls */
    uint32_t                next;  /* head in the chain, or free place */
    uint32_t                head;  /* of a call */
} ngx_partner_place_t;

typedef struct {
    ngx_partner_place_t *places;
    uint32_t            *chains;
    uint32_t             mask;
    uint32_t             size;
    uint32_t             filled; /* places ever used */
    uint32_t             free;   /* those used before; 0: none */
    ngx_atomic_t         calls;
    ngx_atomic_t         reclaimed; /* of processes that died */
    ngx_atomic_t         full;      /* refused for want of a place */
} ngx_partner_flights_t;


/* Takes `size` zeroed bytes for good. */
void ngx_partner_flights_init(ngx_partner_flights_t *flights, u_char *mem,
                              size_t size);

/* All below run under the zone lock. */

/*
 * One more call of that name, owned by this process; `*flight` is what
 * ngx_partner_flights_end() wants to have back.  NGX_BUSY: `most` are in flight
 * already; NGX_ERROR: the table is full.
 */
ngx_int_t ngx_partner_flights_begin(ngx_partner_flights_t         *flights,
                                    const ngx_partner_bucket_id_t *id,
                                    int64_t most, uint32_t *flight);
void ngx_partner_flights_end(ngx_partner_flights_t *flights, uint32_t flight);

/* How many of that name are in flight. */
uint32_t ngx_partner_flights_of(ngx_partner_flights_t         *flights,
                                const ngx_partner_bucket_id_t *id);

/*
 * Counts anew from the calls themselves, without those of processes that are
 * gone, or had the number of this one before it.
 */
void ngx_partner_flights_rebuild(ngx_partner_flights_t *flights,
                                 ngx_uint_t             starting);


#endif
