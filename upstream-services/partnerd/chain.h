/*
 * The links of the audit trail: each row's hash holds the hash of the row
 * before, so that no row is changed, moved or removed unseen.
 */

#ifndef PD_CHAIN_H
#define PD_CHAIN_H


#include <stdint.h>
#include <libpq-fe.h>

#include "lp_digest.h"


/* at, tenant, actor, request, resource, entity, partner, action, before,
 * after: in this order, in statements too. */
#define PD_CHAIN_VALUES 10

/* The hash before the first row. */
#define PD_CHAIN_START                                                        \
    "00000000000000000000000000000000"                                        \
    "00000000000000000000000000000000"

/* Where the chain ends, or did when it was looked at. */
typedef struct {
    int64_t position; /* 0: nothing is chained */
    char    hash[LP_DIGEST_HEX + 1];
} pd_chain_head_t;


/*
 * Moves the head behind a row of these values, of which NULL is SQL's.
 * -1: no memory, or OpenSSL fails; the head is then as it was.
 */
int pd_chain_link(pd_chain_head_t *head, lp_digest_t *sha256,
                  const char *const values[PD_CHAIN_VALUES]);

/* The values of a result's row, from `column` on; they are the result's. */
void pd_chain_values(const PGresult *res, int row, int column,
                     const char *values[PD_CHAIN_VALUES]);

/* The head that two columns have, the position first.  -1: they have none. */
int pd_chain_head(pd_chain_head_t *head, const PGresult *res, int row,
                  int column);


#endif
