/*
 * Networks: their notation, and sets of them as sorted ranges.
 */

#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "lp_cidr.h"
#include "lp_error.h"


#define LP_MAPPED      UINT64_C(0x0000ffff00000000) /* above the low 32 bits */
#define LP_MAPPED_BITS 96                           /* of the prefix */

#define LP_V4_WORDS 1 /* of 64 bits in a range: first and last, 32 bits each */
#define LP_V6_WORDS 4

_Static_assert(LP_CIDR_TEXT >= INET6_ADDRSTRLEN - 1 + 3, "text of a network");


static uint64_t
lp_address_word(const uint8_t *octets)
{
    int      i;
    uint64_t word;

    for (word = 0, i = 0; i < 8; i++) {
        word = word << 8 | octets[i];
    }

    return word;
}


/* As RFC 4291, section 2.5.5.2, maps it. */
lp_address_t
lp_address_v4(const uint8_t octets[4])
{
    lp_address_t address = { 0, LP_MAPPED };

    address.low |= (uint64_t) octets[0] << 24 | (uint64_t) octets[1] << 16
                   | (uint64_t) octets[2] << 8 | octets[3];

    return address;
}


lp_address_t
lp_address_v6(const uint8_t octets[16])
{
    return (lp_address_t){ lp_address_word(octets),
                           lp_address_word(octets + 8) };
}


static int
lp_address_is_mapped(const lp_address_t *address)
{
    return address->high == 0
           && (address->low & ~UINT64_C(0xffffffff)) == LP_MAPPED;
}


static int
lp_address_compare(const lp_address_t *a, const lp_address_t *b)
{
    if (a->high != b->high) {
        return a->high < b->high ? -1 : 1;
    }

    return (a->low > b->low) - (a->low < b->low);
}


/* Reads the address; returns how many bits it has, 0 when it is none. */
static unsigned
lp_address_parse(const char *text, lp_address_t *address)
{
    uint8_t octets[16];

    /* inet_pton() takes neither "10.1" nor octal, which inet_aton() does. */
    if (inet_pton(AF_INET, text, octets) == 1) {
        *address = lp_address_v4(octets);
        return 32;
    }

    if (inet_pton(AF_INET6, text, octets) == 1) {
        *address = lp_address_v6(octets);
        return 128;
    }

    return 0;
}


/* A decimal number without signs, blanks or leading zeros, or -1. */
static int
lp_prefix_parse(const char *text, unsigned max)
{
    unsigned n;
    size_t   i, len;

    len = strlen(text);

    if (len == 0 || len > 3 || (text[0] == '0' && len > 1)) {
        return -1;
    }

    for (n = 0, i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return -1;
        }

        n = n * 10 + (unsigned) (text[i] - '0');
    }

    return n <= max ? (int) n : -1;
}


/* The bits behind a prefix of 0 to 64 bits. */
static uint64_t
lp_prefix_rest(unsigned prefix)
{
    return prefix == 64 ? 0 : UINT64_MAX >> prefix;
}


/* LP_INVALID when the address has bits beyond the prefix. */
static int
lp_cidr_span(lp_cidr_t *cidr, unsigned prefix)
{
    uint64_t high, low;

    high = lp_prefix_rest(prefix < 64 ? prefix : 64);
    low = lp_prefix_rest(prefix < 64 ? 0 : prefix - 64);

    if ((cidr->first.high & high) != 0 || (cidr->first.low & low) != 0) {
        return LP_INVALID;
    }

    cidr->last.high = cidr->first.high | high;
    cidr->last.low = cidr->first.low | low;

    return LP_OK;
}


int
lp_cidr_parse(const char *text, size_t len, lp_cidr_t *cidr)
{
    int      prefix;
    char     copy[LP_CIDR_TEXT + 1], *slash;
    unsigned bits;

    if (len > LP_CIDR_TEXT || memchr(text, '\0', len) != NULL) {
        return LP_INVALID;
    }

    memcpy(copy, text, len);
    copy[len] = '\0';
    slash = strchr(copy, '/');

    if (slash != NULL) {
        *slash = '\0';
    }

    bits = lp_address_parse(copy, &cidr->first);
    prefix = (int) bits;

    if (slash != NULL) {
        prefix = lp_prefix_parse(slash + 1, bits);
    }

    if (bits == 0 || prefix < 0) {
        return LP_INVALID;
    }

    /* The prefix is counted in the mapped address too. */
    if (bits == 32) {
        prefix += LP_MAPPED_BITS;
    }

    return lp_cidr_span(cidr, (unsigned) prefix);
}


size_t
lp_cidr_set_room(size_t n)
{
    return sizeof(lp_cidr_set_t) + n * LP_V6_WORDS * sizeof(uint64_t);
}


size_t
lp_cidr_set_size(const lp_cidr_set_t *set)
{
    return sizeof(lp_cidr_set_t)
           + ((size_t) set->v4 * LP_V4_WORDS + (size_t) set->v6 * LP_V6_WORDS)
                 * sizeof(uint64_t);
}


