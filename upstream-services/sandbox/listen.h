/*
 * Where the sandbox listens: a Unix socket or a loopback port, never more.
 */

#ifndef SB_LISTEN_H
#define SB_LISTEN_H


#include <event2/event.h>
#include <event2/listener.h>
#include <stddef.h>


#define SB_LISTEN_ALLOWED "unix:/path/to.sock, 127.0.0.1:PORT or [::1]:PORT"


/*
 * NULL on failure, and then `error` says why.  A socket file that nobody
 * serves any more is replaced; one that is served is not.
 */
struct evconnlistener *sb_listen(struct event_base *base, const char *address,
                                 char *error, size_t size);


#endif
