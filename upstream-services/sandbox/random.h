/*
 * Numbers that look random and are a function of seed, collection and record
 * alone: the same record is the same bytes on every machine.
 */

#ifndef SB_RANDOM_H
#define SB_RANDOM_H


#include <stddef.h>
#include <stdint.h>


typedef struct {
    uint64_t state;
} sb_random_t;

typedef struct {
    const char *const *words;
    unsigned           n;
} sb_words_t;


void sb_random_init(sb_random_t *r, uint64_t seed, const char *collection,
                    uint64_t number);

/* 0 <= result < n; n >= 1. */
unsigned sb_random_below(sb_random_t *r, unsigned n);

const char *sb_random_word(sb_random_t *r, const sb_words_t *list);

/* `len` characters of 0-9a-f and a final zero. */
void sb_random_hex(sb_random_t *r, char *out, size_t len);

/* FNV-1a, for the record number of a text. */
uint64_t sb_random_hash(const void *data, size_t len);


#endif
