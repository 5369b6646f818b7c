/*
 * ngx_partner_slo: what workers count is put into slots minute by minute, and
 * no counter ever falls for who reads while they count.
 */

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_slo.h"


#define MINUTE 30000000 /* since the epoch */
#define READS  20000


static ngx_partner_slos_t *
fresh(void)
{
    size_t              size;
    u_char             *mem;
    ngx_partner_slos_t *slos;

    size = 64 + 2 * sizeof(ngx_partner_slo_t);
    mem = mmap(NULL, sizeof(ngx_partner_slos_t) + size, PROT_READ | PROT_WRITE,
               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(mem != MAP_FAILED);

    slos = (ngx_partner_slos_t *) mem;
    ngx_partner_slos_init(
        slos, ngx_align_ptr(mem + sizeof(ngx_partner_slos_t), 64), size - 64);
    slos->minute = MINUTE;
    assert_non_null(ngx_partner_slos_add(slos, (u_char *) "gold", 4));

    return slos;
}


static void
test_slots(void **state)
{
    uint64_t            sum[LP_SLO_COUNTS];
    ngx_uint_t          i;
    ngx_partner_slo_t  *slo;
    ngx_partner_slos_t *slos = fresh();

    (void) state;

    slo = ngx_partner_slos_find(slos, (u_char *) "gold", 4);
    assert_non_null(slo);

    /* two workers, and one that has no seat */

    for (i = 0; i < 3; i++) {
        ngx_partner_slo_add(slo, i, NGX_PARTNER_SLO_CALLS);
        ngx_partner_slo_add(slo, i, NGX_PARTNER_SLO_SLOW_UPSTREAM);
    }

    ngx_partner_slo_add(slo, 1, NGX_PARTNER_SLO_CALLS);
    ngx_partner_slo_add(slo, 1, NGX_PARTNER_SLO_SLOW_GATEWAY);
    ngx_partner_slo_add(slo, 1, NGX_PARTNER_SLO_FAILED_GATEWAY);

    /* what was counted before this minute belongs to the one before */

    ngx_partner_slos_sweep(slos, (MINUTE + 5) * 60);
    lp_slo_sum(&slo->slots, LP_SLO_5M, (MINUTE + 5) * 60, sum);
    assert_int_equal(sum[LP_SLO_CALLS], 0);
    lp_slo_sum(&slo->slots, LP_SLO_30M, (MINUTE + 5) * 60, sum);
    assert_int_equal(sum[LP_SLO_CALLS], 4);
    assert_int_equal(sum[LP_SLO_SLOW], 4);
    assert_int_equal(sum[LP_SLO_SLOW_UPSTREAM], 3);
    assert_int_equal(sum[LP_SLO_FAILED], 1);
    assert_int_equal(sum[LP_SLO_FAILED_UPSTREAM], 0);

    /* once; and a failure whose call a page has shown already is not lost */

    ngx_partner_slo_add(slo, 2, NGX_PARTNER_SLO_FAILED_UPSTREAM);
    ngx_partner_slos_sweep(slos, (MINUTE + 5) * 60);
    ngx_partner_slos_sweep(slos, (MINUTE + 6) * 60);
    lp_slo_sum(&slo->slots, LP_SLO_30M, (MINUTE + 6) * 60, sum);
    assert_int_equal(sum[LP_SLO_CALLS], 4);
    assert_int_equal(sum[LP_SLO_FAILED], 2);
    assert_int_equal(sum[LP_SLO_FAILED_UPSTREAM], 1);
}


/* Who gives way: of those that are not kept the one not called for longest. */
static void
test_who_gives_way(void **state)
{
    uint64_t            sum[LP_SLO_COUNTS];
    ngx_partner_slo_t  *gold, *basic;
    ngx_atomic_uint_t   begun;
    ngx_partner_slos_t *slos = fresh();

    (void) state;

    gold = slos->slos;
    basic = ngx_partner_slos_add(slos, (u_char *) "basic", 5);
    assert_non_null(basic);
    assert_null(ngx_partner_slos_add(slos, (u_char *) "silver", 6));

    ngx_partner_slo_add(gold, 1, NGX_PARTNER_SLO_CALLS);
    ngx_partner_slos_sweep(slos, (MINUTE + 60) * 60);
    ngx_partner_slo_add(basic, 1, NGX_PARTNER_SLO_CALLS);
    ngx_partner_slos_sweep(slos, (MINUTE + 120) * 60);

    assert_ptr_equal(ngx_partner_slos_oldest(slos, NULL, 0), gold);
    assert_ptr_equal(ngx_partner_slos_oldest(slos, &gold, 1), basic);
    assert_null(ngx_partner_slos_oldest(
        slos, (ngx_partner_slo_t *[]){ gold, basic }, 2));

    begun = gold->begun;
    ngx_partner_slo_begin(gold, (u_char *) "silver", 6);
    assert_null(ngx_partner_slos_find(slos, (u_char *) "gold", 4));
    assert_ptr_equal(ngx_partner_slos_find(slos, (u_char *) "silver", 6),
                     gold);
    lp_slo_sum(&gold->slots, LP_SLO_30D, (MINUTE + 120) * 60, sum);
    assert_int_equal(sum[LP_SLO_CALLS], 0);

    /* it begins at none; what a worker alone writes is left to it */

    assert_int_not_equal(gold->begun, begun);
    assert_int_equal(ngx_partner_slo_counted(gold, NGX_PARTNER_SLO_CALLS), 0);
    assert_int_equal(gold->counts[1].n[NGX_PARTNER_SLO_CALLS], 1);

    ngx_partner_slo_add(gold, 1, NGX_PARTNER_SLO_CALLS);
    ngx_partner_slos_sweep(slos, (MINUTE + 121) * 60);
    lp_slo_sum(&gold->slots, LP_SLO_30D, (MINUTE + 121) * 60, sum);
    assert_int_equal(sum[LP_SLO_CALLS], 1);
    assert_int_equal(ngx_partner_slo_counted(gold, NGX_PARTNER_SLO_CALLS), 1);
}


/* A child: every call is bad, by turns through the gateway and the upstream. */
static void
work(ngx_partner_slo_t *slo)
{
    ngx_uint_t i;

    for (i = 0;; i++) {
        ngx_partner_slo_add(slo, 1, NGX_PARTNER_SLO_CALLS);
        ngx_partner_slo_add(slo, 1, NGX_PARTNER_SLO_SLOW_GATEWAY + (i & 1));
        ngx_partner_slo_add(slo, 1, NGX_PARTNER_SLO_FAILED_GATEWAY + (i & 1));
    }
}


static void
test_nothing_falls(void **state)
{
    pid_t               pid;
    uint64_t            now, last[NGX_PARTNER_SLO_COUNTS] = { 0 };
    ngx_uint_t          i, count;
    ngx_partner_slo_t  *slo;
    ngx_partner_slos_t *slos = fresh();

    (void) state;

    slo = slos->slos;
    pid = fork();
    assert_true(pid >= 0);

    if (pid == 0) {
        work(slo);
        _exit(1);
    }

    for (i = 0; i < READS; i++) {
        for (count = 0; count < NGX_PARTNER_SLO_COUNTS; count++) {
            now = ngx_partner_slo_counted(slo, count);
            assert_true(now >= last[count]);
            last[count] = now;
        }
    }

    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_who_gives_way),
        cmocka_unit_test(test_nothing_falls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
