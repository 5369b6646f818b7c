/*
 * Reads responses: by Content-Length or in chunks (RFC 9112, sections 6, 7.1).
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer.h"


enum { HEAD = 0, LENGTH, CHUNK_SIZE, CHUNK, TRAILER, DONE };


void
answer_begin(answer_t *a)
{
    a->step = HEAD;
    a->status = 0;
    a->close = 0;
    a->left = 0;
    a->len = 0;
}


/* The value of a field of the head, or NULL; the head ends in a zero. */
static const char *
answer_field(const answer_t *a, const char *name)
{
    const char *line;
    size_t      len;

    len = strlen(name);
    line = a->text;

    while ((line = strstr(line, "\r\n")) != NULL) {
        line += 2;

        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            return line + len + 1 + strspn(line + len + 1, " \t");
        }
    }

    return NULL;
}


static int
answer_read_head(answer_t *a)
{
    const char *value;

    a->text[a->len] = '\0';

    if (strncmp(a->text, "HTTP/1.1 ", 9) != 0) {
        return -1;
    }

    a->status = atoi(a->text + 9);
    value = answer_field(a, "Connection");
    a->close = value != NULL && strncasecmp(value, "close", 5) == 0;

    value = answer_field(a, "Transfer-Encoding");

    if (value != NULL && strncasecmp(value, "chunked", 7) == 0) {
        a->step = CHUNK_SIZE;
        a->len = 0;
        return 0;
    }

    if (a->status == 204 || a->status == 304) {
        a->step = DONE;
        return 0;
    }

    value = answer_field(a, "Content-Length");

    if (value == NULL) {
        return -1; /* one that ends with its connection is never whole */
    }

    a->left = strtoull(value, NULL, 10);
    a->step = a->left == 0 ? DONE : LENGTH;

    return 0;
}


/* One byte of a part that ends in `end`; 1 when it is there. */
static int
answer_keep(answer_t *a, char byte, const char *end)
{
    size_t len;

    if (a->len == ANSWER_HEAD) {
        return -1;
    }

    a->text[a->len++] = byte;
    len = strlen(end);

    return a->len >= len && memcmp(a->text + a->len - len, end, len) == 0;
}


static int
answer_chunk_size(answer_t *a)
{
    char *end;

    a->text[a->len] = '\0';
    a->left = strtoull(a->text, &end, 16);

    if (end == a->text) {
        return -1;
    }

    a->step = a->left == 0 ? TRAILER : CHUNK;
    a->left += 2; /* its own CRLF */
    a->len = 0;

    return 0;
}


/* A step that looks at each byte: a head, a size, or the trailer's lines. */
static int
answer_byte(answer_t *a, char byte)
{
    int ended;

    ended = answer_keep(a, byte, a->step == HEAD ? "\r\n\r\n" : "\r\n");

    if (ended <= 0) {
        return ended;
    }

    switch (a->step) {
    case HEAD:
        return answer_read_head(a);
    case CHUNK_SIZE:
        return answer_chunk_size(a);
    default: /* TRAILER: an empty line ends it */
        if (a->len == 2) {
            a->step = DONE;
        }
        a->len = 0;
        return 0;
    }
}


static size_t
answer_skip(answer_t *a, size_t len)
{
    if (len < a->left) {
        a->left -= len;
        return len;
    }

    len = (size_t) a->left;
    a->left = 0;
    a->step = a->step == CHUNK ? CHUNK_SIZE : DONE;

    return len;
}


int
answer_feed(answer_t *a, const char *data, size_t len)
{
    size_t i;

    for (i = 0; i < len && a->step != DONE;) {

        if (a->step == LENGTH || a->step == CHUNK) {
            i += answer_skip(a, len - i);

        } else if (answer_byte(a, data[i++]) != 0) {
            return -1;
        }
    }

    if (a->step != DONE) {
        return 0;
    }

    return i == len ? 1 : -1;
}
