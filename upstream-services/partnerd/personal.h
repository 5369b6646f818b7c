/*
 * Personal data on its way into and out of the database: what the contract
 * marks with x-pii is stored sealed under its subject's key,
 *
 *     sealed:<subject>:<hexadecimal of a box>
 *
 * so that tables, audit trail, kept answers, logs of PostgreSQL and all
 * backups hold nothing else.
 */

#ifndef PD_PERSONAL_H
#define PD_PERSONAL_H


#include <jansson.h>
#include <event2/buffer.h>

#include "schema.h"
#include "subject.h"


/* Replaces the body's members that `schema` marks; null stays null.  -1: no
 * memory, or OpenSSL fails. */
int pd_personal_seal(const pd_schema_t *schema, json_t *body, const char *id,
                     const uint8_t key[PD_BOX_KEY]);

/* A subject whose key is at hand. */
typedef struct {
    char    id[PD_SUBJECT_LEN + 1]; /* "": none */
    uint8_t key[PD_BOX_KEY];
} pd_person_t;

/*
 * Adds the JSON text, as PostgreSQL wrote it, to `out`, with what is sealed
 * opened where `schema` marks it, or null where its subject was erased.  Of the
 * keys that of `known` alone is not read.  -1, with a part of it in `out`: a
 * key cannot be read, which was logged, or no memory.
 */
int pd_personal_open(const pd_subjects_t *s, const pd_schema_t *schema,
                     const char *text, const pd_person_t *known,
                     struct evbuffer *out);


#endif
