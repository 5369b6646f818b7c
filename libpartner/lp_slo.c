/*
 * Slots of time, sums over the newest of them, and burn rates.
 */

#include "lp_slo.h"


typedef struct {
    unsigned hours : 1; /* it is made of hours, else of minutes */
  unsigned   slots : 15;
} lp_slo_span_t;

static const lp_slo_span_t lp_slo_spans[LP_SLO_WINDOWS] = {
    [LP_SLO_5M] = { 0, 5 },  [LP_SLO_30M] = { 0, 30 },
    [LP_SLO_1H] = { 0, 60 }, [LP_SLO_6H] = { 0, LP_SLO_MINUTES },
    [LP_SLO_3D] = { 1, 72 }, [LP_SLO_30D] = { 1, LP_SLO_HOURS },
};

const char *const lp_slo_window_names[LP_SLO_WINDOWS]
    = { "5m", "30m", "1h", "6h", "3d", "30d" };


static uint32_t
lp_slo_saturated(uint32_t n, uint64_t add)
{
    return add < UINT32_MAX - n ? n + (uint32_t) add : UINT32_MAX;
}


static void
lp_slo_add(lp_slo_slot_t *slots, size_t n, uint32_t at,
           const uint64_t add[LP_SLO_COUNTS])
{
    unsigned       i;
    lp_slo_slot_t *slot;

    slot = &slots[at % n];

    if (slot->at != at) {
        *slot = (lp_slo_slot_t){ .at = at };
    }

    for (i = 0; i < LP_SLO_COUNTS; i++) {
        slot->n[i] = lp_slo_saturated(slot->n[i], add[i]);
    }
}


void
lp_slo_record(lp_slo_t *slo, int64_t now, const uint64_t add[LP_SLO_COUNTS])
{
    lp_slo_add(slo->minutes, LP_SLO_MINUTES, (uint32_t) (now / 60), add);
    lp_slo_add(slo->hours, LP_SLO_HOURS, (uint32_t) (now / 3600), add);
}


void
lp_slo_restore(lp_slo_slot_t *slots, size_t n, const lp_slo_slot_t *slot)
{
    if (slots[slot->at % n].at < slot->at) {
        slots[slot->at % n] = *slot;
    }
}


uint32_t
lp_slo_last(const lp_slo_t *slo)
{
    size_t   i;
    uint32_t last;

    for (last = 0, i = 0; i < LP_SLO_HOURS; i++) {
        if (slo->hours[i].n[LP_SLO_CALLS] != 0 && slo->hours[i].at > last) {
            last = slo->hours[i].at;
        }
    }

    return last;
}


void
lp_slo_sum(const lp_slo_t *slo, lp_slo_window_t window, int64_t now,
           uint64_t sum[LP_SLO_COUNTS])
{
    size_t               i, n;
    uint32_t             newest, age;
    unsigned             k;
    const lp_slo_slot_t *slots;
    const lp_slo_span_t *span;

    span = &lp_slo_spans[window];
    slots = span->hours ? slo->hours : slo->minutes;
    n = span->hours ? LP_SLO_HOURS : LP_SLO_MINUTES;
    newest = (uint32_t) (now / (span->hours ? 3600 : 60));

    for (k = 0; k < LP_SLO_COUNTS; k++) {
        sum[k] = 0;
    }

    for (i = 0; i < n; i++) {
        age = newest - slots[i].at; /* huge for a slot of the future */

        for (k = 0; age < span->slots && k < LP_SLO_COUNTS; k++) {
            sum[k] += slots[i].n[k];
        }
    }
}


uint64_t
lp_slo_burn(uint64_t calls, uint64_t bad, uint32_t objective)
{
    uint64_t budget;

    /* 30 days of full slots are below 2^42 calls, so the products fit */

    __extension__ unsigned __int128 scaled;

    if (calls == 0) {
        return 0;
    }

    budget = calls * (LP_SLO_WHOLE - objective);
    scaled = bad;
    scaled = scaled * LP_SLO_ONE * LP_SLO_WHOLE + budget / 2;

    return (uint64_t) (scaled / budget);
}
