/*
 * A person with all that a partner must not see: the raw material of
 * redaction.  Every function returns a new reference, or NULL for no memory.
 */

#ifndef SB_PERSON_H
#define SB_PERSON_H


#include <jansson.h>

#include "random.h"


json_t *sb_person(sb_random_t *r, const char *id_prefix);

/* The short form that stands in lists: fullName, phone, relation. */
json_t *sb_contact(sb_random_t *r);

json_t *sb_address(sb_random_t *r);

/* A card is its brand and a vault token: no digit of it lives here (C-04). */
json_t *sb_card(sb_random_t *r);

/* An amount in minor units; `most` bounds it. */
json_t *sb_money(sb_random_t *r, unsigned most);

/* RFC 3339 in UTC, `number` steps of some minutes after 2026-01-01. */
json_t *sb_moment(uint64_t number, unsigned offset_seconds);


#endif
