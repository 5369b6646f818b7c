/*
 * Writes the log.  Text that others wrote, PostgreSQL and Redis above all, may
 * quote what somebody sent: what the detectors of redaction find in it becomes
 * "***" before the line is cut.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "format.h"
#include "log.h"
#include "lp_detect.h"


#define PD_LOG_LINE 2048 /* bytes; longer text is cut */

#define PD_LOG_CLASSES ((1u << LP_DETECT_CLASSES) - 1) /* all there are */


typedef struct {
    char   data[PD_LOG_LINE];
    size_t len;
} pd_line_t;


/* Keeps two bytes for the closing brace and the line's end. */
static void
pd_line_add(pd_line_t *line, char c)
{
    if (line->len < PD_LOG_LINE - 2) {
        line->data[line->len++] = c;
    }
}


/* Text without anything to escape; leaves room for an escape and the quote. */
static void
pd_line_plain(pd_line_t *line, const char *text, size_t len)
{
    size_t room;

    room = line->len < PD_LOG_LINE - 10 ? PD_LOG_LINE - 10 - line->len : 0;
    len = len < room ? len : room;
    memcpy(line->data + line->len, text, len);
    line->len += len;
}


static size_t
pd_line_run(const char *text, size_t len)
{
    size_t n;

    for (n = 0; n < len && (unsigned char) text[n] >= 0x20 && text[n] != '"'
                && text[n] != '\\';
         n++) {
    }

    return n;
}


static void
pd_line_text(pd_line_t *line, const char *text, size_t len)
{
    static const char hex[] = "0123456789abcdef";

    size_t        n;
    unsigned char c;

    for (;; text++, len--) {
        n = pd_line_run(text, len);
        pd_line_plain(line, text, n);
        text += n;
        len -= n;

        if (len == 0 || line->len >= PD_LOG_LINE - 10) {
            return;
        }

        c = (unsigned char) *text;
        pd_line_add(line, '\\');

        if (c < 0x20) {
            pd_line_add(line, 'u');
            pd_line_add(line, '0');
            pd_line_add(line, '0');
            pd_line_add(line, hex[c >> 4]);
            pd_line_add(line, hex[c & 15]);
        } else {
            pd_line_add(line, *text);
        }
    }
}


/* An id of ours is nobody's account, though one in eight thousand has the form
 * and the check digits of one. */
static unsigned
pd_line_classes(const char *text, size_t len)
{
    return pd_format_find("uuid")->matches(text, len) ? 0 : PD_LOG_CLASSES;
}


static void
pd_line_string(pd_line_t *line, const char *text)
{
    size_t          len, at, from;
    unsigned        classes;
    lp_detect_hit_t hit;

    text = text == NULL ? "" : text;
    len = strlen(text);
    classes = pd_line_classes(text, len);
    at = 0;
    from = 0;

    pd_line_add(line, '"');

    while (
        classes != 0
        && lp_detect_next((const uint8_t *) text, len, &at, classes, &hit)) {
        pd_line_text(line, text + from, hit.from - from);
        pd_line_text(line, "***", 3);
        from = hit.to;
    }

    pd_line_text(line, text + from, len - from);
    pd_line_add(line, '"');
}


/* A word of our own, which nothing has to be sought in. */
static void
pd_line_word(pd_line_t *line, const char *word)
{
    pd_line_add(line, '"');
    pd_line_plain(line, word, strlen(word));
    pd_line_add(line, '"');
}


static void
pd_line_name(pd_line_t *line, const char *name)
{
    pd_line_add(line, line->len == 0 ? '{' : ',');
    pd_line_word(line, name);
    pd_line_add(line, ':');
}


/* Time, level and event are ours, whatever the call is about. */
static void
pd_line_begin(pd_line_t *line, const char *level, const char *event)
{
    char           stamp[64];
    size_t         n;
    struct tm      tm;
    struct timeval now;

    (void) gettimeofday(&now, NULL);
    (void) gmtime_r(&now.tv_sec, &tm);
    n = strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
    (void) snprintf(stamp + n, sizeof(stamp) - n, ".%03dZ",
                    (int) (now.tv_usec / 1000));

    pd_line_name(line, "time");
    pd_line_word(line, stamp);
    pd_line_name(line, "level");
    pd_line_word(line, level);
    pd_line_name(line, "event");
    pd_line_word(line, event);
}


void
pd_log(const char *level, const char *event, ...)
{
    va_list     args;
    pd_line_t   line = { .len = 0 };
    const char *name;

    pd_line_begin(&line, level, event);
    va_start(args, event);

    for (name = va_arg(args, const char *); name != NULL;
         name = va_arg(args, const char *)) {
        /* Text alone: readers of logs cast as they like. */
        pd_line_name(&line, name);
        pd_line_string(&line, va_arg(args, const char *));
    }

    va_end(args);

    line.data[line.len++] = '}';
    line.data[line.len++] = '\n';

    /* One write a line: lines of several processes stay whole in a file. */
    if (write(STDERR_FILENO, line.data, line.len) < 0) {
        return; /* nobody reads the log any more; serving goes on */
    }
}


const char *
pd_log_said(const char *sqlstate, const char *message)
{
    return sqlstate != NULL && strncmp(sqlstate, "22", 2) == 0 ? "" : message;
}
