/*
 * Revocations of tokens in shared memory.
 */

#include "ngx_partner_revoked.h"


/* Workers look at the clock one after the other; seconds. */
#define NGX_PARTNER_REVOKED_APART 5


size_t
ngx_partner_revoked_init(ngx_partner_revoked_t *revoked, u_char *mem,
                         size_t size)
{
    uint32_t n;

    for (n = 64; n * 2 * sizeof(ngx_partner_revocation_t) <= size; n *= 2) {
        /* void */
    }

    revoked->table = (ngx_partner_revocation_t *) mem;
    revoked->mask = n - 1;
    revoked->most = revoked->mask / 4 * 3; /* beyond it runs become long */
    revoked->generation = 1;

    return n * sizeof(ngx_partner_revocation_t);
}


/* Nothing counts that was read up to now, or is being read. */
static void
ngx_partner_revoked_doubt(ngx_partner_revoked_t *revoked)
{
    revoked->epoch = 0;
    revoked->read = 0;
    revoked->doubts++;
}


void
ngx_partner_revoked_clear(ngx_partner_revoked_t *revoked)
{
    ngx_memzero(revoked->table,
                (revoked->mask + 1) * sizeof(ngx_partner_revocation_t));
    revoked->count = 0;
    revoked->swept = 0;
    revoked->full = 0;
    revoked->forgot = 0;
    revoked->generation++;
    ngx_partner_revoked_doubt(revoked);
}


/* The place of the subject, or the free one that ends its run. */
static ngx_partner_revocation_t *
ngx_partner_revoked_place(const ngx_partner_revoked_t *revoked,
                          uint64_t                     subject)
{
    uint32_t i;

    for (i = (uint32_t) subject & revoked->mask;
         revoked->table[i].subject != 0
         && revoked->table[i].subject != subject;
         i = (i + 1) & revoked->mask) {
        /* void */
    }

    return &revoked->table[i];
}


/* Forgets what has run out; a run that it leaves is closed by moving up. */
static void
ngx_partner_revoked_expire(ngx_partner_revoked_t *revoked, int64_t now)
{
    uint32_t                  i, hole;
    ngx_partner_revocation_t *at, moved;

    now -= NGX_PARTNER_REVOKED_APART;

    for (i = 0; i <= revoked->mask; i++) {
        at = &revoked->table[i];

        while (at->subject != 0 && at->tokens.end != 0
               && at->tokens.end < now) {
            at->subject = 0;
            revoked->count--;
            revoked->forgot = ngx_max(revoked->forgot, now);

            for (hole = (i + 1) & revoked->mask;
                 revoked->table[hole].subject != 0;
                 hole = (hole + 1) & revoked->mask) {
                moved = revoked->table[hole];
                revoked->table[hole].subject = 0;
                *ngx_partner_revoked_place(revoked, moved.subject) = moved;
            }
        }
    }
}


/*
 * What has run out goes with each eighth that comes, so that the count tells
 * how near the end is, and no more than an eighth of it is over.
 */
static ngx_int_t
ngx_partner_revoked_room(ngx_partner_revoked_t *revoked, int64_t now)
{
    ngx_atomic_uint_t most;

    most = revoked->most;

    if (revoked->count >= most
        || revoked->count - revoked->swept >= most / 8) {
        ngx_partner_revoked_expire(revoked, now);
        revoked->swept = revoked->count;
    }

    revoked->full = revoked->count >= most;

    return revoked->full ? NGX_ERROR : NGX_OK;
}


ngx_uint_t
ngx_partner_revoked_set_back(const ngx_partner_revoked_t *revoked, int64_t now)
{
    return now < revoked->forgot;
}


uint64_t
ngx_partner_revoked_begin(ngx_partner_revoked_t *revoked, int64_t now)
{
    if (ngx_partner_revoked_set_back(revoked, now)) {
        revoked->forgot = 0;
        ngx_partner_revoked_doubt(revoked);
    }

    if (revoked->full) {
        (void) ngx_partner_revoked_room(revoked, now);
    }

    return revoked->doubts;
}


void
ngx_partner_revoked_end(ngx_partner_revoked_t *revoked, uint64_t doubts,
                        ngx_atomic_uint_t epoch, ngx_msec_t read)
{
    if (revoked->doubts == doubts) {
        revoked->epoch = epoch;
        revoked->read = read;
    }
}


ngx_int_t
ngx_partner_revoked_add(ngx_partner_revoked_t          *revoked,
                        const ngx_partner_revocation_t *revocation,
                        int64_t                         now)
{
    ngx_partner_revocation_t *place;

    place = ngx_partner_revoked_place(revoked, revocation->subject);

    if (place->subject != 0) {

        if (!lp_revocation_merge(&place->tokens, &revocation->tokens)) {
            return NGX_OK;
        }

    } else {

        if (revoked->full
            || ngx_partner_revoked_room(revoked, now) != NGX_OK) {
            ngx_partner_revoked_doubt(revoked);
            return NGX_ERROR;
        }

        /* making room may have moved what ended the run */
        place = ngx_partner_revoked_place(revoked, revocation->subject);
        *place = *revocation;
        revoked->count++;
    }

    revoked->generation++;

    return NGX_OK;
}


ngx_uint_t
ngx_partner_revoked_covers(const ngx_partner_revoked_t *revoked,
                           const uint64_t *subjects, int64_t issued)
{
    ngx_uint_t                i;
    ngx_partner_revocation_t *place;

    /* each look is a miss of the cache, since a token's id is its own */
    if (revoked->count == 0) {
        return 0;
    }

    for (i = 0; i < NGX_PARTNER_SUBJECTS; i++) {

        if (subjects[i] == 0) {
            continue;
        }

        place = ngx_partner_revoked_place(revoked, subjects[i]);

        if (place->subject != 0
            && (place->tokens.before == 0 || issued <= place->tokens.before)) {
            return 1;
        }
    }

    return 0;
}
