/*
 * lp_lease: nodes with clocks of their own, a plain model of the shared
 * bucket, and between them a network that delays, loses and reorders, and
 * nodes that die.  Over every window of the whole at most burst + rate * t.
 */

#include "unit_shared.h"
#include "lp_error.h"
#include "lp_lease.h"


#define NODES    3
#define MESSAGES 64
#define PATIENCE (LP_SECOND / 4)
#define START    INT64_C(1795222923000000)


/* A call of the script on its way there, then its answer on its way back. */
typedef struct {
    int           used, answered, node, life;
    int64_t       due, cost;
    unit_report_t report;
    unit_answer_t answer;
} message_t;

typedef struct {
    lp_lease_t lease;
    int        name; /* under which the bucket knows it */
    int        life; /* counts its deaths */
    int64_t    offset;
    int64_t    speed; /* of its clock, in 1/1000 */
    int64_t    granted;
    int64_t    remaining; /* as the last answer to a client had it, */
    int64_t    reset;     /* us */
    int        waiting;   /* calls without an answer yet */
} node_t;

typedef struct {
    uint64_t      seed, wasted;
    int64_t       now, seq;
    lp_rate_t     rate;
    unit_shared_t shared;
    node_t        nodes[NODES];
    message_t     messages[MESSAGES];
    int           delay; /* us, at most */
    int           loss;  /* one in so many; 0: none */
    int64_t       admitted, refused, asked;
    __int128      lowest; /* of count * period - t * tokens, at any start */
} world_t;


static int64_t
clock_of(const world_t *w, const node_t *n)
{
    return n->offset + (w->now - START) / 1000 * n->speed
           + (w->now - START) % 1000;
}


/* Each admission ends a window from every one before. */
static void
admit(world_t *w)
{
    __int128 level;

    level = (__int128) w->admitted * w->rate.period
            - (__int128) (w->now - START) * w->rate.tokens;

    w->lowest = w->admitted == 0 || level < w->lowest ? level : w->lowest;
    w->admitted++;
    level += w->rate.period;

    assert_true(level - w->lowest
                <= (__int128) w->rate.burst * w->rate.period);
}


static void
send_message(world_t *w, int node, int64_t cost, int64_t held, int64_t want)
{
    int        i;
    message_t *m;

    for (i = 0; i < MESSAGES && w->messages[i].used; i++) {
        /* void */
    }

    assert_in_range(i, 0, MESSAGES - 1);
    m = &w->messages[i];
    *m = (message_t){ .used = 1, .node = node, .cost = cost };
    m->life = w->nodes[node].life;
    m->due = w->now + 1 + (int64_t) unit_below(&w->seed, (uint64_t) w->delay);
    m->report = (unit_report_t){ w->nodes[node].name, w->seq, LP_LEASE_LIFE,
                                 held, want };
    w->asked++;
}


/* What one call does at a node. */
static void
call(world_t *w, int node)
{
    node_t          *n = &w->nodes[node];
    int64_t          now = clock_of(w, n), want = 0;
    lp_lease_state_t state;

    state = lp_lease_state(&n->lease, &w->rate, now, &w->wasted);

    if (state == LP_LEASE_EMPTY) {
        w->refused++;
        return;
    }

    lp_lease_spend(&n->lease, state);
    n->remaining = lp_lease_decision(&n->lease, state, now).remaining;
    n->reset = lp_lease_decision(&n->lease, state, now).reset;
    n->waiting += state == LP_LEASE_ASK;

    if (state == LP_LEASE_SPEND) {
        admit(w);
    }

    want = lp_lease_want(&n->lease, now, PATIENCE);

    if (want > 0) {
        lp_lease_ask(&n->lease, want, ++w->seq, now);
        send_message(w, node, state == LP_LEASE_ASK, n->lease.left, want);

    } else if (state == LP_LEASE_ASK) {
        send_message(w, node, 1, -1, 0);
    }
}


