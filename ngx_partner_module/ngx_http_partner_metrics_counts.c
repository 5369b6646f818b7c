/*
 * The metrics page's share of numbers: what was counted, without labels, by
 * tier, by partner, by operation, and how full things are.
 */

#include "ngx_http_partner_metrics.h"


typedef struct ngx_http_partner_count_s ngx_http_partner_count_t;

/* Writes the lines of one metric, each beginning with its name. */
typedef void (*ngx_http_partner_lines_pt)(ngx_http_partner_page_t        *page,
                                          const ngx_http_partner_count_t *m,
                                          ngx_http_partner_main_conf_t *pmcf);

/* Of what is not configured: it is shown nowhere. */
#define NGX_HTTP_PARTNER_NO_NUMBER ((ngx_atomic_uint_t) -1)

typedef ngx_atomic_uint_t (*ngx_http_partner_number_pt)(
    const ngx_http_partner_count_t *m, ngx_http_partner_main_conf_t *pmcf);

struct ngx_http_partner_count_s {
    const char                *name;
    const char                *type;
    const char                *help;
    ngx_http_partner_lines_pt  lines;
    size_t                     what;  /* as `lines` or `value` has it */
    ngx_http_partner_number_pt value; /* of one number without labels */
};


/* ---- numbers of the node ---- */

/* `what`: its offset in ngx_partner_shared_t */
static ngx_atomic_uint_t
ngx_http_partner_shared_value(const ngx_http_partner_count_t *m,
                              ngx_http_partner_main_conf_t   *pmcf)
{
    return *(ngx_atomic_t *) ((u_char *) pmcf->zone->shared + m->what);
}


/* What each seat counts for itself is shown as one. */
static ngx_atomic_uint_t
ngx_http_partner_hits_value(const ngx_http_partner_count_t *m,
                            ngx_http_partner_main_conf_t   *pmcf)
{
    (void) m;

    return ngx_partner_stats_hits(&pmcf->zone->shared->stats);
}


/*
 * Of the subscription, which needs no call: where it hears nothing it is made
 * anew, and a Redis that is gone or hangs does not answer that.
 */
static ngx_atomic_uint_t
ngx_http_partner_redis_value(const ngx_http_partner_count_t *m,
                             ngx_http_partner_main_conf_t   *pmcf)
{
    (void) m;

    return (pmcf->redis_conf != NULL) ? pmcf->revisions.redis.ready
                                      : NGX_HTTP_PARTNER_NO_NUMBER;
}


static void
ngx_http_partner_of_node(ngx_http_partner_page_t        *page,
                         const ngx_http_partner_count_t *m,
                         ngx_http_partner_main_conf_t   *pmcf)
{
    ngx_atomic_uint_t n;

    n = m->value(m, pmcf);

    if (n != NGX_HTTP_PARTNER_NO_NUMBER) {
        ngx_http_partner_page_print(page, "%s %uA\n", m->name, n);
    }
}


static void
ngx_http_partner_redis_times(ngx_http_partner_page_t        *page,
                             const ngx_http_partner_count_t *m,
                             ngx_http_partner_main_conf_t   *pmcf)
{
    const ngx_partner_stats_t *stats;

    stats = &pmcf->zone->shared->stats;

    ngx_http_partner_page_print(page, "%s_sum ", m->name);
    ngx_http_partner_page_millionths(page, (int64_t) stats->redis_us);
    ngx_http_partner_page_print(page, "\n%s_count %uA\n", m->name,
                                stats->redis_answers);
}


/* `what`: the offset of used or size */
static void
ngx_http_partner_areas(ngx_http_partner_page_t        *page,
                       const ngx_http_partner_count_t *m,
                       ngx_http_partner_main_conf_t   *pmcf)
{
    ngx_uint_t         i;
    ngx_partner_fill_t fill;

    for (i = 0; fill = ngx_partner_zone_fill(pmcf->zone->shared, i), fill.area;
         i++) {
        ngx_http_partner_page_print(page, "%s{area=\"%s\"} %uz\n", m->name,
                                    fill.area,
                                    *(size_t *) ((u_char *) &fill + m->what));
    }
}


/* ---- by tier ---- */

static const char *
ngx_http_partner_stat_tier(ngx_uint_t tier)
{
    return lp_tier_name((lp_tier_t) tier);
}


