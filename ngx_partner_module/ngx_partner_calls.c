/*
 * Calls are counted in tallies or in what is shared, and read as sums of both.
 */

#include "ngx_partner_calls.h"


void
ngx_partner_calls_ask(ngx_partner_calls_place_t *place,
                      ngx_partner_stats_t *stats, uint32_t seat,
                      ngx_uint_t tier)
{
    ngx_partner_tally_key_t key;

    key.seat = (uint16_t) seat;
    key.tier = (uint16_t) tier;
    key.operation = place->operation;

    place->tallies[tier].tally
        = ngx_partner_tallies_get(&stats->tallies, &key);
    place->tallies[tier].known = 1;
}


void
ngx_partner_calls_share(ngx_partner_calls_place_t *place,
                        ngx_partner_tier_stats_t  *tier,
                        const ngx_partner_times_t *times,
                        ngx_partner_outcome_t outcome, const lp_usage_t *usage)
{
    ngx_uint_t i;

    (void) ngx_atomic_fetch_add(&tier->outcomes[outcome], 1);
    ngx_partner_latency_add(&tier->latency, times);

    for (i = 0; i < NGX_PARTNER_SUMS; i++) {
        (void) ngx_atomic_fetch_add(
            &tier->sums[i], (ngx_atomic_int_t) ngx_partner_sum_of(usage, i));
    }

    if (place->shared != NULL) {
        (void) ngx_atomic_fetch_add(&place->shared->outcomes[outcome], 1);
    }

    if (place->latency != NULL) {
        ngx_partner_latency_add(place->latency, times);
    }
}


void
ngx_partner_calls_leave(ngx_partner_calls_place_t *place,
                        ngx_partner_tier_stats_t  *tier,
                        const ngx_partner_times_t *times, ngx_uint_t parts)
{
    ngx_partner_latency_place(&tier->latency, times, parts);

    if (place->latency != NULL) {
        ngx_partner_latency_place(place->latency, times, parts);
    }
}


ngx_partner_calls_t
ngx_partner_calls_of_tier(const ngx_partner_stats_t *stats, ngx_uint_t tier)
{
    return (ngx_partner_calls_t){
        .tallies = &stats->tallies,
        .key = { .tier = (uint16_t) tier },
        .mask = { .tier = UINT16_MAX },
        .outcomes = stats->tiers[tier].outcomes,
        .sums = stats->tiers[tier].sums,
        .latency = &stats->tiers[tier].latency,
    };
}


ngx_partner_calls_t
ngx_partner_calls_of_operation(ngx_partner_stats_t         *stats,
                               ngx_partner_name_t           operation,
                               const ngx_partner_latency_t *latency)
{
    ngx_partner_partner_stats_t *shared;

    shared = ngx_partner_stats_operation(stats, operation);

    return (ngx_partner_calls_t){
        .tallies = &stats->tallies,
        .key = { .operation = operation },
        .mask = { .operation = UINT32_MAX },
        .outcomes = (shared != NULL) ? shared->outcomes : NULL,
        .latency = latency,
    };
}


/* The next tally from `*i` on that is one of theirs, or NULL. */
static const ngx_partner_tally_t *
ngx_partner_calls_next(const ngx_partner_calls_t *calls, ngx_atomic_uint_t *i)
{
    const ngx_partner_tally_key_t *key, *want, *mask;

    want = &calls->key;
    mask = &calls->mask;

    while (calls->tallies != NULL && *i < calls->tallies->n) {
        key = &calls->tallies->keys[(*i)++];

        if ((key->tier & mask->tier) == want->tier
            && (key->operation & mask->operation) == want->operation) {
            return &calls->tallies->entries[*i - 1];
        }
    }

    return NULL;
}


uint64_t
ngx_partner_calls_outcome(const ngx_partner_calls_t *calls, ngx_uint_t outcome)
{
    uint64_t                   n;
    ngx_atomic_uint_t          i;
    const ngx_partner_tally_t *tally;

    i = 0;
    n = (calls->outcomes != NULL) ? calls->outcomes[outcome] : 0;

    while ((tally = ngx_partner_calls_next(calls, &i)) != NULL) {
        n += tally->outcomes[outcome];
    }

    return n;
}


uint64_t
ngx_partner_calls_total(const ngx_partner_calls_t *calls,
                        ngx_partner_sum_t          sum)
{
    uint64_t                   n;
    ngx_atomic_uint_t          i;
    const ngx_partner_tally_t *tally;

    i = 0;
    n = (calls->sums != NULL) ? calls->sums[sum] : 0;

    while ((tally = ngx_partner_calls_next(calls, &i)) != NULL) {
        n += tally->sums[sum];
    }

    return n;
}


uint64_t
ngx_partner_calls_phase(const ngx_partner_calls_t *calls,
                        ngx_partner_phase_t        phase)
{
    uint64_t                   us;
    ngx_atomic_uint_t          i;
    const ngx_partner_tally_t *tally;

    i = 0;
    us = (calls->latency != NULL) ? calls->latency->us[phase] : 0;

    while ((tally = ngx_partner_calls_next(calls, &i)) != NULL) {
        us += tally->us[phase];
    }

    return us;
}


uint64_t
ngx_partner_calls_sum(const ngx_partner_calls_t *calls,
                      ngx_partner_part_t         part)
{
    ngx_uint_t          i;
    ngx_partner_times_t times;

    for (i = 0; i < NGX_PARTNER_PHASES; i++) {
        times.us[i] = ngx_partner_calls_phase(calls, i);
    }

    return ngx_partner_times_part(&times, part);
}


uint64_t
ngx_partner_calls_counts(const ngx_partner_calls_t *calls,
                         ngx_partner_part_t         part,
                         uint64_t                   counts[LP_HISTOGRAM_SLOTS])
{
    uint64_t                   total;
    ngx_uint_t                 slot;
    ngx_atomic_uint_t          i;
    const ngx_partner_tally_t *tally;

    for (slot = 0; slot < LP_HISTOGRAM_SLOTS; slot++) {
        counts[slot]
            = (calls->latency != NULL) ? calls->latency->slots[part][slot] : 0;
    }

    i = 0;

    while ((tally = ngx_partner_calls_next(calls, &i)) != NULL) {
        for (slot = 0; slot < NGX_PARTNER_TALLY_SLOTS; slot++) {
            counts[slot] += tally->slots[part][slot];
        }
    }

    for (total = 0, slot = 0; slot < LP_HISTOGRAM_SLOTS; slot++) {
        total += counts[slot];
    }

    return total;
}
