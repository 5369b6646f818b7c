/*
 * Who calls: the headers that the gateway sets, and nothing else.
 */

#ifndef PD_IDENTITY_H
#define PD_IDENTITY_H


#include <stddef.h>
#include <jansson.h>

#include "contract.h"
#include "lp_principal.h"
#include "problem.h"


/* Fields that the gateway did not send are "". */
typedef struct {
    char partner[LP_ID_LEN + 1]; /* "": nobody */
    char application[LP_ID_LEN + 1];
    char client[LP_ID_LEN + 1];
    char tier[LP_ID_LEN + 1];
    char scopes[LP_SCOPE_SET_LEN + 1];
    char request[LP_ID_LEN + 1];
} pd_identity_t;


/* The value of a header, or NULL. */
typedef const char *(*pd_header_pt)(void *ctx, const char *name);


/* A header that is too long or has a byte that it should not have counts as
 * absent: the gateway sends none such. */
void pd_identity_read(pd_identity_t *id, pd_header_pt header, void *ctx);

/* Whether one of the operation's alternatives is covered; else the problem is
 * missing_credential or insufficient_scope. */
int pd_identity_may(const pd_identity_t *id, const pd_operation_t *op,
                    pd_problem_t *p);

/*
 * The partner as row-level security takes it: what is as long as a UUID is one,
 * for there it is cast; else "", which owns nothing.
 */
const char *pd_identity_tenant(const pd_identity_t *id);

/* For statements: partner, tenant (NULL where the partner is no UUID),
 * application, client, tier.  Owned by the caller. */
json_t *pd_identity_json(const pd_identity_t *id);


#endif