static void
ngx_http_partner_latency_objectives(ngx_http_partner_page_t        *page,
                                    const ngx_http_partner_count_t *m,
                                    ngx_http_partner_main_conf_t   *pmcf)
{
    ngx_msec_t latency;
    ngx_uint_t tier;

    for (tier = 0; tier < LP_TIERS; tier++) {
        latency = pmcf->tiers[tier].latency;
        ngx_http_partner_page_print(page, "%s{tier=\"%s\"} %M.%03M\n", m->name,
                                    ngx_http_partner_stat_tier(tier),
                                    latency / 1000, latency % 1000);
    }
}


static void
ngx_http_partner_availability_objectives(ngx_http_partner_page_t        *page,
                                         const ngx_http_partner_count_t *m,
                                         ngx_http_partner_main_conf_t   *pmcf)
{
    ngx_uint_t tier, share;

    for (tier = 0; tier < LP_TIERS; tier++) {
        share = pmcf->tiers[tier].availability;
        ngx_http_partner_page_print(page, "%s{tier=\"%s\"} %ui.%05ui\n",
                                    m->name, ngx_http_partner_stat_tier(tier),
                                    share / 100000, share % 100000);
    }
}


static void
ngx_http_partner_calls_by_tier(ngx_http_partner_page_t        *page,
                               const ngx_http_partner_count_t *m,
                               ngx_http_partner_main_conf_t   *pmcf)
{
    ngx_uint_t          tier, outcome;
    ngx_partner_calls_t calls;

    for (tier = 0; tier < NGX_PARTNER_STAT_TIERS; tier++) {
        calls = ngx_partner_calls_of_tier(&pmcf->zone->shared->stats, tier);

        for (outcome = 0; outcome < NGX_PARTNER_OUTCOMES; outcome++) {
            ngx_http_partner_page_print(
                page, "%s{tier=\"%s\",outcome=\"%V\"} %uL\n", m->name,
                ngx_http_partner_stat_tier(tier),
                &ngx_partner_outcome_names[outcome],
                ngx_partner_calls_outcome(&calls, outcome));
        }
    }
}


/*
 * `what`: an ngx_partner_sum_t.  The last tier, of nobody, has bytes but no
 * budget.
 */
static void
ngx_http_partner_sums_by_tier(ngx_http_partner_page_t        *page,
                              const ngx_http_partner_count_t *m,
                              ngx_http_partner_main_conf_t   *pmcf)
{
    ngx_uint_t          tier, tiers;
    ngx_partner_calls_t calls;

    tiers = (m->what == NGX_PARTNER_IN_BUDGET) ? LP_TIERS
                                               : NGX_PARTNER_STAT_TIERS;

    for (tier = 0; tier < tiers; tier++) {
        calls = ngx_partner_calls_of_tier(&pmcf->zone->shared->stats, tier);
        ngx_http_partner_page_print(
            page, "%s{tier=\"%s\"} %uL\n", m->name,
            ngx_http_partner_stat_tier(tier),
            ngx_partner_calls_total(&calls, (ngx_partner_sum_t) m->what));
    }
}


static void
ngx_http_partner_redactions_by_tier(ngx_http_partner_page_t        *page,
                                    const ngx_http_partner_count_t *m,
                                    ngx_http_partner_main_conf_t   *pmcf)
{
    ngx_uint_t tier;

    for (tier = 0; tier < NGX_PARTNER_STAT_TIERS; tier++) {
        ngx_http_partner_page_print(
            page, "%s{tier=\"%s\"} %uA\n", m->name,
            ngx_http_partner_stat_tier(tier),
            pmcf->zone->shared->stats.tiers[tier].redactions);
    }
}


static void
ngx_http_partner_redactions_by_class(ngx_http_partner_page_t        *page,
                                     const ngx_http_partner_count_t *m,
                                     ngx_http_partner_main_conf_t   *pmcf)
{
    unsigned class;

    for (class = 0; class < LP_REDACT_CLASSES; class ++) {
        ngx_http_partner_page_print(
            page, "%s{class=\"%s\"} %uA\n", m->name,
            lp_redact_class_name(class),
            pmcf->zone->shared->stats.redactions[class]);
    }
}


