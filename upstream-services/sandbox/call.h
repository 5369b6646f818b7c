/*
 * One call to the sandbox: what a handler is given and how it answers.
 */

#ifndef SB_CALL_H
#define SB_CALL_H


#include <event2/event.h>
#include <event2/http.h>
#include <jansson.h>
#include <stdint.h>


#define SB_BODY_MAX (64 * 1024) /* bytes of a request's body */


typedef struct {
    struct event_base *base;
    struct evhttp     *http;
    struct sb_delay_s *delays; /* answers that wait, see delay.c */
    unsigned           n_delays;
    uint64_t           seed;
} sb_server_t;

typedef struct {
    sb_server_t           *server;
    struct evhttp_request *req;
    const char *tail;  /* path after the route's prefix, "" if none */
    const char *query; /* NULL when there is none */
} sb_call_t;

typedef void (*sb_handler_pt)(sb_call_t *call);


/* Both answer the call and take `body`; NULL is answered as out of memory. */
void sb_answer(struct evhttp_request *req, int status, json_t *body);

/*
 * The same, beyond ASCII as \u escapes: what an older upstream sends, and
 * what a redactor must read just as well.
 */
void sb_answer_ascii(struct evhttp_request *req, int status, json_t *body);

/*
 * problem+json (RFC 9457).  `errors` is taken and may be NULL: an array of
 * {"pointer" or "parameter", "detail"}.
 */
void sb_problem(struct evhttp_request *req, int status, const char *code,
                json_t *errors, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* One element for `errors`; `kind` is "pointer" or "parameter". */
json_t *sb_error(const char *kind, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));


#endif
