/*
 * What a fuzzer needs: its entry point, and a check that no build leaves out.
 */

#ifndef FUZZ_H
#define FUZZ_H


#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define FUZZ_CHECK(condition)                                                 \
    do {                                                                      \
        if (!(condition)) {                                                   \
            (void) fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__,         \
                           #condition);                                       \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);


/* The input's first two bytes, taken off it, as a number. */
static inline size_t
fuzz_number(const uint8_t **data, size_t *len)
{
    size_t n;

    if (*len < 2) {
        return 0;
    }

    n = (size_t) (*data)[0] << 8 | (*data)[1];
    *data += 2;
    *len -= 2;

    return n;
}


#endif