static void
give_back(world_t *w, int node)
{
    node_t *n = &w->nodes[node];
    int64_t left;

    left
        = lp_lease_return(&n->lease, n->lease.seq, w->seq + 1, clock_of(w, n));

    if (left > 0) {
        w->seq++;
        send_message(w, node, 0, 0, -left);
    }
}


static void
arrive(world_t *w, message_t *m)
{
    int heard;

    m->answer = unit_shared_check(&w->shared, &w->rate, w->now, m->cost,
                                  &m->report, &heard);
    unit_shared_settle(&w->shared, &w->rate, m->cost,
                       m->cost > 0 && m->answer.admitted, &m->report, heard,
                       &m->answer);

    /* The shared bucket decides such a call, here and by its clock. */
    if (m->cost > 0 && m->answer.admitted) {
        admit(w);
    } else {
        w->refused += m->cost > 0;
    }

    m->answered = 1;
    m->due = w->now + 1 + (int64_t) unit_below(&w->seed, (uint64_t) w->delay);
}


static void
answered(world_t *w, message_t *m)
{
    node_t       *n = &w->nodes[m->node];
    int64_t       now = clock_of(w, n);
    lp_decision_t d
        = { .retry_after = m->answer.retry, .reset = m->answer.reset };

    m->used = 0;

    if (m->life != n->life) {
        return; /* nobody waits for it any more */
    }

    if (w->loss != 0 && unit_below(&w->seed, (uint64_t) w->loss) == 0) {
        lp_lease_fail(&n->lease, m->report.seq);
        return;
    }

    if (m->cost > 0) {
        n->waiting--;
        n->remaining = m->answer.remaining;
        n->reset = m->answer.reset;
    }

    if (m->report.want < 0) {
        return;
    }

    if (m->report.held >= 0) {
        w->wasted += (uint64_t) lp_lease_grant(&n->lease, m->report.seq,
                                               m->answer.granted);
        n->granted += m->answer.granted;
        n->remaining = m->cost > 0 ? n->lease.left : n->remaining;
    }

    lp_lease_learn(&n->lease, &d, m->answer.granted < m->report.want, now);
}


static void
deliver(world_t *w, int64_t until)
{
    int        i;
    message_t *m;

    for (;;) {
        for (m = NULL, i = 0; i < MESSAGES; i++) {
            if (w->messages[i].used && w->messages[i].due <= until
                && (m == NULL || w->messages[i].due < m->due)) {
                m = &w->messages[i];
            }
        }

        if (m == NULL) {
            break;
        }

        w->now = m->due;
        m->answered ? answered(w, m) : arrive(w, m);
    }

    w->now = until;
}


/* A new life knows nothing, and has a name that no lease is under. */
static void
die(world_t *w, int node)
{
    int     i;
    node_t *n = &w->nodes[node];

    for (i = 0; i < UNIT_NODES && w->shared.leases[i].seq != 0; i++) {
        /* void */
    }

    if (i == UNIT_NODES) {
        return;
    }

    memset(&n->lease, 0, sizeof(n->lease));
    n->name = i;
    n->life++;
}


static void
begin(world_t *w, uint64_t seed, lp_rate_t rate)
{
    int i;

    memset(w, 0, sizeof(*w));
    w->seed = seed;
    w->rate = rate;
    w->now = w->shared.at = START;
    w->seq = 1;

    for (i = 0; i < NODES; i++) {
        w->nodes[i].name = i;
        w->nodes[i].speed = 970 + (int64_t) unit_below(&w->seed, 60);
        w->nodes[i].offset = LP_DAY + (int64_t) unit_below(&w->seed, LP_DAY);
    }
}


static int
room(const world_t *w)
{
    int i, n;

    for (n = 0, i = 0; i < MESSAGES; i++) {
        n += !w->messages[i].used;
    }

    return n > 4;
}


