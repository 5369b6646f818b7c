/*
 * What Redis' answers say.  Redis is a friend, but what stands in it may have
 * been written by an older version, by another program, or by nobody sane: an
 * answer of any other form than expected is none.
 *
 * No part of this knows nginx, so that a fuzzer can be made of it.  Texts lie
 * in the reply and live as long.
 */

#ifndef NGX_PARTNER_ANSWERS_H
#define NGX_PARTNER_ANSWERS_H


#include <stddef.h>
#include <stdint.h>
#include <hiredis/hiredis.h>

#include "../libpartner/lp_bucket.h"
#include "../libpartner/lp_digest.h"
#include "../libpartner/lp_journal.h"
#include "../libpartner/lp_principal.h"
#include "../libpartner/lp_revocation.h"


#define NGX_PARTNER_CURSOR_LEN 20 /* digits of 64 bits */
#define NGX_PARTNER_HOST_LEN   45 /* of an address, INET6_ADDRSTRLEN - 1 */


/* A channel's message: a change of a record or of a partner, a revocation or a
 * heartbeat. */
typedef struct {
    uint64_t            revision;
    int64_t             version; /* of the record; 0: a heartbeat */
    lp_revocation_t     tokens;  /* that are revoked */
    int                 revoked; /* it is a revocation */
    uint8_t             digest[LP_DIGEST_LEN];
    char                partner[LP_ID_LEN + 1]; /* that changed; "": none */
    lp_partner_status_t closing; /* as what; LP_PARTNER_ACTIVE: it is not */
} ngx_partner_change_t;

typedef struct {
    uint8_t         digest[LP_DIGEST_LEN];
    lp_revocation_t tokens;
} ngx_partner_listed_t;

typedef enum {
    NGX_PARTNER_SUBSCRIBED,
    NGX_PARTNER_MESSAGE,
    NGX_PARTNER_OTHER /* nothing that a channel of ours should say */
} ngx_partner_said_t;


/* All below: 1, or 0 when the answer has another form. */

/*
 * Of MGET: a credential's record, NULL when there is none, and the projection's
 * marker, NULL unless it is complete.
 */
int ngx_partner_answer_record(const redisReply  *reply,
                              const redisReply **record,
                              const redisReply **marker);

/*
 * The peppers that a marker names, with blanks between, behind its revision;
 * NULL: it does not say.
 */
const char *ngx_partner_answer_peppers(const redisReply *marker, size_t *len);

/*
 * Of bucket.lua, for `n` buckets; `granted` are tokens lent, all 0 unless
 * `leasing`.  No number is negative (but retry_after, which may be -1) or
 * beyond LP_BUCKET_MAX.
 */
int ngx_partner_answer_limits(const redisReply *reply, size_t n, int leasing,
                              lp_decision_t *decisions, int64_t *granted);

/*
 * Of EXEC with GET and HSCAN in it: where to go on, "0" at the end, and the
 * fields and values, by turns.
 */
int ngx_partner_answer_revocations(const redisReply  *reply,
                                   const redisReply **cursor,
                                   const redisReply **pairs);

/* One of them: the digest, and what lp_revocation.h has. */
int ngx_partner_answer_revocation(const redisReply     *field,
                                  const redisReply     *value,
                                  ngx_partner_listed_t *listed);

/* What a subscription hands out. */
ngx_partner_said_t ngx_partner_answer_said(const redisReply *reply,
                                           const char **text, size_t *len);

/* The text of a message; docs/architecture.md has its forms. */
int ngx_partner_answer_change(const char *text, size_t len,
                              ngx_partner_change_t *change);

/* Of SENTINEL get-master-addr-by-name: a numeric address, and the port. */
int ngx_partner_answer_master(const redisReply *reply,
                              char              host[NGX_PARTNER_HOST_LEN + 1],
                              uint16_t         *port);

/* A confirmed counter of HGETALL: numbers with blanks between them. */
int ngx_partner_answer_usage(const redisReply *field, const redisReply *value,
                             lp_usage_t *values);


#endif
