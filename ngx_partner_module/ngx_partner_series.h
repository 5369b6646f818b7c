/*
 * Series: where the calls of one set of labels are counted.  A worker works it
 * out at the first such call and remembers it, so that the next ones look up
 * nothing by name.
 */

#ifndef NGX_PARTNER_SERIES_H
#define NGX_PARTNER_SERIES_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_partner_usage.h"


#define NGX_PARTNER_SERIES_BITS 13 /* half a megabyte a worker */
#define NGX_PARTNER_SERIES      (1 << NGX_PARTNER_SERIES_BITS)

/* Compared in words. */
typedef union {
    struct {
        ngx_partner_name_t partner;
        ngx_partner_name_t application;
        ngx_partner_name_t operation; /* 0: none */
        ngx_partner_name_t category;
        uint32_t           tier;
        uint32_t           hour; /* of usage; 0: nobody's labels */
    } of;

    uint64_t words[3];
} ngx_partner_labels_t;

/* A cache line.  What it points to lives as long as the zone. */
typedef struct {
    ngx_partner_labels_t labels;
    uint32_t slots[NGX_PARTNER_OUTCOMES]; /* of the journal; 0: not known */
    uint32_t unused;
    ngx_atomic_t *outcomes;   /* of the partner; NULL: it has no counters */
    uint64_t      objectives; /* ngx_http_partner_slo_set() */
} ngx_partner_series_t;


/*
 * The place of the labels, which may still be that of others: what collides
 * takes it in turn.  The hour chooses no place, so that a new one takes over
 * those of the last.
 */
static ngx_inline ngx_partner_series_t *
ngx_partner_series_place(ngx_partner_series_t       *series,
                         const ngx_partner_labels_t *labels)
{
    uint64_t hash;

    hash = (labels->words[0] ^ labels->of.tier) * UINT64_C(0x9e3779b97f4a7c15);
    hash = (hash ^ hash >> 32 ^ labels->words[1])
           * UINT64_C(0x9e3779b97f4a7c15);

    return &series[hash >> (64 - NGX_PARTNER_SERIES_BITS)];
}


static ngx_inline ngx_uint_t
ngx_partner_series_has(const ngx_partner_series_t *series,
                       const ngx_partner_labels_t *labels)
{
    const ngx_partner_labels_t *has;

    has = &series->labels;

    return ((has->words[0] ^ labels->words[0])
            | (has->words[1] ^ labels->words[1])
            | (has->words[2] ^ labels->words[2]))
           == 0;
}


#endif
