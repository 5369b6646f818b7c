/*
 * Tallies: seats, and counters with one writer each.
 */

#include "ngx_partner_tallies.h"


_Static_assert(sizeof(ngx_partner_tally_t) == 8192, "a tally is two pages");
_Static_assert(sizeof(ngx_partner_tally_key_t) == sizeof(uint64_t),
               "a key has no padding");


void
ngx_partner_tallies_init(ngx_partner_tallies_t *tallies, u_char *mem,
                         size_t size)
{
    uint32_t n;

    n = (uint32_t) (size
                    / (sizeof(ngx_partner_tally_t)
                       + sizeof(ngx_partner_tally_key_t)));

    tallies->entries = (ngx_partner_tally_t *) mem;
    tallies->keys = (ngx_partner_tally_key_t *) (tallies->entries + n);
    tallies->size = n;
}


uint32_t
ngx_partner_tallies_sit(ngx_partner_tallies_t *tallies, uint32_t pid,
                        int (*alive)(uint32_t pid))
{
    uint32_t i, other, seat;

    /* a process that comes again, after a reload, keeps its seat */

    for (seat = 0, i = 0; i < NGX_PARTNER_SEATS; i++) {
        other = (uint32_t) tallies->pids[i];

        if (other == pid) {
            return i + 1;
        }

        if (seat == 0 && (other == 0 || !alive(other))) {
            seat = i + 1;
        }
    }

    if (seat != 0) {
        tallies->pids[seat - 1] = pid;
    }

    return seat;
}


void
ngx_partner_tallies_leave(ngx_partner_tallies_t *tallies, uint32_t seat)
{
    if (seat != 0) {
        __atomic_store_n(&tallies->pids[seat - 1], 0, __ATOMIC_RELEASE);
    }
}


ngx_uint_t
ngx_partner_tallies_seated(const ngx_partner_tallies_t *tallies,
                           int (*alive)(uint32_t pid))
{
    uint32_t i;

    for (i = 0; i < NGX_PARTNER_SEATS; i++) {
        if (tallies->pids[i] != 0 && alive((uint32_t) tallies->pids[i])) {
            return 1;
        }
    }

    return 0;
}


ngx_partner_tally_t *
ngx_partner_tallies_get(ngx_partner_tallies_t         *tallies,
                        const ngx_partner_tally_key_t *key)
{
    ngx_atomic_t i;

    if (key->seat == 0) {
        return NULL;
    }

    for (i = 0; i < tallies->n; i++) {
        if (ngx_memcmp(&tallies->keys[i], key, sizeof(*key)) == 0) {
            return &tallies->entries[i];
        }
    }

    if (i == tallies->size) {
        return NULL;
    }

    tallies->keys[i] = *key;
    ngx_memory_barrier();
    tallies->n = i + 1;

    return &tallies->entries[i];
}


/* 1: it has no such slot, or that is full. */
static ngx_inline ngx_uint_t
ngx_partner_tally_left(ngx_partner_tally_t *tally, ngx_uint_t part,
                       uint32_t slot)
{
    uint32_t n;

    if (slot >= NGX_PARTNER_TALLY_SLOTS) {
        return 1;
    }

    n = __atomic_load_n(&tally->slots[part][slot], __ATOMIC_RELAXED);

    if (n == UINT32_MAX) {
        return 1;
    }

    __atomic_store_n(&tally->slots[part][slot], n + 1, __ATOMIC_RELAXED);

    return 0;
}


ngx_uint_t
ngx_partner_tally_add(ngx_partner_tally_t       *tally,
                      const ngx_partner_times_t *times,
                      ngx_partner_outcome_t outcome, const lp_usage_t *usage)
{
    ngx_uint_t i, left;

    ngx_partner_tally_grow(&tally->outcomes[outcome], 1);

#pragma GCC unroll 3
    for (i = 0; i < NGX_PARTNER_SUMS; i++) {
        ngx_partner_tally_grow(&tally->sums[i], ngx_partner_sum_of(usage, i));
    }

#pragma GCC unroll 4
    for (i = 0; i < NGX_PARTNER_PHASES; i++) {
        ngx_partner_tally_grow(&tally->us[i], times->us[i]);
    }

    left = 0;

#pragma GCC unroll 3
    for (i = 0; i < NGX_PARTNER_PARTS; i++) {

        if (i != NGX_PARTNER_PART_UPSTREAM || times->proxied) {
            left |= ngx_partner_tally_left(tally, i, times->slots[i]) << i;
        }
    }

    return left;
}
