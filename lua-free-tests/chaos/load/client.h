/*
 * The load: connections that make calls, one after the other each.
 */

#ifndef CLIENT_H
#define CLIENT_H


#include "tally.h"


typedef struct {
    uint16_t    port; /* on 127.0.0.1 */
    const char *uri;
    const char *method; /* NULL: GET, or POST where there is a body */
    const char *body;   /* JSON; NULL: none */
    unsigned    connections;
    unsigned    busy;   /* never sleeps */
    unsigned    flight; /* calls at once, over all of them in turn */
    uint64_t    calls;
    int64_t     rate;    /* calls a second, open loop; 0: as fast as it goes */
    int64_t     limit;   /* us after which no call begins */
    int64_t     timeout; /* us for one call */
    char      **keys;    /* taken in turn; NULL: each call has a new one */
    uint32_t    nkeys;
    uint32_t    first; /* number of the key that the first call has */
    uint64_t    seed;
} client_conf_t;


/* Returns when all calls are accounted for; -1: it could not begin. */
int client_run(const client_conf_t *conf, tally_t *tally);

/* Microseconds of the monotonic clock. */
int64_t client_clock(void);


#endif
