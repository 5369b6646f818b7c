/*
 * Masks named members of a JSON text while it streams past: constant memory,
 * any split of the input, nothing allocated, nothing held back.
 */

#ifndef LP_REDACT_H
#define LP_REDACT_H


#include <stddef.h>
#include <stdint.h>

#include "lp_error.h"
#include "lp_json.h"


#define LP_REDACT_FIELDS    64 /* rules in one profile */
#define LP_REDACT_FIELD_LEN 64 /* bytes of a member name, unescaped */


typedef enum {
    LP_REDACT_NONE = 0,
    LP_REDACT_MASK, /* the value, of whatever type, becomes "***" */
    LP_REDACT_NULL, /* the value, of whatever type, becomes null */
    LP_REDACT_ACTIONS
} lp_redact_action_t;

#define LP_REDACT_ALLOWED "mask, null"

/* LP_REDACT_NONE when the name is no action. */
lp_redact_action_t lp_redact_action_parse(const char *name, size_t len);


/*
 * A set of rules, immutable once built and shared by every stream.  Member
 * names are compared after unescaping, ASCII case folded.
 */
typedef struct lp_redact_profile_s lp_redact_profile_t;

size_t lp_redact_profile_size(void);
void   lp_redact_profile_init(lp_redact_profile_t *profile);

/* LP_INVALID: too many rules, name too long or empty, or a duplicate. */
int lp_redact_profile_add(lp_redact_profile_t *profile, const char *field,
                          size_t len, lp_redact_action_t action,
                          lp_error_t *err);


/*
 * Receives the output in order.  `data` points into the input of the running
 * lp_redact_feed() when `literal` is 0 and may be kept as long as that input;
 * otherwise into static storage.  Anything but LP_OK ends the feed with it,
 * and the stream must not be fed again.
 */
typedef int (*lp_redact_emit_pt)(void *ctx, const uint8_t *data, size_t len,
                                 int literal);

/* One stream; the caller owns it and reads only `redactions`. */
typedef struct {
    lp_json_t                  json;
    const lp_redact_profile_t *profile;
    uint64_t                   redactions; /* values replaced so far */
    lp_redact_action_t         action;     /* of the value that is watched */
    uint8_t                    skipping;   /* inside a replaced value */
    uint8_t                    name_len;   /* beyond the limit: no rule's */
    uint8_t                    name[LP_REDACT_FIELD_LEN]; /* in parts */
} lp_redact_t;


void lp_redact_init(lp_redact_t *r, const lp_redact_profile_t *profile);

/*
 * Takes the next bytes of one JSON text.  LP_INVALID: not JSON, or beyond a
 * ceiling of lp_json.h; what was emitted before is safe, nothing after it may
 * be sent.
 */
int lp_redact_feed(lp_redact_t *r, const uint8_t *data, size_t len,
                   lp_redact_emit_pt emit, void *ctx);

/* LP_OK when the text was complete. */
int lp_redact_finish(lp_redact_t *r, lp_redact_emit_pt emit, void *ctx);


#endif
