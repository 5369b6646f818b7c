/*
 * Rebuilds the whole projection in a Redis that has lost it.
 */

#ifndef PD_REBUILD_H
#define PD_REBUILD_H


#include "ask.h"
#include "projection.h"


#define PD_RUN_LEN 40 /* characters of Redis' run id */

typedef struct {
    pd_ask_t        *ask;        /* the relay's: one chain at a time */
    pd_projection_t *projection; /* the relay's */
    const char      *current;    /* run of the Redis that is connected */
    void (*done)(void *ctx, int complete);
    void   *ctx;
    char    run[PD_RUN_LEN + 1]; /* of the Redis that is rebuilt */
    char    after[64];           /* id of the last key */
    size_t  written;
    int64_t since; /* pd_clock() */
} pd_rebuild_t;


/*
 * `done` is told 1 once all is there and marked as complete, 0 where Redis went
 * away, was wiped again or is full: then nothing is marked, and gateways answer
 * 503 for what they do not know.
 */
void pd_rebuild_start(pd_rebuild_t *b);


#endif
