/*
 * lp_redact: byte for byte what a token-level reference gives, at every split,
 * and the same document for jansson.
 */

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <jansson.h>

#include "unit_document.h"
#include "lp_redact.h"


#define OUT (2 * UNIT_DOCUMENT_MAX)

#define ACTION(kind) ((lp_redact_action_t){ kind, 0, 0 })


typedef struct {
    char   text[OUT];
    size_t len;
    size_t stop_at; /* answers 77 once this much was written */
} out_t;

static lp_redact_profile_t *profile;


static int
keep(void *ctx, const uint8_t *data, size_t len, int literal)
{
    out_t *out = ctx;

    (void) literal;

    if (out->stop_at > 0 && out->len >= out->stop_at) {
        return 77;
    }

    assert_in_range(len, 1, OUT - out->len);
    memcpy(out->text + out->len, data, len);
    out->len += len;

    return LP_OK;
}


static int
setup(void **state)
{
    size_t     i;
    lp_error_t err;

    static const struct {
        const char      *field;
        lp_redact_kind_t kind;
    } fields[] = {
        { "email", LP_REDACT_MASK },
        { "Phone", LP_REDACT_NULL },
        { "licensePlate", LP_REDACT_MASK },
        { "e", LP_REDACT_NULL },
        { "stra\xc3\x9f"
          "e",
          LP_REDACT_MASK },
        { "\xf0\x9f\x98\x80", LP_REDACT_MASK },
    };

    (void) state;

    profile = malloc(lp_redact_profile_size());
    assert_non_null(profile);
    lp_redact_profile_init(profile);

    for (i = 0; i < UNIT_LEN(fields); i++) {
        assert_int_equal(lp_redact_profile_add(profile, fields[i].field,
                                               strlen(fields[i].field),
                                               ACTION(fields[i].kind), &err),
                         LP_OK);
    }

    return 0;
}


static int
teardown(void **state)
{
    (void) state;

    free(profile);

    return 0;
}


/* Each piece is a buffer of its own that ends where the piece does. */
static int
feed(lp_redact_t *r, const char *text, size_t len, out_t *out)
{
    int   rc;
    char *piece;

    piece = malloc(len > 0 ? len : 1);
    assert_non_null(piece);
    memcpy(piece, text, len);
    rc = lp_redact_feed(r, (const uint8_t *) piece, len, keep, out);
    free(piece);

    return rc;
}


static int
redact_at(const char *text, size_t len, size_t split, out_t *out,
          uint64_t *redactions)
{
    int         rc;
    lp_redact_t r;

    out->len = 0;
    lp_redact_init(&r, profile);
    rc = feed(&r, text, split, out);

    if (rc == LP_OK) {
        rc = feed(&r, text + split, len - split, out);
    }

    if (rc == LP_OK) {
        rc = lp_redact_finish(&r, keep, out);
    }

    *redactions = r.redactions;

    return rc;
}


static int
redact_bytewise(const char *text, size_t len, out_t *out)
{
    lp_redact_t r;

    out->len = 0;
    lp_redact_init(&r, profile);

    for (; len > 0; len--) {
        if (feed(&r, text++, 1, out) != LP_OK) {
            return LP_INVALID;
        }
    }

    return lp_redact_finish(&r, keep, out);
}


static void
check(const char *text, const char *expected, uint64_t redactions)
{
    size_t   split, len = strlen(text);
    uint64_t n;

    static out_t out;

    for (split = 0; split <= len; split++) {
        assert_int_equal(redact_at(text, len, split, &out, &n), LP_OK);
        assert_int_equal(out.len, strlen(expected));
        assert_memory_equal(out.text, expected, out.len);
        assert_int_equal(n, redactions);
    }

    assert_int_equal(redact_bytewise(text, len, &out), LP_OK);
    assert_int_equal(out.len, strlen(expected));
    assert_memory_equal(out.text, expected, out.len);
}


