/*
 * Runs ngx_partner_module/bucket.lua in a real Redis.
 */

#ifndef UNIT_SCRIPT_H
#define UNIT_SCRIPT_H


#include <inttypes.h>
#include <stdio.h>

#include "unit_redis.h"
#include "unit_shared.h"
#include "lp_bucket.h"
#include "lp_error.h"


#define KEYS 6


static char sha[41]; /* of the script */


typedef struct {
    int64_t       now;
    size_t        n;
    unit_answer_t key[KEYS];
} answer_t;


static inline void
load_script(unit_redis_t *s)
{
    char        path[512], text[32768];
    FILE       *file;
    size_t      len;
    redisReply *reply;

    (void) snprintf(path, sizeof(path), "%.*s/../../ngx_partner_module/%s",
                    (int) (strrchr(__FILE__, '/') - __FILE__), __FILE__,
                    "bucket.lua");
    file = fopen(path, "r");
    assert_non_null(file);
    len = fread(text, 1, sizeof(text), file);
    (void) fclose(file);
    assert_in_range(len, 1, sizeof(text) - 1);

    reply = redisCommand(s->redis, "SCRIPT LOAD %b", text, len);
    assert_non_null(reply);
    assert_int_equal(reply->type, REDIS_REPLY_STRING);
    (void) snprintf(sha, sizeof(sha), "%s", reply->str);
    freeReplyObject(reply);
}


static inline int
setup(void **state)
{
    if (unit_redis_start(state) != 0) {
        return -1;
    }

    load_script(*state);

    return 0;
}


static inline answer_t
run(unit_redis_t *s, int argc, char args[][48], size_t n, size_t numbers)
{
    int         i;
    size_t      k;
    answer_t    a = { .n = n };
    const char *argv[8 + 7 * KEYS];
    redisReply *reply, **e;

    for (i = 0; i < argc; i++) {
        argv[i] = args[i];
    }

    reply = redisCommandArgv(s->redis, argc, argv, NULL);
    assert_non_null(reply);
    assert_int_equal(reply->type, REDIS_REPLY_ARRAY);
    assert_int_equal(reply->elements, 2 + numbers * n);
    e = reply->element;

    for (k = 0; k < reply->elements; k++) {
        assert_int_equal(e[k]->type, REDIS_REPLY_INTEGER);
    }

    a.now = e[0]->integer * LP_SECOND + e[1]->integer;

    for (k = 0, e += 2; k < n; k++, e += numbers) {
        a.key[k].admitted = e[0]->integer;
        a.key[k].remaining = e[1]->integer;
        a.key[k].retry = e[2]->integer;
        a.key[k].reset = e[3]->integer;
        a.key[k].granted = numbers == 5 ? e[4]->integer : 0;
    }

    freeReplyObject(reply);

    return a;
}


/*
 * Runs the script for keys k<first> ... and the rates beside them.  `dry` has
 * a bit for each key, `reports` one for each key or none.
 */
static inline answer_t
decide_all(unit_redis_t *s, unsigned first, const lp_rate_t *rates, size_t n,
           int64_t cost, unsigned dry, const unit_report_t *reports)
{
    int    argc = 0;
    char   args[8 + 7 * KEYS][48];
    size_t i;

#define ARG(...) (void) snprintf(args[argc++], sizeof(args[0]), __VA_ARGS__)

    ARG("EVALSHA");
    ARG("%s", sha);
    ARG("%zu", n);

    for (i = 0; i < n; i++) {
        ARG("k%zu", first + i);
    }

    ARG("%" PRId64, cost);

    if (reports != NULL) {
        ARG("abcdef012345678%d", reports[0].node);
        ARG("%" PRId64, reports[0].seq);
        ARG("%" PRId64, reports[0].life);
    }

    for (i = 0; i < n; i++) {
        ARG("%" PRId64, rates[i].tokens);
        ARG("%" PRId64, rates[i].period);
        ARG("%" PRId64, rates[i].burst);
        ARG("%d", dry >> i & 1);

        if (reports != NULL) {
            ARG("%" PRId64, reports[i].held);
            ARG("%" PRId64, reports[i].want);
        }
    }

#undef ARG

    return run(s, argc, args, n, reports != NULL ? 5 : 4);
}


static inline answer_t
decide(unit_redis_t *s, unsigned first, const lp_rate_t *rates, size_t n,
       int64_t cost)
{
    return decide_all(s, first, rates, n, cost, 0, NULL);
}


#endif
