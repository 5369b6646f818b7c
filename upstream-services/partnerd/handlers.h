/*
 * What is not data in, data out: operations, or parts of them, in C.
 */

#ifndef PD_HANDLERS_H
#define PD_HANDLERS_H


#include <event2/buffer.h>


typedef struct pd_request_s pd_request_t;

typedef struct {
    const char *operation; /* operationId */

    /* Instead of a statement; answers now or later through request.h. */
    void (*answer)(pd_request_t *r);

    /* Before the statement: adds inputs.  PD_REFUSED: the problem is set. */
    int (*before)(pd_request_t *r);

    /* After it: `data` is the statement's JSON, to be added to `out`.
     * PD_REFUSED: the problem is set. */
    int (*after)(pd_request_t *r, const char *data, struct evbuffer *out);
} pd_handler_t;


/* Ends with one whose operation is NULL. */
extern const pd_handler_t pd_handlers[];


#endif
