/*
 * Reads a media type as strictly as is needed to know what a client makes of
 * the body, and its parameters as leniently as APIs write them.
 */

#include <string.h>
#include <strings.h>

#include "lp_media.h"


/* WHATWG counts text/json as JSON; the others are of times without names. */
static const struct {
    const char *name;
    lp_media_t  media;
} lp_media_types[] = {
    { "application/json", LP_MEDIA_JSON },
    { "application/x-json", LP_MEDIA_JSON },
    { "text/json", LP_MEDIA_JSON },
    { "text/x-json", LP_MEDIA_JSON },
    { "application/x-ndjson", LP_MEDIA_LINES },
    { "application/ndjson", LP_MEDIA_LINES },
    { "application/jsonl", LP_MEDIA_LINES },
    { "application/x-jsonl", LP_MEDIA_LINES },
    { "application/jsonlines", LP_MEDIA_LINES },
    { "application/x-jsonlines", LP_MEDIA_LINES },
    { "application/json-lines", LP_MEDIA_LINES },
    { "application/x-ldjson", LP_MEDIA_LINES },
    { "application/json-seq", LP_MEDIA_SEQUENCE },
    { "text/event-stream", LP_MEDIA_EVENTS },
};

/* RFC 6839, section 3.1, and RFC 8091. */
static const struct {
    const char *suffix;
    lp_media_t  media;
} lp_media_suffixes[] = {
    { "+json", LP_MEDIA_JSON },
    { "+json-seq", LP_MEDIA_SEQUENCE },
};

/* Of these the lower half is ASCII; bytes beyond have to be UTF-8 anyhow. */
static const char *const lp_media_charsets[]
    = { "utf-8",  "utf8",    "us-ascii",    "ascii",       "iso-8859-1",
        "latin1", "latin-1", "iso-8859-15", "windows-1252" };


static int
lp_media_is(const uint8_t *text, size_t len, const char *name)
{
    return len == strlen(name)
           && strncasecmp((const char *) text, name, len) == 0;
}


/* A character of a token (RFC 9110, section 5.6.2). */
static int
lp_media_is_token(uint8_t c)
{
    return (uint8_t) ((c | 0x20) - 'a') < 26 || (uint8_t) (c - '0') < 10
           || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}


static size_t
lp_media_token(const uint8_t *text, size_t len, size_t at)
{
    while (at < len && lp_media_is_token(text[at])) {
        at++;
    }

    return at;
}


static size_t
lp_media_blank(const uint8_t *text, size_t len, size_t at)
{
    while (at < len && (text[at] == ' ' || text[at] == '\t')) {
        at++;
    }

    return at;
}


int
lp_media_is_ascii(const uint8_t *charset, size_t len)
{
    size_t i, end;

    if (len > 0 && *charset == '"') {
        charset++;
        len--;
    }

    end = lp_media_token(charset, len, 0);

    for (i = 0; i < sizeof(lp_media_charsets) / sizeof(char *); i++) {
        if (lp_media_is(charset, end, lp_media_charsets[i])) {
            return 1;
        }
    }

    return 0;
}


/* Each charset among the parameters, which begin at a semicolon. */
static int
lp_media_is_readable(const uint8_t *text, size_t len, size_t at)
{
    size_t end;

    for (; at < len; at++) {
        if (text[at] != ';') {
            continue;
        }

        at = lp_media_blank(text, len, at + 1);
        end = lp_media_token(text, len, at);

        if (lp_media_is(text + at, end - at, "charset") && end < len
            && text[end] == '='
            && !lp_media_is_ascii(text + end + 1, len - end - 1)) {
            return 0;
        }

        at = end - 1;
    }

    return 1;
}


static lp_media_t
lp_media_named(const uint8_t *type, size_t len)
{
    size_t i, n;

    for (i = 0; i < sizeof(lp_media_types) / sizeof(lp_media_types[0]); i++) {
        if (lp_media_is(type, len, lp_media_types[i].name)) {
            return lp_media_types[i].media;
        }
    }

    for (i = 0; i < sizeof(lp_media_suffixes) / sizeof(lp_media_suffixes[0]);
         i++) {
        n = strlen(lp_media_suffixes[i].suffix);

        if (len > n
            && lp_media_is(type + len - n, n, lp_media_suffixes[i].suffix)) {
            return lp_media_suffixes[i].media;
        }
    }

    return LP_MEDIA_OTHER;
}


lp_media_t
lp_media_of(const uint8_t *type, size_t len)
{
    size_t     slash, end, params;
    lp_media_t media;

    slash = lp_media_token(type, len, 0);

    if (slash == 0 || slash == len || type[slash] != '/') {
        return LP_MEDIA_UNCLEAR;
    }

    end = lp_media_token(type, len, slash + 1);
    params = lp_media_blank(type, len, end);

    if (end == slash + 1 || (params < len && type[params] != ';')) {
        return LP_MEDIA_UNCLEAR;
    }

    media = lp_media_named(type, end);

    return media == LP_MEDIA_OTHER || lp_media_is_readable(type, len, params)
               ? media
               : LP_MEDIA_UNCLEAR;
}
