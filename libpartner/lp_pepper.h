/*
 * The digest by which a key is looked up: its SHA-256, or, so that who stole
 * the digests cannot even try keys on them, an HMAC-SHA-256 (RFC 2104) under a
 * pepper, a secret that only the gateways and partnerd hold.
 *
 * A file has one line for each way in which keys may be digested, at most two
 * peppers of 64 hexadecimal digits, and "plain" for the SHA-256 of keys that
 * are older than the first pepper.  The first line makes the digests of new
 * keys; all of them are looked up, so a rotation puts a line in front.
 *
 * A pepper's name is public: it tells two of them apart in registries, in the
 * database, in Redis and in logs, and says nothing of the pepper itself.
 */

#ifndef LP_PEPPER_H
#define LP_PEPPER_H


#include <stddef.h>
#include <stdint.h>

#include "lp_digest.h"
#include "lp_error.h"


#define LP_PEPPERS      3  /* ways at once: two peppers, and plain */
#define LP_PEPPER_NAME  16 /* characters, at most, without the final zero */
#define LP_PEPPER_PLAIN "plain"

/* Bytes of the largest file there is: two peppers, plain, three newlines. */
#define LP_PEPPER_TEXT (2 * (LP_DIGEST_HEX + 1) + sizeof(LP_PEPPER_PLAIN))


typedef struct lp_peppers_s lp_peppers_t;


/*
 * Of a file's text, which the caller wipes; NULL stands for no file, where
 * SHA-256 is all there is.  NULL: `err` names the line and never what stands
 * in it.  One per process or thread, freed by lp_peppers_free(), which wipes.
 */
lp_peppers_t *lp_peppers_create(const char *text, size_t len, lp_error_t *err);
void          lp_peppers_free(lp_peppers_t *peppers);

/* 1 to LP_PEPPERS; the names of these, the first that of new keys. */
size_t      lp_peppers_count(const lp_peppers_t *peppers);
const char *lp_peppers_name(const lp_peppers_t *peppers, size_t i);

/* 1 when the name is one of them. */
int lp_peppers_have(const lp_peppers_t *peppers, const char *name, size_t len);

/*
 * The first of `*len` bytes of names, with blanks between them, that is none of
 * these, and its length in `*len`; NULL: all are.
 */
const char *lp_peppers_lacking(const lp_peppers_t *peppers, const char *names,
                               size_t *len);

/* LP_OK, or LP_INVALID when OpenSSL fails; `out` is then zeroed. */
int lp_peppers_digest(lp_peppers_t *peppers, size_t i, const void *key,
                      size_t len, uint8_t out[LP_DIGEST_LEN]);


#endif
