/*
 * Connections on one epoll loop.  A call that finds its kept connection closed
 * before the first byte of an answer is asked once more on a new one, as every
 * HTTP client does (RFC 9110, section 9.2.2); any other loss is a dropped call.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "answer.h"
#include "client.h"
#include "lp_key.h"


#define CLIENT_REQUEST 2048 /* bytes */
#define CLIENT_EVENTS  256
#define CLIENT_TICK    100 /* ms between looks at what is late */


typedef struct {
    int      fd;      /* -1: none */
    unsigned busy;    /* a call is on its way */
    unsigned used;    /* it has answered a call */
    unsigned again;   /* the call is asked for the second time */
    unsigned started; /* a byte of the answer is there */
    size_t   len;     /* of the request */
    size_t   sent;
    int64_t  since; /* the call was due, */
    int64_t  begun; /* and was begun */
    uint32_t key;
    answer_t answer;
    char     request[CLIENT_REQUEST];
} client_t;

typedef struct {
    const client_conf_t *conf;
    tally_t             *tally;
    client_t            *clients;
    uint32_t            *idle; /* a ring of those without a call */
    unsigned             first;
    unsigned             nidle;
    int                  epoll;
    unsigned             open;
    uint64_t             begun;
    int64_t              start;
    uint64_t             random;
    struct sockaddr_in   to;
} load_t;


int64_t
client_clock(void)
{
    struct timespec now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);

    return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}


/* A key that nobody has, with a checksum that is right. */
static void
client_unknown_key(load_t *l, char key[LP_KEY_LEN + 1])
{
    size_t   i;
    uint64_t entropy[LP_KEY_ENTROPY / sizeof(uint64_t)];

    for (i = 0; i < sizeof(entropy) / sizeof(entropy[0]); i++) {
        l->random ^= l->random >> 12;
        l->random ^= l->random << 25;
        l->random ^= l->random >> 27;
        entropy[i] = l->random * UINT64_C(2685821657736338717);
    }

    lp_key_encode((const uint8_t *) entropy, key);
}


static void
client_close(load_t *l, client_t *c)
{
    if (c->fd != -1) {
        (void) close(c->fd);
        c->fd = -1;
        l->open--;
    }
}


static void
client_rest(load_t *l, client_t *c)
{
    c->busy = 0;
    l->idle[(l->first + l->nidle++) % l->conf->connections]
        = (uint32_t) (c - l->clients);
}


/* The one that rests longest, so that all are used. */
static client_t *
client_next(load_t *l)
{
    client_t *c;

    c = &l->clients[l->idle[l->first]];
    l->first = (l->first + 1) % l->conf->connections;
    l->nidle--;

    return c;
}


static void
client_unanswered(load_t *l, const client_t *c, tally_drop_t why)
{
    if (c->len != 0 && c->sent == c->len) {
        tally_unanswered(l->tally, c->since, client_clock(), why, c->key);
    }
}


static void
client_drop(load_t *l, client_t *c, tally_drop_t why)
{
    client_unanswered(l, c, why);
    tally_drop(l->tally, why);
    client_close(l, c);
    client_rest(l, c);
}


/* 0, or -1 when there is no socket left. */
static int
client_connect(load_t *l, client_t *c)
{
    struct epoll_event ev;

    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (c->fd == -1) {
        return -1;
    }

    l->open++;
    c->used = 0;

    if (l->open > l->tally->open) {
        l->tally->open = l->open;
    }

    if (connect(c->fd, (struct sockaddr *) &l->to, sizeof(l->to)) != 0
        && errno != EINPROGRESS) {
        return -1;
    }

    ev.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    ev.data.u32 = (uint32_t) (c - l->clients);

    return epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &ev);
}


static void
client_send(load_t *l, client_t *c)
{
    ssize_t n;

    while (c->sent < c->len) {
        n = send(c->fd, c->request + c->sent, c->len - c->sent, MSG_NOSIGNAL);

        if (n < 0) {
            /* EAGAIN, or an error that reading will tell of */
            (void) l;
            return;
        }

        c->sent += (size_t) n;
    }
}


static void
client_ask(load_t *l, client_t *c)
{
    c->sent = 0;
    c->started = 0;
    answer_begin(&c->answer);

    if (c->fd == -1 && client_connect(l, c) != 0) {
        client_drop(l, c, TALLY_REFUSED);
        return;
    }

    client_send(l, c);
}


/* 0: it does not fit, and is never sent. */
static size_t
client_write(const client_conf_t *conf, const char *key, char *out,
             size_t size)
{
    int         n;
    size_t      len;
    const char *body;

    len = conf->body == NULL ? 0 : strlen(conf->body);
    body = conf->body == NULL ? "" : conf->body;

    n = snprintf(out, size,
                 "%s %s HTTP/1.1\r\nHost: gateway\r\n"
                 "Authorization: Bearer %s\r\n",
                 conf->method, conf->uri, key);

    if (n < 0 || (size_t) n >= size) {
        return 0;
    }

    n += snprintf(out + n, size - (size_t) n,
                  len == 0 ? "\r\n"
                           : "Content-Type: application/json\r\n"
                             "Content-Length: %zu\r\n\r\n%s",
                  len, body);

    return (size_t) n < size ? (size_t) n : 0;
}


