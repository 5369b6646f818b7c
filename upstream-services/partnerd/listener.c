/*
 * The Unix socket on which partnerd answers.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "listener.h"


#define PD_SCHEME     "unix:"
#define PD_SCHEME_LEN (sizeof(PD_SCHEME) - 1)
#define PD_BACKLOG    1024 /* waiting connections; at most net.core.somaxconn */


/* The path is absolute: a working directory is no place to look for it. */
static int
pd_listener_address(const char *option, const char *address,
                    struct sockaddr_un *sa, lp_error_t *err)
{
    const char *path;

    path = address + PD_SCHEME_LEN;

    if (strncmp(address, PD_SCHEME, PD_SCHEME_LEN) != 0 || path[0] != '/'
        || strlen(path) >= sizeof(sa->sun_path)) {
        return lp_error(err, "",
                        "%s is \"%.80s\"; allowed: unix:/path "
                        "of at most %zu bytes",
                        option, address, sizeof(sa->sun_path) - 1);
    }

    memset(sa, 0, sizeof(*sa));
    sa->sun_family = AF_UNIX;
    strcpy(sa->sun_path, path);

    return LP_OK;
}


/* 1: a process answers there. */
static int
pd_listener_taken(const struct sockaddr_un *sa)
{
    int fd, rc;

    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return 0;
    }

    rc = connect(fd, (const struct sockaddr *) sa, sizeof(*sa));
    (void) close(fd);

    return rc == 0;
}


/* The mask is the whole process's, so it is set for this one call. */
static int
pd_listener_bind(int fd, const struct sockaddr_un *sa)
{
    int    rc;
    mode_t mask;

    mask = umask(0117); /* 0660 from the first moment */
    rc = bind(fd, (const struct sockaddr *) sa, sizeof(*sa));
    (void) umask(mask);

    return rc;
}


/*
 * Between the look and the bind another process may come; then one of the two
 * has the name, and nginx asks that one.
 */
int
pd_listener_open(const char *option, const char *address, lp_error_t *err)
{
    int                fd;
    struct stat        st;
    struct sockaddr_un sa;

    if (pd_listener_address(option, address, &sa, err) != LP_OK) {
        return -1;
    }

    if (pd_listener_taken(&sa)) {
        (void) lp_error(err, "", "%.100s: another process answers there",
                        address);
        return -1;
    }

    /* What is not a socket was not ours, and bind() will say so. */
    if (lstat(sa.sun_path, &st) == 0 && S_ISSOCK(st.st_mode)) {
        (void) unlink(sa.sun_path);
    }

    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0 || pd_listener_bind(fd, &sa) != 0
        || listen(fd, PD_BACKLOG) != 0) {
        (void) lp_error(err, "", "%.100s: %s", address, strerror(errno));

        if (fd >= 0) {
            (void) close(fd);
        }
        return -1;
    }

    return fd;
}


/* In order only: after a kill the next one finds it and takes it away. */
void
pd_listener_remove(const char *address)
{
    (void) unlink(address + PD_SCHEME_LEN);
}