static void
test_cases(void **state)
{
    size_t i;

    static const struct {
        const char *text;
        const char *expected;
        uint64_t    redactions;
    } cases[] = {
        { "{\"email\":\"a@b.c\"}", "{\"email\":\"***\"}", 1 },
        { "{\"email\" :\t\"a\\\"b\" , \"id\":10.00}",
          "{\"email\" :\t\"***\" , \"id\":10.00}", 1 },
        { "{\"e\\u006dail\":\"a\",\"\\u0045MAIL\":1}",
          "{\"e\\u006dail\":\"***\",\"\\u0045MAIL\":\"***\"}", 2 },
        { "{\"PHONE\":[1,{\"email\":2}],\"phone\":{}}",
          "{\"PHONE\":null,\"phone\":null}", 2 },
        { "{\"email\":1,\"email\":true,\"email\":null,\"email\":-1.5e3}",
          "{\"email\":\"***\",\"email\":\"***\",\"email\":\"***\","
          "\"email\":\"***\"}",
          4 },
        { "[[{\"a\":[{\"email\":[]}]}],\"email\",{\"b\":\"email\"}]",
          "[[{\"a\":[{\"email\":\"***\"}]}],\"email\",{\"b\":\"email\"}]", 1 },
        { "{\"emails\":1,\"emai\":2,\"\":3,\"email \":4,\"email\\u0000\":5}",
          "{\"emails\":1,\"emai\":2,\"\":3,\"email \":4,\"email\\u0000\":5}",
          0 },
        { "{\"e\":1.5 }", "{\"e\":null }", 1 },
        { "{\"STRA\xc3\x9f"
          "E\":1,\"stra\\u00DFe\":2,\"stra\\u00dFE\":3,\"strasse\":4}",
          "{\"STRA\xc3\x9f"
          "E\":\"***\",\"stra\\u00DFe\":\"***\",\"stra\\u00dFE\":\"***\","
          "\"strasse\":4}",
          3 },
        { "{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2,\"\\ud83d\":3}",
          "{\"\\ud83d\\ude00\":\"***\",\"\xf0\x9f\x98\x80\":\"***\","
          "\"\\ud83d\":3}",
          2 },
        { "{\"\\u006c\\u0069censePlate\":\"x\"}",
          "{\"\\u006c\\u0069censePlate\":\"***\"}", 1 },
        { " \"email\" ", " \"email\" ", 0 },
        { "12", "12", 0 },
        { "[]", "[]", 0 },
        { "{\"a\":{\"email\":{\"email\":{\"x\":[{\"email\":1}]}},\"e\":1},"
          "\"z\":1}",
          "{\"a\":{\"email\":\"***\",\"e\":null},\"z\":1}", 2 },
        { "{\"0123456789012345678901234567890123456789012345678901234567890123"
          "4"
          "email\":1}",
          "{\"0123456789012345678901234567890123456789012345678901234567890123"
          "4"
          "email\":1}",
          0 },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        check(cases[i].text, cases[i].expected, cases[i].redactions);
    }
}


static void
test_random_documents_at_every_split(void **state)
{
    int      round;
    size_t   split, longest = 0;
    uint64_t n, total = 0;

    static out_t           out;
    static unit_document_t w;

    (void) state;

    w.seed = 13;

    for (round = 0; round < 3000; round++) {
        w.in_len = w.expected_len = 0;
        w.redactions = w.muted = 0;
        unit_document_value(&w, 5);
        total += w.redactions;
        longest = w.in_len > longest ? w.in_len : longest;

        for (split = 0; split <= w.in_len; split++) {
            assert_int_equal(redact_at(w.in, w.in_len, split, &out, &n),
                             LP_OK);
            assert_int_equal(n, w.redactions);
            assert_int_equal(out.len, w.expected_len);
            assert_memory_equal(out.text, w.expected, out.len);
        }

        assert_int_equal(redact_bytewise(w.in, w.in_len, &out), LP_OK);
        assert_int_equal(out.len, w.expected_len);
        assert_memory_equal(out.text, w.expected, out.len);
    }

    assert_in_range(total, 1000, 100000);
    assert_in_range(longest, 1000, UNIT_DOCUMENT_MAX);
}


/* The reference that knows no bytes: a tree, changed in place. */
static void
redact_tree(json_t *node)
{
    size_t      i;
    json_t     *value;
    const char *name;

    json_array_foreach(node, i, value)
    {
        redact_tree(value);
    }

    json_object_foreach(node, name, value)
    {
        if (strcasecmp(name, "phone") == 0 || strcasecmp(name, "e") == 0) {
            assert_int_equal(json_object_set_new(node, name, json_null()), 0);

        } else if (strcasecmp(name, "email") == 0
                   || strcasecmp(name, "licensePlate") == 0
                   || strcasecmp(name, "stra\xc3\x9f"
                                       "e")
                          == 0) {
            assert_int_equal(
                json_object_set_new(node, name, json_string("***")), 0);

        } else {
            redact_tree(value);
        }
    }
}


static void
test_jansson_reads_the_same(void **state)
{
    int      round;
    json_t  *before, *after;
    uint64_t n;

    static out_t           out;
    static unit_document_t w;

    (void) state;

    w.seed = 14;

    for (round = 0; round < 20000; round++) {
        w.in_len = w.expected_len = 0;
        w.redactions = w.muted = 0;
        unit_document_value(&w, 5);

        assert_int_equal(redact_at(w.in, w.in_len, 0, &out, &n), LP_OK);
        before = json_loadb(w.in, w.in_len, JSON_DECODE_ANY, NULL);
        after = json_loadb(out.text, out.len, JSON_DECODE_ANY, NULL);
        assert_non_null(before);
        assert_non_null(after);

        redact_tree(before);
        assert_true(json_equal(before, after));
        json_decref(before);
        json_decref(after);
    }
}


