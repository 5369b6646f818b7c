/*
 * lp_json_echo: what comes again is taken as it was read first, and not where
 * it means something else.
 */

#include <stdio.h>

#include "unit_json.h"


#define OUT 16384

typedef struct {
    char   text[OUT]; /* the input, with <...> around values that were named */
    size_t len;
    int    taken; /* of them without a look at the name */
} marked_t;


static void
put(marked_t *out, const uint8_t *from, const uint8_t *to)
{
    assert_in_range(to - from, 0, OUT - 2 - out->len);
    memcpy(out->text + out->len, from, (size_t) (to - from));
    out->len += (size_t) (to - from);
}


static void
put_value(marked_t *out, const uint8_t *from, const uint8_t *value,
          const uint8_t *to)
{
    put(out, from, value);
    out->text[out->len++] = '<';
    put(out, value, to);
    out->text[out->len++] = '>';
}


/* The name before *pos, of which `wanted` says what is made. */
static void
judge(lp_json_t *j, int wanted, const uint8_t **from, const uint8_t **pos,
      const uint8_t *end, marked_t *out)
{
    const uint8_t *value;

    if (!wanted) {
        lp_json_decline(j);

    } else if (lp_json_take(j, pos, end, "tag", &value)) {
        put_value(out, *from, value, *pos);
        *from = *pos;

    } else {
        lp_json_watch(j);
    }
}


/*
 * Brackets the values of names that end in "w"; 1 when it is one JSON text.
 * In pieces of a few bytes all is read by the table, which learns nothing.
 */
static int
mark(const char *text, size_t len, size_t piece, marked_t *out)
{
    int              wanted = 0;
    size_t           n;
    const uint8_t   *p, *from, *end;
    lp_json_event_t  event;
    static lp_json_t j;

    lp_json_init(&j, NULL);
    out->len = 0;
    out->taken = 0;

    for (; len > 0; text += n, len -= n) {
        n = piece < len ? piece : len;

        /* A buffer of exactly that size lets a sanitizer see an overread. */
        from = p = memcpy(malloc(n), text, n);
        end = p + n;

        do {
            event = lp_json_next(&j, &p, end);

            if (event == LP_JSON_NAME) {
                wanted
                    = j.text_len > 0 ? j.text[j.text_len - 1] == 'w' : wanted;

                if (j.text_ends) {
                    judge(&j, wanted, &from, &p, end, out);
                }

            } else if (event == LP_JSON_TAKEN) {
                assert_string_equal(j.tag, "tag");
                assert_ptr_equal(j.text + j.text_len, p);
                out->taken++;
                put_value(out, from, j.text, p);
                from = p;

            } else if (event == LP_JSON_VALUE || event == LP_JSON_END) {
                put(out, from, p);
                from = p;
                out->text[out->len++] = event == LP_JSON_VALUE ? '<' : '>';
            }
        } while (event != LP_JSON_MORE && event != LP_JSON_ERROR);

        put(out, from, p);
        free((void *) (uintptr_t) (end - n));

        if (event == LP_JSON_ERROR) {
            return 0;
        }
    }

    out->text[out->len] = '\0';

    return lp_json_finish(&j);
}


/* Whole and in pieces: the same verdict, and the same values. */
static int
check(const char *text, size_t len)
{
    int             valid;
    static marked_t whole, parts;

    valid = mark(text, len, len, &whole);

    if (mark(text, len, 7, &parts) != valid) {
        fail_msg("%s: %.*s", valid ? "accepted" : "refused", (int) len, text);
    }

    if (valid) {
        assert_string_equal(whole.text, parts.text);
        assert_int_equal(mark(text, len, 150, &parts), 1);
        assert_string_equal(whole.text, parts.text);
    }

    return whole.taken;
}


/* Some records, as lists have them. */
static size_t
write_records(char *text, int n)
{
    int   i;
    char *p = text;

    p += sprintf(p, "{\"list\":[");

    for (i = 0; i < n; i++) {
        p += sprintf(p,
                     "%s{\"id\":%d,\"who\":{\"namew\":\"N%d\",\"no\":[1, %d]},"
                     "\"a\":true,\n  \"ew\" : -1.%d,\"say\":\"some words\"}",
                     i > 0 ? "," : "", i, i, i, i);
    }

    return (size_t) (p - text + sprintf(p, "],\"end\":null}%60s", ""));
}


static void
test_again(void **state)
{
    char text[4096];

    (void) state;

    /* All but the first, and those that the input's end is near to. */
    assert_in_range(check(text, write_records(text, 20)), 34, 38);
}


/* Each byte of what has been learned becomes another. */
static void
test_changed(void **state)
{
    char        text[2048], old;
    size_t      at, len;
    const char *c;

    (void) state;

    len = write_records(text, 7);

    for (at = 0; at < len; at++) {
        old = text[at];

        for (c = "{}[]\",:\\w1 \n\xc3"; *c != '\0'; c++) {
            text[at] = *c;
            (void) check(text, len);
        }

        text[at] = old;
    }
}


