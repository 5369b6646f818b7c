/*
 * `partnerd rotate master-key`: encrypts the keys of data subjects under the
 * first master key of the file, while others serve and erase.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/file.h>
#include <openssl/crypto.h>

#include "durable.h"
#include "log.h"
#include "master.h"
#include "verbs.h"


#define PD_ROTATE_TRIES 5  /* to read a key that is being written */
#define PD_ROTATE_PAUSE 10 /* milliseconds between two of them */


typedef struct {
    pd_subjects_t subjects;
    unsigned      moved;
    unsigned      kept;
} pd_rotation_t;


static int
pd_rotate_wrong(const char *name, const char *detail)
{
    pd_log(PD_ERROR, "rotate", "subject", name, "detail", detail, NULL);

    return -1;
}


/*
 * The two change places in one step, which fails where the second has gone
 * meanwhile: an erased key never comes back.  Either way `new` names what must
 * not stay afterwards, the former box or that of an erased key, and is
 * overwritten; an erasure may have done so before.
 */
static int
pd_rotate_exchange(const char *dir, const char *id, const char *new)
{
    int  rc;
    char from[PD_DURABLE_PATH], to[PD_DURABLE_PATH];

    if (pd_durable_path(dir, new, from) != 0
        || pd_durable_path(dir, id, to) != 0) {
        return -1;
    }

    rc = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) == 0
             ? pd_durable_settle(dir)
             : (errno == ENOENT ? 0 : -1);

    return rc == 0 && (pd_durable_remove(dir, new) == 0 || errno == ENOENT)
               ? 0
               : -1;
}


/*
 * A rotation that was killed may have left such a file: its own box, or the
 * former one if it was killed behind the exchange.  The key in it is in its
 * place too, or was erased; nobody else is at it, since one rotates at a time.
 */
static int
pd_rotate_write(const char   *dir, const char *new,
                const uint8_t box[PD_SUBJECT_BOX])
{
    if (pd_durable_remove(dir, new) != 0 && errno != ENOENT) {
        return -1;
    }

    return pd_durable_write(dir, new, box, PD_SUBJECT_BOX);
}


/* A new key has its name before it has its data: what is no key yet may be
 * one in a moment. */
static int
pd_rotate_read(const pd_rotation_t *r, const char *id, uint8_t key[PD_BOX_KEY],
               size_t *under)
{
    int      rc;
    unsigned tries;

    tries = 0;

    for (;;) {
        rc = pd_master_key(&r->subjects, id, key, under);

        if (rc == 0 || (errno != EIO && errno != EBADMSG)
            || ++tries == PD_ROTATE_TRIES) {
            return rc;
        }

        (void) poll(NULL, 0, PD_ROTATE_PAUSE);
    }
}


static int
pd_rotate_key(pd_rotation_t *r, const char *id)
{
    int rc;
    char new[PD_SUBJECT_LEN + sizeof(PD_SUBJECT_NEW)];
    size_t  under;
    uint8_t key[PD_BOX_KEY], box[PD_SUBJECT_BOX];

    if (pd_rotate_read(r, id, key, &under) != 0) {
        return errno == ENOENT
                   ? 0
                   : pd_rotate_wrong(id, errno == EBADMSG
                                             ? "is no key under these master "
                                               "keys"
                                             : strerror(errno));
    }

    if (under == 0) {
        OPENSSL_cleanse(key, sizeof(key));
        r->kept++;
        return 0;
    }

    (void) snprintf(new, sizeof(new), "%.*s" PD_SUBJECT_NEW, PD_SUBJECT_LEN,
                    id);
    rc = pd_box_seal(r->subjects.masters[0], id, key, sizeof(key), box);
    OPENSSL_cleanse(key, sizeof(key));

    if (rc != 0 || pd_rotate_write(r->subjects.dir, new, box) != 0
        || pd_rotate_exchange(r->subjects.dir, id, new) != 0) {
        return pd_rotate_wrong(id, strerror(errno));
    }

    r->moved++;

    return 0;
}


/* What a rotation that was killed left behind goes. */
static int
pd_rotate_entry(pd_rotation_t *r, const char *name)
{
    size_t len;

    len = strlen(name);

    if (len == PD_SUBJECT_LEN) {
        return pd_rotate_key(r, name);
    }

    if (len == PD_SUBJECT_LEN + sizeof(PD_SUBJECT_NEW) - 1
        && strcmp(name + PD_SUBJECT_LEN, PD_SUBJECT_NEW) == 0
        && pd_durable_remove(r->subjects.dir, name) != 0 && errno != ENOENT) {
        return pd_rotate_wrong(name, strerror(errno));
    }

    return 0;
}


/* One key that cannot be moved is named, and the others are moved. */
static int
pd_rotate_folder(pd_rotation_t *r)
{
    int            rc;
    DIR           *dir;
    struct dirent *entry;

    dir = opendir(r->subjects.dir);
    if (dir == NULL) {
        return pd_rotate_wrong("", strerror(errno));
    }

    rc = 0;

    while ((entry = readdir(dir)) != NULL) {
        rc |= pd_rotate_entry(r, entry->d_name);
    }

    (void) closedir(dir);

    return rc;
}


/* Until a walk finds nothing to do: one may miss what is added meanwhile. */
static int
pd_rotate_all(pd_rotation_t *r)
{
    int      rc;
    unsigned moved;

    do {
        moved = r->moved;
        r->kept = 0;
        rc = pd_rotate_folder(r);
    } while (rc == 0 && r->moved > moved);

    if (rc == 0 && pd_master_note(&r->subjects) != 0) {
        rc = pd_rotate_wrong("", strerror(errno));
    }

    return rc;
}


/*
 * Held as long as the descriptor is open.  Of two at once, one would take for
 * left over what the other is about to put in its place, and destroy the key.
 */
static int
pd_rotate_alone(const char *dir)
{
    int fd;

    fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        return fd;
    }

    (void) pd_rotate_wrong("", errno == EWOULDBLOCK
                                   ? "another rotation is at work"
                                   : strerror(errno));
    if (fd >= 0) {
        (void) close(fd);
    }

    return -1;
}


int
pd_rotate_master_key(const pd_options_t *o)
{
    int           rc, fd;
    lp_error_t    err;
    pd_rotation_t r = { .moved = 0 };

    if (pd_subjects_open(&r.subjects, o->subject_keys, o->master_key, &err)
        != LP_OK) {
        (void) pd_rotate_wrong("", err.text);
        return 1;
    }

    fd = pd_rotate_alone(r.subjects.dir);
    if (fd < 0) {
        pd_subjects_wipe(&r.subjects);
        return 1;
    }

    rc = pd_rotate_all(&r);

    (void) close(fd);
    pd_subjects_wipe(&r.subjects);
    (void) printf("%u moved, %u under the first master key%s\n", r.moved,
                  r.kept, rc == 0 ? "" : "; not done");

    return rc == 0 ? 0 : 1;
}