static void
client_begin(load_t *l, client_t *c, int64_t due, int64_t now)
{
    char        unknown[LP_KEY_LEN + 1];
    const char *key;

    c->key = l->conf->nkeys
                 ? (uint32_t) ((l->conf->first + l->begun) % l->conf->nkeys)
                 : 0;

    if (l->conf->nkeys != 0) {
        key = l->conf->keys[c->key];

    } else {
        client_unknown_key(l, unknown);
        key = unknown;
    }

    c->len = client_write(l->conf, key, c->request, sizeof(c->request));

    c->busy = 1;
    c->again = 0;
    c->since = due;
    c->begun = now;
    l->begun++;
    tally_begin(l->tally, now - due);

    client_ask(l, c);
}


/* The connection ended, in an orderly way or not. */
static void
client_lost(load_t *l, client_t *c)
{
    unsigned may_ask_again;

    may_ask_again = c->used && !c->started && !c->again;
    client_close(l, c);

    if (!c->busy) {
        return;
    }

    if (may_ask_again) {
        client_unanswered(l, c, TALLY_CLOSED);
        c->again = 1;
        l->tally->retried++;
        client_ask(l, c);
        return;
    }

    client_drop(l, c, c->started || c->used ? TALLY_CLOSED : TALLY_REFUSED);
}


static void
client_answered(load_t *l, client_t *c)
{
    c->used = 1;
    tally_answer(l->tally, c->since, client_clock(), c->answer.status, c->key);

    if (c->answer.close) {
        client_close(l, c);
    }

    client_rest(l, c);
}


static void
client_read(load_t *l, client_t *c)
{
    int     rc;
    char    data[16384];
    ssize_t n;

    while (c->fd != -1) {
        n = recv(c->fd, data, sizeof(data), 0);

        if (n < 0 && errno == EAGAIN) {
            return;
        }

        if (n <= 0) {
            client_lost(l, c);
            return;
        }

        c->started = 1;
        rc = c->busy ? answer_feed(&c->answer, data, (size_t) n) : -1;

        if (rc < 0 && c->busy) {
            client_drop(l, c, TALLY_BROKEN);

        } else if (rc < 0) {
            client_close(l, c); /* bytes that nobody asked for */

        } else if (rc > 0) {
            client_answered(l, c);
        }
    }
}


static void
client_late(load_t *l, int64_t now)
{
    unsigned i;

    for (i = 0; i < l->conf->connections; i++) {
        if (l->clients[i].busy
            && now - l->clients[i].begun > l->conf->timeout) {
            client_drop(l, &l->clients[i], TALLY_LATE);
        }
    }
}


/* When the next call is due: at once, or at its place in the schedule. */
static int64_t
client_due(const load_t *l, int64_t now)
{
    if (l->conf->rate == 0) {
        return now;
    }

    return l->start + (int64_t) (l->begun * 1000000 / l->conf->rate);
}


static unsigned
client_more(const load_t *l, int64_t now)
{
    return l->begun < l->conf->calls && now - l->start < l->conf->limit;
}


/* Begins what is due; how long nothing else will be, in ms. */
static int
client_begin_due(load_t *l)
{
    int64_t now, due;

    for (;;) {
        now = client_clock();
        due = client_due(l, now);

        if (l->conf->connections - l->nidle >= l->conf->flight
            || !client_more(l, now)) {
            return CLIENT_TICK;
        }

        if (due > now) {
            return due - now < 1000 ? 0 : (int) ((due - now) / 1000);
        }

        client_begin(l, client_next(l), due, now);
    }
}


static void
client_loop(load_t *l)
{
    int                i, n, wait;
    int64_t            looked, now;
    client_t          *c;
    struct epoll_event events[CLIENT_EVENTS];

    looked = l->start;

    for (;;) {
        wait = client_begin_due(l);
        wait = l->conf->busy ? 0 : wait;
        now = client_clock();

        if (l->nidle == l->conf->connections && !client_more(l, now)) {
            return;
        }

        n = epoll_wait(l->epoll, events, CLIENT_EVENTS,
                       wait < CLIENT_TICK ? wait : CLIENT_TICK);

        for (i = 0; i < n; i++) {
            c = &l->clients[events[i].data.u32];

            if (c->busy && (events[i].events & EPOLLOUT)) {
                client_send(l, c);
            }

            client_read(l, c);
        }

        if (now - looked > CLIENT_TICK * 1000) {
            looked = now;
            client_late(l, now);
        }
    }
}


int
client_run(const client_conf_t *conf, tally_t *tally)
{
    int      rc;
    load_t   l;
    unsigned i;

    memset(&l, 0, sizeof(l));
    l.conf = conf;
    l.tally = tally;
    l.random = conf->seed | 1;
    l.to.sin_family = AF_INET;
    l.to.sin_port = htons(conf->port);
    l.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);

    l.epoll = epoll_create1(0);
    l.clients = calloc(conf->connections, sizeof(client_t));
    l.idle = calloc(conf->connections, sizeof(uint32_t));
    rc = l.epoll == -1 || l.clients == NULL || l.idle == NULL ? -1 : 0;

    if (rc == 0) {
        for (i = 0; i < conf->connections; i++) {
            l.clients[i].fd = -1;
            l.idle[l.nidle++] = i;
        }

        l.start = client_clock();
        client_loop(&l);

        for (i = 0; i < conf->connections; i++) {
            client_close(&l, &l.clients[i]);
        }
    }

    (void) close(l.epoll);
    free(l.clients);
    free(l.idle);

    return rc;
}
