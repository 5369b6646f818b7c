/*
 * ngx_partner_revoked: what was revoked is, until it has run out, against a
 * plain list; and a clock that goes back is noticed.
 */

#include <stdlib.h>

#include "unit.h"
#include "unit_nginx.h"
#include "../../ngx_partner_module/ngx_partner_revoked.h"


#define SIZE  (128 * sizeof(ngx_partner_revocation_t))
#define STEPS 20000
#define NOW   INT64_C(1000000)


static void
begin(ngx_partner_revoked_t *revoked)
{
    memset(revoked, 0, sizeof(ngx_partner_revoked_t));
    assert_int_equal(ngx_partner_revoked_init(revoked, calloc(1, SIZE), SIZE),
                     SIZE);
}


static ngx_int_t
withdraw(ngx_partner_revoked_t *revoked, uint64_t subject, int64_t before,
         int64_t until, int64_t now)
{
    ngx_partner_revocation_t revocation = { subject, { before, until } };

    return ngx_partner_revoked_add(revoked, &revocation, now);
}


static ngx_uint_t
covers(const ngx_partner_revoked_t *revoked, uint64_t subject, int64_t issued)
{
    uint64_t subjects[NGX_PARTNER_SUBJECTS] = { 0, subject };

    return ngx_partner_revoked_covers(revoked, subjects, issued);
}


/* A few subjects that share runs, each revoked again and again. */
static void
test_stricter_counts(void **state)
{
    int                   i;
    int64_t               before, model[40] = { 0 };
    uint64_t              seed, subject;
    ngx_partner_revoked_t revoked;

    (void) state;

    begin(&revoked);
    seed = 1;

    for (i = 0; i < STEPS; i++) {
        subject = unit_below(&seed, 40);
        before = NOW + unit_below(&seed, 1000);

        if (model[subject] < before) {
            model[subject] = before;
        }

        assert_int_equal(withdraw(&revoked,
                                  (subject % 4) | (subject + 1) << 32, before,
                                  0, NOW),
                         NGX_OK);

        subject = unit_below(&seed, 40);
        assert_int_equal(covers(&revoked, (subject % 4) | (subject + 1) << 32,
                                model[subject]),
                         model[subject] != 0);
        assert_int_equal(covers(&revoked, (subject % 4) | (subject + 1) << 32,
                                model[subject] + 1),
                         0);
    }

    free(revoked.table);
}


static void
test_full(void **state)
{
    uint64_t              i;
    ngx_partner_revoked_t revoked;

    (void) state;

    begin(&revoked);

    for (i = 1; withdraw(&revoked, i, 0, NOW + 100, NOW) == NGX_OK; i++) {
        assert_true(i < 128);
    }

    assert_true(revoked.full);
    assert_int_equal(revoked.epoch, 0);
    assert_int_equal(covers(&revoked, 1, NOW), 1);

    /* what has run out makes room, and is remembered to be gone */

    (void) ngx_partner_revoked_begin(&revoked, NOW + 200);
    assert_false(revoked.full);
    assert_int_equal(revoked.count, 0);
    assert_int_equal(covers(&revoked, 1, NOW), 0);
    assert_true(ngx_partner_revoked_set_back(&revoked, NOW));
    assert_false(ngx_partner_revoked_set_back(&revoked, NOW + 199));

    /* reading all again at the right time heals it */

    (void) ngx_partner_revoked_begin(&revoked, NOW);
    assert_int_equal(withdraw(&revoked, 1, 0, NOW + 100, NOW), NGX_OK);
    assert_false(ngx_partner_revoked_set_back(&revoked, NOW));
    assert_int_equal(covers(&revoked, 1, NOW), 1);

    free(revoked.table);
}


/* What has run out goes long before the table is full, in a few rounds. */
static void
test_swept(void **state)
{
    uint64_t              i;
    ngx_partner_revoked_t revoked;

    (void) state;

    begin(&revoked);
    assert_int_equal(revoked.most, 93);

    for (i = 1; i <= STEPS; i++) {
        assert_int_equal(
            withdraw(&revoked, i, 0, NOW + (int64_t) i, NOW + (int64_t) i),
            NGX_OK);
        assert_true(revoked.count <= 6 + 2 * revoked.most / 8);
        assert_int_equal(covers(&revoked, i, NOW), 1);
    }

    free(revoked.table);
}


/* What is read counts, unless something was lost since it was asked for. */
static void
test_doubts(void **state)
{
    uint64_t              i, older, newer;
    ngx_partner_revoked_t revoked;

    (void) state;

    begin(&revoked);

    older = ngx_partner_revoked_begin(&revoked, NOW);
    ngx_partner_revoked_end(&revoked, older, 7, 70);
    assert_int_equal(revoked.epoch, 7);
    assert_int_equal(revoked.read, 70);

    for (i = 1; withdraw(&revoked, i, 0, NOW + 100, NOW) == NGX_OK; i++) {
        assert_true(i < 128);
    }

    /* there is room again, but not for what was heard meanwhile */

    newer = ngx_partner_revoked_begin(&revoked, NOW + 200);
    assert_int_not_equal(newer, older);
    ngx_partner_revoked_end(&revoked, older, 7, 71);
    assert_int_equal(revoked.epoch, 0);
    assert_int_equal(revoked.read, 0);

    ngx_partner_revoked_end(&revoked, newer, 7, 72);
    assert_int_equal(revoked.epoch, 7);

    /* a clock that is set back */

    assert_int_not_equal(ngx_partner_revoked_begin(&revoked, NOW), newer);
    assert_int_equal(revoked.epoch, 0);

    free(revoked.table);
}


static void
test_clear(void **state)
{
    uint64_t              doubts;
    ngx_partner_revoked_t revoked;

    (void) state;

    begin(&revoked);
    assert_int_equal(withdraw(&revoked, 1, 0, 0, NOW), NGX_OK);

    doubts = ngx_partner_revoked_begin(&revoked, NOW);
    ngx_partner_revoked_end(&revoked, doubts, 7, 70);
    ngx_partner_revoked_clear(&revoked);

    assert_int_equal(covers(&revoked, 1, NOW), 0);
    assert_int_equal(revoked.count, 0);
    assert_int_equal(revoked.epoch, 0);
    assert_int_equal(revoked.read, 0);

    /* what was asked for before does not count any more */

    ngx_partner_revoked_end(&revoked, doubts, 7, 71);
    assert_int_equal(revoked.epoch, 0);
    assert_int_equal(revoked.read, 0);

    free(revoked.table);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stricter_counts), cmocka_unit_test(test_full),
        cmocka_unit_test(test_swept),           cmocka_unit_test(test_doubts),
        cmocka_unit_test(test_clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
