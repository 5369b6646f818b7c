/*
 * lp_media: types and charsets as APIs write them, and what is none.
 */

#include "unit.h"
#include "lp_media.h"


static const struct {
    const char *type;
    lp_media_t  media;
} cases[] = {
    { "application/json", LP_MEDIA_JSON },
    { "Application/JSON ; charset=UTF-8", LP_MEDIA_JSON },
    { "application/json\t;\tcharset=\"utf-8\"", LP_MEDIA_JSON },
    { "application/json;", LP_MEDIA_JSON },
    { "application/json; profile=https://x.example/y; v=1", LP_MEDIA_JSON },
    { "application/json; charset=iso-8859-1", LP_MEDIA_JSON },
    { "application/problem+json", LP_MEDIA_JSON },
    { "text/json", LP_MEDIA_JSON },
    { "application/x-ndjson", LP_MEDIA_LINES },
    { "application/geo+json-seq", LP_MEDIA_SEQUENCE },
    { "application/json-seq", LP_MEDIA_SEQUENCE },
    { "text/event-stream;charset=utf8", LP_MEDIA_EVENTS },
    { "text/html; charset=utf-7", LP_MEDIA_OTHER },
    { "application/jso", LP_MEDIA_OTHER },
    { "application/jsonp", LP_MEDIA_OTHER },
    { "application/+jso", LP_MEDIA_OTHER },
    { "multipart/mixed; boundary=\"a;b\"", LP_MEDIA_OTHER },
    { "", LP_MEDIA_UNCLEAR },
    { "json", LP_MEDIA_UNCLEAR },
    { "application/", LP_MEDIA_UNCLEAR },
    { "/json", LP_MEDIA_UNCLEAR },
    { "\"application/json\"", LP_MEDIA_UNCLEAR },
    { " application/json", LP_MEDIA_UNCLEAR },
    { "application/json, text/html", LP_MEDIA_UNCLEAR },
    { "application/json charset=utf-8", LP_MEDIA_UNCLEAR },
    { "application/json; charset=utf-7", LP_MEDIA_UNCLEAR },
    { "application/json; charset=\"UTF-16\"", LP_MEDIA_UNCLEAR },
    { "application/json;a=b;\tCharset=ibm037", LP_MEDIA_UNCLEAR },
    { "application/json;charset=utf-8;charset=utf-7", LP_MEDIA_UNCLEAR },
    { "application/json;charset=", LP_MEDIA_UNCLEAR },
    { "text/event-stream;;charset=utf-16", LP_MEDIA_UNCLEAR },
};


/* Each in memory of its own length, so that nothing behind it is read. */
static void
test_types(void **state)
{
    size_t   i, len;
    uint8_t *type;

    (void) state;

    for (i = 0; i < UNIT_LEN(cases); i++) {
        len = strlen(cases[i].type);
        type = test_malloc(len + (len == 0));
        memcpy(type, cases[i].type, len);

        if (lp_media_of(type, len) != cases[i].media) {
            fail_msg("%s is %d", cases[i].type, (int) lp_media_of(type, len));
        }

        test_free(type);
    }
}


static void
test_charsets(void **state)
{
    (void) state;

#define ASCII(text)                                                           \
    lp_media_is_ascii((const uint8_t *) (text), sizeof(text) - 1)

    assert_true(ASCII("utf-8"));
    assert_true(ASCII("UTF-8; x=y"));
    assert_true(ASCII("\"us-ascii\""));
    assert_false(ASCII("utf-7"));
    assert_false(ASCII("utf-80"));
    assert_false(ASCII("utf-"));
    assert_false(ASCII("\""));
    assert_false(ASCII(""));

#undef ASCII
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_charsets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