static void
ngx_http_partner_refusals(ngx_http_partner_page_t        *page,
                          const ngx_http_partner_count_t *m,
                          ngx_http_partner_main_conf_t   *pmcf)
{
    ngx_uint_t                        i, tier;
    const ngx_http_partner_problem_t *problem;

    for (i = NGX_HTTP_PARTNER_PASSED + 1; i < NGX_HTTP_PARTNER_VERDICTS; i++) {
        problem = ngx_http_partner_verdict_problem(i);

        for (tier = 0; tier < NGX_PARTNER_STAT_TIERS; tier++) {
            ngx_http_partner_page_print(
                page, "%s{code=\"%s\",status=\"%ui\",tier=\"%s\"} %uA\n",
                m->name, problem->code, problem->status,
                ngx_http_partner_stat_tier(tier),
                pmcf->zone->shared->stats.tiers[tier].verdicts[i]);
        }
    }
}


/* ---- by partner and by operation ---- */

static void
ngx_http_partner_print_outcome(ngx_http_partner_page_t *page, const char *name,
                               const char *label, const ngx_str_t *value,
                               ngx_uint_t outcome, uint64_t n)
{
    ngx_http_partner_page_print(page, "%s{%s=\"%V\",outcome=\"%V\"} %uL\n",
                                name, label, value,
                                &ngx_partner_outcome_names[outcome], n);
}


/*
 * There may be ten thousand of them, most with one outcome: what never happened
 * takes no line.
 */
static void
ngx_http_partner_calls_by_partner(ngx_http_partner_page_t        *page,
                                  const ngx_http_partner_count_t *m,
                                  ngx_http_partner_main_conf_t   *pmcf)
{
    uint32_t                     i;
    ngx_str_t                    partner;
    ngx_uint_t                   outcome;
    ngx_partner_shared_t        *shared;
    ngx_partner_partner_stats_t *slot;

    shared = pmcf->zone->shared;

    for (i = 0; i <= shared->stats.partner_mask; i++) {
        slot = &shared->stats.partners[i];

        if (slot->name == 0) {
            continue;
        }

        partner = ngx_partner_names_get(&shared->names, slot->name);

        for (outcome = 0; outcome < NGX_PARTNER_OUTCOMES; outcome++) {
            if (slot->outcomes[outcome] != 0) {
                ngx_http_partner_print_outcome(page, m->name, "partner",
                                               &partner, outcome,
                                               slot->outcomes[outcome]);
            }
        }
    }
}


/*
 * There are as many as contracts have, and all outcomes of each from the start:
 * Prometheus sees no increase in a line whose first value is one.
 */
static void
ngx_http_partner_calls_by_operation(ngx_http_partner_page_t        *page,
                                    const ngx_http_partner_count_t *m,
                                    ngx_http_partner_main_conf_t   *pmcf)
{
    uint32_t              i;
    ngx_str_t             operation;
    ngx_uint_t            outcome;
    ngx_atomic_uint_t     ref;
    ngx_partner_calls_t   calls;
    ngx_partner_shared_t *shared;

    shared = pmcf->zone->shared;

    for (i = 0; i <= shared->stats.operation_mask; i++) {
        ref = shared->stats.operations[i].name;

        if (ref == 0) {
            continue;
        }

        operation = ngx_partner_names_get(&shared->names, ref);
        calls = ngx_partner_calls_of_operation(&shared->stats, ref, NULL);

        for (outcome = 0; outcome < NGX_PARTNER_OUTCOMES; outcome++) {
            ngx_http_partner_print_outcome(
                page, m->name, "operation", &operation, outcome,
                ngx_partner_calls_outcome(&calls, outcome));
        }
    }
}


static void
ngx_http_partner_unavailable(ngx_http_partner_page_t        *page,
                             const ngx_http_partner_count_t *m,
                             ngx_http_partner_main_conf_t   *pmcf)
{
    uint32_t                     i;
    ngx_str_t                    operation;
    ngx_partner_shared_t        *shared;
    ngx_partner_partner_stats_t *slot;

    shared = pmcf->zone->shared;

    for (i = 0; i <= shared->stats.operation_mask; i++) {
        slot = &shared->stats.operations[i];

        if (slot->name != 0) {
            operation = ngx_partner_names_get(&shared->names, slot->name);
            ngx_http_partner_page_print(page, "%s{operation=\"%V\"} %uA\n",
                                        m->name, &operation,
                                        slot->unavailable);
        }
    }
}


