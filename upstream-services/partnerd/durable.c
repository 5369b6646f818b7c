/*
 * Writes, reads and removes small files durably.
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"


int
pd_durable_path(const char *dir, const char *name, char path[PD_DURABLE_PATH])
{
    int n;

    if (strchr(name, '/') != NULL) {
        errno = EINVAL;
        return -1;
    }

    n = snprintf(path, PD_DURABLE_PATH, "%s/%s", dir, name);

    if (n < 0 || n >= PD_DURABLE_PATH) {
        errno = ENAMETOOLONG;
        return -1;
    }

    return 0;
}


/* A name is there, or gone, for good once its folder was written. */
int
pd_durable_settle(const char *dir)
{
    int fd, rc;

    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }

    rc = fsync(fd);
    (void) close(fd);

    return rc;
}


/* A short write leaves no room for doubt: the medium is full. */
static int
pd_durable_put(const char *path, int flags, const void *data, size_t len)
{
    int     fd, rc;
    ssize_t n;

    fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0600);
    if (fd < 0) {
        return -1;
    }

    n = write(fd, data, len);
    if (n >= 0 && n != (ssize_t) len) {
        errno = ENOSPC;
    }

    rc = n == (ssize_t) len ? fsync(fd) : -1;

    return close(fd) == 0 ? rc : -1;
}


/* O_EXCL: whoever drew the same name must learn it. */
int
pd_durable_write(const char *dir, const char *name, const void *data,
                 size_t len)
{
    char path[PD_DURABLE_PATH];

    return pd_durable_path(dir, name, path) == 0
               ? pd_durable_put(path, O_CREAT | O_EXCL, data, len)
               : -1;
}


int
pd_durable_create(const char *dir, const char *name, const void *data,
                  size_t len)
{
    return pd_durable_write(dir, name, data, len) == 0 ? pd_durable_settle(dir)
                                                       : -1;
}


int
pd_durable_unlink(const char *dir, const char *name)
{
    char path[PD_DURABLE_PATH];

    return pd_durable_path(dir, name, path) == 0 ? unlink(path) : -1;
}


/*
 * rename() is atomic: after a crash the old file is there or the new, whole.
 */
int
pd_durable_replace(const char *path, const void *data, size_t len)
{
    int n;
    char new[PD_DURABLE_PATH];

    n = snprintf(new, sizeof(new), "%s.new", path);

    if (n < 0 || (size_t) n >= sizeof(new)) {
        errno = ENAMETOOLONG;
        return -1;
    }

    if (pd_durable_put(new, O_CREAT | O_TRUNC, data, len) != 0
        || rename(new, path) != 0) {
        return -1;
    }

    return pd_durable_settle(dirname(new));
}


/*
 * Overwritten before it is unlinked, so that the blocks of a file system that
 * writes in place hold no key.
 */
int
pd_durable_remove(const char *dir, const char *name)
{
    char path[PD_DURABLE_PATH];

    static const char nothing[256];

    return pd_durable_path(dir, name, path) == 0
                   && pd_durable_put(path, 0, nothing, sizeof(nothing)) == 0
                   && unlink(path) == 0
               ? pd_durable_settle(dir)
               : -1;
}


/* One byte more is asked for, to tell a longer file from a right one. */
int
pd_durable_read(const char *dir, const char *name, void *data, size_t len)
{
    int     fd;
    char    path[PD_DURABLE_PATH], more;
    ssize_t n;

    fd = pd_durable_path(dir, name, path) == 0
             ? open(path, O_RDONLY | O_CLOEXEC)
             : -1;
    if (fd < 0) {
        return -1;
    }

    n = read(fd, data, len);

    if (n >= 0 && (n != (ssize_t) len || read(fd, &more, 1) != 0)) {
        errno = EIO;
        n = -1;
    }

    (void) close(fd);

    return n < 0 ? -1 : 0;
}
