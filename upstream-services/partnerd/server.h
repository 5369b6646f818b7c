/*
 * What one `partnerd serve` holds while it runs.
 */

#ifndef PD_SERVER_H
#define PD_SERVER_H


#include <event2/event.h>
#include <event2/http.h>

#include "acks.h"
#include "lp_pepper.h"
#include "copies.h"
#include "deposits.h"
#include "pg.h"
#include "redis.h"
#include "service.h"
#include "signer.h"
#include "master.h"
#include "migration.h"
#include "wake.h"


typedef struct {
    const pd_options_t *options;
    pd_login_t          login; /* for Redis, where one was named */
    struct event_base  *base;
    struct evhttp      *http;
    pd_service_t        service;
    char                level[PD_MIGRATION_DIGITS + 1]; /* it is written for */
    pd_subjects_t       subjects;
    pd_deposits_t      *deposits; /* of the keys of new subjects */
    pd_copies_t         copies;   /* of requests with Idempotency-Key */
    lp_digest_t        *sha256;
    lp_peppers_t       *peppers; /* that keys are digested with */
    pd_signer_t         signer;  /* of reports */
    char               *setup;   /* of connections */
    char               *reads;   /* of those that readers share */
    pd_pg_t            *readers; /* shared: requests that only read */
    pd_pg_t            *scans;   /* one request at a time: it may read much */
    pd_pg_t            *writers; /* one request at a time: it may lock */
    pd_wake_t          *wake;    /* tells the relay after a commit */
    pd_redis_t         *redis;   /* NULL: none was named */
    pd_acks_t          *acks;    /* NULL: none was named */
    unsigned            inflight;
    int64_t             busy; /* when a request was last there; pd_clock() */
    unsigned            draining; /* answers, and keeps no connection */
} pd_server_t;


#endif
