/*
 * base64url: the vectors of RFC 4648, and one spelling only for each value.
 */

#include "unit.h"

#include <openssl/evp.h>

#include "lp_base64url.h"
#include "lp_error.h"


/* The same without what only some processors can, at any length. */
int slow_decode(const char *text, size_t len, uint8_t *out, size_t *out_len);
size_t slow_encode(const void *data, size_t len, char *out);

#undef __x86_64__
#define lp_base64url_decode slow_decode
#define lp_base64url_encode slow_encode
#include "../../libpartner/lp_base64url.c"
#undef lp_base64url_decode
#undef lp_base64url_encode


static void
test_vectors(void **state)
{
    char    text[16];
    size_t  i, len;
    uint8_t out[16];

    static const struct {
        const char *text, *bytes;
    } cases[] = {
        { "", "" },
        { "Zg", "f" },
        { "Zm8", "fo" },
        { "Zm9v", "foo" },
        { "Zm9vYg", "foob" },
        { "Zm9vYmE", "fooba" },
        { "Zm9vYmFy", "foobar" },
        { "-_-_", "\xfb\xff\xbf" },
    };

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        assert_int_equal(lp_base64url_decode(cases[i].text,
                                             strlen(cases[i].text), out, &len),
                         LP_OK);
        assert_int_equal(len, strlen(cases[i].bytes));
        assert_memory_equal(out, cases[i].bytes, len);

        assert_int_equal(lp_base64url_encode(out, len, text),
                         LP_BASE64URL_LEN(len));
        assert_int_equal(LP_BASE64URL_LEN(len), strlen(cases[i].text));
        assert_memory_equal(text, cases[i].text, strlen(cases[i].text));
    }
}


static void
test_refused(void **state)
{
    size_t  i, len;
    uint8_t out[16];

    static const char *const texts[] = { "Z",
                                         "Zg==",
                                         "Zh",
                                         "Zm9",
                                         "Zm9=",
                                         "Z+8A",
                                         "Z/8A",
                                         "Zm 8",
                                         "Zm9v\n",
                                         "Zm9vY",
                                         "\xc3\xa4\xc3\xa4",
                                         "Zm9vYh",
                                         "Zm9vYmF" };

    (void) state;

    for (i = 0; i < UNIT_LEN(texts); i++) {
        assert_int_equal(
            lp_base64url_decode(texts[i], strlen(texts[i]), out, &len),
            LP_INVALID);
    }
}


/* Of all texts of up to three characters one gives each value. */
static void
test_one_spelling(void **state)
{
    char     text[3];
    size_t   len;
    uint8_t  out[8];
    unsigned a, b, two, three;

    (void) state;

    for (two = three = 0, a = 0; a < 256; a++) {
        for (b = 0; b < 256; b++) {
            text[0] = (char) a;
            text[1] = (char) b;
            text[2] = 'A';
            two += lp_base64url_decode(text, 2, out, &len) == LP_OK;
            three += lp_base64url_decode(text, 3, out, &len) == LP_OK;
        }
    }

    assert_int_equal(two, 256);
    assert_int_equal(three, 64 * 64);
}


/* Bytes as OpenSSL writes them, in our alphabet and without padding. */
static size_t
encode(const uint8_t *bytes, size_t len, char *out)
{
    size_t i, n;

    n = (size_t) EVP_EncodeBlock((unsigned char *) out, bytes, (int) len);

    while (n > 0 && out[n - 1] == '=') {
        n--;
    }

    for (i = 0; i < n; i++) {
        out[i] = out[i] == '+' ? '-' : out[i] == '/' ? '_' : out[i];
    }

    return n;
}


typedef int (*decode_pt)(const char *text, size_t len, uint8_t *out,
                         size_t *out_len);

static const decode_pt ways[] = { lp_base64url_decode, slow_decode };


/*
 * Every length, so that each way of reading meets each; and not a byte more is
 * written than is said.
 */
static void
test_lengths(void **state)
{
    char     text[400];
    size_t   i, n, len, size, way;
    uint8_t  bytes[256], out[256 + 16];
    uint64_t seed = 3;

    (void) state;

    for (n = 0; n < 8 * sizeof(bytes); n++) {
        len = n % sizeof(bytes);

        for (i = 0; i < len; i++) {
            bytes[i] = (uint8_t) unit_random(&seed);
        }

        size = encode(bytes, len, text);
        for (way = 0; way < UNIT_LEN(ways); way++) {
            memset(out, 0xa5, sizeof(out));
            assert_int_equal(ways[way](text, size, out, &i), LP_OK);
            assert_int_equal(i, len);
            assert_memory_equal(out, bytes, len);

            for (i = LP_BASE64URL_BYTES(size); i < sizeof(out); i++) {
                assert_int_equal(out[i], 0xa5);
            }
        }
    }
}


/* Each byte that is no digit is found at each place. */
static void
test_every_byte(void **state)
{
    int      digit;
    char     text[72];
    size_t   at, len, way;
    uint8_t  out[64];
    unsigned c;

    (void) state;

    memset(text, 'A', sizeof(text));

    for (at = 0; at < sizeof(text); at++) {
        for (c = 0; c < 256; c++) {
            digit = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')
                    || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
            text[at] = (char) c;

            for (way = 0; way < UNIT_LEN(ways); way++) {
                assert_int_equal(ways[way](text, sizeof(text), out, &len),
                                 digit ? LP_OK : LP_INVALID);
            }
        }

        text[at] = 'A';
    }
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_one_spelling), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_every_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