#define ngx_http_partner_at(field)                                            \
    ngx_http_partner_of_node, offsetof(ngx_partner_shared_t, field),          \
        ngx_http_partner_shared_value

/* clang-format off */

static const ngx_http_partner_count_t ngx_http_partner_counts[] = {

    /* what partner_tier promises, so that rules need not repeat it */

    { "partner_latency_objective_seconds", "gauge",
      "The latency that the tier is promised.",
      ngx_http_partner_latency_objectives, 0, NULL },

    { "partner_availability_objective_ratio", "gauge",
      "The share of calls that the tier is promised.",
      ngx_http_partner_availability_objectives, 0, NULL },

    { "partner_requests_total", "counter",
      "Calls by tier and outcome.",
      ngx_http_partner_calls_by_tier, 0, NULL },

    { "partner_in_budget_total", "counter",
      "Calls answered within the tier's latency.",
      ngx_http_partner_sums_by_tier, NGX_PARTNER_IN_BUDGET, NULL },

    { "partner_request_bytes_total", "counter",
      "Bytes that callers sent, headers too.",
      ngx_http_partner_sums_by_tier, NGX_PARTNER_REQUEST_BYTES, NULL },

    { "partner_response_bytes_total", "counter",
      "Bytes that callers were sent, headers too.",
      ngx_http_partner_sums_by_tier, NGX_PARTNER_RESPONSE_BYTES, NULL },

    { "partner_redactions_total", "counter",
      "Values that were redacted.",
      ngx_http_partner_redactions_by_tier, 0, NULL },

    { "partner_redactions_by_class_total", "counter",
      "Values that were redacted, by what asked for it.",
      ngx_http_partner_redactions_by_class, 0, NULL },

    { "partner_refusals_total", "counter",
      "Calls refused, by the code and the status of the problem and by tier.",
      ngx_http_partner_refusals, 0, NULL },

    { "partner_calls_total", "counter",
      "Calls by partner and outcome.",
      ngx_http_partner_calls_by_partner, 0, NULL },

    { "partner_operation_calls_total", "counter",
      "Calls by operation of a contract and outcome.",
      ngx_http_partner_calls_by_operation, 0, NULL },

    { "partner_operation_unavailable_total", "counter",
      "Calls of an operation that were refused with 5xx.",
      ngx_http_partner_unavailable, 0, NULL },

    { "partner_lookups_total", "counter",
      "Credentials that were looked up in Redis.",
      ngx_http_partner_at(stats.lookups) },

    { "partner_stale_served_total", "counter",
      "Calls served on a cached principal that Redis could not confirm.",
      ngx_http_partner_at(stats.stale_served) },

    { "partner_limit_fallbacks_total", "counter",
      "Limits decided by on_redis_error.",
      ngx_http_partner_at(stats.limit_fallbacks) },

    { "partner_limit_breaks_total", "counter",
      "Times that a worker gave up asking Redis for limits.",
      ngx_http_partner_at(stats.limit_breaks) },

    { "partner_limit_dry_runs_total", "counter",
      "Refusals that dry_run=on kept from happening.",
      ngx_http_partner_at(stats.limit_dry_runs) },

    { "partner_lease_granted_total", "counter",
      "Tokens of limits that Redis lent to this node.",
      ngx_http_partner_at(leases.granted) },

    { "partner_lease_returned_total", "counter",
      "Tokens of limits given back unspent.",
      ngx_http_partner_at(leases.returned) },

    { "partner_lease_wasted_total", "counter",
      "Tokens of limits that ran out unspent.",
      ngx_http_partner_at(leases.wasted) },

    { "partner_in_flight", "gauge",
      "Calls in flight that a concurrency limit counts.",
      ngx_http_partner_at(flights.calls) },

    { "partner_in_flight_reclaimed_total", "counter",
      "Calls in flight whose worker was killed.",
      ngx_http_partner_at(flights.reclaimed) },

    { "partner_in_flight_full_total", "counter",
      "Calls refused because the table of calls in flight was full.",
      ngx_http_partner_at(flights.full) },

    { "partner_cache_hits_total", "counter",
      "Credentials that were known, or known to be unknown, without Redis.",
      ngx_http_partner_of_node, 0, ngx_http_partner_hits_value },

    { "partner_cache_misses_total", "counter",
      "Credentials that Redis had to be asked for.",
      ngx_http_partner_at(stats.cache_misses) },

    { "partner_cache_evictions_total", "counter",
      "Principals that gave way to others.",
      ngx_http_partner_at(cache.evicted) },

    { "partner_bucket_evictions_total", "counter",
      "Local buckets forgotten before they were full again.",
      ngx_http_partner_at(buckets.evicted) },

    { "partner_names_refused_total", "counter",
      "Names that found no room in the zone, or in their partner's share.",
      ngx_http_partner_at(names.refused) },

    { "partner_calls_unlisted_total", "counter",
      "Calls of partners for which partner_calls_total has no room.",
      ngx_http_partner_at(stats.unlisted) },

    { "partner_zone_used_bytes", "gauge",
      "What is taken of an area of the zone.",
      ngx_http_partner_areas, offsetof(ngx_partner_fill_t, used), NULL },

    { "partner_zone_size_bytes", "gauge",
      "How large an area of the zone is.",
      ngx_http_partner_areas, offsetof(ngx_partner_fill_t, size), NULL },

    { "partner_zone_rebuilds_total", "counter",
      "Times that cache and local buckets were dropped after a process died "
      "inside the zone's lock.",
      ngx_http_partner_at(rebuilds) },

    { "partner_redis_commands_total", "counter",
      "Commands sent to Redis.",
      ngx_http_partner_at(stats.redis_commands) },

    { "partner_redis_errors_total", "counter",
      "Commands that got no answer from Redis.",
      ngx_http_partner_at(stats.redis_errors) },

    { "partner_redis_timeouts_total", "counter",
      "Connections to Redis given up after a missed deadline.",
      ngx_http_partner_at(stats.redis_timeouts) },

    { "partner_redis_duration_seconds", "summary",
      "From a command to its answer from Redis.",
      ngx_http_partner_redis_times, 0, NULL },

    { "partner_redis_connected", "gauge",
      "1 while the worker that answers hears Redis, without any call.",
      ngx_http_partner_of_node, 0, ngx_http_partner_redis_value },

    { "partner_redis_connects_total", "counter",
      "Connections to Redis made.",
      ngx_http_partner_at(stats.redis_connects) },

    { "partner_key_pepper_lacking", "gauge",
      "1 while keys of the platform stand under a pepper that is not here.",
      ngx_http_partner_at(pepper_lacking) },

    { "partner_counters_created_timestamp_seconds", "gauge",
      "When the counters of this gateway began.",
      ngx_http_partner_at(created) },

    { "partner_revision", "gauge",
      "The newest revision of the platform that was heard of.",
      ngx_http_partner_at(revision) },
};

