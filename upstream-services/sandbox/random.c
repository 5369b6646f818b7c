/*
 * SplitMix64 (Steele, Lea, Flood 2014) behind the generator's few questions.
 */

#include "random.h"

#include <string.h>


static uint64_t
next(sb_random_t *r)
{
    uint64_t z;

    z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);

    return z ^ (z >> 31);
}


uint64_t
sb_random_hash(const void *data, size_t len)
{
    const uint8_t *p;
    uint64_t       h;

    /* FNV-1a, 64 bits: the offset basis, then the prime */
    h = UINT64_C(0xcbf29ce484222325);

    for (p = data; len > 0; len--, p++) {
        h = (h ^ *p) * UINT64_C(0x100000001b3);
    }

    return h;
}


void
sb_random_init(sb_random_t *r, uint64_t seed, const char *collection,
               uint64_t number)
{
    /* each ingredient passes the mixer, so neighbours share nothing */

    r->state = seed;
    r->state = next(r) ^ sb_random_hash(collection, strlen(collection));
    r->state = next(r) ^ number;
    r->state = next(r);
}


unsigned
sb_random_below(sb_random_t *r, unsigned n)
{
    return (unsigned) (((next(r) >> 32) * n) >> 32);
}


const char *
sb_random_word(sb_random_t *r, const sb_words_t *list)
{
    return list->words[sb_random_below(r, list->n)];
}


void
sb_random_hex(sb_random_t *r, char *out, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    while (len-- > 0) {
        *out++ = digits[sb_random_below(r, 16)];
    }

    *out = '\0';
}
