/*
 * Reading a text of our own format from its beginning, piece by piece: what
 * does not match is not passed.
 */

#ifndef LP_READER_H
#define LP_READER_H


#include <stddef.h>
#include <stdint.h>


typedef struct {
    const char *p;
    const char *end;
} lp_reader_t;


/*
 * Each returns 1 and passes what it read, or 0.  _hex: so many digits (16 at
 * most), in lower case; _number: decimal, within 64 bits.
 */
int lp_reader_expect(lp_reader_t *r, const char *word);
int lp_reader_hex(lp_reader_t *r, unsigned digits, uint64_t *value);
int lp_reader_number(lp_reader_t *r, uint64_t *value);

/* 1 to `max` bytes up to a blank, which is not passed. */
int lp_reader_word(lp_reader_t *r, size_t max, const char **word, size_t *len);


#endif
