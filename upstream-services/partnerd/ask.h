/*
 * How a job asks PostgreSQL: one named statement at a time, its :work values
 * as a JSON object.
 */

#ifndef PD_ASK_H
#define PD_ASK_H


#include "bind.h"
#include "pg.h"


typedef struct pd_ask_s pd_ask_t;

/* `res` is NULL unless it was committed; why not was logged, of one statement
 * once a minute while the cause is the same. */
typedef void (*pd_asked_pt)(void *ctx, const PGresult *res);

/* Zeroed but for the first two; one question at a time. */
struct pd_ask_s {
    const pd_queries_t *queries;
    pd_pg_t            *pg;

    /* of the question in flight */
    pd_asked_pt done;
    void       *ctx;
    pd_unit_t   unit;
    pd_values_t values;
    json_t     *inputs[PD_SOURCES];
};


/*
 * Takes the reference to `work`, which may be NULL.  `done` is called exactly
 * once, perhaps before this returns, and may ask the next question.
 */
void pd_ask(pd_ask_t *a, const char *statement, json_t *work, pd_asked_pt done,
            void *ctx);

/* Frees what is bound, at the end of its owner. */
void pd_ask_clear(pd_ask_t *a);


#endif
