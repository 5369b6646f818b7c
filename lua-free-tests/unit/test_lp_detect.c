/*
 * lp_detect: recall and precision on the labelled corpora, and the forms that
 * each class has to know or to leave alone.
 */

#include <stdio.h>
#include <stdlib.h>
#include <jansson.h>

#include "unit.h"
#include "lp_detect.h"


#define CORPUS "lua-free-tests/corpus/"
#define ALL    ((1u << LP_DETECT_CLASSES) - 1)
#define FINDS  64

/* Per mille, of what is labelled and of what is found. */
#define RECALL    995
#define PRECISION 990


typedef struct {
    unsigned labelled, covered, found, right;
} tally_t;

static tally_t tallies[LP_DETECT_CLASSES];


static unsigned
find(const char *text, size_t len, lp_detect_hit_t *hits)
{
    size_t   at = 0;
    unsigned n;

    for (n = 0;
         n < FINDS
         && lp_detect_next((const uint8_t *) text, len, &at, ALL, &hits[n]);
         n++) {
        assert_true(hits[n].from < hits[n].to && hits[n].to <= len);
        assert_true(n == 0 || hits[n].from >= hits[n - 1].to);
    }

    return n;
}


static void
tally_line(json_t *line, const char *raw, int verbose)
{
    size_t          i, len = json_string_length(json_object_get(line, "text"));
    json_t         *span;
    unsigned        n, k;
    const char     *text, *class;
    lp_detect_hit_t hits[FINDS];
    uint8_t         met[FINDS] = { 0 };

    text = json_string_value(json_object_get(line, "text"));
    assert_non_null(text);
    n = find(text, len, hits);

    for (k = 0; k < n; k++) {
        tallies[hits[k].class].found++;
    }

    json_array_foreach(json_object_get(line, "spans"), i, span)
    {
        size_t from, to;
        int    hit = 0;

        from = (size_t) json_integer_value(json_array_get(span, 0));
        to = (size_t) json_integer_value(json_array_get(span, 1));
        class = json_string_value(json_array_get(span, 2));

        for (unsigned c = 0; c < LP_DETECT_CLASSES; c++) {
            tallies[c].labelled += strcmp(lp_detect_names[c], class) == 0;
        }

        /* Found: reports cover each byte.  Right: a report meets a label. */
        for (k = 0; k < n; k++) {
            if (strcmp(lp_detect_names[hits[k].class], class) != 0
                || hits[k].to <= from || hits[k].from >= to) {
                continue;
            }

            hit = hits[k].from <= from && hits[k].to >= to;
            tallies[hits[k].class].covered += hit;
            tallies[hits[k].class].right += !met[k];
            met[k] = 1;
        }

        if (!hit && verbose) {
            (void) printf("missed %s %zu %zu: %s", class, from, to, raw);
        }
    }

    for (k = 0; k < n && verbose; k++) {
        if (!met[k]) {
            (void) printf("wrong %s %zu %zu: %s",
                          lp_detect_names[hits[k].class], hits[k].from,
                          hits[k].to, raw);
        }
    }
}


/* With VERBOSE in the environment each miss and each false find is shown. */
static void
judge(const char *name)
{
    FILE    *file;
    char     raw[32768];
    json_t  *line;
    unsigned c, poor = 0;

    file = fopen(name, "r");
    assert_non_null(file);
    memset(tallies, 0, sizeof(tallies));
    (void) printf("%s\n", name);

    while (fgets(raw, sizeof(raw), file) != NULL) {
        line = json_loads(raw, 0, NULL);
        assert_non_null(line);
        tally_line(line, raw, getenv("VERBOSE") != NULL);
        json_decref(line);
    }

    (void) fclose(file);

    for (c = 0; c < LP_DETECT_CLASSES; c++) {
        const tally_t *t = &tallies[c];

        assert_in_range(t->labelled, 100, 100000);
        (void) printf("%-8s recall %7.3f %%, precision %7.3f %% of %u\n",
                      lp_detect_names[c], 100.0 * t->covered / t->labelled,
                      t->found > 0 ? 100.0 * t->right / t->found : 0.0,
                      t->labelled);
        poor += t->covered * 1000 < t->labelled * RECALL
                || t->right * 1000 < t->found * PRECISION;
    }

    assert_int_equal(poor, 0);
}


