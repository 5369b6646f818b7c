/*
 * What a process tells Prometheus of itself: numbers since its start, and a
 * page of them on a socket of its own, which no partner reaches.
 */

#ifndef PD_METRICS_H
#define PD_METRICS_H


#include <stdint.h>
#include <event2/http.h>

#include "lp_error.h"
#include "pg.h"


#define PD_METRICS_POOLS    3
#define PD_METRICS_STATUSES 6 /* by hundreds; 0: none */

typedef enum {
    PD_CLASS_READ = 0,
    PD_CLASS_WRITE,
    PD_CLASS_NONE, /* what is no operation: 404, 405, OPTIONS */
    PD_CLASSES
} pd_class_t;

/* One thread counts and shows. */
typedef struct {
    uint64_t requests[PD_CLASSES][PD_METRICS_STATUSES];
    uint64_t stored;    /* counters of usage, as often as they came */
    uint64_t malformed; /* fields of usage that were passed over */
    uint64_t stored_at; /* s since the epoch; 0: not since the start */
    uint64_t outbox;    /* events that no gateway was told of */
    uint64_t leading;   /* 1: this process does the work */
} pd_metrics_t;

/* Of the process. */
extern pd_metrics_t pd_metrics;

/* Whose numbers a page has. */
typedef enum { PD_METRICS_SERVE = 1, PD_METRICS_WORK = 2 } pd_metrics_of_t;

/* Zeroed, but for `of` and pools, which stay the caller's; NULL: no more. */
typedef struct {
    pd_metrics_of_t of;
    const pd_pg_t  *pools[PD_METRICS_POOLS];
    const char     *address;
    struct evhttp  *http;
} pd_metrics_page_t;


void pd_metrics_request(pd_class_t class, int status);

/*
 * Serves the page at unix:/path, mode 0660; nothing where the address is "".
 * LP_INVALID: the error says why.
 */
int  pd_metrics_open(pd_metrics_page_t *page, struct event_base *base,
                     const char *address, lp_error_t *err);
void pd_metrics_close(pd_metrics_page_t *page);


#endif
