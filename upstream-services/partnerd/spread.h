/*
 * Spreads what changed about a partner, or about one of its applications: the
 * records of its credentials are written, and one message tells of all of them.
 * Where the partner loses access, another tells so before, since writing takes
 * a tenth of a second for each thousand.
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
    char           application[PD_PARTNER_ID + 1]; /* alone; "": all it has */
    char           after[64]; /* id of the last credential */
    pd_projected_t outcome;   /* the worst so far */
} pd_spread_t;


/* Of one of its applications alone, or all for "".  `closing` is the status of
 * a partner that loses access, else "". */
void pd_spread_start(pd_spread_t *s, const char *partner,
                     const char *application, const char *closing);


#endif
