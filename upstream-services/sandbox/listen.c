/*
 * Binding the address of the command line.
 */

#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 511

typedef union {
    struct sockaddr         any;
    struct sockaddr_un      un;
    struct sockaddr_storage storage;
} address_t;


static int
parse_unix(const char *path, address_t *a, socklen_t *len)
{
    if (*path != '/' || strlen(path) >= sizeof(a->un.sun_path)) {
        return -1;
    }

    a->un.sun_family = AF_UNIX;
    strcpy(a->un.sun_path, path);
    *len = sizeof(a->un);

    return 0;
}


static int
is_loopback(const address_t *a)
{
    const struct sockaddr_in6 *in6;
    const struct sockaddr_in  *in;

    if (a->any.sa_family == AF_INET) {
        in = (const struct sockaddr_in *) &a->storage;
        return ntohl(in->sin_addr.s_addr) >> 24 == 127 && in->sin_port != 0;
    }

    in6 = (const struct sockaddr_in6 *) &a->storage;

    return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr) && in6->sin6_port != 0;
}


static int
parse_address(const char *text, address_t *a, socklen_t *len)
{
    int size;

    memset(a, 0, sizeof(*a));

    if (strncmp(text, "unix:", 5) == 0) {
        return parse_unix(text + 5, a, len);
    }

    size = sizeof(a->storage);

    if (evutil_parse_sockaddr_port(text, &a->any, &size) != 0
        || !is_loopback(a)) {
        return -1;
    }

    *len = (socklen_t) size;

    return 0;
}


/* Whether a process answers on the socket file. */
static int
is_served(const address_t *a, socklen_t len)
{
    int fd, rc;

    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return 1;
    }

    rc = connect(fd, &a->any, len);
    close(fd);

    return rc == 0;
}


/* 0 when the path is free now; a file that is no socket stays. */
static int
clear_path(const address_t *a, socklen_t len)
{
    struct stat st;

    if (lstat(a->un.sun_path, &st) != 0) {
        return errno == ENOENT ? 0 : -1;
    }

    if (!S_ISSOCK(st.st_mode) || is_served(a, len)) {
        errno = EADDRINUSE;
        return -1;
    }

    return unlink(a->un.sun_path);
}


struct evconnlistener *
sb_listen(struct event_base *base, const char *text, char *error, size_t size)
{
    struct evconnlistener *listener;
    socklen_t              len;
    address_t              a;
    mode_t                 mask;

    if (parse_address(text, &a, &len) != 0) {
        snprintf(error, size, "invalid address \"%.150s\"; allowed: %s", text,
                 SB_LISTEN_ALLOWED);
        return NULL;
    }

    listener = NULL;

    if (a.any.sa_family != AF_UNIX || clear_path(&a, len) == 0) {
        /* who may enter is what the directory says */
        mask = umask(0);
        listener = evconnlistener_new_bind(
            base, NULL, NULL,
            LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
            BACKLOG, &a.any, (int) len);
        umask(mask);
    }

    if (listener == NULL) {
        snprintf(error, size, "cannot listen on %.150s: %s", text,
                 strerror(errno));
    }

    return listener;
}
