/*
 * Whether a service answers at all.  One that hangs says nothing of how long
 * its answers take, for there are none; what tells is that calls wait, and how
 * long they have.
 *
 * Plain arithmetic on the caller's clock; nothing is allocated.
 */

#ifndef LP_SILENCE_H
#define LP_SILENCE_H


#include <stdint.h>


/*
 * Calls that have to wait in vain.  Where one in 20 takes longer than expected,
 * three do so by chance once in 8,000 times, two once in 400.
 */
#ifndef LP_SILENCE_CALLS
#define LP_SILENCE_CALLS 3
#endif


/* Zeroed at first. */
typedef struct {
    uint32_t unheard; /* calls that wait, as far as they matter */
    int64_t  since;   /* us; when so many did, or the service last spoke */
    int64_t  last;    /* us; when the latest began */
} lp_silence_t;


/* A call begins; `alone` when no other is in flight. */
void lp_silence_begun(lp_silence_t *s, int alone, int64_t now);

/* The service spoke, and leaves so many waiting. */
void lp_silence_heard(lp_silence_t *s, uint64_t waiting, int64_t now);

/* Whether enough calls have waited longer than `patience` us, and none not. */
int lp_silence_lasts(const lp_silence_t *s, int64_t patience, int64_t now);


#endif
