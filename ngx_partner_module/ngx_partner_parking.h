/*
 * Requests that wait for one event, such as a key set: their number is capped,
 * and each can leave before it comes.
 */

#ifndef NGX_PARTNER_PARKING_H
#define NGX_PARTNER_PARKING_H


#include <ngx_config.h>
#include <ngx_core.h>


typedef void (*ngx_partner_parked_pt)(void *data);

typedef struct {
    ngx_queue_t parked;
    ngx_uint_t  n;
    ngx_uint_t  most;
} ngx_partner_parking_t;

/*
 * Embedded in whatever waits, zeroed at first; it stays where it is until
 * `done` was called or it has left.
 */
typedef struct {
    ngx_queue_t            queue;
    ngx_partner_parking_t *parking; /* NULL: does not wait */
    ngx_msec_t             parked;  /* when it began to wait */
    ngx_msec_t             since;   /* what begins then or later lets it go:
                                       when it began to wait, or an earlier time
                                       that its owner sets */
    ngx_partner_parked_pt  done;
    void                  *data;
} ngx_partner_parked_t;


void ngx_partner_parking_init(ngx_partner_parking_t *parking, ngx_uint_t most);

/* NGX_AGAIN: `done` will be called, unless it leaves.  NGX_BUSY: full. */
ngx_int_t ngx_partner_parking_wait(ngx_partner_parking_t *parking,
                                   ngx_partner_parked_t  *parked);

/* Also for one that does not wait. */
void ngx_partner_parking_leave(ngx_partner_parked_t *parked);

/* Lets go all whose `since` is not after `until`. */
void ngx_partner_parking_release(ngx_partner_parking_t *parking,
                                 ngx_msec_t             until);

/* Lets go all that have waited for `limit`, in ms, or longer. */
void ngx_partner_parking_tire(ngx_partner_parking_t *parking,
                              ngx_msec_t             limit);


#endif
