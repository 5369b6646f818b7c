/*
 * Spreads a partner's change: its credentials' records are written, and one
 * message tells of all of them.  Where it loses access, another tells so
 * before, since writing takes a tenth of a second for each thousand.
 */

#ifndef PD_SPREAD_H
#define PD_SPREAD_H


#include "ask.h"
#include "projection.h"


#define PD_PARTNER_ID 63 /* characters */

typedef struct {
    pd_ask_t        *ask;        /* the relay's: one chain at a time */
    pd_projection_t *projection; /* the relay's */
    void (*done)(void *ctx, pd_projected_t outcome);
    void          *ctx;
    char           partner[PD_PARTNER_ID + 1];
    char           after[64]; /* id of the last credential */
    pd_projected_t outcome;   /* the worst so far */
} pd_spread_t;


/* `closing` is the status of a partner that loses access, else NULL. */
void pd_spread_start(pd_spread_t *s, const char *partner, const char *closing);


#endif
