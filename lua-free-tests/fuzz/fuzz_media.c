/*
 * Any Content-Type: case means nothing, a charset that hides what is said makes
 * JSON unclear, and so does a second type behind a comma.
 */

#include <ctype.h>

#include "fuzz.h"
#include "lp_media.h"


static lp_media_t
followed_by(const uint8_t *type, size_t len, const char *more)
{
    size_t     n = strlen(more);
    uint8_t   *text = malloc(len + n);
    lp_media_t media;

    FUZZ_CHECK(text != NULL);
    memcpy(text, type, len);
    memcpy(text + len, more, n);
    media = lp_media_of(text, len + n);
    free(text);

    return media;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t     i;
    uint8_t   *upper = malloc(len + 1);
    lp_media_t media = lp_media_of(data, len);

    FUZZ_CHECK(upper != NULL);

    for (i = 0; i < len; i++) {
        upper[i] = (uint8_t) toupper(data[i]);
    }

    FUZZ_CHECK(lp_media_of(upper, len) == media);
    free(upper);

    if (media != LP_MEDIA_OTHER) {
        FUZZ_CHECK(followed_by(data, len, ";charset=utf-7")
                   == LP_MEDIA_UNCLEAR);
    }

    if (media != LP_MEDIA_UNCLEAR && memchr(data, ';', len) == NULL) {
        FUZZ_CHECK(followed_by(data, len, ", text/html") == LP_MEDIA_UNCLEAR);
        FUZZ_CHECK(followed_by(data, len, ";charset=utf-8") == media);
    }

    return 0;
}
