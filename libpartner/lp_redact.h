/*
 * Removes personal data from a JSON text while it streams past: by member
 * name, by path, and by what is found in its strings.  Constant memory, any
 * split of the input, nothing allocated; held back is at most one value.
 */

#ifndef LP_REDACT_H
#define LP_REDACT_H


#include <stddef.h>
#include <stdint.h>

#include "lp_detect.h"
#include "lp_error.h"
#include "lp_json.h"
#include "lp_keyring.h"
#include "lp_path.h"


#define LP_REDACT_FIELDS    64   /* names in one profile */
#define LP_REDACT_FIELD_LEN 64   /* bytes of a member name, unescaped */
#define LP_REDACT_PATHS     64   /* paths in one profile */
#define LP_REDACT_KEPT      16   /* characters that a mask may keep a side */
#define LP_REDACT_VALUE     4096 /* bytes of a value that is needed whole */
#define LP_REDACT_HELD      1024 /* bytes before a value that may be dropped */


typedef enum {
    LP_REDACT_NONE = 0,
    LP_REDACT_MASK,    /* "***", between the characters that are kept */
    LP_REDACT_NULL,    /* null */
    LP_REDACT_DROP,    /* the member or element disappears */
    LP_REDACT_HASH,    /* "h:...", the same for the same value and partner */
    LP_REDACT_ENCRYPT, /* "e:...", lp_keyring_open() opens it */
    LP_REDACT_KINDS
} lp_redact_kind_t;

#define LP_REDACT_ALLOWED "mask, mask(N,M), null, drop, hash, encrypt"

typedef struct {
    lp_redact_kind_t kind;
    uint8_t          first, last; /* characters that a mask keeps */
} lp_redact_action_t;

/* LP_INVALID: no action, and err->text says what is allowed. */
int lp_redact_action_parse(const char *text, size_t len,
                           lp_redact_action_t *action, lp_error_t *err);

/* As it is written, "mask(2,4)"; "" of LP_REDACT_NONE. */
#define LP_REDACT_ACTION_TEXT sizeof("mask(16,16)")

void lp_redact_action_text(lp_redact_action_t action,
                           char               out[LP_REDACT_ACTION_TEXT]);


/* Redactions are counted by what asked for them. */
enum {
    LP_REDACT_BY_DETECTOR = 0, /* and the class of lp_detect.h */
    LP_REDACT_BY_NAME = LP_DETECT_CLASSES,
    LP_REDACT_BY_PATH,
    LP_REDACT_TOO_LONG, /* for detectors, so nobody knows what was in it */
    LP_REDACT_BY_MARK,  /* of a class that is none of the detectors' */
    LP_REDACT_CLASSES
};

/* "email" to "pan_in", "name", "path", "too_long", "x-pii". */
const char *lp_redact_class_name(unsigned class);


/*
 * A set of rules, immutable once built and shared by every stream.  Member
 * names are compared after unescaping, ASCII case folded.
 */
typedef struct lp_redact_profile_s lp_redact_profile_t;

size_t lp_redact_profile_size(void);
void   lp_redact_profile_init(lp_redact_profile_t *profile);

/* From then on the case of names matters. */
void lp_redact_profile_exact(lp_redact_profile_t *profile);

/*
 * `target` is a member name, a path of lp_path.h, or "@" and a class of
 * lp_detect.h, for which only mask, hash and encrypt are allowed.  A path goes
 * before a name.  LP_INVALID: too many rules, no target, or a duplicate.
 */
int lp_redact_profile_add(lp_redact_profile_t *profile, const char *target,
                          size_t len, lp_redact_action_t action,
                          lp_error_t *err);

/* Whether a rule hashes or encrypts, so that streams need keys. */
int lp_redact_profile_needs_keys(const lp_redact_profile_t *profile);


/*
 * Receives the output in order.  `data` points into the input of the running
 * lp_redact_feed() when `literal` is 0 and may be kept as long as that input;
 * otherwise it holds until emit returns.  Anything but LP_OK ends the feed
 * with it, and the stream must not be fed again.
 */