static void
test_every_window(void **state)
{
    int       round, step, node;
    int64_t   pace, leased = 0, admitted = 0;
    world_t   w;
    uint64_t  seed = 21;
    lp_rate_t rate;

    static const int64_t rates[] = { 3, 100, 1000, 7919, 50000 };

    (void) state;

    for (round = 0; round < 150; round++) {
        assert_int_equal(lp_rate_init(&rate, rates[round % 5], LP_SECOND,
                                      10 + (int64_t) unit_below(&seed, 2000)),
                         LP_OK);
        begin(&w, seed + (uint64_t) round, rate);
        w.delay = 1 << unit_below(&seed, 18);
        w.loss = (int) unit_below(&seed, 2) * 20;

        for (step = 0; step < 4000; step++) {

            /* floods, the limit's own pace, and rests longer than a lease */
            pace = 2 * rate.period / rate.tokens / (step / 500 % 4 + 1) + 2;
            pace = unit_below(&seed, 1500) == 0 ? 5 * LP_SECOND
                   : step / 300 % 3 == 0        ? 20
                                                : pace;
            deliver(&w, w.now + (int64_t) unit_below(&seed, (uint64_t) pace));
            node = (int) unit_below(&seed, NODES);

            if (room(&w)) {
                call(&w, node);
            }

            if (unit_below(&seed, 200) == 0 && room(&w)) {
                give_back(&w, node);
            }

            if (unit_below(&seed, 900) == 0) {
                die(&w, node);
            }
        }

        for (node = 0; node < NODES; node++) {
            leased += w.nodes[node].granted;
        }

        admitted += w.admitted;
    }

    /* The schedule did come to what it is for. */
    assert_in_range(admitted, 100000, 600000);
    assert_in_range(leased, 30000, 600000);
}


/* Offers `offered` calls a second over the nodes for so many seconds. */
static void
load(world_t *w, int64_t offered, int64_t seconds)
{
    int64_t i;

    w->delay = 300;

    for (i = 0; i < offered * seconds; i++) {
        deliver(w, START + i * LP_SECOND / offered);
        call(w, (int) unit_below(&w->seed, NODES));
    }
}


/* G4: what a lease asks and wastes while the limit is met, and kept under. */
static void
test_cost_of_leases(void **state)
{
    int       i;
    world_t   w;
    lp_rate_t rate;

    static const struct {
        int64_t rate, burst, offered;
    } cases[] = {
        { 1000, 1000, 900 },    { 1000, 1000, 3000 },  { 1000, 200, 900 },
        { 1000, 200, 3000 },    { 5000, 1000, 20000 }, { 10000, 10000, 9000 },
        { 10000, 2000, 30000 },
    };

    (void) state;

    for (i = 0; i < (int) UNIT_LEN(cases); i++) {
        assert_int_equal(
            lp_rate_init(&rate, cases[i].rate, LP_SECOND, cases[i].burst),
            LP_OK);
        begin(&w, 31, rate);
        load(&w, cases[i].offered, 20);

        assert_true(w.asked * 20 <= w.admitted + w.refused);
        assert_true(w.wasted * 50 <= (uint64_t) w.admitted);
        assert_true(w.admitted * 100 >= 98 * 20
                                            * (cases[i].offered < cases[i].rate
                                                   ? cases[i].offered
                                                   : cases[i].rate));
    }
}


/* 3 calls a second, whoever asks: within 1 % of what strict would admit. */
static void
test_small_limit(void **state)
{
    world_t   w;
    lp_rate_t rate;

    (void) state;

    assert_int_equal(lp_rate_init(&rate, 3, LP_SECOND, 3), LP_OK);
    begin(&w, 41, rate);
    load(&w, 100, 1000);
    assert_in_range(w.admitted, 2970, 3003);
    assert_int_equal(w.nodes[0].granted + w.nodes[1].granted, 0);
}


/* A client's call: it goes on when it was answered. */
static void
obey(world_t *w, int node)
{
    call(w, node);

    while (w->nodes[node].waiting > 0) {
        deliver(w, w->now + 50);
    }
}


