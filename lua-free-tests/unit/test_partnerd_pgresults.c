/*
 * Tests of whom results are handed to, and in which order.
 */

#include <string.h>

#include "unit.h"
#include "pgconn.h"


static ExecStatusType results[8]; /* PGRES_EMPTY_QUERY ends them */
static size_t         next;
static char           said[64];
static pd_pgconn_t    c;


/* ---- in place of libpq's: a result is one of the array ---- */

int
PQisBusy(PGconn *conn)
{
    (void) conn;

    return results[next] == PGRES_EMPTY_QUERY;
}


PGresult *
PQgetResult(PGconn *conn)
{
    (void) conn;

    return (PGresult *) &results[next++];
}


ExecStatusType
PQresultStatus(const PGresult *res)
{
    return *(const ExecStatusType *) res;
}


char *
PQresultErrorField(const PGresult *res, int field)
{
    static char violated[] = "23505";

    (void) field;

    return res != NULL && PQresultStatus(res) == PGRES_FATAL_ERROR ? violated
                                                                   : NULL;
}


void
PQclear(PGresult *res)
{
    (void) res;
}


/* ---- */

static void
changed(pd_pgconn_t *of)
{
    (void) snprintf(said + strlen(said), 32, "room %u; ", of->inflight);
}


static void
done(pd_unit_t *u, pd_pg_outcome_t outcome, const PGresult *res)
{
    (void) u;
    (void) res;
    (void) strcat(said, outcome == PD_PG_DONE ? "done; " : "error; ");
}


static void
setup(pd_unit_t *units, size_t n)
{
    size_t i;

    static const pd_statement_t statement = { .name = "a" };

    c = (pd_pgconn_t){ .state = PD_CONN_READY, .changed = changed };
    TAILQ_INIT(&c.units);
    next = 0;
    said[0] = '\0';

    for (i = 0; i < n; i++) {
        units[i] = (pd_unit_t){ .statement = &statement, .done = done };
        TAILQ_INSERT_TAIL(&c.units, &units[i], link);
        c.inflight++;
    }
}


/* Who waits is sent before the one that came is answered, which takes a
 * while. */
static void
test_room_first(void **state)
{
    pd_unit_t units[2];

    static const ExecStatusType come[]
        = { PGRES_TUPLES_OK, PGRES_PIPELINE_SYNC, PGRES_FATAL_ERROR,
            PGRES_PIPELINE_SYNC };

    (void) state;
    setup(units, 2);
    memcpy(results, come, sizeof(come));
    pd_pgconn_results(&c);
    assert_string_equal(said, "room 1; done; room 0; error; ");
}


/* Nothing has come to an end yet. */
static void
test_part(void **state)
{
    pd_unit_t unit;

    static const ExecStatusType come[]
        = { PGRES_TUPLES_OK, PGRES_EMPTY_QUERY };

    (void) state;
    setup(&unit, 1);
    memcpy(results, come, sizeof(come));
    pd_pgconn_results(&c);
    assert_string_equal(said, "");
    assert_int_equal(c.inflight, 1);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room_first),
        cmocka_unit_test(test_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
