/*
 * Objectives: of which calls, what is promised, and how it is kept.
 */

#ifndef NGX_HTTP_PARTNER_SLO_H
#define NGX_HTTP_PARTNER_SLO_H


#include "ngx_http_partner_module.h"
#include "ngx_http_partner_page.h"


/* An empty condition is met by every call. */
typedef struct {
    ngx_str_t          name;
    ngx_uint_t         tiers; /* a bit each */
    ngx_str_t          category;
    ngx_str_t          partner;
    ngx_str_t          operation;
    ngx_msec_t         latency;
    ngx_uint_t         share; /* of calls within it, of LP_SLO_WHOLE */
    ngx_uint_t         availability;
    ngx_partner_name_t category_ref;
    ngx_partner_name_t partner_ref;
    ngx_partner_name_t operation_ref;
    ngx_partner_slo_t *history;
    ngx_atomic_uint_t  begun; /* of the history, when it was taken */

    /* a worker's own: what variables say, and since when */
    time_t  said_at;
    int64_t said_left;
    int64_t said_burn;
} ngx_http_partner_slo_t;

typedef uint64_t ngx_http_partner_sums_t[LP_SLO_WINDOWS][LP_SLO_COUNTS];


/* _slo.c */
char     *ngx_http_partner_slo_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                         void *conf);
ngx_int_t ngx_http_partner_slo_init(ngx_conf_t                   *cf,
                                    ngx_http_partner_main_conf_t *pmcf);

/*
 * Under the zone lock.  NGX_ERROR: there is no room for a name; NGX_ABORT: nor
 * for a history, which was logged.
 */
ngx_int_t ngx_http_partner_slo_bind(ngx_http_partner_main_conf_t *pmcf,
                                    ngx_log_t                    *log);

/*
 * Once the configuration is accepted: begins the histories that take the room
 * of others.
 */
void ngx_http_partner_slo_take(ngx_cycle_t *cycle);

/* From and to the directory of the journal's snapshots, if there is one. */
void ngx_http_partner_slo_restore(ngx_http_partner_main_conf_t *pmcf,
                                  ngx_log_t                    *log);
void ngx_http_partner_slo_save(ngx_http_partner_main_conf_t *pmcf,
                               ngx_log_t                    *log);

/* A call as objectives see it. */
typedef struct {
    uint64_t total_us;
    uint64_t upstream_us;
    u_char   exempt; /* the caller's doing: nothing was promised */
    u_char   failed;
    u_char   failed_upstream;
    u_char   aborted;
} ngx_http_partner_seen_t;


static ngx_inline void
ngx_http_partner_slo_see(ngx_http_partner_seen_t       *seen,
                         const ngx_http_partner_call_t *call,
                         ngx_partner_outcome_t          outcome,
                         const ngx_partner_times_t     *times)
{
    seen->total_us = call->total_us;
    seen->upstream_us = times->us[NGX_PARTNER_PHASE_UPSTREAM];
    seen->aborted = (outcome == NGX_PARTNER_ABORTED);
    seen->failed = (outcome == NGX_PARTNER_SERVER_ERROR
                    || outcome == NGX_PARTNER_REFUSED);
    seen->failed_upstream = seen->failed && times->proxied
                            && call->verdict == NGX_HTTP_PARTNER_PASSED;

    /* who stops reading makes the call as slow as send_timeout lets it be */

    seen->exempt
        = call->request->connection->timedout
          || (outcome == NGX_PARTNER_REFUSED
              && ngx_http_partner_verdict_problem(call->verdict)->status
                     < 500);
}


/* Whether it was not answered well within that latency. */
static ngx_inline ngx_uint_t
ngx_http_partner_slo_slow(const ngx_http_partner_seen_t *seen,
                          ngx_msec_t                     latency)
{
    /* a failure is no fast answer */

    return seen->failed || seen->total_us > (uint64_t) latency * 1000;
}


/* Whether a promise is about it; `slow` is the answer of the one above. */
static ngx_inline ngx_uint_t
ngx_http_partner_slo_counts(const ngx_http_partner_seen_t *seen,
                            ngx_uint_t                     slow)
{
    /* who left in time: nobody knows what it would have become */

    return !seen->exempt && (slow || !seen->aborted);
}


/*
 * _slo_count.c.  Once a second, or before a call of another second is counted:
 * whoever is the first in a minute closes the one before.
 */
void ngx_http_partner_slo_turn(ngx_http_partner_main_conf_t *pmcf, time_t now);

/*
 * The objectives that the call is one of, a bit each; the last bit is for all
 * from there on, which the calls that have it look at one by one.
 */
uint64_t ngx_http_partner_slo_set(const ngx_http_partner_call_t *call);

/* Counts the call in those of `set`. */
void ngx_http_partner_slo_count(const ngx_http_partner_call_t *call,
                                const ngx_http_partner_seen_t *seen,
                                uint64_t                       set);
void ngx_http_partner_slo_sums(ngx_http_partner_main_conf_t *pmcf,
                               const ngx_http_partner_slo_t *slo,
                               ngx_http_partner_sums_t       sums);

/* The first whose calls this is one of, or NULL. */
ngx_http_partner_slo_t *ngx_http_partner_slo_of(
    const ngx_http_partner_call_t *call);

/* Burn rates of the latency and of the availability objective. */
uint64_t ngx_http_partner_slo_latency_burn(const ngx_http_partner_slo_t *slo,
                                           const uint64_t               *sum);
uint64_t ngx_http_partner_slo_availability_burn(
    const ngx_http_partner_slo_t *slo, const uint64_t *sum);

/* _slo_status.c, _slo_metrics.c: pages */
ngx_int_t ngx_http_partner_slo_status_handler(ngx_http_request_t *r);
void      ngx_http_partner_print_slos(ngx_http_partner_page_t      *page,
                                      ngx_http_partner_main_conf_t *pmcf);

/* _slo_variables.c */
ngx_int_t ngx_http_partner_slo_value(ngx_http_request_t      *r,
                                     ngx_http_partner_call_t *call,
                                     ngx_str_t               *text);
ngx_int_t ngx_http_partner_slo_budget_value(ngx_http_request_t      *r,
                                            ngx_http_partner_call_t *call,
                                            ngx_str_t               *text);
ngx_int_t ngx_http_partner_slo_burn_value(ngx_http_request_t      *r,
                                          ngx_http_partner_call_t *call,
                                          ngx_str_t               *text);


#endif
