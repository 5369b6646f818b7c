/*
 * The rebuild: the Redis that is marked as complete is the one that was
 * filled.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rebuild.h"
#include "unit.h"


static pd_redis_pt last_redis; /* what waits for an answer of Redis */
static void       *last_ctx;
static int         executed;
static int         ended; /* -1: not yet */
static void (*page_done)(void *ctx, const PGresult *res);
static void *page_ctx;


void
pd_redis_send(pd_redis_t *r, pd_redis_pt done, void *ctx, const char *format,
              ...)
{
    (void) r;

    last_redis = done;
    last_ctx = ctx;
    executed += strcmp(format, "EXEC") == 0;
}


void
pd_ask(pd_ask_t *ask, const char *name, json_t *work, pd_asked_pt done,
       void *ctx)
{
    (void) ask;
    (void) name;

    json_decref(work);
    page_done = done;
    page_ctx = ctx;
}


int
pd_projection_rows(pd_projection_t *p, const PGresult *res)
{
    (void) p;
    (void) res;

    return 0;
}


void
pd_projection_write(pd_projection_t *p)
{
    (void) p;
}


void
pd_projection_mark(pd_projection_t *p, int64_t revision)
{
    (void) p;
    (void) revision;
}


static void
done(void *ctx, int complete)
{
    (void) ctx;
    ended = complete;
}


/* Redis' run while the last, empty page of PostgreSQL is waited for. */
static void
rebuild(const char *before, const char *after)
{
    char            run[PD_RUN_LEN + 1];
    redisReply      ok = { .type = REDIS_REPLY_STATUS };
    PGresult       *none;
    pd_projection_t projection = { 0 };
    pd_rebuild_t    b
        = { .projection = &projection, .current = run, .done = done };

    executed = 0;
    ended = -1;
    (void) snprintf(run, sizeof(run), "%s", before);
    pd_rebuild_start(&b);
    last_redis(last_ctx, &ok);
    (void) snprintf(run, sizeof(run), "%s", after);

    none = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    assert_non_null(none);
    page_done(page_ctx, none);
    PQclear(none);
}


static void
test_same_run(void **state)
{
    (void) state;

    rebuild("a", "a");
    assert_int_equal(executed, 1);
    assert_int_equal(ended, -1);
}


static void
test_other_run(void **state)
{
    (void) state;

    rebuild("a", "b");
    assert_int_equal(executed, 0);
    assert_int_equal(ended, 0);

    rebuild("a", "");
    assert_int_equal(executed, 0);
    assert_int_equal(ended, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_run),
        cmocka_unit_test(test_other_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