/* G5: an hour of a client that uses what Remaining says, at once or not. */
static void
test_obedient_client(void **state)
{
    int       i, round, node = 0;
    int64_t   end, calls, swept;
    world_t   w;
    lp_rate_t rate;

    static const struct {
        int64_t rate, period, burst;
    } cases[] = {
        { 1000, LP_SECOND, 1000 }, { 1000, LP_SECOND, 200 },
        { 3, LP_SECOND, 3 },       { 100, LP_MINUTE, 100 },
        { 1000, LP_HOUR, 1000 },   { 50, LP_SECOND, 500 },
    };

    (void) state;

    for (round = 0; round < (int) UNIT_LEN(cases); round++) {
        assert_int_equal(lp_rate_init(&rate, cases[round].rate,
                                      cases[round].period, cases[round].burst),
                         LP_OK);
        begin(&w, 51, rate);
        w.delay = 300;
        end = START + LP_HOUR;
        obey(&w, node);

        for (calls = 0, swept = START; w.now < end; calls++) {
            i = (int) unit_below(&w.seed, 40) * (calls % 3 != 0);

            for (; i > 0 && w.nodes[node].remaining > 0; i--) {
                obey(&w, node);
            }

            if (w.nodes[node].remaining == 0) {
                deliver(&w, w.now + w.nodes[node].reset + 1);
                obey(&w, node);
            }

            /* the sweep of each node, and sometimes another connection */
            if (w.now - swept > LP_LEASE_LIFE / 2) {
                give_back(&w, node);
                deliver(&w, w.now + LP_SECOND / 1000);
                swept = w.now;
            }

            if (w.nodes[node].remaining > 0
                && unit_below(&w.seed, 1000) == 0) {
                give_back(&w, node);
                deliver(&w, w.now + LP_SECOND);
                node = (node + 1) % NODES;
                deliver(&w, w.now + w.nodes[node].reset + LP_LEASE_LIFE);
                obey(&w, node);
            }

            deliver(&w, w.now
                            + (int64_t) unit_below(
                                &w.seed,
                                (uint64_t) (20 * rate.period / rate.tokens)));
        }
        assert_int_equal(w.refused, 0);
        assert_in_range(w.admitted, 200, 4000000);
    }
}


/* A raised plan ends what was known to be empty. */
static void
test_raised_plan(void **state)
{
    uint64_t      wasted = 0;
    lp_rate_t     rate;
    lp_lease_t    lease = { 0 };
    lp_decision_t d = { .retry_after = LP_HOUR, .reset = LP_DAY };

    (void) state;

    assert_int_equal(lp_rate_init(&rate, 10, LP_HOUR, 0), LP_OK);
    assert_int_equal(lp_lease_state(&lease, &rate, START, &wasted),
                     LP_LEASE_ASK);
    lp_lease_learn(&lease, &d, 0, START);
    assert_int_equal(lp_lease_state(&lease, &rate, START + 999999, &wasted),
                     LP_LEASE_EMPTY);
    assert_int_equal(
        lp_lease_decision(&lease, LP_LEASE_EMPTY, START + 999999).retry_after,
        LP_HOUR - 999999);

    /* A second is the longest that a word of Redis counts. */
    assert_int_equal(lp_lease_state(&lease, &rate, START + LP_SECOND, &wasted),
                     LP_LEASE_ASK);

    assert_int_equal(lp_rate_init(&rate, 10000, LP_HOUR, 0), LP_OK);
    assert_int_equal(lp_lease_state(&lease, &rate, START + 1, &wasted),
                     LP_LEASE_ASK);
    assert_int_equal(wasted, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_window),
        cmocka_unit_test(test_cost_of_leases),
        cmocka_unit_test(test_small_limit),
        cmocka_unit_test(test_obedient_client),
        cmocka_unit_test(test_raised_plan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