static void
test_truncated(void **state)
{
    size_t   len, split;
    uint64_t n;

    static out_t      out;
    static const char text[] = "{\"email\":{\"a\":[1,\"x\"]},\"b\":[true]}";

    (void) state;

    for (len = 0; len < sizeof(text) - 1; len++) {
        for (split = 0; split <= len; split++) {
            assert_int_equal(redact_at(text, len, split, &out, &n),
                             LP_INVALID);
        }
    }

    assert_int_equal(redact_at(" \n ", 3, 1, &out, &n), LP_INVALID);
}


/* Neither the bytes around an error nor anything later come out. */
static void
test_nothing_after_an_error(void **state)
{
    size_t      split, len;
    lp_redact_t r;

    static out_t      out;
    static const char text[] = "{\"a\":1,\"email\":\"secret\"x,\"b\":2}";

    (void) state;

    for (split = 0; split < sizeof(text); split++) {
        out.len = 0;
        lp_redact_init(&r, profile);

        if (feed(&r, text, split, &out) == LP_OK) {
            assert_int_equal(
                feed(&r, text + split, sizeof(text) - 1 - split, &out),
                LP_INVALID);
        }

        len = out.len;
        assert_int_equal(feed(&r, "{}", 2, &out), LP_INVALID);
        assert_int_equal(feed(&r, "", 0, &out), LP_INVALID);
        assert_int_equal(lp_redact_finish(&r, keep, &out), LP_INVALID);
        assert_int_equal(out.len, len);
        out.text[len] = '\0';
        assert_null(strstr(out.text, "secret"));
        assert_null(strchr(out.text, 'x'));
    }
}


static void
test_emit_ends_the_feed(void **state)
{
    lp_redact_t r;

    static out_t out;

    (void) state;

    out.stop_at = 1;
    lp_redact_init(&r, profile);
    assert_int_equal(feed(&r, "{\"email\":1}", 11, &out), 77);
    assert_int_equal(out.len, strlen("{\"email\":"));
    out.stop_at = 0;
}


typedef struct {
    const uint8_t *from, *to;
    int            literals, spans;
} origin_t;


static int
check_origin(void *ctx, const uint8_t *data, size_t len, int literal)
{
    origin_t *o = ctx;
    int       inside = data >= o->from && data + len <= o->to;

    assert_int_equal(inside, !literal);
    o->literals += literal;
    o->spans += !literal;

    return LP_OK;
}


static void
test_where_output_lives(void **state)
{
    origin_t    o = { NULL, NULL, 0, 0 };
    lp_redact_t r;

    static const uint8_t text[] = "{\"email\":1,\"phone\":[2],\"a\":3}";

    (void) state;

    o.from = text;
    o.to = text + sizeof(text) - 1;
    lp_redact_init(&r, profile);
    assert_int_equal(
        lp_redact_feed(&r, text, sizeof(text) - 1, check_origin, &o), LP_OK);
    assert_int_equal(lp_redact_finish(&r, check_origin, &o), LP_OK);
    assert_int_equal(o.literals, 2);
    assert_int_equal(o.spans, 3);
}


static void
test_profile_limits(void **state)
{
    int                  i;
    char                 name[LP_REDACT_FIELD_LEN + 1];
    lp_error_t           err;
    lp_redact_profile_t *p;

    (void) state;

    p = malloc(lp_redact_profile_size());
    assert_non_null(p);
    lp_redact_profile_init(p);

    memset(name, 'x', sizeof(name));

#define ADD(text, len)                                                        \
    lp_redact_profile_add(p, text, len, ACTION(LP_REDACT_MASK), &err)

    assert_int_equal(ADD("", 0), LP_INVALID);
    assert_int_equal(ADD(name, LP_REDACT_FIELD_LEN + 1), LP_INVALID);
    assert_string_equal(err.text,
                        "a field name has 65 bytes, allowed: 1 to 64");
    assert_int_equal(ADD(name, LP_REDACT_FIELD_LEN), LP_OK);
    assert_int_equal(ADD("Email", 5), LP_OK);
    assert_int_equal(ADD("eMAIL", 5), LP_INVALID);
    assert_string_equal(err.text, "field \"eMAIL\" is named twice");

    for (i = 2; i < LP_REDACT_FIELDS; i++) {
        assert_int_equal(ADD(name, (size_t) i - 1), LP_OK);
    }

    assert_int_equal(ADD("one_more", 8), LP_INVALID);
    assert_string_equal(err.text, "too many fields, allowed: 64");

#undef ADD

    free(p);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_random_documents_at_every_split),
        cmocka_unit_test(test_jansson_reads_the_same),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_nothing_after_an_error),
        cmocka_unit_test(test_emit_ends_the_feed),
        cmocka_unit_test(test_where_output_lives),
        cmocka_unit_test(test_profile_limits),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
