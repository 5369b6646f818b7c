/*
 * lp_json_numbers: runs of numbers in an array, against a naive reading of the
 * grammar, at each place of the block that is judged at once.
 */

#include <stdio.h>

#include "unit_json.h"


/* Elements that are numbers, or none, and blanks around them. */
static int
naive_elements(const char *p)
{
    if (p[strspn(p, " ")] == '\0') {
        return 1;
    }

    for (;; p++) {
        p = unit_json_number(p + strspn(p, " "));

        if (p == NULL) {
            return 0;
        }

        p += strspn(p, " ");

        if (*p != ',') {
            return *p == '\0';
        }
    }
}


/* With so much behind them that they are in the fast lane to their end. */
static void
check(const char *elements, size_t split)
{
    int  len, valid;
    char text[512];

    len = snprintf(text, sizeof(text), "[%s]%80s", elements, "");
    valid = naive_elements(elements);

    if (unit_json_valid(text, (size_t) len, split) != valid) {
        fail_msg("%s at %zu: %s", valid ? "refused" : "accepted", split, text);
    }
}


/* Whole, behind so many elements that it begins there. */
static void
check_behind(const char *text, unsigned elements)
{
    char all[256], *p = all;

    while (elements-- > 0) {
        memcpy(p, "7,", 2);
        p += 2;
    }

    (void) sprintf(p, "%s", text);
    check(all, 0);
}


static void
test_every_short_text(void **state)
{
    char     text[8];
    size_t   len, i, at;
    unsigned n, rest, count;

    static const char     alphabet[] = "01,-. e";
    static const unsigned places[] = { 0, 1, 14, 15 };

    (void) state;

    for (len = 1, count = 7; len <= 6; len++, count *= 7) {
        for (n = 0; n < count; n++) {
            for (i = 0, rest = n; i < len; i++, rest /= 7) {
                text[i] = alphabet[rest % 7];
            }

            text[len] = '\0';

            for (at = 0; at < UNIT_LEN(places); at++) {
                check_behind(text, places[at]);
            }
        }
    }
}


/* Long runs that are good, and with one byte that may not be. */
static void
test_random_runs(void **state)
{
    int      round;
    char     text[256], *p;
    uint64_t seed = 32;
    unsigned i, n;

    static const char alphabet[] = "0123456789,,--.. eE+";

    (void) state;

    for (round = 0; round < 20000; round++) {
        n = 1 + (unsigned) unit_below(&seed, 20);

        for (p = text, i = 0; i < n; i++) {
            p += sprintf(p, "%s%s%u",
                         i == 0                 ? ""
                         : unit_below(&seed, 3) ? ","
                                                : ", ",
                         unit_below(&seed, 4) ? "" : "-",
                         (unsigned) unit_below(&seed, 3000));

            if (unit_below(&seed, 2)) {
                p += sprintf(p, ".%u", (unsigned) unit_below(&seed, 100000));
            }
        }

        check(text, unit_below(&seed, (uint64_t) (p - text)));
        text[unit_below(&seed, (uint64_t) (p - text))]
            = alphabet[unit_below(&seed, sizeof(alphabet) - 1)];
        check(text, 0);
        check(text, unit_below(&seed, (uint64_t) (p - text)));
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_short_text),
        cmocka_unit_test(test_random_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
