/*
 * What became of the calls: the client's own count, against which what others
 * have counted is held.
 */

#ifndef TALLY_H
#define TALLY_H


#include <stdint.h>
#include <stdio.h>

#include "lp_histogram.h"


typedef struct {
    uint64_t calls; /* answered or dropped */
    uint64_t status[600];
    uint64_t retried;    /* a kept connection closed before the first byte */
    uint64_t dropped;    /* no whole answer, and no right to ask again */
    uint64_t why[4];     /* of those dropped, see tally_drop_t */
    uint64_t unanswered; /* requests that were sent and got no whole answer */
    uint64_t latency[LP_HISTOGRAM_SLOTS]; /* of answers, from when due */
    uint64_t late[LP_HISTOGRAM_SLOTS];    /* calls: from due to begun */
    unsigned open;                        /* connections, at most */
    FILE    *trace;                       /* NULL: none */
    FILE    *lost;                        /* the same */
} tally_t;

typedef enum {
    TALLY_REFUSED = 0, /* no connection */
    TALLY_CLOSED,      /* before the answer was whole */
    TALLY_BROKEN,      /* no HTTP */
    TALLY_LATE         /* no answer in time */
} tally_drop_t;


/* `late` is the load's own doing: it had the processor too late. */
void tally_begin(tally_t *t, int64_t late);

/* Times are in microseconds of the monotonic clock. */
void tally_answer(tally_t *t, int64_t sent, int64_t received, int status,
                  uint32_t key);
void tally_drop(tally_t *t, tally_drop_t why);

/*
 * A request that was sent whole and got no whole answer, whether its call was
 * dropped or is asked again: nobody but the server knows if it was served.
 */
void tally_unanswered(tally_t *t, int64_t sent, int64_t given_up,
                      tally_drop_t why, uint32_t key);

/* One line of JSON. */
void tally_print(const tally_t *t, int64_t elapsed, FILE *out);


#endif
