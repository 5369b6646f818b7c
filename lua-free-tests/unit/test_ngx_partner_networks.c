/*
 * ngx_partner_networks: what is taken is there until its last user drops it,
 * wherever it was moved to meanwhile, against a list of what was taken.
 */

#include <stdlib.h>

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_networks.h"


#define AREA     16384 /* bytes */
#define SETS     40    /* distinct ones, more than fit */
#define STEPS    20000
#define MOST     60 /* networks in a set */
#define OVERHEAD 8  /* bytes of a block beside its set */


typedef struct {
    lp_cidr_set_t             *set;
    ngx_partner_networks_ref_t ref; /* of the last users */
    unsigned                   users;
} taken_t;


static void
make_set(uint64_t *seed, taken_t *taken, unsigned number)
{
    size_t    i, n;
    lp_cidr_t cidrs[MOST];

    n = unit_below(seed, MOST) + 1;

    for (i = 0; i < n; i++) {
        cidrs[i].first.high = i % 2 == 0 ? 0 : number + 1;
        cidrs[i].first.low = UINT64_C(0xffff00000000) + number * 4096 + i * 4;
        cidrs[i].last = cidrs[i].first;
    }

    taken->set = malloc(lp_cidr_set_room(n));
    assert_non_null(taken->set);
    lp_cidr_set_make(taken->set, cidrs, n);
    taken->ref = 0;
    taken->users = 0;
}


/* Bytes of all blocks that have users. */
static size_t
in_use(const taken_t *taken)
{
    size_t i, bytes;

    for (bytes = 0, i = 0; i < SETS; i++) {
        if (taken[i].users > 0) {
            bytes += lp_cidr_set_size(taken[i].set) + OVERHEAD;
        }
    }

    return bytes;
}


static void
check(const ngx_partner_networks_t *networks, const taken_t *taken)
{
    size_t               i;
    const lp_cidr_set_t *set;

    for (i = 0; i < SETS; i++) {
        set = ngx_partner_networks_get(networks, taken[i].ref);

        if (taken[i].users == 0) {
            assert_null(set);

        } else {
            assert_non_null(set);
            assert_memory_equal(set, taken[i].set,
                                lp_cidr_set_size(taken[i].set));
        }
    }
}


static void
take(ngx_partner_networks_t *networks, taken_t *all, taken_t *one)
{
    size_t                     need;
    ngx_partner_networks_ref_t ref;

    need = one->users > 0 ? 0 : lp_cidr_set_size(one->set) + OVERHEAD;
    ref = ngx_partner_networks_take(networks, one->set);

    if (ref == 0) {
        assert_true(need > 0 && in_use(all) + need > networks->size);
        return;
    }

    assert_true(one->users == 0 || ref == one->ref);
    one->ref = ref;
    one->users++;
}


static void
test_against_list(void **state)
{
    void                  *mem;
    taken_t                all[SETS], *one;
    uint64_t               seed = 20261121;
    unsigned               i, refused;
    ngx_partner_networks_t networks;

    (void) state;

    mem = calloc(1, AREA);
    assert_non_null(mem);
    memset(&networks, 0, sizeof(networks));
    ngx_partner_networks_init(&networks, mem, AREA);

    for (i = 0; i < SETS; i++) {
        make_set(&seed, &all[i], i);
    }

    for (refused = 0, i = 0; i < STEPS; i++) {
        one = &all[unit_below(&seed, SETS)];

        if (one->users == 0 || unit_below(&seed, 2) == 0) {
            take(&networks, all, one);
            refused += one->users == 0;

        } else {
            one->users--;
            ngx_partner_networks_drop(&networks, one->ref);
        }

        check(&networks, all);
    }

    assert_true(refused > 0 && refused < STEPS / 2);

    ngx_partner_networks_clear(&networks);

    for (i = 0; i < SETS; i++) {
        assert_null(ngx_partner_networks_get(&networks, all[i].ref));
        free(all[i].set);
    }

    free(mem);
}


/* A name outlives its set, and does not come to mean the next one. */
static void
test_names_are_not_reused(void **state)
{
    void                      *mem;
    taken_t                    one, two;
    uint64_t                   seed = 7;
    ngx_partner_networks_t     networks;
    ngx_partner_networks_ref_t ref;

    (void) state;

    mem = calloc(1, AREA);
    assert_non_null(mem);
    memset(&networks, 0, sizeof(networks));
    ngx_partner_networks_init(&networks, mem, AREA);
    make_set(&seed, &one, 1);
    make_set(&seed, &two, 2);

    ref = ngx_partner_networks_take(&networks, one.set);
    ngx_partner_networks_drop(&networks, ref);
    ngx_partner_networks_drop(&networks, ref);
    assert_null(ngx_partner_networks_get(&networks, ref));

    assert_int_not_equal(ngx_partner_networks_take(&networks, two.set), ref);
    assert_null(ngx_partner_networks_get(&networks, ref));
    assert_null(ngx_partner_networks_get(&networks, 0));

    free(one.set);
    free(two.set);
    free(mem);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_list),
        cmocka_unit_test(test_names_are_not_reused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
