/*
 * Small files that are on disk, or gone from it, when a call returns.
 */

#ifndef PD_DURABLE_H
#define PD_DURABLE_H


#include <stddef.h>


#define PD_DURABLE_PATH 4096 /* bytes of a path, its end included */


/* All return -1 with errno set. */

/* DIR/NAME; ENAMETOOLONG where it does not fit, EINVAL where the name leads
 * elsewhere. */
int pd_durable_path(const char *dir, const char *name,
                    char path[PD_DURABLE_PATH]);

/* A new file that its owner alone may read; EEXIST where there is one. */
int pd_durable_create(const char *dir, const char *name, const void *data,
                      size_t len);

/* The same in two steps, so that many files can share the second: the data is
 * on disk, and its name after pd_durable_settle() of the folder. */
int pd_durable_write(const char *dir, const char *name, const void *data,
                     size_t len);
int pd_durable_settle(const char *dir);

/* Of what was never needed: it may come back after a crash. */
int pd_durable_unlink(const char *dir, const char *name);

/* In one step for whoever reads: all of the old, or all of the new. */
int pd_durable_replace(const char *path, const void *data, size_t len);

/* Overwritten first, for what that is worth on the medium. */
int pd_durable_remove(const char *dir, const char *name);

/* A file of exactly `len` bytes; EIO where it has another length. */
int pd_durable_read(const char *dir, const char *name, void *data, size_t len);


#endif
