/*
 * Any bytes as answers of Redis, through hiredis' own reader, to everything
 * that takes an answer apart.  What is accepted keeps the promises of
 * ngx_partner_answers.h.
 */

#include "fuzz.h"
#include "../../ngx_partner_module/ngx_partner_answers.h"


#define FUZZ_BUCKETS 3
#define FUZZ_DIGITS  5


static void
limits(const redisReply *reply)
{
    int           leasing;
    size_t        i, n;
    int64_t       granted[FUZZ_BUCKETS];
    lp_decision_t d[FUZZ_BUCKETS];

    for (n = 1; n <= FUZZ_BUCKETS; n++) {
        for (leasing = 0; leasing <= 1; leasing++) {

            if (!ngx_partner_answer_limits(reply, n, leasing, d, granted)) {
                continue;
            }

            for (i = 0; i < n; i++) {
                FUZZ_CHECK(d[i].remaining >= 0 && d[i].reset >= 0);
                FUZZ_CHECK(d[i].retry_after >= -1);
                FUZZ_CHECK(d[i].reset <= LP_BUCKET_MAX);
                FUZZ_CHECK(granted[i] >= 0 && (leasing || granted[i] == 0));
            }
        }
    }
}


static void
revocations(const redisReply *reply)
{
    size_t               i;
    const redisReply    *cursor, *pairs;
    ngx_partner_listed_t listed;

    if (!ngx_partner_answer_revocations(reply, &cursor, &pairs)) {
        return;
    }

    FUZZ_CHECK(cursor->len <= NGX_PARTNER_CURSOR_LEN);
    FUZZ_CHECK(pairs->elements % 2 == 0);

    for (i = 0; i < pairs->elements; i += 2) {
        if (ngx_partner_answer_revocation(pairs->element[i],
                                          pairs->element[i + 1], &listed)) {
            FUZZ_CHECK(listed.tokens.before >= 0 && listed.tokens.end >= 0);
        }
    }
}


static void
channel(const redisReply *reply)
{
    size_t               len;
    const char          *text;
    ngx_partner_change_t change;

    if (ngx_partner_answer_said(reply, &text, &len) == NGX_PARTNER_MESSAGE
        && ngx_partner_answer_change(text, len, &change)) {
        FUZZ_CHECK(change.revision <= INT64_MAX);
        FUZZ_CHECK(!change.revoked || change.version == 1);
        FUZZ_CHECK(!change.revoked || change.partner[0] == '\0');
        FUZZ_CHECK(strlen(change.partner) <= LP_ID_LEN);
    }
}


static void
usage(const redisReply *reply)
{
    size_t     i;
    lp_usage_t values;

    if (reply->type != REDIS_REPLY_ARRAY) {
        return;
    }

    for (i = 0; i + 1 < reply->elements; i += 2) {
        if (ngx_partner_answer_usage(reply->element[i], reply->element[i + 1],
                                     &values)) {
            FUZZ_CHECK(values.n[LP_USAGE_CALLS] <= INT64_MAX);
        }
    }
}


static void
take_apart(const redisReply *reply)
{
    size_t            len;
    char              host[NGX_PARTNER_HOST_LEN + 1];
    uint16_t          port;
    const char       *peppers;
    const redisReply *record, *marker;

    if (ngx_partner_answer_record(reply, &record, &marker)) {
        FUZZ_CHECK(record == NULL || record->type == REDIS_REPLY_STRING);
        peppers
            = marker == NULL ? NULL : ngx_partner_answer_peppers(marker, &len);
        FUZZ_CHECK(peppers == NULL || len < marker->len);
    }

    if (ngx_partner_answer_master(reply, host, &port)) {
        FUZZ_CHECK(port != 0 && strlen(host) <= NGX_PARTNER_HOST_LEN);
    }

    limits(reply);
    revocations(reply);
    channel(reply);
    usage(reply);
}


/* hiredis 0.14 takes room for as many elements as an array says it has. */
static int
too_large(const uint8_t *data, size_t size)
{
    size_t         n;
    const uint8_t *p, *end = data + size;

    for (p = data; (p = memchr(p, '*', (size_t) (end - p))) != NULL;) {
        for (n = 0, p++; p + n < end && p[n] != '\r' && p[n] != '*'; n++) {
            if (n == FUZZ_DIGITS) {
                return 1;
            }
        }
    }

    return 0;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void        *reply;
    redisReader *reader;

    if (too_large(data, size)) {
        return 0;
    }

    reader = redisReaderCreate();
    FUZZ_CHECK(reader != NULL);

    if (redisReaderFeed(reader, (const char *) data, size) == REDIS_OK) {
        while (redisReaderGetReply(reader, &reply) == REDIS_OK
               && reply != NULL) {
            take_apart(reply);
            freeReplyObject(reply);
        }
    }

    redisReaderFree(reader);

    return 0;
}
