/*
 * What the log phase does for a call, in nanoseconds: two looks at the clock,
 * the histograms of its tier and operation, an objective, the counters of its
 * partner, the journal.  Once with tallies of the worker's own, and once, as
 * where there is no room for them, in what the workers share.
 *
 *     make bench-micro
 */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <ngx_config.h>
#include <ngx_core.h>

#include "../../ngx_partner_module/ngx_partner_calls.h"
#include "../../ngx_partner_module/ngx_partner_counter.h"
#include "../../ngx_partner_module/ngx_partner_journal.h"
#include "../../ngx_partner_module/ngx_partner_series.h"
#include "../../ngx_partner_module/ngx_partner_slo.h"


#define CALLS      4000000u
#define OPERATIONS 50u
#define AREA       (16u << 20)
#define HOUR       500000u


/* The things of nginx that these services lean on. */

ngx_pid_t ngx_pid = 1;


void
ngx_log_error_core(ngx_uint_t level, ngx_log_t *log, ngx_err_t err,
                   const char *fmt, ...)
{
    (void) level;
    (void) log;
    (void) err;
    fprintf(stderr, "%s\n", fmt);
    exit(1);
}


size_t
ngx_partner_counter_field(ngx_partner_names_t          *names,
                          const ngx_partner_usage_id_t *id, u_char *field)
{
    (void) names;

    return (size_t) sprintf((char *) field, "%u/p%u/-/o%u/ok", id->hour,
                            id->partner, id->operation);
}


static ngx_partner_stats_t stats;
static ngx_partner_slos_t  slos;
static ngx_partner_usage_t usage;
static uint32_t            seat;

static ngx_partner_series_t series[NGX_PARTNER_SERIES];

static ngx_partner_calls_place_t places[OPERATIONS];


static double
now_ns(void)
{
    struct timespec t;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);

    return 1e9 * (double) t.tv_sec + (double) t.tv_nsec;
}


static void *
area(void)
{
    void *mem;

    mem = aligned_alloc(64, AREA);

    if (mem == NULL) {
        exit(1);
    }

    return memset(mem, 0, AREA);
}


static void
prepare(void)
{
    lp_error_t            err;
    static lp_journal_t   journal;
    static ngx_atomic_t   dropped;
    lp_journal_identity_t identity = { .incarnation = 1 };
    void                 *mem = area();

    ngx_partner_stats_init(&stats, area(), AREA);
    ngx_partner_latencies_init(&stats.latencies, area(), AREA);
    ngx_partner_tallies_init(&stats.tallies, area(), AREA);
    ngx_partner_slos_init(&slos, area(), AREA);
    (void) ngx_partner_slos_add(&slos, (u_char *) "gold", 4);

    usage.journal = &journal;
    usage.dropped = &dropped;

    if (lp_journal_format(mem, AREA, &identity) != LP_OK
        || lp_journal_open(&journal, mem, AREA, &err) != LP_OK) {
        exit(1);
    }

    ngx_partner_usage_start(&usage, NULL);
}


/* As ngx_http_partner_series(). */
static ngx_partner_series_t *
of(uint32_t partner, uint32_t operation)
{
    ngx_partner_series_t        *place;
    ngx_partner_usage_id_t       id = { .hour = HOUR };
    ngx_partner_partner_stats_t *counters;
    ngx_partner_labels_t         labels
        = { .of
            = { .partner = partner, .operation = operation, .hour = HOUR } };

    place = ngx_partner_series_place(series, &labels);

    if (!ngx_partner_series_has(place, &labels)) {
        counters = ngx_partner_stats_partner(&stats, partner);
        id.partner = partner;
        id.operation = operation;
        place->labels = labels;
        place->outcomes = (counters != NULL) ? counters->outcomes : NULL;
        place->slots[NGX_PARTNER_OK] = ngx_partner_usage_slot(&usage, &id);
    }

    return place;
}


/* What ngx_http_partner_meter.c calls for a call that went well. */
static void
count(uint32_t i, uint32_t partners, uint32_t operations,
      ngx_partner_times_t *times)
{
    uint32_t                   operation, tier;
    lp_usage_t                 add = { .n = { 1, 200, 1200, 900, 1, 1 } };
    ngx_partner_series_t      *place;
    ngx_partner_calls_place_t *calls;

    tier = i % LP_TIERS;
    operation = i % operations + 1;
    place = of(i % partners + 1, operation);
    calls = &places[operation - 1];
    ngx_partner_times_place(times);

    if (!calls->tallies[tier].known) {
        ngx_partner_calls_ask(calls, &stats, seat, tier);
    }

    ngx_partner_calls_add(calls, &stats, tier, times, NGX_PARTNER_OK, &add);

    if (place->outcomes != NULL) {
        (void) ngx_atomic_fetch_add(&place->outcomes[0], 1);
    }

    ngx_partner_slo_add(&slos.slos[0], seat, NGX_PARTNER_SLO_CALLS);

    if (lp_journal_add(usage.journal, usage.seat, place->slots[NGX_PARTNER_OK],
                       HOUR, &add)
        != LP_OK) {
        exit(1);
    }
}


static double
measure(uint32_t partners, uint32_t operations)
{
    double              begin;
    uint32_t            i;
    struct timespec     t;
    ngx_partner_times_t times = { .proxied = 1 };

    for (i = 0; i < partners * operations; i++) {
        count(i, partners, operations, &times);
    }

    begin = now_ns();

    for (i = 0; i < CALLS; i++) {
        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        (void) clock_gettime(CLOCK_MONOTONIC, &t);
        times.us[NGX_PARTNER_PHASE_STAGES] = 5 + i % 7;
        times.us[NGX_PARTNER_PHASE_UPSTREAM] = 100 + (i * 7919) % 50000;
        times.us[NGX_PARTNER_PHASE_DELIVERY] = 3 + i % 5;
        count(i, partners, operations, &times);
    }

    return (now_ns() - begin) / CALLS;
}


static void
compare(const char *how)
{
    uint32_t i;

    (void) memset(places, 0, sizeof(places));

    for (i = 0; i < OPERATIONS; i++) {
        places[i].operation = i + 1;
        places[i].shared = ngx_partner_stats_operation(&stats, i + 1);
        places[i].latency = ngx_partner_latencies_get(&stats.latencies, i + 1);
    }

    printf("%s\n  one partner and operation: %.0f ns a call\n", how,
           measure(1, 1));
    printf("  1,000 partners, 50 operations: %.0f ns\n",
           measure(1000, OPERATIONS));
}


int
main(void)
{
    prepare();
    compare("shared by all workers:");

    seat = ngx_partner_tallies_sit(&stats.tallies, 1, ngx_partner_alive);
    compare("in tallies of the worker's own:");

    if (ngx_partner_slo_counted(&slos.slos[0], NGX_PARTNER_SLO_CALLS)
            != 2 * (2 * CALLS + 1 + 1000 * OPERATIONS)
        || *usage.dropped != 0) {
        fprintf(stderr, "not every call was counted\n");
        return 1;
    }

    return 0;
}
