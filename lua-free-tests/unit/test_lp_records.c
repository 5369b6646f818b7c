/*
 * lp_records: documents of a stream, at every split and byte by byte.
 */

#include "lp_records.h"
#include "unit_redact.h"


typedef struct {
    lp_records_kind_t kind;
    const char       *text;
    const char       *expected; /* NULL: refused */
    uint64_t          redactions;
} stream_t;

#define LINES    LP_RECORDS_LINES
#define SEQUENCE LP_RECORDS_SEQUENCE
#define EVENTS   LP_RECORDS_EVENTS

/* clang-format off */

static const stream_t streams[] = {

    { LINES, "{\"email\":1}\n{\"email\":[2]}\r\n \n7\n\"x\"",
      "{\"email\":\"***\"}\n{\"email\":\"***\"}\r\n \n7\n\"x\"", 2 },
    { LINES, "{\"a\":1,\"gone\":2}\n{\"gone\":3}\n", "{\"a\":1}\n{}\n", 2 },
    { LINES, "", "", 0 },
    { LINES, "{\"email\":\n1}\n", NULL, 0 },
    { LINES, "{} {}\n", NULL, 0 },
    { LINES, "{}\n{\"email\":\"secret", NULL, 0 },
    { LINES, "{}\nsecret\n", NULL, 0 },

    { SEQUENCE, "\x1e{\"email\":1}\n\x1e[\n{\"email\":2}]\n\x1e\x1e" "12",
      "\x1e{\"email\":\"***\"}\n\x1e[\n{\"email\":\"***\"}]\n\x1e\x1e" "12",
      2 },
    { SEQUENCE, "{}\x1e", NULL, 0 },
    { SEQUENCE, "\n\x1e{}", NULL, 0 },
    { SEQUENCE, "\x1e{\"email\":\"sec\x1e{}", NULL, 0 },

    { EVENTS, "data: {\"email\":1}\n\ndata:{\"email\":2}\r\n\r\n",
      "data: {\"email\":\"***\"}\n\ndata: {\"email\":\"***\"}\n\n", 2 },
    { EVENTS, "event: ride\nid: 7-a\ndata: {\ndata: \"email\": 1,\r"
      "data:\"b\"\rretry:10\rdata: :2}\r\r",
      "data: {\ndata: \"email\": \"***\",\ndata: \"b\"\ndata: :2}\n"
      "event: ride\nid: 7-a\nretry: 10\n\n", 1 },
    { EVENTS, ": a secret\n\n:\r\nsecret: 1\nverylongsecret\nid\n\n",
      ":\n\n:\nid: \n\n", 0 },
    { EVENTS, "data\n\ndata: \ndata: 1\n\n", "data: \n\ndata: 1\n\n", 0 },
    { EVENTS, "data: {\"gone\":[\ndata:1,\ndata:2],\"a\":1}\n\n",
      "data: {\"a\":1}\n\n", 1 },
    { EVENTS, "data: 1", "data: 1", 0 },
    { EVENTS, "data: [DONE]\n\n", NULL, 0 },
    { EVENTS, "data: {}\n\ndata: {\"email\":\"sec\ndata: ret\"}\n\n", NULL, 0 },
    { EVENTS, "data: {\"email\":\"sec", NULL, 0 },
    { EVENTS, "id: ada@b.example\ndata: 1\n\n", NULL, 0 },
    { EVENTS, "event: " "0123456789012345678901234567890123456789"
      "0123456789012345678901234\n\n", NULL, 0 },
};

/* clang-format on */


