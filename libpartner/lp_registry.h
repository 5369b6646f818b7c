/*
 * The static key registry: partners that live in a file.
 *
 *     {"keys": [{"sha256": "<64 hex digits>", ...a principal...}]}
 *
 * It holds digests, never keys.  One that was made with a pepper says which:
 *
 *     {"hmacSha256": "<64 hex digits>", "pepper": "<its name>", ...}
 */

#ifndef LP_REGISTRY_H
#define LP_REGISTRY_H


#include <stddef.h>
#include <stdint.h>

#include "lp_digest.h"
#include "lp_error.h"
#include "lp_pepper.h"
#include "lp_principal.h"


#define LP_REGISTRY_MAX (16 * 1024 * 1024) /* bytes of text */


/*
 * Returns LP_OK to go on; anything else ends the walk with that value.  The
 * principal and what it owns are gone afterwards.
 */
typedef int (*lp_registry_entry_pt)(void         *ctx,
                                    const uint8_t digest[LP_DIGEST_LEN],
                                    const lp_principal_t *p);


/*
 * Calls `entry` for each key in the order of the file, after the whole file
 * was found valid: duplicate digests, digests that no key is looked up by with
 * these `peppers`, unknown members and duplicate members are errors that name
 * their JSON pointer (or line, when it is not JSON).
 */
int lp_registry_parse(const char *text, size_t len,
                      const lp_peppers_t *peppers, lp_registry_entry_pt entry,
                      void *ctx, lp_error_t *err);


#endif
