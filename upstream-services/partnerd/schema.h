/*
 * A JSON Schema of the contract, compiled: the subset that our operations
 * need.  A keyword that is not understood is an error, never ignored.
 */

#ifndef PD_SCHEMA_H
#define PD_SCHEMA_H


#include <regex.h>
#include <stddef.h>
#include <stdint.h>
#include <jansson.h>

#include "format.h"
#include "lp_error.h"


#define PD_TYPE_NULL    0x01
#define PD_TYPE_BOOLEAN 0x02
#define PD_TYPE_INTEGER 0x04
#define PD_TYPE_NUMBER  0x08
#define PD_TYPE_STRING  0x10
#define PD_TYPE_ARRAY   0x20
#define PD_TYPE_OBJECT  0x40

#define PD_SCHEMA_DEPTH 16 /* also what ends a $ref that leads to itself */
#define PD_UNBOUNDED    INT64_MAX


typedef struct pd_schema_s pd_schema_t;

typedef struct {
    const char  *name; /* of the document */
    pd_schema_t *schema;
    unsigned     required;
} pd_member_t;

/* Pointers into the document stay its own: it outlives the schema. */
struct pd_schema_s {
    unsigned           types;        /* PD_TYPE_*; 0: any */
    const json_t      *values;       /* enum; NULL: any */
    const json_t      *fallback;     /* default; NULL: none */
    const char        *description;  /* for readers alone; NULL: none */
    regex_t           *pattern;      /* POSIX extended; owned */
    const char        *pattern_text; /* as an error quotes it */
    const pd_format_t *format;
    json_int_t         minimum; /* of an integer; INT64_MIN: none */
    json_int_t         maximum;
    json_int_t         min_length; /* characters */
    json_int_t         max_length;
    json_int_t         min_items;
    json_int_t         max_items;
    unsigned           unique;   /* items differ from each other */
    unsigned           personal; /* x-pii, but for a secret of our own */
    unsigned           closed;   /* members beyond `members` are mistakes */
    pd_schema_t       *items;
    pd_member_t       *members;
    size_t             nmembers;
};


/*
 * `root` is the merged contract, in which $ref is looked up.  NULL: the error's
 * pointer begins at `schema` and names the keyword that is not understood.
 */
pd_schema_t *pd_schema_compile(const json_t *root, const json_t *schema,
                               lp_error_t *err);
void         pd_schema_free(pd_schema_t *s);

/* Whether personal data stands somewhere in what it describes. */
int pd_schema_personal(const pd_schema_t *s);

/* NULL when the schema has no such member; `name` may be NULL.  The other is
 * of a name that ends in no zero. */
const pd_member_t *pd_schema_member(const pd_schema_t *s, const char *name);
const pd_member_t *pd_schema_named(const pd_schema_t *s, const char *name,
                                   size_t len);


#endif
