/*
 * How long the longest allow list takes to say yes or no: ns a look-up, median
 * of eleven rounds, and how long it takes to make.
 *
 *     make bench-micro
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lp_allow_list.h"


#define ROUNDS    11
#define LOOKUPS   1000000 /* a round */
#define ADDRESSES 4096    /* a power of two */


static uint64_t state = 20261121;


static uint64_t
random_word(void)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;

    return state * UINT64_C(2685821657736338717);
}


static double
now_ns(void)
{
    struct timespec t;

    (void) clock_gettime(CLOCK_MONOTONIC, &t);

    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}


static int
compare(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}


/* Networks of /26 or /122 apart from one another, so that none merge. */
static void
fill(lp_cidr_t *cidrs, lp_address_t *addresses, int v4)
{
    unsigned     i;
    uint64_t     word;
    lp_address_t a;

    for (i = 0; i < LP_ALLOW_LIST_MAX; i++) {
        word = (uint64_t) i << (v4 ? 7 : 40);
        a.high = v4 ? 0 : UINT64_C(0x20010db800000000) | word >> 32;
        a.low = (v4 ? UINT64_C(0xffff0a000000) : 0) + (v4 ? word : word << 32);
        cidrs[i].first = a;
        cidrs[i].last = a;
        cidrs[i].last.low |= 63;
    }

    /* half of them lie within */
    for (i = 0; i < ADDRESSES; i++) {
        addresses[i] = cidrs[random_word() % LP_ALLOW_LIST_MAX].first;
        addresses[i].low += random_word() % 128;
    }
}


static double
time_lookups(const lp_cidr_set_t *set, const lp_address_t *addresses,
             unsigned *within)
{
    double   begun;
    unsigned i;

    *within = 0;
    begun = now_ns();

    for (i = 0; i < LOOKUPS; i++) {
        *within += (unsigned) lp_cidr_set_has(set,
                                              &addresses[i & (ADDRESSES - 1)]);
    }

    return (now_ns() - begun) / LOOKUPS;
}


static void
measure(const char *name, int v4)
{
    double         ns[ROUNDS], made;
    unsigned       i, within;
    lp_cidr_t     *cidrs;
    lp_address_t   addresses[ADDRESSES];
    lp_cidr_set_t *set;

    cidrs = malloc(LP_ALLOW_LIST_MAX * sizeof(*cidrs));
    set = malloc(lp_cidr_set_room(LP_ALLOW_LIST_MAX));

    if (cidrs == NULL || set == NULL) {
        (void) fprintf(stderr, "out of memory\n");
        exit(1);
    }

    fill(cidrs, addresses, v4);

    made = now_ns();
    lp_cidr_set_make(set, cidrs, LP_ALLOW_LIST_MAX);
    made = now_ns() - made;

    for (i = 0; i < ROUNDS; i++) {
        ns[i] = time_lookups(set, addresses, &within);
    }

    qsort(ns, ROUNDS, sizeof(ns[0]), compare);
    (void) printf("%s: %u networks in %zu bytes, made in %.0f us, looked up "
                  "in %.1f ns, %u %% within\n",
                  name, set->v4 + set->v6, lp_cidr_set_size(set), made / 1000,
                  ns[ROUNDS / 2], within / (LOOKUPS / 100));

    free(cidrs);
    free(set);
}


int
main(void)
{
    measure("IPv4", 1);
    measure("IPv6", 0);

    return 0;
}