/* The same bytes, where something else is open. */
static void
test_elsewhere(void **state)
{
    size_t i, k;
    char   text[4096];

    static const char *const cases[] = {
        /* an object where a list was, and the other way */
        "[[{\"a\":1},{\"a\":2},{\"a\":3},{\"a\":4}],{\"x\":{\"a\":1},{\"a\":2}"
        ",{\"a\":3},{\"a\":4}}]",
        "[{\"l\":[1,2,3,4,5,6]},{\"l\":1,2,3,4,5,6}]",
        "[[1,\"a\":2,\"a\":3],{\"a\":1,\"a\":2,\"a\":3,\"a\":4}]",
        "[{\"a\":1,\"a\":2,\"a\":3,\"a\":4},[1,\"a\":2,\"a\":3]]",
        /* one closed that is not open any more */
        "[[[1],[2],[3],[4]],[1],[2],[3],[4]],[5]",
        "[{\"a\":{\"b\":1},\"a\":{\"b\":2},\"a\":{\"b\":3}},{\"b\":1},\"a\":{"
        "\"b\":2}]",
        /* learned where nobody is told, met where somebody is */
        "[{\"xw\":{\"a\":1,\"bw\":2,\"c\":3,\"bw\":4,\"c\":5,\"bw\":6}},{\"x\""
        ":{\"a\":1,\"bw\":2,\"c\":3,\"bw\":4,\"c\":5,\"bw\":6}}]",
        "[{\"x\":{\"a\":1,\"bw\":2,\"c\":3,\"bw\":4,\"c\":5,\"bw\":6}},{\"xw\""
        ":{\"a\":1,\"bw\":2,\"c\":3,\"bw\":4,\"c\":5,\"bw\":6}}]",
        /* a value of another kind */
        "[{\"a\":1,\"bw\":2},{\"a\":1,\"bw\":2},{\"a\":1,\"bw\":{\"a\":1,"
        "\"bw\":2}},{\"a\":1,\"bw\":\"\\u0041\"},{\"a\":\"\xc3\xa9\",\"bw\":[]"
        "},{\"a\":1,\"bw\":\"x\"},{\"a\":1,\"bw\":false}]",
        "[{\"a\":1,\"bw\":2},{\"a\":1,\"bw\":2},{\"a\":1,\"bw\":2x},{\"a\":1}"
        "]",
        "[{\"a\":1,\"bw\":2},{\"a\":1,\"bw\":2},{\"a\":1,\"bw\":},{\"a\":1}]",
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        for (k = 0; k < 120; k += 3) {
            (void) check(
                text, (size_t) sprintf(text, "%s%*s", cases[i], (int) k, ""));
        }
    }
}


/* More than there is room for, deeper than is learned, and longer. */
static void
test_ceilings(void **state)
{
    int  i, k, n;
    char text[OUT / 2], *p = text;

    (void) state;

    p += sprintf(p, "[");

    for (i = 0; i < 300; i++) {
        p += sprintf(p, "{\"n%d\":%d,\"w\":%d},", i % 200, i, i);
    }

    p += sprintf(p, "0]");
    (void) check(text, (size_t) (p - text));

    for (n = 40; n < 90; n++) {
        p = text;

        for (i = 0; i < n; i++) {
            p += sprintf(p, i % 3 ? "[" : "[{\"l\":");
        }

        for (k = 0; k < 6; k++) {
            p += sprintf(p, "{\"a\":1,\"%*sw\":2},", n - 40, "");
        }

        p += sprintf(p, "3");

        for (i = n - 1; i >= 0; i--) {
            p += sprintf(p, i % 3 ? "]" : "}]");
        }

        (void) check(text, (size_t) (p - text));
    }
}


static void
write_random(char **text, uint64_t *seed, int depth)
{
    unsigned i, n;

    static const char *const names[] = { "a", "bw", "cc", "name_w", "w" };
    static const char *const values[] = {
        "1", "\"x\"", "null", "-0.5", "\"\\n\"", "\"a longer text\"", "1e9"
    };

    n = depth == 0 ? 0 : (unsigned) unit_below(seed, 8);

    if (n < 2) {
        *text += sprintf(*text, "%s",
                         values[unit_below(seed, UNIT_LEN(values))]);
        return;
    }

    *text += sprintf(*text, n & 1 ? "{" : "[");

    for (i = 2; i < n; i++) {
        *text += sprintf(*text, i > 2 ? "," : "");

        if (n & 1) {
            *text += sprintf(
                *text, "\"%s\":", names[unit_below(seed, UNIT_LEN(names))]);
        }

        write_random(text, seed, depth - 1);
    }

    *text += sprintf(*text, n & 1 ? "}" : "]");
}


static void
test_random(void **state)
{
    int      round, i;
    char     text[8192], *p;
    uint64_t seed = 11;

    (void) state;

    for (round = 0; round < 3000; round++) {
        p = text + sprintf(text, "[");

        for (i = 0; i < 12 && p - text < 4000; i++) {
            write_random(&p, &seed, 4);
            *p++ = ',';
        }

        p[-1] = ']';

        if (round & 1) { /* and one byte that is none of it, in half of them */
            text[unit_below(&seed, (uint64_t) (p - text))]
                = "{}[]\",:0"[unit_below(&seed, 8)];
        }

        (void) check(text, (size_t) (p - text));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again),     cmocka_unit_test(test_changed),
        cmocka_unit_test(test_elsewhere), cmocka_unit_test(test_ceilings),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
