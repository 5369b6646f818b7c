/*
 * Time for deadlines and backoff: it never goes back, and means nothing
 * outside the process.
 */

#ifndef PD_CLOCK_H
#define PD_CLOCK_H


#include <stdint.h>
#include <sys/time.h>
#include <time.h>


/* Milliseconds. */
static inline int64_t
pd_clock(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}


/*
 * Doubles from 50 ms to 2 s with the number of failures in a row: soon enough
 * that a restart is hardly noticed, seldom enough that a server which comes
 * back is not run over.  In milliseconds.
 */
static inline int
pd_backoff(unsigned failures)
{
    return failures > 5 ? 2000 : 50 << failures;
}


/* As libevent's timers take it. */
static inline struct timeval
pd_timeval(int milliseconds)
{
    return (struct timeval){ milliseconds / 1000, milliseconds % 1000 * 1000 };
}


#endif
