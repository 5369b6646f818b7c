/*
 * Reads addresses of Redis.
 */

#include <string.h>

#include "lp_redis_address.h"


#define LP_REDIS_PORT    6379 /* where none is named, as redis-server has it */
#define LP_SENTINEL_PORT 26379 /* the same of redis-sentinel */


typedef struct {
    const char *data;
    size_t      len;
} lp_redis_text_t;


static int
lp_redis_begins(const lp_redis_text_t *text, const char *prefix)
{
    size_t len;

    len = strlen(prefix);

    return text->len >= len && memcmp(text->data, prefix, len) == 0;
}


static void
lp_redis_skip(lp_redis_text_t *text, size_t n)
{
    text->data += n;
    text->len -= n;
}


/* Up to `stop`, which is skipped as well; else all. */
static lp_redis_text_t
lp_redis_until(lp_redis_text_t *text, char stop)
{
    const char     *at;
    lp_redis_text_t part;

    at = text->len == 0 ? NULL : memchr(text->data, stop, text->len);
    part.data = text->data;
    part.len = at == NULL ? text->len : (size_t) (at - text->data);
    lp_redis_skip(text, part.len + (at != NULL));

    return part;
}


/* Visible ASCII but for what separates one thing from the next. */
static int
lp_redis_copy(char *out, size_t room, const lp_redis_text_t *text,
              const char *but)
{
    size_t i;

    if (text->len == 0 || text->len >= room) {
        return LP_INVALID;
    }

    for (i = 0; i < text->len; i++) {
        if (text->data[i] <= ' ' || text->data[i] > '~'
            || strchr(but, text->data[i]) != NULL) {
            return LP_INVALID;
        }
    }

    memcpy(out, text->data, text->len);
    out[text->len] = '\0';

    return LP_OK;
}


/* Five digits at most, so nothing overflows; of none the port is 0. */
static int
lp_redis_port(lp_redis_endpoint_t *e, const lp_redis_text_t *text)
{
    size_t   i;
    unsigned port;

    port = 0;

    for (i = 0; i < text->len; i++) {
        if (text->data[i] < '0' || text->data[i] > '9' || i == 5) {
            return LP_INVALID;
        }

        port = port * 10 + (unsigned) (text->data[i] - '0');
    }

    e->port = (uint16_t) port;

    return port > 0 && port < 65536 ? LP_OK : LP_INVALID;
}


/* "host", "host:port", "[v6]" or "[v6]:port" */
static int
lp_redis_endpoint(lp_redis_address_t *a, lp_redis_text_t text, uint16_t port)
{
    int                  v6;
    lp_redis_text_t      host;
    lp_redis_endpoint_t *e;

    if (a->n == LP_REDIS_ENDPOINTS) {
        return LP_INVALID;
    }

    e = &a->endpoints[a->n++];
    e->port = port;
    /*
     * RFC 3986, section 3.2.2: only brackets tell its colons from that of a
     * port.
     */
    v6 = lp_redis_begins(&text, "[");

    if (v6) {
        lp_redis_skip(&text, 1);
        host = lp_redis_until(&text, ']');

        /* what lp_redis_until() stopped at, or the bracket before */
        if (text.data[-1] != ']' || (text.len > 0 && text.data[0] != ':')) {
            return LP_INVALID;
        }

        lp_redis_skip(&text, text.len > 0);

    } else {
        host = lp_redis_until(&text, ':');

        /* "host:" is a port forgotten, not the usual one. */
        if (text.len == 0 && text.data[-1] == ':') {
            return LP_INVALID;
        }
    }

    if (lp_redis_copy(e->host, sizeof(e->host), &host, v6 ? "/@," : "/@,[]:")
        != LP_OK) {
        return LP_INVALID;
    }

    return text.len > 0 ? lp_redis_port(e, &text) : LP_OK;
}


static int
lp_redis_sentinels(lp_redis_address_t *a, lp_redis_text_t text)
{
    lp_redis_text_t name;

    name = lp_redis_until(&text, '@');

    if (lp_redis_copy(a->master, sizeof(a->master), &name, "@,:/") != LP_OK) {
        return LP_INVALID;
    }

    do {
        if (lp_redis_endpoint(a, lp_redis_until(&text, ','), LP_SENTINEL_PORT)
            != LP_OK) {
            return LP_INVALID;
        }
        /* A comma at the end leaves nothing behind it, and is let pass. */
    } while (text.len > 0);

    return LP_OK;
}


/*
 * A file may have blanks in its name, and letters of any script.  It is named
 * from the root: who connects later may do so from another folder.
 */
static int
lp_redis_path(lp_redis_address_t *a, lp_redis_text_t text)
{
    size_t i;

    if (text.len == 0 || text.len >= sizeof(a->path) || text.data[0] != '/') {
        return LP_INVALID;
    }

    for (i = 0; i < text.len; i++) {
        if ((unsigned char) text.data[i] < ' ') {
            return LP_INVALID;
        }
    }

    memcpy(a->path, text.data, text.len);
    a->path[text.len] = '\0';

    return LP_OK;
}


/* A host that is called "unix" or "sentinel" is given by its address. */
static int
lp_redis_form(lp_redis_address_t *a, lp_redis_text_t text)
{
    if (lp_redis_begins(&text, "unix:")) {
        lp_redis_skip(&text, 5);
        return lp_redis_path(a, text);
    }

    if (lp_redis_begins(&text, "sentinel:")) {
        lp_redis_skip(&text, 9);
        return lp_redis_sentinels(a, text);
    }

    return lp_redis_endpoint(a, text, LP_REDIS_PORT);
}


int
lp_redis_address_parse(lp_redis_address_t *a, const char *text, size_t len,
                       lp_error_t *err)
{
    lp_redis_text_t all = { text, len };

    memset(a, 0, sizeof(*a));

    /* Said apart, since the form is right and only the library lacks it. */
    if (lp_redis_begins(&all, "rediss:")) {
        return lp_error(err, "",
                        "no TLS in the installed hiredis; nginx's stream "
                        "proxy speaks it, see docs/operations.md");
    }

    if (len == 0 || lp_redis_form(a, all) != LP_OK) {
        return lp_error(err, "", "allowed is " LP_REDIS_ALLOWED);
    }

    return LP_OK;
}
