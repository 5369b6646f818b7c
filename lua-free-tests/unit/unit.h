/*
 * What every unit test includes first: cmocka, and random numbers that are
 * the same in every run.
 */

#ifndef UNIT_H
#define UNIT_H


#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>


#define UNIT_LEN(array) (sizeof(array) / sizeof((array)[0]))


/* xorshift64*, seeded by the test; the state must not be 0. */
static inline uint64_t
unit_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;

    return *state * UINT64_C(2685821657736338717);
}


/* 0 <= result < n */
static inline uint64_t
unit_below(uint64_t *state, uint64_t n)
{
    return (unit_random(state) >> 11) % n;
}


#endif
