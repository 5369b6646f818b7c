/*
 * The history of objectives in shared memory.
 */

#include "ngx_partner_slo.h"


void
ngx_partner_slos_init(ngx_partner_slos_t *slos, u_char *mem, size_t size)
{
    slos->slos = (ngx_partner_slo_t *) mem;
    slos->size = (uint32_t) (size / sizeof(ngx_partner_slo_t));
}


ngx_partner_slo_t *
ngx_partner_slos_find(ngx_partner_slos_t *slos, const u_char *name, size_t len)
{
    uint32_t           i;
    ngx_partner_slo_t *slo;

    for (i = 0; i < slos->n; i++) {
        slo = &slos->slos[i];

        if (slo->name_len == len && ngx_memcmp(slo->name, name, len) == 0) {
            return slo;
        }
    }

    return NULL;
}


static ngx_uint_t
ngx_partner_slo_is_kept(const ngx_partner_slo_t  *slo,
                        ngx_partner_slo_t *const *kept, ngx_uint_t n)
{
    ngx_uint_t i;

    for (i = 0; i < n; i++) {
        if (kept[i] == slo) {
            return 1;
        }
    }

    return 0;
}


ngx_partner_slo_t *
ngx_partner_slos_oldest(ngx_partner_slos_t       *slos,
                        ngx_partner_slo_t *const *kept, ngx_uint_t n)
{
    uint32_t           i;
    ngx_partner_slo_t *slo, *oldest;

    for (oldest = NULL, i = 0; i < slos->n; i++) {
        slo = &slos->slos[i];

        if (!ngx_partner_slo_is_kept(slo, kept, n)
            && (oldest == NULL
                || lp_slo_last(&slo->slots) < lp_slo_last(&oldest->slots))) {
            oldest = slo;
        }
    }

    return oldest;
}


/* Of all seats, and of all who had the room. */
static uint64_t
ngx_partner_slo_all(const ngx_partner_slo_t *slo,
                    ngx_partner_slo_count_t  count)
{
    uint64_t   n;
    ngx_uint_t seat;

    for (n = 0, seat = 0; seat <= NGX_PARTNER_SEATS; seat++) {
        n += slo->counts[seat].n[count];
    }

    return n;
}


void
ngx_partner_slo_begin(ngx_partner_slo_t *slo, const u_char *name, size_t len)
{
    ngx_uint_t i;

    (void) ngx_atomic_fetch_add(&slo->begun, 1);

    for (i = 0; i < NGX_PARTNER_SLO_COUNTS; i++) {
        slo->earlier[i] = slo->swept[i] = ngx_partner_slo_all(slo, i);
    }

    ngx_memzero(&slo->slots, sizeof(lp_slo_t));
    ngx_memcpy(slo->name, name, len);
    slo->name_len = (u_char) len;
}


ngx_partner_slo_t *
ngx_partner_slos_add(ngx_partner_slos_t *slos, const u_char *name, size_t len)
{
    ngx_partner_slo_t *slo;

    if (slos->n == slos->size) {
        return NULL;
    }

    slo = &slos->slos[slos->n++];
    ngx_partner_slo_begin(slo, name, len);

    return slo;
}


uint64_t
ngx_partner_slo_counted(const ngx_partner_slo_t *slo,
                        ngx_partner_slo_count_t  count)
{
    return ngx_partner_slo_all(slo, count) - slo->earlier[count];
}


/*
 * What it has grown by since the last look.  That is noted before a slot has
 * it, which nobody can see who holds the lock; who dies in between loses a
 * minute of calls, and would count them twice were it noted after.
 */
static uint64_t
ngx_partner_slo_grown(ngx_partner_slo_t *slo, ngx_partner_slo_count_t count)
{
    uint64_t now, grown;

    now = ngx_partner_slo_all(slo, count);
    grown = now - slo->swept[count];
    slo->swept[count] = now;

    return grown;
}


/* In slots, what the upstream has done is a part of all that was bad. */
static void
ngx_partner_slo_sweep(ngx_partner_slo_t *slo, time_t at)
{
    uint64_t add[LP_SLO_COUNTS];

    add[LP_SLO_CALLS] = ngx_partner_slo_grown(slo, NGX_PARTNER_SLO_CALLS);

    add[LP_SLO_SLOW_UPSTREAM]
        = ngx_partner_slo_grown(slo, NGX_PARTNER_SLO_SLOW_UPSTREAM);
    add[LP_SLO_SLOW]
        = add[LP_SLO_SLOW_UPSTREAM]
          + ngx_partner_slo_grown(slo, NGX_PARTNER_SLO_SLOW_GATEWAY);

    add[LP_SLO_FAILED_UPSTREAM]
        = ngx_partner_slo_grown(slo, NGX_PARTNER_SLO_FAILED_UPSTREAM);
    add[LP_SLO_FAILED]
        = add[LP_SLO_FAILED_UPSTREAM]
          + ngx_partner_slo_grown(slo, NGX_PARTNER_SLO_FAILED_GATEWAY);

    lp_slo_record(&slo->slots, at, add);
}


void
ngx_partner_slos_sweep(ngx_partner_slos_t *slos, time_t now)
{
    time_t   at;
    uint32_t i;

    at = (slos->minute != 0) ? (time_t) slos->minute * 60 : now;

    for (i = 0; i < slos->n; i++) {
        ngx_partner_slo_sweep(&slos->slos[i], at);
    }

    slos->minute = now / 60;
}