/* At one beginning the wider comes first, so that it holds the others. */
static int
lp_cidr_compare(const void *one, const void *two)
{
    int              rc;
    const lp_cidr_t *a = one, *b = two;

    rc = lp_address_compare(&a->first, &b->first);

    return rc != 0 ? rc : lp_address_compare(&b->last, &a->last);
}


/* Two networks are apart, or one holds the other: what is held is dropped. */
static size_t
lp_cidr_drop_held(lp_cidr_t *cidrs, size_t n)
{
    size_t i, kept;

    for (kept = 0, i = 0; i < n; i++) {
        if (kept == 0
            || lp_address_compare(&cidrs[i].first, &cidrs[kept - 1].last)
                   > 0) {
            cidrs[kept++] = cidrs[i];
        }
    }

    return kept;
}


/* The range that ends where this one begins, if it does, grows by it. */
static void
lp_cidr_set_add_v4(lp_cidr_set_t *set, const lp_cidr_t *cidr)
{
    uint32_t  first, last;
    uint64_t *range;

    first = (uint32_t) cidr->first.low;
    last = (uint32_t) cidr->last.low;
    range = set->ranges + set->v4;

    if (set->v4 > 0 && (uint32_t) range[-1] == first - 1) {
        range[-1] = (range[-1] & ~UINT64_C(0xffffffff)) | last;
        return;
    }

    *range = (uint64_t) first << 32 | last;
    set->v4++;
}


static void
lp_cidr_set_add_v6(lp_cidr_set_t *set, const lp_cidr_t *cidr)
{
    uint64_t    *range;
    lp_address_t after;

    range = set->ranges + set->v4 + (size_t) set->v6 * LP_V6_WORDS;

    if (set->v6 > 0) {
        /*
         * 128 bits by hand: the carry is there when the low half comes out as
         * 0. The last address of all is followed by ::, which no later range
         * begins with.
         */
        after.low = range[-1] + 1;
        after.high = range[-2] + (after.low == 0);

        if (lp_address_compare(&after, &cidr->first) == 0) {
            range[-2] = cidr->last.high;
            range[-1] = cidr->last.low;
            return;
        }
    }

    range[0] = cidr->first.high;
    range[1] = cidr->first.low;
    range[2] = cidr->last.high;
    range[3] = cidr->last.low;
    set->v6++;
}


static int
lp_cidr_is_v4(const lp_cidr_t *cidr)
{
    return lp_address_is_mapped(&cidr->first)
           && lp_address_is_mapped(&cidr->last);
}


/*
 * IPv4 networks are moved to the front, so that an IPv6 one around the mapped
 * addresses does not swallow them.
 */
static size_t
lp_cidr_part(lp_cidr_t *cidrs, size_t n)
{
    size_t    i, v4;
    lp_cidr_t swapped;

    for (v4 = 0, i = 0; i < n; i++) {
        if (lp_cidr_is_v4(&cidrs[i])) {
            swapped = cidrs[v4];
            /* The order does not matter: both parts are sorted next. */
            cidrs[v4++] = cidrs[i];
            cidrs[i] = swapped;
        }
    }

    return v4;
}


void
lp_cidr_set_make(lp_cidr_set_t *set, lp_cidr_t *cidrs, size_t n)
{
    size_t     i, v4, v6;
    lp_cidr_t *rest;

    set->v4 = 0;
    set->v6 = 0;

    v4 = lp_cidr_part(cidrs, n);
    v6 = n - v4;
    rest = cidrs + v4;

    qsort(cidrs, v4, sizeof(*cidrs), lp_cidr_compare);
    qsort(rest, v6, sizeof(*rest), lp_cidr_compare);
    v4 = lp_cidr_drop_held(cidrs, v4);
    v6 = lp_cidr_drop_held(rest, v6);

    for (i = 0; i < v4; i++) {
        lp_cidr_set_add_v4(set, &cidrs[i]);
    }

    for (i = 0; i < v6; i++) {
        lp_cidr_set_add_v6(set, &rest[i]);
    }
}


/*
 * A range is one word with its first address in the upper half, so a step
 * costs one load: 14 of them for 10,000 networks.
 */
static int
lp_cidr_set_has_v4(const lp_cidr_set_t *set, uint32_t address)
{
    uint32_t low, high, middle;

    low = 0;
    high = set->v4;

    /* the first range that begins beyond the address */
    while (low < high) {
        middle = low + (high - low) / 2;

        if ((uint32_t) (set->ranges[middle] >> 32) > address) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return low > 0 && (uint32_t) set->ranges[low - 1] >= address;
}


static int
lp_cidr_set_has_v6(const lp_cidr_set_t *set, const lp_address_t *address)
{
    uint32_t         low, high, middle;
    const lp_cidr_t *ranges;

    ranges = (const lp_cidr_t *) (set->ranges + set->v4);
    low = 0;
    high = set->v6;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (lp_address_compare(&ranges[middle].first, address) > 0) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return low > 0 && lp_address_compare(&ranges[low - 1].last, address) >= 0;
}


int
lp_cidr_set_has(const lp_cidr_set_t *set, const lp_address_t *address)
{
    return lp_address_is_mapped(address)
               ? lp_cidr_set_has_v4(set, (uint32_t) address->low)
               : lp_cidr_set_has_v6(set, address);
}
