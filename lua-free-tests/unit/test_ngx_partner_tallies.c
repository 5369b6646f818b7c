/*
 * ngx_partner_tallies: one seat a process, taken over with what it has counted;
 * a process that is killed inside leaves whole counters.
 */

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_tallies.h"


#define ROOM  3 /* tallies */
#define KILLS 30


static uint32_t dead;


static int
alive(uint32_t pid)
{
    return pid != dead;
}


static ngx_partner_tallies_t *
fresh(void)
{
    size_t                 size;
    u_char                *mem;
    ngx_partner_tallies_t *tallies;

    size = ROOM * (sizeof(ngx_partner_tally_t) + 8) + 100;
    mem = mmap(NULL, sizeof(ngx_partner_tallies_t) + 64 + size,
               PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(mem != MAP_FAILED);

    tallies = (ngx_partner_tallies_t *) mem;
    ngx_partner_tallies_init(
        tallies, ngx_align_ptr(mem + sizeof(ngx_partner_tallies_t), 64), size);
    dead = 0;

    return tallies;
}


static void
test_seats(void **state)
{
    uint32_t               i;
    ngx_partner_tallies_t *tallies = fresh();

    (void) state;

    for (i = 1; i <= NGX_PARTNER_SEATS; i++) {
        assert_int_equal(ngx_partner_tallies_sit(tallies, 100 + i, alive), i);
    }

    assert_int_equal(ngx_partner_tallies_sit(tallies, 100, alive), 0);

    /* whoever has one keeps it; those of the dead and gone are free */

    assert_int_equal(ngx_partner_tallies_sit(tallies, 107, alive), 7);
    dead = 103;
    assert_int_equal(ngx_partner_tallies_sit(tallies, 107, alive), 7);
    assert_int_equal(ngx_partner_tallies_sit(tallies, 200, alive), 3);

    ngx_partner_tallies_leave(tallies, 5);
    ngx_partner_tallies_leave(tallies, 0);
    assert_int_equal(ngx_partner_tallies_sit(tallies, 201, alive), 5);
    assert_int_equal(ngx_partner_tallies_sit(tallies, 202, alive), 0);
}


static void
test_room(void **state)
{
    ngx_partner_tally_t    *tally;
    ngx_partner_tallies_t  *tallies = fresh();
    ngx_partner_tally_key_t key = { .seat = 1, .tier = 2, .operation = 9 };

    (void) state;

    assert_int_equal(tallies->size, ROOM);

    tally = ngx_partner_tallies_get(tallies, &key);
    assert_non_null(tally);
    assert_ptr_equal(ngx_partner_tallies_get(tallies, &key), tally);

    key.tier = 1;
    assert_ptr_not_equal(ngx_partner_tallies_get(tallies, &key), tally);
    key.seat = 2;
    assert_non_null(ngx_partner_tallies_get(tallies, &key));
    key.operation = 0;
    assert_null(ngx_partner_tallies_get(tallies, &key));

    /* nor is there one without a seat */

    key = (ngx_partner_tally_key_t){ .seat = 0, .tier = 2, .operation = 9 };
    assert_null(ngx_partner_tallies_get(tallies, &key));
    key.seat = 1;
    assert_ptr_equal(ngx_partner_tallies_get(tallies, &key), tally);
}


static void
test_what_it_cannot_take(void **state)
{
    ngx_partner_tally_t      tally = { .sums = { 0 } };
    const lp_usage_t         in_time = { .n = { 1, 200, 1200, 900, 1, 1 } };
    const lp_usage_t         late = { .n = { 1, 20, 30, 900, 1, 0 } };
    ngx_partner_times_t      times = { .proxied = 1 };
    const uint64_t           longest = (UINT64_C(1) << 25) - 1;
    const ngx_uint_t         total = 1 << NGX_PARTNER_PART_TOTAL;
    const ngx_uint_t         upstream = 1 << NGX_PARTNER_PART_UPSTREAM;
    const ngx_partner_part_t gateway = NGX_PARTNER_PART_GATEWAY;

    (void) state;

    times.us[NGX_PARTNER_PHASE_UPSTREAM] = longest;
    ngx_partner_times_place(&times);
    assert_int_equal(
        ngx_partner_tally_add(&tally, &times, NGX_PARTNER_OK, &in_time), 0);

    /* beyond the last slot: whoever has longer histograms counts it */

    times.us[NGX_PARTNER_PHASE_UPSTREAM] = longest + 1;
    ngx_partner_times_place(&times);
    assert_int_equal(
        ngx_partner_tally_add(&tally, &times, NGX_PARTNER_OK, &late),
        total | upstream);
    assert_int_equal(tally.us[NGX_PARTNER_PHASE_UPSTREAM], 2 * longest + 1);
    assert_int_equal(tally.outcomes[NGX_PARTNER_OK], 2);
    assert_int_equal(tally.sums[NGX_PARTNER_IN_BUDGET], 1);
    assert_int_equal(tally.sums[NGX_PARTNER_REQUEST_BYTES], 220);
    assert_int_equal(tally.sums[NGX_PARTNER_RESPONSE_BYTES], 1230);
    assert_int_equal(tally.slots[gateway][0], 2);

    /* a full slot stays so, and never begins anew */

    tally.slots[gateway][0] = UINT32_MAX - 1;
    assert_int_equal(
        ngx_partner_tally_add(&tally, &times, NGX_PARTNER_OK, &late),
        total | upstream);
    assert_int_equal(
        ngx_partner_tally_add(&tally, &times, NGX_PARTNER_OK, &late),
        total | upstream | 1 << gateway);
    assert_true(tally.slots[gateway][0] == UINT32_MAX);

    /* who asked no upstream is in no histogram of it */

    times.proxied = 0;
    times.us[NGX_PARTNER_PHASE_UPSTREAM] = 0;
    ngx_partner_times_place(&times);
    (void) ngx_partner_tally_add(&tally, &times, NGX_PARTNER_ABORTED, &late);
    assert_int_equal(tally.slots[NGX_PARTNER_PART_UPSTREAM][0], 0);
    assert_int_equal(tally.outcomes[NGX_PARTNER_ABORTED], 1);
}


/* A child: sits, and counts until it is killed. */
static void
work(ngx_partner_tallies_t *tallies, volatile uint64_t *done)
{
    const lp_usage_t        usage = { .n = { 1, 200, 1200, 0, 1, 1 } };
    ngx_partner_times_t     times = { .us = { 7, 0, 0, 3 } };
    ngx_partner_tally_key_t key = { .tier = 1, .operation = 4 };
    ngx_partner_tally_t    *tally;

    key.seat = (uint16_t) ngx_partner_tallies_sit(tallies, getpid(), alive);
    tally = ngx_partner_tallies_get(tallies, &key);
    ngx_partner_times_place(&times);

    while (tally != NULL) {
        (void) ngx_partner_tally_add(tally, &times, NGX_PARTNER_OK, &usage);
        (*done)++;
    }
}


static void
test_killed(void **state)
{
    int                    i;
    pid_t                  pid;
    uint64_t               before, counted;
    ngx_partner_tallies_t *tallies = fresh();
    volatile uint64_t     *done;

    (void) state;

    done = mmap(NULL, sizeof(uint64_t), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(done != MAP_FAILED);

    for (counted = 0, i = 0; i < KILLS; i++) {
        before = *done;
        pid = fork();
        assert_true(pid >= 0);

        if (pid == 0) {
            work(tallies, done);
            _exit(1);
        }

        while (*done < before + 1000) {
            assert_true(tallies->entries[0].outcomes[0] >= counted);
            counted = tallies->entries[0].outcomes[0];
        }

        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        dead = (uint32_t) pid;

        /* each that was killed may have been between the two */

        assert_int_equal(tallies->n, 1);
        assert_in_range(tallies->entries[0].outcomes[0], *done,
                        *done + 1 + (uint64_t) i);
        assert_in_range(tallies->entries[0].us[0], 7 * *done,
                        7 * (*done + 1 + (uint64_t) i));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seats),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_what_it_cannot_take),
        cmocka_unit_test(test_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
