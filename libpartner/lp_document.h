/*
 * A small JSON document that is read whole.
 */

#ifndef LP_DOCUMENT_H
#define LP_DOCUMENT_H


#include <stddef.h>
#include <jansson.h>

#include "lp_error.h"


/*
 * Parses one JSON text of at most `max` bytes; a member that occurs twice is
 * an error.  The caller owns the reference.  NULL: `err` names the line.  No
 * byte of the text reaches the error, since it may hold a credential.
 */
json_t *lp_document_load(const char *text, size_t len, size_t max,
                         lp_error_t *err);


/*
 * Refuses a member of the document's own object and says which are allowed.
 * Its name is repeated only when it is a plain identifier of at most
 * LP_DOCUMENT_NAME bytes, because a credential may stand in its place.
 * Returns LP_INVALID.
 */
#define LP_DOCUMENT_NAME 32 /* bytes; shorter than any credential */

int lp_document_unknown(lp_error_t *err, const char *member,
                        const char *allowed);


#endif
