/*
 * A revocation of tokens as both planes write, read and compare it:
 * "<before> <end>", two numbers in decimal.
 *
 * Most are only ever widened.  One that may be narrowed again, because it
 * stands for a state that ends (a suspended partner), bears a version: then
 * the greatest version holds, in whatever order they are heard.
 */

#ifndef LP_REVOCATION_H
#define LP_REVOCATION_H


#include <stddef.h>
#include <stdint.h>


/*
 * From here on `end` is no second but the microsecond, since the epoch, at
 * which the revocation was written: its version.  As a second it lies behind
 * the year 33000, so who knows nothing of versions takes it for a revocation
 * that lasts.
 */
#define LP_REVOCATION_VERSION INT64_C(1000000000000)

typedef struct {
    int64_t before; /* seconds; tokens issued up to here; 0: all */
    int64_t end;    /* seconds, forgotten then; 0: never; or a version, and
                       never */
} lp_revocation_t;


/* 0, or -1: it is no such pair; both are below 2^63, none is negative. */
int lp_revocation_parse(lp_revocation_t *revocation, const char *text,
                        size_t len);

/*
 * Takes what was told of the same subject into what was known.  Returns 1
 * where that has changed.
 */
int lp_revocation_merge(lp_revocation_t *known, const lp_revocation_t *told);


#endif
