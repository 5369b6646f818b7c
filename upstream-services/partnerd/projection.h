/*
 * Writes principal records and revocations of tokens to Redis: only over what
 * is older, and tells the gateways in the same transaction.
 */

#ifndef PD_PROJECTION_H
#define PD_PROJECTION_H


#include <stddef.h>
#include <stdint.h>
#include <jansson.h>
#include <libpq-fe.h>

#include "lp_digest.h"
#include "redis.h"


#define PD_PROJECTION_BATCH 500 /* entries; as _relay.pending has it */

#define PD_KEY_RECORD   "partner:cred:"
#define PD_KEY_REVOKED  "partner:revoked"
#define PD_KEY_COMPLETE "partner:projection"
#define PD_KEY_BUILDING "partner:building"
#define PD_CHANNEL      "partner:revisions"


/* Of their names together: more than this no gateway can have. */
#define PD_PEPPERS 96

#define PD_NO_VERSION (-1) /* a revocation: lp_revocation.h has the newer */

typedef struct {
    char    digest[LP_DIGEST_HEX + 1];
    int64_t version; /* or PD_NO_VERSION */
    char   *record;  /* owned; of a revocation as lp_revocation.h has it */
    int     newer;   /* than what Redis has */
} pd_record_t;

typedef enum {
    PD_PROJECTED = 0,
    PD_PROJECTED_UNMARKED, /* written, but the projection is not complete */
    PD_WITHDRAWN,          /* Redis is full: the records are gone from it */
    PD_NOT_PROJECTED       /* Redis went away, or refuses all writes */
} pd_projected_t;

typedef struct pd_projection_s pd_projection_t;

struct pd_projection_s {
    pd_redis_t *redis;
    char        peppers[PD_PEPPERS]; /* of all usable keys, for the marker */
    int64_t     revision;            /* the last one published */
    int64_t     sent;    /* the last one of the transaction in flight */
    unsigned    publish; /* each record; else the caller does for all */
    pd_record_t records[PD_PROJECTION_BATCH];
    size_t      nrecords;
    size_t      nread; /* answers of Redis about them */
    unsigned    lost;  /* one of these never came */
    json_t     *marks; /* of the outbox, for the caller */
    void (*done)(void *ctx, pd_projected_t outcome);
    void *ctx;
};


/*
 * Adds rows of (digest, version, record ...) to the batch; a row without a
 * digest is skipped, one without a version is a revocation.  -1: no room or
 * memory, the batch is then empty.
 */
int pd_projection_rows(pd_projection_t *p, const PGresult *res);

/*
 * The marker of completeness, where there is one: this revision, and the
 * peppers, so that a gateway which lacks one cannot say that a key is unknown.
 */
void pd_projection_mark(pd_projection_t *p, int64_t revision);

/* Writes what was added, and empties the batch before `done`. */
void pd_projection_write(pd_projection_t *p);
void pd_projection_clear(pd_projection_t *p);


#endif
