/*
 * Makes, reads and destroys the keys of data subjects.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/random.h>
#include <openssl/crypto.h>

#include "draw.h"
#include "durable.h"
#include "log.h"
#include "lp_hex.h"
#include "master.h"


/* ---- keys ---- */

static int
pd_subject_wrong(const char *id, const char *detail)
{
    pd_log(PD_ERROR, "subject_key", "subject", id, "detail", detail, NULL);

    return -1;
}


/* A random UUID (RFC 9562, section 5.4). */
static int
pd_subject_name(char id[PD_SUBJECT_LEN + 1])
{
    char   *at;
    size_t  i;
    uint8_t b[16], *next = b;

    static const uint8_t groups[] = { 4, 2, 2, 2, 6 }; /* bytes */

    if (pd_draw(b, sizeof(b)) != 0) {
        return -1;
    }

    b[6] = (uint8_t) ((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t) ((b[8] & 0x3f) | 0x80);

    for (i = 0, at = id; i < 5; i++) {
        lp_hex_write(at, next, groups[i]);
        at += 2 * groups[i];
        next += groups[i];
        *at++ = i < 4 ? '-' : '\0';
    }

    return 0;
}


/* The key is the kernel's, which so little costs a quarter of what it costs
 * OpenSSL's generator; nothing of it is drawn in advance.  The box is bound to
 * the id: a key under another name opens nothing. */
int
pd_subject_make(const pd_subjects_t *s, char id[PD_SUBJECT_LEN + 1],
                uint8_t key[PD_BOX_KEY], uint8_t box[PD_SUBJECT_BOX])
{
    return pd_subject_name(id) == 0
                   && getrandom(key, PD_BOX_KEY, 0) == PD_BOX_KEY
                   && pd_box_seal(s->masters[0], id, key, PD_BOX_KEY, box) == 0
               ? 0
               : pd_subject_wrong("", "no randomness");
}


void
pd_subject_unkept(const char *id, int error)
{
    (void) pd_subject_wrong(id, strerror(error));
}


/* What is gone was erased; whatever else is wrong must not look like that. */
pd_subject_t
pd_subject_key(const pd_subjects_t *s, const char *id, uint8_t key[PD_BOX_KEY])
{
    size_t under;

    if (pd_master_key(s, id, key, &under) == 0) {
        return PD_SUBJECT_KNOWN;
    }

    if (errno == ENOENT) {
        return PD_SUBJECT_GONE;
    }

    (void) pd_subject_wrong(id, errno == EBADMSG
                                    ? "is no key under this master key"
                                    : strerror(errno));

    return PD_SUBJECT_ERROR;
}


void
pd_subject_drop(const pd_subjects_t *s, const char *id)
{
    if (pd_durable_unlink(s->dir, id) != 0) {
        (void) pd_subject_wrong(id, strerror(errno));
    }
}


static int
pd_subject_remove(const char *dir, const char *id, const char *left)
{
    char name[PD_SUBJECT_LEN + PD_SUBJECT_LEFT];

    (void) snprintf(name, sizeof(name), "%s%s", id, left);

    return pd_durable_remove(dir, name) == 0 || errno == ENOENT ? 0 : -1;
}


/* A rotation changes what a name stands for: under one that it does not know,
 * what is overwritten is what is removed. */
static int
pd_subject_set_aside(const char *dir, const char *id)
{
    char from[PD_DURABLE_PATH], to[PD_DURABLE_PATH];

    return pd_durable_path(dir, id, from) == 0
                   && snprintf(to, sizeof(to), "%s" PD_SUBJECT_ERASED, from)
                          < (int) sizeof(to)
                   && (rename(from, to) == 0 || errno == ENOENT)
               ? 0
               : -1;
}


/* Also what a change of the master key left of it. */
int
pd_subject_destroy(const char *dir, const char *id)
{
    return pd_subject_set_aside(dir, id) == 0
                   && pd_subject_remove(dir, id, PD_SUBJECT_ERASED) == 0
                   && pd_subject_remove(dir, id, PD_SUBJECT_NEW) == 0
               ? 0
               : pd_subject_wrong(id, strerror(errno));
}
