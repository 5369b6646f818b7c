/*
 * Exemplars: for each octave of a histogram the trace of one call that fell
 * into it lately, so that who sees the bucket finds a call to look at.
 */

#ifndef NGX_PARTNER_EXEMPLARS_H
#define NGX_PARTNER_EXEMPLARS_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_trace.h"


/* Octaves by the powers of two that end them, from 64 us to 67 s. */
#define NGX_PARTNER_OCTAVE_FIRST 6
#define NGX_PARTNER_OCTAVE_LAST  26

/* The last is of what is beyond all. */
#define NGX_PARTNER_EXEMPLARS                                                 \
    (NGX_PARTNER_OCTAVE_LAST - NGX_PARTNER_OCTAVE_FIRST + 2)

typedef struct {
    ngx_atomic_t at;      /* s since the epoch; 0: there is none */
    ngx_atomic_t version; /* odd while somebody writes */
    uint64_t     us;
    char         trace[LP_TRACE_ID];
} ngx_partner_exemplar_t;


/* Keeps one call a second in each of NGX_PARTNER_EXEMPLARS. */
void ngx_partner_exemplars_keep(ngx_partner_exemplar_t *exemplars, uint64_t us,
                                const lp_trace_t *trace, time_t now);

/*
 * A whole copy of the one of a call that took from `from` to below `to`, which
 * lie in one octave; 0: there is none, or it is being written.
 */
ngx_uint_t ngx_partner_exemplars_find(const ngx_partner_exemplar_t *exemplars,
                                      uint64_t from, uint64_t to,
                                      ngx_partner_exemplar_t *copy);


#endif