/* clang-format on */

#define NGX_HTTP_PARTNER_COUNTS                                               \
    (sizeof(ngx_http_partner_counts) / sizeof(ngx_http_partner_counts[0]))


void
ngx_http_partner_print_counts(ngx_http_partner_page_t      *page,
                              ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t                      i;
    const ngx_http_partner_count_t *m;

    for (i = 0; i < NGX_HTTP_PARTNER_COUNTS; i++) {
        m = &ngx_http_partner_counts[i];

        ngx_http_partner_metric_head(page, m->name, m->type, m->help);
        m->lines(page, m, pmcf);
    }
}


void
ngx_http_partner_json_counts(ngx_http_partner_page_t      *page,
                             ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t                      i;
    const char                     *comma;
    ngx_atomic_uint_t               n;
    const ngx_http_partner_count_t *m;

    comma = "";

    for (i = 0; i < NGX_HTTP_PARTNER_COUNTS; i++) {
        m = &ngx_http_partner_counts[i];

        n = (m->value != NULL) ? m->value(m, pmcf)
                               : NGX_HTTP_PARTNER_NO_NUMBER;

        if (n != NGX_HTTP_PARTNER_NO_NUMBER) {
            ngx_http_partner_page_print(page, "%s\"%s\":%uA", comma, m->name,
                                        n);
            comma = ",";
        }
    }
}
