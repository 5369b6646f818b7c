/*
 * ngx_partner_answers: what each answer says, and every other form refused.
 */

#include <stdlib.h>

#include "unit.h"
#include "../../ngx_partner_module/ngx_partner_answers.h"


#define DIGEST                                                                \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


/* The reply that Redis means by these bytes. */
static redisReply *
reply_of(const char *bytes)
{
    void        *reply;
    redisReader *reader;

    reader = redisReaderCreate();
    assert_non_null(reader);
    assert_int_equal(redisReaderFeed(reader, bytes, strlen(bytes)), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    assert_non_null(reply);
    redisReaderFree(reader);

    return reply;
}


static void
test_record(void **state)
{
    size_t            i;
    size_t            len;
    redisReply       *reply;
    const redisReply *record, *marker;

    static const char *const wrong[] = { "*1\r\n$1\r\na\r\n", "+OK\r\n",
                                         "*-1\r\n", "-ERR x\r\n", ":1\r\n" };

    (void) state;

    reply = reply_of("*2\r\n$1\r\na\r\n$1\r\n1\r\n");
    assert_true(ngx_partner_answer_record(reply, &record, &marker));
    assert_string_equal(record->str, "a");
    assert_string_equal(marker->str, "1");
    assert_null(ngx_partner_answer_peppers(marker, &len));
    freeReplyObject(reply);

    reply = reply_of("*2\r\n$-1\r\n$8\r\n17 a plz\r\n");
    assert_true(ngx_partner_answer_record(reply, &record, &marker));
    assert_string_equal(ngx_partner_answer_peppers(marker, &len), "a plz");
    assert_int_equal(len, 5);
    freeReplyObject(reply);

    reply = reply_of("*2\r\n$-1\r\n$2\r\n1 \r\n");
    assert_true(ngx_partner_answer_record(reply, &record, &marker));
    assert_non_null(ngx_partner_answer_peppers(marker, &len));
    assert_int_equal(len, 0);
    freeReplyObject(reply);

    reply = reply_of("*2\r\n$-1\r\n$-1\r\n");
    assert_true(ngx_partner_answer_record(reply, &record, &marker));
    assert_null(record);
    assert_null(marker);
    freeReplyObject(reply);

    for (i = 0; i < UNIT_LEN(wrong); i++) {
        reply = reply_of(wrong[i]);
        assert_false(ngx_partner_answer_record(reply, &record, &marker));
        freeReplyObject(reply);
    }

    assert_false(ngx_partner_answer_record(NULL, &record, &marker));
}


static void
test_limits(void **state)
{
    size_t        i;
    int64_t       granted[2];
    redisReply   *reply;
    lp_decision_t d[2];

    static const char *const wrong[] = {
        "*5\r\n:1\r\n:2\r\n:1\r\n:5\r\n:0\r\n",
        "*6\r\n:1\r\n:2\r\n:1\r\n:5\r\n:0\r\n$1\r\n7\r\n",
        "*6\r\n:1\r\n:2\r\n:1\r\n:-5\r\n:0\r\n:7\r\n",
        "*6\r\n:1\r\n:2\r\n:1\r\n:5\r\n:-2\r\n:7\r\n",
        "*6\r\n:1\r\n:2\r\n:1\r\n:5\r\n:0\r\n:-1\r\n",
        "*6\r\n:1\r\n:2\r\n:1\r\n:9007199254740993\r\n:0\r\n:7\r\n",
        "-NOSCRIPT no\r\n",
    };

    (void) state;

    reply = reply_of("*6\r\n:1\r\n:2\r\n:0\r\n:5\r\n:-1\r\n:7\r\n");
    assert_true(ngx_partner_answer_limits(reply, 1, 0, d, granted));
    assert_int_equal(d[0].admitted, 0);
    assert_int_equal(d[0].remaining, 5);
    assert_int_equal(d[0].retry_after, -1);
    assert_int_equal(d[0].reset, 7);
    assert_int_equal(granted[0], 0);
    assert_false(ngx_partner_answer_limits(reply, 1, 1, d, granted));
    assert_false(ngx_partner_answer_limits(reply, 2, 0, d, granted));
    freeReplyObject(reply);

    reply = reply_of("*7\r\n:1\r\n:2\r\n:1\r\n:5\r\n:0\r\n:7\r\n:40\r\n");
    assert_true(ngx_partner_answer_limits(reply, 1, 1, d, granted));
    assert_int_equal(d[0].admitted, 1);
    assert_int_equal(granted[0], 40);
    freeReplyObject(reply);

    reply = reply_of("*7\r\n:1\r\n:2\r\n:1\r\n:5\r\n:0\r\n:7\r\n:-4\r\n");
    assert_false(ngx_partner_answer_limits(reply, 1, 1, d, granted));
    freeReplyObject(reply);

    for (i = 0; i < UNIT_LEN(wrong); i++) {
        reply = reply_of(wrong[i]);
        assert_false(ngx_partner_answer_limits(reply, 1, 0, d, granted));
        freeReplyObject(reply);
    }
}


static void
test_revocations(void **state)
{
    redisReply          *reply, *one;
    size_t               i;
    const redisReply    *cursor, *pairs;
    ngx_partner_listed_t listed;

    static const char *const wrong[] = {
        "*2\r\n$-1\r\n*2\r\n$1\r\n0\r\n*0\r\n", /* no marker */
        "*2\r\n$1\r\n7\r\n*0\r\n",              /* no page */
        "*2\r\n$1\r\n7\r\n*2\r\n:0\r\n*0\r\n",
        "*2\r\n$1\r\n7\r\n*2\r\n$1\r\n0\r\n$1\r\na\r\n",
        "*2\r\n$1\r\n7\r\n*2\r\n$21\r\n012345678901234567890\r\n*0\r\n",
        /* half a pair is not passed over */
        "*2\r\n$1\r\n7\r\n*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n",
    };

    (void) state;

    reply = reply_of("*2\r\n$1\r\n7\r\n*2\r\n$2\r\n17\r\n*2\r\n$64\r\n" DIGEST
                     "\r\n$5\r\n10 20\r\n");
    assert_true(ngx_partner_answer_revocations(reply, &cursor, &pairs));
    assert_string_equal(cursor->str, "17");
    assert_int_equal(pairs->elements, 2);
    assert_true(ngx_partner_answer_revocation(pairs->element[0],
                                              pairs->element[1], &listed));
    assert_int_equal(listed.tokens.before, 10);
    assert_int_equal(listed.tokens.end, 20);
    assert_int_equal(listed.digest[31], 0xef);
    assert_false(ngx_partner_answer_revocation(pairs->element[1],
                                               pairs->element[0], &listed));

    one = reply_of("$3\r\n10 \r\n");
    assert_false(
        ngx_partner_answer_revocation(pairs->element[0], one, &listed));
    freeReplyObject(one);

    one = reply_of("$7\r\n10 20 3\r\n");
    assert_false(
        ngx_partner_answer_revocation(pairs->element[0], one, &listed));
    freeReplyObject(one);

    one = reply_of(":10\r\n");
    assert_false(
        ngx_partner_answer_revocation(pairs->element[0], one, &listed));
    freeReplyObject(one);
    freeReplyObject(reply);

    for (i = 0; i < UNIT_LEN(wrong); i++) {
        reply = reply_of(wrong[i]);
        assert_false(ngx_partner_answer_revocations(reply, &cursor, &pairs));
        freeReplyObject(reply);
    }
}


static void
test_said(void **state)
{
    size_t      len;
    redisReply *reply;
    const char *text;

    (void) state;

    reply = reply_of("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n");
    assert_int_equal(ngx_partner_answer_said(reply, &text, &len),
                     NGX_PARTNER_SUBSCRIBED);
    freeReplyObject(reply);

    reply = reply_of("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\n12\r\n");
    assert_int_equal(ngx_partner_answer_said(reply, &text, &len),
                     NGX_PARTNER_MESSAGE);
    assert_int_equal(len, 2);
    freeReplyObject(reply);

    reply = reply_of("*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$-1\r\n");
    assert_int_equal(ngx_partner_answer_said(reply, &text, &len),
                     NGX_PARTNER_OTHER);
    freeReplyObject(reply);

    reply = reply_of("*3\r\n:7\r\n:1\r\n:2\r\n");
    assert_int_equal(ngx_partner_answer_said(reply, &text, &len),
                     NGX_PARTNER_OTHER);
    freeReplyObject(reply);
}


static int
change(const char *text, ngx_partner_change_t *c)
{
    return ngx_partner_answer_change(text, strlen(text), c);
}


static void
test_change(void **state)
{
    size_t               i;
    ngx_partner_change_t c;

    static const char *const wrong[] = { "",
                                         "x",
                                         "7 ",
                                         "-7",
                                         "9223372036854775808",
                                         "7 " DIGEST,
                                         "7 " DIGEST " ",
                                         "7 " DIGEST " 0",
                                         "7 " DIGEST " 1 2",
                                         "7 " DIGEST " 1x",
                                         "7 x" DIGEST " 1",
                                         "7 revoked " DIGEST " 1",
                                         "7 revoked " DIGEST " 1 ",
                                         "7 revoked " DIGEST " 1 2 3",
                                         "7 revoked",
                                         "7 partner",
                                         "7 partner ",
                                         "7 partner a b",
                                         "7 partner a/b",
                                         "7 partner " DIGEST,
                                         "7 closing",
                                         "7 closing suspended",
                                         "7 closing suspended ",
                                         "7 closing active p",
                                         "7 closing asleep p",
                                         "7 closing suspended a b" };

    (void) state;

    assert_true(change("7", &c));
    assert_true(c.revision == 7 && c.version == 0 && !c.revoked);
    assert_true(change("9223372036854775807", &c));

    assert_true(change("8 " DIGEST " 3", &c));
    assert_true(c.revision == 8 && c.version == 3 && !c.revoked);
    assert_int_equal(c.digest[1], 0x23);

    assert_true(change("9 revoked " DIGEST " 10 0", &c));
    assert_true(c.revoked && c.tokens.before == 10 && c.tokens.end == 0);
    assert_string_equal(c.partner, "");

    assert_true(change("10 partner p_1.x-Y", &c));
    assert_true(c.revision == 10 && c.version == 1 && !c.revoked);
    assert_string_equal(c.partner, "p_1.x-Y");

    assert_int_equal(c.closing, LP_PARTNER_ACTIVE);

    assert_true(change("11 closing suspended p_1.x-Y", &c));
    assert_true(c.revision == 11 && c.version == 1 && !c.revoked);
    assert_int_equal(c.closing, LP_PARTNER_SUSPENDED);
    assert_string_equal(c.partner, "p_1.x-Y");

    for (i = 0; i < UNIT_LEN(wrong); i++) {
        assert_false(change(wrong[i], &c));
    }
}


static void
test_master(void **state)
{
    size_t      i;
    char        host[NGX_PARTNER_HOST_LEN + 1];
    uint16_t    port;
    redisReply *reply;

    static const char *const wrong[] = {
        "*-1\r\n",
        "*2\r\n$6\r\nname:x\r\n$4\r\n6379\r\n", /* would be resolved */
        "*2\r\n$9\r\nlocalhost\r\n$4\r\n6379\r\n",
        "*2\r\n$9\r\n127.0.0.1\r\n$1\r\n0\r\n",
        "*2\r\n$9\r\n127.0.0.1\r\n$5\r\n65536\r\n",
        "*2\r\n$9\r\n127.0.0.1\r\n$5\r\n6379 \r\n",
        "*2\r\n$9\r\n127.0.0.1\r\n:6379\r\n",
        "*3\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n:1\r\n",
    };

    (void) state;

    reply = reply_of("*2\r\n$9\r\n127.0.0.1\r\n$4\r\n6379\r\n");
    assert_true(ngx_partner_answer_master(reply, host, &port));
    assert_string_equal(host, "127.0.0.1");
    assert_int_equal(port, 6379);
    freeReplyObject(reply);

    reply = reply_of("*2\r\n$3\r\n::1\r\n$1\r\n1\r\n");
    assert_true(ngx_partner_answer_master(reply, host, &port));
    freeReplyObject(reply);

    for (i = 0; i < UNIT_LEN(wrong); i++) {
        reply = reply_of(wrong[i]);
        assert_false(ngx_partner_answer_master(reply, host, &port));
        freeReplyObject(reply);
    }
}


static void
test_usage(void **state)
{
    size_t      i;
    redisReply *reply;
    lp_usage_t  values;

    (void) state;

    reply = reply_of("*5\r\n$1\r\nk\r\n$11\r\n1 2 3 4 5 6\r\n"
                     "$9\r\n1 2 3 4 5\r\n$13\r\n1 2 3 4 5 6 7\r\n:1\r\n");
    assert_true(ngx_partner_answer_usage(reply->element[0], reply->element[1],
                                         &values));
    assert_true(values.n[LP_USAGE_CALLS] == 1
                && values.n[LP_USAGE_UPSTREAM_US] == 4
                && values.n[LP_USAGE_IN_TIME] == 6);

    for (i = 2; i < 5; i++) {
        assert_false(ngx_partner_answer_usage(reply->element[0],
                                              reply->element[i], &values));
    }

    assert_false(ngx_partner_answer_usage(reply->element[4], reply->element[1],
                                          &values));
    freeReplyObject(reply);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_record),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_revocations), cmocka_unit_test(test_said),
        cmocka_unit_test(test_change),      cmocka_unit_test(test_master),
        cmocka_unit_test(test_usage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