typedef int (*lp_redact_emit_pt)(void *ctx, const uint8_t *data, size_t len,
                                 int literal);

/* Why a text was refused: what lp_json_reason_t has, and these. */
enum {
    LP_REDACT_REFUSED_HELD = LP_JSON_REFUSED_REASONS,
    LP_REDACT_REFUSED_FIELD, /* these two are of lp_records.h */
    LP_REDACT_REFUSED_SEPARATOR,
    LP_REDACT_REFUSED_REASONS
};

/*
 * One stream; the caller owns it and reads `redactions`, `counts` and, after
 * LP_INVALID, `reason` and `offset`, which no split of the input changes.
 */
typedef struct {
    lp_json_t                  json;
    const lp_redact_profile_t *profile;
    lp_partner_keys_t         *keys;       /* or NULL */
    uint64_t                   redactions; /* values replaced so far */
    uint64_t                   counts[LP_REDACT_CLASSES];
    uint64_t                   fed;    /* bytes of earlier feeds */
    uint64_t                   offset; /* of the byte that was refused */
    unsigned                   reason; /* or 0 */

    lp_redact_emit_pt emit; /* of the running feed */
    void             *ctx;
    const uint8_t    *data;  /* of the running feed */
    const uint8_t    *start; /* of what is not emitted yet */
    const uint8_t    *value; /* where the watched value begins, or NULL */

    lp_redact_action_t action; /* of the value that is watched */
    uint8_t            doing;  /* with the bytes that come */
    uint8_t class;             /* that asks for the action */
    uint8_t named;             /* the next value has the name in `name` */
    uint8_t holding;           /* what comes may be dropped with a value */
    uint8_t comma;             /* what is held begins with a comma */
    uint8_t uncomma;           /* the next comma goes with a dropped value */
    uint8_t name_len;          /* beyond the limit: no rule's */
    uint8_t name[LP_REDACT_FIELD_LEN];

    size_t kept_len; /* beyond LP_REDACT_VALUE: the value is too long */
    size_t held_len;

    /* 12 KB that nobody clears: each entry is written before it is read. */
    uint64_t states[LP_JSON_DEPTH + 2]; /* of the paths, a level each */
    uint32_t elements[LP_JSON_DEPTH + 2];
    uint8_t  kept[LP_REDACT_VALUE]; /* of a value in several pieces */
    uint8_t  held[LP_REDACT_HELD];
} lp_redact_t;


/* A clause without personal data: "it is not JSON". */
const char *lp_redact_reason(unsigned reason);

/* `r` may be any memory; `profile` outlives the stream. */
void lp_redact_init(lp_redact_t *r, const lp_redact_profile_t *profile);

/* Another text follows, under the same keys; what was counted stays. */
void lp_redact_again(lp_redact_t *r);

/*
 * What hashes and encrypts; the caller owns them as long as the stream.
 * Without keys such rules mask.
 */
void lp_redact_use_keys(lp_redact_t *r, lp_partner_keys_t *keys);

/*
 * Takes the next bytes of one JSON text.  LP_INVALID: not JSON, or beyond a
 * ceiling; what was emitted before is safe, nothing after it may be sent.
 */
int lp_redact_feed(lp_redact_t *r, const uint8_t *data, size_t len,
                   lp_redact_emit_pt emit, void *ctx);

/*
 * LP_OK when the text was complete.  After a feed that was refused it may be
 * called and is LP_INVALID; after one that `emit` ended it may not.
 */
int lp_redact_finish(lp_redact_t *r, lp_redact_emit_pt emit, void *ctx);

/*
 * All of that for a text that is there whole.  `keys` may be NULL; `r` is any
 * memory, and has the counts, or the reason, afterwards.  What was emitted
 * before LP_INVALID is best thrown away.
 */
int lp_redact_text(lp_redact_t *r, const lp_redact_profile_t *profile,
                   lp_partner_keys_t *keys, const void *text, size_t len,
                   lp_redact_emit_pt emit, void *ctx);


#endif
