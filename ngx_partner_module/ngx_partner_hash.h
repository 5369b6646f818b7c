/*
 * A hash of the names of fixed size that tables in shared memory go by.  They
 * are made of numbers that the gateway gave and of digests, neither of which
 * anybody from outside can choose, so speed is all that is asked of it.
 */

#ifndef NGX_PARTNER_HASH_H
#define NGX_PARTNER_HASH_H


#include <ngx_config.h>
#include <ngx_core.h>


/* `len` is a multiple of 4, and known to the compiler. */
static ngx_inline uint32_t
ngx_partner_hash(const void *data, size_t len)
{
    uint64_t      word, hash;
    uint32_t      half;
    const u_char *p;

    hash = len;

    for (p = data; len >= sizeof(word); p += sizeof(word)) {
        ngx_memcpy(&word, p, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
        len -= sizeof(word);
    }

    if (len != 0) {
        ngx_memcpy(&half, p, sizeof(half));
        hash = (hash ^ half) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }

    return (uint32_t) hash;
}


#endif