static void
test_corpus(void **state)
{
    (void) state;

    judge(CORPUS "detectors.jsonl");
    judge(CORPUS "second/detectors2.jsonl");
    judge(CORPUS "third/third.jsonl");
    judge(CORPUS "fourth/fourth.jsonl");
    judge(CORPUS "fifth/fifth.jsonl");
    judge(CORPUS "sixth/sixth.jsonl");
}


static void
test_forms(void **state)
{
    size_t          i;
    unsigned        n;
    lp_detect_hit_t hits[FINDS];

    static const struct {
        const char *text;
        const char *class; /* of the only find, or NULL */
        const char *what;
    } cases[] = {
        { "mail a.b+c@example.co.uk.", "email", "a.b+c@example.co.uk" },
        { "x@localhost, @home, a@b", NULL, "" },
        { "/u?m=ada%40example.com&x=1", "email", "ada%40example.com" },
        { "Tel\xc4\x8d 4150064507, Ch\xc3\xa2tel 5259535318", NULL, "" },
        { "eISSN 231012021, contactees 4150064507", NULL, "" },
        { "t\xc3\xa9l 4150064507", "phone", "4150064507" },
        { "100%40 off, %40example.com, ada%40", NULL, "" },
        { "to=maria.4111111111111111%40example.com", "email",
          "maria.4111111111111111%40example.com" },
        { "logo%402x.png", NULL, "" },
        { "Handyman job 4547064719, Callum's 4547064719", NULL, "" },
        { "callback_id 4547064719, smsc_queue 4547064719", NULL, "" },
        { "phonetics 4547064719, contactor relay 4547064719", NULL, "" },
        { "caller id 4547064719", "phone", "4547064719" },
        { "contacto 4547064719", "phone", "4547064719" },
        { "faxNo 4547064719", "phone", "4547064719" },
        { "said the caller: 1) 091-31-4975", "ssn", "091-31-4975" },
        { "call 1) 4547064719", "phone", "4547064719" },
        { "ring +49 (0)30 1234567!", "phone", "+49 (0)30 1234567" },
        { "(415) 555-0123", "phone", "(415) 555-0123" },
        { "2024-01-02 10:20:30", NULL, "" },
        { "52.520008, 13.404954", NULL, "" },
        { "card 4111 1111 1111 1111", "card", "4111 1111 1111 1111" },
        { "track 4111111111111111=25121011000", "card", "4111111111111111" },
        { "noted 4111111111111111:12/26:123", "card", "4111111111111111" },
        { "card 4111 1111 1111 1112", NULL, "" },
        { "IMEI 490154203237518", NULL, "" },
        { "GB82 WEST 1234 5698 7654 32", "iban",
          "GB82 WEST 1234 5698 7654 32" },
        { "GB83WEST12345698765432", NULL, "" },
        { "ssn 219-09-9999", "ssn", "219-09-9999" },
        { "666-12-3456 and 123-00-4567", NULL, "" },
        { "2341 2341 2346", "aadhaar", "2341 2341 2346" },
        { "2341 2341 2347", NULL, "" },
        { "PAN ABCPE1234F", "pan_in", "ABCPE1234F" },
        { "ABCDE1234F, ABCPE1234FX", NULL, "" },
        { "{\\n2341 2341 2346", "aadhaar", "2341 2341 2346" },
        { "n2341 2341 2346", NULL, "" },
        { "ok\\nssn 219099999", "ssn", "219099999" },
        { "No.4111111111111111", "card", "4111111111111111" },
        { "0.4111111111111111", NULL, "" },
        { "to a&b@example.org->c", "email", "a&b@example.org" },
        { "Tel. 0221 / 4710962", "phone", "0221 / 4710962" },
        { "Call 0033 6 39 98 89 50", "phone", "0033 6 39 98 89 50" },
        { "telemetry 3911149257", NULL, "" },
        { "at +52.520008 13.404954", NULL, "" },
        { "SSN: 323 68 5907 (17)", "ssn", "323 68 5907" },
        { "550e8400-e29b-41d4-a716-446655440000", NULL, "" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        n = find(cases[i].text, strlen(cases[i].text), hits);

        if (n != (cases[i].class != NULL)) {
            fail_msg("%u finds in: %s", n, cases[i].text);
        }

        if (n > 0) {
            assert_string_equal(lp_detect_names[hits[0].class],
                                cases[i].class);
            assert_int_equal(hits[0].to - hits[0].from, strlen(cases[i].what));
            assert_memory_equal(cases[i].text + hits[0].from, cases[i].what,
                                strlen(cases[i].what));
        }
    }
}


/* What is not asked for is not found. */
static void
test_classes(void **state)
{
    size_t          at;
    unsigned        c;
    lp_detect_hit_t hit;

    static const char text[] = "a@b.org +4930123456 4111111111111111 "
                               "GB82WEST12345698765432 219-09-9999 "
                               "2341 2341 2346 ABCPE1234F";

    (void) state;

    for (c = 0; c < LP_DETECT_CLASSES; c++) {
        at = 0;
        assert_true(lp_detect_next((const uint8_t *) text, sizeof(text) - 1,
                                   &at, 1u << c, &hit));
        assert_int_equal(hit.class, c);
        assert_false(lp_detect_next((const uint8_t *) text, sizeof(text) - 1,
                                    &at, 1u << c, &hit));
    }
}


static void
test_numbers(void **state)
{
    (void) state;

#define NUMBER(text)                                                          \
    lp_detect_number((const uint8_t *) (text), strlen(text), ALL)

    assert_int_equal(NUMBER("4111111111111111"), LP_DETECT_CARD);
    assert_int_equal(NUMBER("234123412346"), LP_DETECT_AADHAAR);
    assert_int_equal(NUMBER("4111111111111112"), LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("-4111111111111111"), LP_DETECT_CARD);
    assert_int_equal(NUMBER("4111111111111111.0"), LP_DETECT_CARD);
    assert_int_equal(NUMBER("4.111111111111111e15"), LP_DETECT_CARD);
    assert_int_equal(NUMBER("4.111111111111111E+15"), LP_DETECT_CARD);
    assert_int_equal(NUMBER("4111111111111111e0"), LP_DETECT_CARD);
    assert_int_equal(NUMBER("41111111111111110e-1"), LP_DETECT_CARD);
    assert_int_equal(NUMBER("-0.004111111111111111e18"), LP_DETECT_CARD);
    assert_int_equal(NUMBER("378282246310005.00"), LP_DETECT_CARD);
    assert_int_equal(NUMBER("2.34123412346e11"), LP_DETECT_AADHAAR);
    assert_int_equal(NUMBER("-234123412346"), LP_DETECT_AADHAAR);

    /* not whole, of another length, an estimate, or no number */
    assert_int_equal(NUMBER("4111111111111111.5"), LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("4.111111111111111"), LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("4.111111111111111e14"), LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("4.111111111111111e16"), LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("4.111111111111111e-15"), LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("4.111111111111111e999999999999"),
                     LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("4111111111111111e-999999999999"),
                     LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("4.26e15"), LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("4111111111111111.00000000000000000000"),
                     LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("0.0000000000000000"), LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("4111111111111111x"), LP_DETECT_CLASSES);
    assert_int_equal(NUMBER("17"), LP_DETECT_CLASSES);

#undef NUMBER
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corpus),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
