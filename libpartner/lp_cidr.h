/*
 * Networks in CIDR notation (RFC 4632, RFC 4291 section 2.3), and sets of them
 * that are searched by halves.
 *
 * An IPv4 address is kept as IPv6 maps it (::ffff:a.b.c.d), so a client that
 * reached an IPv6 socket over IPv4 is looked for among IPv4 networks, and only
 * there: `::/0` names every IPv6 address and no IPv4 one.
 */

#ifndef LP_CIDR_H
#define LP_CIDR_H


#include <stddef.h>
#include <stdint.h>


#define LP_CIDR_TEXT 49 /* characters at most: a mapped address and /128 */

#define LP_CIDR_ALLOWED                                                       \
    "an IPv4 or IPv6 network such as 10.0.0.0/8 or 2001:db8::/32, without "   \
    "bits beyond its prefix, or an address"


/* 128 bits in host order. */
typedef struct {
    uint64_t high;
    uint64_t low;
} lp_address_t;

/* The addresses of one network, both ends within. */
typedef struct {
    lp_address_t first;
    lp_address_t last;
} lp_cidr_t;

/*
 * Disjoint ranges in ascending order, IPv4 apart from IPv6.  It holds no
 * pointer, so it may be copied and moved as lp_cidr_set_size() bytes, and
 * equal sets are equal bytes.  Aligned to 8 bytes.
 */
typedef struct {
    uint32_t v4; /* ranges of 8 bytes, which come first */
    uint32_t v6; /* ranges of 32 bytes */
    uint64_t ranges[];
} lp_cidr_set_t;


/* Addresses in network order, as a socket has them. */
lp_address_t lp_address_v4(const uint8_t octets[4]);
lp_address_t lp_address_v6(const uint8_t octets[16]);

/* LP_OK or LP_INVALID; a bare address is the network of it alone. */
int lp_cidr_parse(const char *text, size_t len, lp_cidr_t *cidr);

/* Bytes that a set of `n` networks, however they lie, takes at most. */
size_t lp_cidr_set_room(size_t n);

/*
 * Sorts the networks in place and writes the set that they make up; `set` has
 * lp_cidr_set_room(n) bytes.
 */
void lp_cidr_set_make(lp_cidr_set_t *set, lp_cidr_t *cidrs, size_t n);

size_t lp_cidr_set_size(const lp_cidr_set_t *set);

/* 1 when the address is in one of the networks, else 0. */
int lp_cidr_set_has(const lp_cidr_set_t *set, const lp_address_t *address);


#endif
