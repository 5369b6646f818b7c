/*
 * How long calls took, in shared memory: the phases that a call's time is made
 * of, and histograms of what partners wait for, ours and the upstream's share.
 */

#ifndef NGX_PARTNER_LATENCY_H
#define NGX_PARTNER_LATENCY_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_histogram.h"
#include "ngx_partner_names.h"


/* In their order; each instant of a call belongs to one of them. */
typedef enum {
    NGX_PARTNER_PHASE_STAGES = 0, /* before the proxy, with waits for Redis */
    NGX_PARTNER_PHASE_BODY,       /* the client's body is waited for */
    NGX_PARTNER_PHASE_UPSTREAM,   /* from there to the last of its answer */
    NGX_PARTNER_PHASE_DELIVERY,   /* until all is with the kernel */
    NGX_PARTNER_PHASES
} ngx_partner_phase_t;

typedef enum {
    NGX_PARTNER_PART_TOTAL = 0,
    NGX_PARTNER_PART_GATEWAY, /* all but the upstream's phase */
    NGX_PARTNER_PART_UPSTREAM,
    NGX_PARTNER_PARTS
} ngx_partner_part_t;

/* One call. */
typedef struct {
    uint64_t us[NGX_PARTNER_PHASES];
    uint32_t slots[NGX_PARTNER_PARTS]; /* see ngx_partner_times_place() */
    unsigned proxied : 1;              /* an upstream was asked */
} ngx_partner_times_t;

/* Many calls.  A call that asked no upstream is not in that histogram. */
typedef struct {
    ngx_atomic_t us[NGX_PARTNER_PHASES];
    ngx_atomic_t slots[NGX_PARTNER_PARTS][LP_HISTOGRAM_SLOTS];
} ngx_partner_latency_t;

typedef struct {
    ngx_partner_name_t    name;
    ngx_partner_latency_t latency;
} ngx_partner_latency_entry_t;

/* Those with a name: of operations. */
typedef struct {
    ngx_partner_latency_entry_t *entries;
    uint32_t                     size;
    ngx_atomic_t                 n; /* in use */
} ngx_partner_latencies_t;


extern const char *const ngx_partner_phase_names[NGX_PARTNER_PHASES];


/* Of one call, from its phases. */
static ngx_inline uint64_t
ngx_partner_times_part(const ngx_partner_times_t *times,
                       ngx_partner_part_t         part)
{
    uint64_t gateway;

    if (part == NGX_PARTNER_PART_UPSTREAM) {
        return times->us[NGX_PARTNER_PHASE_UPSTREAM];
    }

    gateway = times->us[NGX_PARTNER_PHASE_STAGES]
              + times->us[NGX_PARTNER_PHASE_BODY]
              + times->us[NGX_PARTNER_PHASE_DELIVERY];

    return (part == NGX_PARTNER_PART_GATEWAY)
               ? gateway
               : gateway + times->us[NGX_PARTNER_PHASE_UPSTREAM];
}


/* Finds the slots of the parts, once for all histograms that take the call. */
static ngx_inline void
ngx_partner_times_place(ngx_partner_times_t *times)
{
    times->slots[NGX_PARTNER_PART_TOTAL] = lp_histogram_slot(
        ngx_partner_times_part(times, NGX_PARTNER_PART_TOTAL));
    times->slots[NGX_PARTNER_PART_GATEWAY] = lp_histogram_slot(
        ngx_partner_times_part(times, NGX_PARTNER_PART_GATEWAY));
    times->slots[NGX_PARTNER_PART_UPSTREAM] = lp_histogram_slot(
        ngx_partner_times_part(times, NGX_PARTNER_PART_UPSTREAM));
}


/* The parts, a bit each, whose histograms take the call. */
static ngx_inline ngx_uint_t
ngx_partner_times_parts(const ngx_partner_times_t *times)
{
    return (1 << NGX_PARTNER_PART_TOTAL) | (1 << NGX_PARTNER_PART_GATEWAY)
           | (times->proxied << NGX_PARTNER_PART_UPSTREAM);
}


/* By any worker; _place: the histograms of `parts` alone. */
void ngx_partner_latency_add(ngx_partner_latency_t     *latency,
                             const ngx_partner_times_t *times);
void ngx_partner_latency_place(ngx_partner_latency_t     *latency,
                               const ngx_partner_times_t *times,
                               ngx_uint_t                 parts);

/* Takes `size` zeroed bytes for good. */
void ngx_partner_latencies_init(ngx_partner_latencies_t *latencies,
                                u_char *mem, size_t size);

/* Under the zone lock: the one of that name, made on first use; or NULL. */
ngx_partner_latency_t *ngx_partner_latencies_get(
    ngx_partner_latencies_t *latencies, ngx_partner_name_t name);


#endif
