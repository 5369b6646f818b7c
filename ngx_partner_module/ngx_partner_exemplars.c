/*
 * Exemplars in shared memory: whoever first claims a second writes.
 */

#include "ngx_partner_exemplars.h"


/* The first power above it: an octave holds what is below its end. */
static ngx_uint_t
ngx_partner_exemplar_octave(uint64_t us)
{
    ngx_uint_t power;

    power = (us == 0) ? 0 : 64 - (ngx_uint_t) __builtin_clzll(us);
    power = ngx_max(power, NGX_PARTNER_OCTAVE_FIRST);

    return ngx_min(power, NGX_PARTNER_OCTAVE_LAST + 1)
           - NGX_PARTNER_OCTAVE_FIRST;
}


void
ngx_partner_exemplars_keep(ngx_partner_exemplar_t *exemplars, uint64_t us,
                           const lp_trace_t *trace, time_t now)
{
    ngx_atomic_uint_t       at, version;
    ngx_partner_exemplar_t *exemplar;

    exemplar = &exemplars[ngx_partner_exemplar_octave(us)];
    at = exemplar->at;

    if (at == (ngx_atomic_uint_t) now
        || !ngx_atomic_cmp_set(&exemplar->at, at, (ngx_atomic_uint_t) now)) {
        return;
    }

    /*
     * Odd already where the last writer died.  One that was stopped for a
     * second writes beside this one, and a reader may then have some of each.
     */

    version = exemplar->version | 1;
    __atomic_store_n(&exemplar->version, version, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_RELEASE); /* odd before what follows */

    exemplar->us = us;
    ngx_memcpy(exemplar->trace, trace->id, LP_TRACE_ID);

    __atomic_store_n(&exemplar->version, version + 1, __ATOMIC_RELEASE);
}


ngx_uint_t
ngx_partner_exemplars_find(const ngx_partner_exemplar_t *exemplars,
                           uint64_t from, uint64_t to,
                           ngx_partner_exemplar_t *copy)
{
    ngx_atomic_uint_t             version;
    const ngx_partner_exemplar_t *exemplar;

    exemplar = &exemplars[ngx_partner_exemplar_octave(from)];

    version = __atomic_load_n(&exemplar->version, __ATOMIC_ACQUIRE);
    *copy = *exemplar;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);

    return version != 0 && (version & 1) == 0
           && __atomic_load_n(&exemplar->version, __ATOMIC_RELAXED) == version
           && copy->us >= from && copy->us < to;
}
