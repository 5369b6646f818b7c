/*
 * What was revoked of tokens: a token id, a client, a partner or a signing
 * key, known by a digest, with the moment up to which tokens are refused.
 * Shared by all workers; docs/architecture.md has where it comes from.
 */

#ifndef NGX_PARTNER_REVOKED_H
#define NGX_PARTNER_REVOKED_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_revocation.h"


/* What a token can be revoked by, in the order of its subjects. */
typedef enum {
    NGX_PARTNER_SUBJECT_TOKEN = 0,
    NGX_PARTNER_SUBJECT_CLIENT,     /* of this id, at whatever issuer */
    NGX_PARTNER_SUBJECT_OWN_CLIENT, /* of this id, at the token's issuer */
    NGX_PARTNER_SUBJECT_PARTNER,
    NGX_PARTNER_SUBJECT_KEY,
    NGX_PARTNER_SUBJECTS
} ngx_partner_subject_t;

typedef struct {
    uint64_t        subject; /* of its digest the first 8 bytes; 0: free */
    lp_revocation_t tokens;
} ngx_partner_revocation_t;

typedef struct {
    ngx_partner_revocation_t *table; /* open addressing */
    uint32_t                  mask;
    ngx_atomic_t              count;
    ngx_atomic_t              most;  /* that it has room for */
    ngx_atomic_uint_t         swept; /* left when it was last gone through */
    uint64_t                  generation; /* grows with each that is new */
    ngx_atomic_t              epoch;      /* of the zone, when all were read;
                                        0: never */
    ngx_atomic_t              read;       /* ms; when that was */
    int64_t forgot; /* seconds; what ran out before then is gone; 0: nothing */
    uint64_t doubts;   /* grows whenever something may be missing */
    unsigned full : 1; /* something is */
} ngx_partner_revoked_t;


/* Takes zeroed memory for good; returns how much of `size`. */
size_t ngx_partner_revoked_init(ngx_partner_revoked_t *revoked, u_char *mem,
                                size_t size);

/* All below run under the lock of the tokens. */

/* Nothing is known any more, and all has to be read again. */
void ngx_partner_revoked_clear(ngx_partner_revoked_t *revoked);

/*
 * Before all are added once more: a table that was full may have room again
 * without what has run out by `now`.  Returns the doubts, for _end().
 */
uint64_t ngx_partner_revoked_begin(ngx_partner_revoked_t *revoked,
                                   int64_t                now);

/*
 * All were added that stood there at `read`, in ms, when the zone had this
 * epoch.  It does not count where doubts have come up since.
 */
void ngx_partner_revoked_end(ngx_partner_revoked_t *revoked, uint64_t doubts,
                             ngx_atomic_uint_t epoch, ngx_msec_t read);

/*
 * NGX_ERROR: no room, even without what has run out by `now`; then no token
 * may count as unrevoked until all are read again.
 */
ngx_int_t ngx_partner_revoked_add(ngx_partner_revoked_t          *revoked,
                                  const ngx_partner_revocation_t *revocation,
                                  int64_t                         now);

/*
 * 1 when the clock was set back behind what was forgotten: it counts again, and
 * all has to be read once more.
 */
ngx_uint_t ngx_partner_revoked_set_back(const ngx_partner_revoked_t *revoked,
                                        int64_t                      now);

/* 1 when a token of these subjects, issued then, is refused. */
ngx_uint_t ngx_partner_revoked_covers(const ngx_partner_revoked_t *revoked,
                                      const uint64_t              *subjects,
                                      int64_t                      issued);


#endif
