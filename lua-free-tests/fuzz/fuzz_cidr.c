/*
 * Any lines to the parser of networks, and what it accepts to a set: each
 * range's ends are found, sizes hold, and making the set again changes nothing.
 */

#include "fuzz.h"
#include "lp_cidr.h"
#include "lp_error.h"


#define FUZZ_NETWORKS 64


static size_t
parse_lines(const char *p, const char *end, lp_cidr_t *cidrs)
{
    size_t      n;
    const char *line;

    for (n = 0; p < end && n < FUZZ_NETWORKS; p = line + 1) {
        line = memchr(p, '\n', (size_t) (end - p));

        if (line == NULL) {
            line = end;
        }

        if (lp_cidr_parse(p, (size_t) (line - p), &cidrs[n]) == LP_OK) {
            n++;
        }
    }

    return n;
}


static int
is_mapped(const lp_address_t *address)
{
    return address->high == 0 && address->low >> 32 == 0xffff;
}


/* An IPv6 network may end in mapped addresses, which it does not name. */
static void
check_set(const lp_cidr_set_t *set, const lp_cidr_t *cidrs, size_t n)
{
    size_t i;

    FUZZ_CHECK(lp_cidr_set_size(set) <= lp_cidr_set_room(n));
    FUZZ_CHECK((n == 0) == (set->v4 + set->v6 == 0));

    for (i = 0; i < n; i++) {
        FUZZ_CHECK(lp_cidr_set_has(set, &cidrs[i].first));
        FUZZ_CHECK(
            lp_cidr_set_has(set, &cidrs[i].last)
            || (is_mapped(&cidrs[i].last) && !is_mapped(&cidrs[i].first)));
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t         n;
    lp_cidr_t      cidrs[FUZZ_NETWORKS];
    lp_cidr_set_t *set, *again;

    n = parse_lines((const char *) data, (const char *) data + len, cidrs);

    /* exactly the room that is promised, so that ASan sees a byte beyond */
    set = malloc(lp_cidr_set_room(n));
    again = malloc(lp_cidr_set_room(n));
    FUZZ_CHECK(set != NULL && again != NULL);

    lp_cidr_set_make(set, cidrs, n);
    check_set(set, cidrs, n);

    lp_cidr_set_make(again, cidrs, n);
    FUZZ_CHECK(lp_cidr_set_size(set) == lp_cidr_set_size(again));
    FUZZ_CHECK(memcmp(set, again, lp_cidr_set_size(set)) == 0);

    free(set);
    free(again);

    return 0;
}
