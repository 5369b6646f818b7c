/*
 * Makes, reads and destroys the keys of data subjects.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "durable.h"
#include "log.h"
#include "lp_digest.h"
#include "subject.h"


#define PD_MASTER_HEX  (2 * PD_BOX_KEY)
#define PD_MASTER_NAME "master.sha256" /* beside the keys: under which */


/* ---- the master key ---- */

/* With or without the end of its one line. */
static int
pd_master_read(pd_subjects_t *s, const char *path)
{
    int    rc;
    char   hex[PD_MASTER_HEX + 2];
    FILE  *f;
    size_t n;

    f = fopen(path, "re");
    if (f == NULL) {
        return -1;
    }

    n = fread(hex, 1, sizeof(hex), f);
    (void) fclose(f);

    rc = (n == PD_MASTER_HEX
          || (n == PD_MASTER_HEX + 1 && hex[PD_MASTER_HEX] == '\n'))
                 && lp_digest_from_hex(hex, PD_MASTER_HEX, s->master) == LP_OK
             ? 0
             : -1;
    OPENSSL_cleanse(hex, sizeof(hex));
    errno = rc == 0 ? 0 : EINVAL;

    return rc;
}


/* What lies beside the keys tells which master key, not what it is. */
static int
pd_master_digest(const pd_subjects_t *s, uint8_t digest[LP_DIGEST_LEN])
{
    int          rc;
    lp_digest_t *sha256;

    sha256 = lp_digest_create();
    if (sha256 == NULL) {
        return -1;
    }

    rc = lp_digest_sha256(sha256, s->master, sizeof(s->master), digest);
    lp_digest_free(sha256);

    return rc == LP_OK ? 0 : -1;
}


/* The first to open a folder says under which master key it stands. */
static int
pd_master_check(const pd_subjects_t *s, lp_error_t *err)
{
    uint8_t own[LP_DIGEST_LEN], noted[LP_DIGEST_LEN];

    if (pd_master_digest(s, own) != 0
        || (pd_durable_create(s->dir, PD_MASTER_NAME, own, sizeof(own)) != 0
            && errno != EEXIST)
        || pd_durable_read(s->dir, PD_MASTER_NAME, noted, sizeof(noted))
               != 0) {
        return lp_error(err, "", "--subject-keys %s: %s", s->dir,
                        strerror(errno));
    }

    return lp_digest_equal(own, noted)
               ? LP_OK
               : lp_error(err, "",
                          "--subject-keys %s: its keys were made under "
                          "another master key",
                          s->dir);
}


static int
pd_subjects_closed(const char *option, const char *path, lp_error_t *err)
{
    struct stat st;

    if (path[0] == '\0') {
        return lp_error(err, "", "%s is missing: serve keeps personal data",
                        option);
    }

    if (stat(path, &st) != 0) {
        return lp_error(err, "", "%s %s: %s", option, path, strerror(errno));
    }

    return (st.st_mode & S_IRWXO) == 0
               ? LP_OK
               : lp_error(err, "", "%s %s is open to others; chmod o= it",
                          option, path);
}


/* Who can read the folder or the master key alone can open nothing; both are
 * closed to others all the same. */
int
pd_subjects_open(pd_subjects_t *s, const char *dir, const char *master,
                 lp_error_t *err)
{
    *s = (pd_subjects_t){ .dir = dir };

    if (pd_subjects_closed("--subject-keys", dir, err) != LP_OK
        || pd_subjects_closed("--master-key", master, err) != LP_OK) {
        return LP_INVALID;
    }

    if (pd_master_read(s, master) != 0) {
        return lp_error(err, "", "--master-key %s: %s", master,
                        errno == EINVAL ? "is not 64 hexadecimal digits"
                                        : strerror(errno));
    }

    return pd_master_check(s, err);
}


void
pd_subjects_wipe(pd_subjects_t *s)
{
    OPENSSL_cleanse(s->master, sizeof(s->master));
}


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
    uint8_t b[16];

    if (RAND_bytes(b, sizeof(b)) != 1) {
        return -1;
    }

    b[6] = (uint8_t) ((b[6] & 0x0f) | 0x40);
    b[8] = (uint8_t) ((b[8] & 0x3f) | 0x80);

    (void) snprintf(id, PD_SUBJECT_LEN + 1,
                    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
                    "%02x%02x%02x%02x%02x%02x",
                    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
                    b[10], b[11], b[12], b[13], b[14], b[15]);

    return 0;
}


/* The box is bound to the id: a key under another name opens nothing. */
int
pd_subject_make(const pd_subjects_t *s, char id[PD_SUBJECT_LEN + 1],
                uint8_t key[PD_BOX_KEY], uint8_t box[PD_SUBJECT_BOX])
{
    return pd_subject_name(id) == 0 && RAND_priv_bytes(key, PD_BOX_KEY) == 1
                   && pd_box_seal(s->master, id, key, PD_BOX_KEY, box) == 0
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
    uint8_t box[PD_SUBJECT_BOX];

    if (pd_durable_read(s->dir, id, box, sizeof(box)) != 0) {
        if (errno == ENOENT) {
            return PD_SUBJECT_GONE;
        }

        (void) pd_subject_wrong(id, strerror(errno));
        return PD_SUBJECT_ERROR;
    }

    if (pd_box_open(s->master, id, box, sizeof(box), key) != 0) {
        (void) pd_subject_wrong(id, "is no key under this master key");
        return PD_SUBJECT_ERROR;
    }

    return PD_SUBJECT_KNOWN;
}


void
pd_subject_drop(const pd_subjects_t *s, const char *id)
{
    if (pd_durable_unlink(s->dir, id) != 0) {
        (void) pd_subject_wrong(id, strerror(errno));
    }
}


int
pd_subject_destroy(const char *dir, const char *id)
{
    return pd_durable_remove(dir, id) == 0 || errno == ENOENT
               ? 0
               : pd_subject_wrong(id, strerror(errno));
}