static int
run(const stream_t *stream, const lp_redact_profile_t *profile, size_t first,
    size_t piece, unit_redact_t *out, uint64_t *redactions)
{
    int                rc = LP_OK;
    size_t             at, n, len = strlen(stream->text);
    uint8_t           *copy;
    lp_records_t       s;
    static lp_redact_t r;

    out->len = 0;
    lp_redact_init(&r, profile);
    lp_records_init(&s, &r, stream->kind);

    for (at = 0; at < len && rc == LP_OK; at += n) {
        n = at == 0 && first > 0 ? first : piece;
        n = n > len - at ? len - at : n;
        copy = malloc(n);
        assert_non_null(copy);
        memcpy(copy, stream->text + at, n);
        rc = lp_records_feed(&s, copy, n, unit_redact_emit, out);
        free(copy);
    }

    rc = rc == LP_OK ? lp_records_finish(&s, unit_redact_emit, out) : rc;
    out->text[out->len] = '\0';
    *redactions = r.redactions;
    assert_null(strstr((char *) out->text, "sec"));

    return rc;
}


static void
check(const stream_t *stream, const lp_redact_profile_t *profile, size_t first,
      size_t piece)
{
    int                  rc;
    uint64_t             redactions;
    static unit_redact_t out;

    rc = run(stream, profile, first, piece, &out, &redactions);

    if (stream->expected == NULL) {
        assert_int_equal(rc, LP_INVALID);
        return;
    }

    assert_int_equal(rc, LP_OK);
    assert_string_equal((char *) out.text, stream->expected);
    assert_int_equal(redactions, stream->redactions);
}


static void
test_streams(void **state)
{
    size_t               i, split;
    lp_redact_profile_t *names = unit_redact_profile("email=mask");
    lp_redact_profile_t *all
        = unit_redact_profile("email=mask gone=drop @iban=mask");

    (void) state;

    for (i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        for (split = 1; split <= strlen(streams[i].text); split++) {
            check(&streams[i], all, split, SIZE_MAX);
            check(&streams[i], all, 0, split);

            if (strstr(streams[i].text, "gone") == NULL) {
                check(&streams[i], names, split, SIZE_MAX);
            }
        }
    }

    free(names);
    free(all);
}


/* The byte of the whole stream, in pieces of any size. */
static void
test_offsets(void **state)
{
    int                  rc;
    size_t               i, at, n, len, piece;
    lp_records_t         s;
    static lp_redact_t   r;
    static unit_redact_t out;
    lp_redact_profile_t *profile = unit_redact_profile("email=mask");

    static const struct {
        lp_records_kind_t kind;
        const char       *text;
        unsigned          reason;
        size_t            offset;
    } cases[] = {
        { LINES, "{}\n  {\"a\":1}\n [1,x]\n", LP_JSON_REFUSED_GRAMMAR, 17 },
        { LINES, "1\n[2\n", LP_JSON_REFUSED_UNENDED, 4 },
        { LINES, "1\n[2", LP_JSON_REFUSED_UNENDED, 4 },
        { SEQUENCE, "\x1e{}\n\x1e\"\xff\"\n", LP_JSON_REFUSED_UTF8, 6 },
        { SEQUENCE, "{}", LP_REDACT_REFUSED_SEPARATOR, 0 },
        { EVENTS, "id: 1\ndata: [\ndata: 1,]\n\n", LP_JSON_REFUSED_GRAMMAR,
          22 },
        { EVENTS, "data: 1\nid: a b\n\n", LP_REDACT_REFUSED_FIELD, 13 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        len = strlen(cases[i].text);

        for (piece = 1; piece <= len; piece++) {
            out.len = 0;
            lp_redact_init(&r, profile);
            lp_records_init(&s, &r, cases[i].kind);

            for (at = 0, rc = LP_OK; at < len && rc == LP_OK; at += n) {
                n = len - at < piece ? len - at : piece;
                rc = lp_records_feed(&s, (const uint8_t *) cases[i].text + at,
                                     n, unit_redact_emit, &out);
            }

            if (rc == LP_OK) {
                rc = lp_records_finish(&s, unit_redact_emit, &out);
            }

            assert_int_equal(rc, LP_INVALID);
            assert_int_equal(r.reason, cases[i].reason);
            assert_int_equal(r.offset, cases[i].offset);
        }
    }

    free(profile);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_offsets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
