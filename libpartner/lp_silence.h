/*
 * Whether a service answers at all.  One that hangs says nothing of how long
 * its answers take, for there are none; what tells is that calls wait, and how
 * long they have.
 *
 * A call waits from when the service has the whole question until it begins to
 * answer, or the call ends.  How many do is never kept here: the caller counts
 * them, so that none who are gone are waited for.
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
    int64_t since; /* us; when last one was answered, or too few waited */
} lp_silence_t;


/* A call begins to wait; with it so many do. */
void lp_silence_begun(lp_silence_t *s, uint64_t waiting, int64_t now);

/* The service began to answer one. */
void lp_silence_heard(lp_silence_t *s, int64_t now);

/* Of so many that wait, whether enough have for longer than `patience` us. */
int lp_silence_lasts(const lp_silence_t *s, uint64_t waiting, int64_t patience,
                     int64_t now);


#endif
