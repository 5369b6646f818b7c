/*
 * Wakes the relay: one NOTIFY after any number of commits, outside of their
 * transactions, where it would make commits wait for each other.
 */

#ifndef PD_WAKE_H
#define PD_WAKE_H


#include "pg.h"


#define PD_WAKE_CHANNEL "partner_outbox"


typedef struct pd_wake_s pd_wake_t;


/* NULL without memory. */
pd_wake_t *pd_wake_create(struct event_base *base, const char *conninfo);
void       pd_wake_free(pd_wake_t *w);

/* Something was committed.  Those that follow each other are told of together,
 * within 20 ms; what is urgent is told of at once.  What is lost here the
 * relay's sweep finds. */
void pd_wake(pd_wake_t *w, unsigned urgent);


#endif
