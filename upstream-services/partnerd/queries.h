/*
 * Named SQL: statements in .sql files, each after a line `-- name: x.y`, with
 * parameters by name.
 *
 *     :path.partnerId :query.limit :body.scopes :given.scopes :cursor.0
 *
 * become $1, $2 ... in the order of their first use; casts (::), quoted text
 * and comments are left alone.  `-- name: x.y scan` is a statement that reads
 * more rows than a page has: others do not wait behind it.
 */

#ifndef PD_QUERIES_H
#define PD_QUERIES_H


#include <stddef.h>

#include "lp_error.h"


#define PD_BINDINGS      32  /* of one statement */
#define PD_STATEMENTS    256 /* in all files */
#define PD_STATEMENT_LEN 63  /* characters of a name; PostgreSQL's own limit */


/* Where a value comes from; a statement's bindings name it. */
typedef enum {
    PD_FROM_PATH = 0,
    PD_FROM_QUERY,
    PD_FROM_BODY,
    PD_FROM_GIVEN,       /* whether the body has the member, null or not */
    PD_FROM_CURSOR,      /* by position, from 0 */
    PD_FROM_IDENTITY,    /* partner, tenant, application, client, tier */
    PD_FROM_KEY,         /* digest and prefix of a key just made */
    PD_FROM_MATCH,       /* tags of If-Match */
    PD_FROM_IDEMPOTENCY, /* key, request, sealed */
    PD_FROM_SUBJECT,     /* id of whom the body's personal data is of */
    PD_FROM_WORK,        /* what a job passes */
    PD_SOURCES
} pd_source_t;

typedef struct {
    pd_source_t source;
    char       *name;
} pd_binding_t;

typedef struct {
    char         name[PD_STATEMENT_LEN + 1];
    unsigned     number; /* 0, 1 ... among all statements */
    unsigned     scan;
    char        *sql;
    pd_binding_t bindings[PD_BINDINGS];
    size_t       nbindings;
    unsigned     sources; /* bits 1 << pd_source_t of its bindings */
} pd_statement_t;

typedef struct {
    pd_statement_t *statements[PD_STATEMENTS];
    size_t          n;
} pd_queries_t;


/* Reads every *.sql of the folder; names must differ across files. */
int pd_queries_load(pd_queries_t *q, const char *dir, lp_error_t *err);

/* Adds the statements of one text; `file` is for messages. */
int  pd_queries_parse(pd_queries_t *q, const char *text, const char *file,
                      lp_error_t *err);
void pd_queries_free(pd_queries_t *q);

/* NULL when there is none. */
const pd_statement_t *pd_queries_find(const pd_queries_t *q, const char *name);

const char *pd_source_name(pd_source_t source);


#endif
