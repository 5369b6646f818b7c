/*
 * FNV-1a with 64 bits (RFC 9923): a hash for tables and fingerprints that
 * nobody from outside can fill.  It is no digest, and keeps nobody from finding
 * two texts that collide.
 */

#ifndef LP_FNV_H
#define LP_FNV_H


#include <stddef.h>
#include <stdint.h>


#define LP_FNV_BASIS UINT64_C(0xcbf29ce484222325)


/* Goes on from `hash`: LP_FNV_BASIS, or what the text before it has come to. */
static inline uint64_t
lp_fnv(uint64_t hash, const void *data, size_t len)
{
    size_t               i;
    const unsigned char *p = data;

    for (i = 0; i < len; i++) {
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    }

    return hash;
}


#endif
