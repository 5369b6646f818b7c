/*
 * Reads the master keys, and knows under which of them a folder stands.
 */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <openssl/crypto.h>

#include "durable.h"
#include "file.h"
#include "lp_digest.h"
#include "master.h"


#define PD_MASTER_HEX   (2 * PD_BOX_KEY)
#define PD_MASTER_NAME  "master.sha256" /* beside the keys: under which */
#define PD_MASTER_TRIES 3               /* to read a key that is being moved */


/* ---- the file ---- */

/* Lines of one length; the last may lack its end. */
static int
pd_master_parse(pd_subjects_t *s, const char *text, size_t len)
{
    size_t i, line;

    for (i = 0; i < len; i += line) {
        line = len - i < PD_MASTER_HEX + 1 ? len - i : PD_MASTER_HEX + 1;

        if (s->nmasters == PD_MASTERS || line < PD_MASTER_HEX
            || (line > PD_MASTER_HEX && text[i + PD_MASTER_HEX] != '\n')
            || lp_digest_from_hex(text + i, PD_MASTER_HEX,
                                  s->masters[s->nmasters++])
                   != LP_OK) {
            return -1;
        }
    }

    return s->nmasters > 0 ? 0 : -1;
}


static int
pd_master_load(pd_subjects_t *s, const char *path, lp_error_t *err)
{
    int    rc;
    char  *text;
    size_t len;

    text = pd_file_secret("--master-key", path, &len, err);
    if (text == NULL) {
        return LP_INVALID;
    }

    rc = pd_master_parse(s, text, len);
    OPENSSL_clear_free(text, len);

    return rc == 0 ? LP_OK
                   : lp_error(err, "",
                              "--master-key %s: is not one to %d lines of %d "
                              "hexadecimal digits",
                              path, PD_MASTERS, PD_MASTER_HEX);
}


/* ---- the folder ---- */

/* What lies beside the keys tells which master key, not what it is. */
static int
pd_master_known(const pd_subjects_t *s, const uint8_t noted[LP_DIGEST_LEN])
{
    size_t  i;
    uint8_t own[LP_DIGEST_LEN];

    for (i = 0; i < s->nmasters; i++) {
        if (lp_digest_once(s->masters[i], PD_BOX_KEY, own) == LP_OK
            && lp_digest_equal(own, noted)) {
            return 1;
        }
    }

    return 0;
}


/* The first to open a folder says under which master key it stands. */
static int
pd_master_check(const pd_subjects_t *s, lp_error_t *err)
{
    uint8_t own[LP_DIGEST_LEN], noted[LP_DIGEST_LEN];

    if (lp_digest_once(s->masters[0], PD_BOX_KEY, own) != LP_OK
        || (pd_durable_create(s->dir, PD_MASTER_NAME, own, sizeof(own)) != 0
            && errno != EEXIST)
        || pd_durable_read(s->dir, PD_MASTER_NAME, noted, sizeof(noted))
               != 0) {
        return lp_error(err, "", "--subject-keys %s: %s", s->dir,
                        strerror(errno));
    }

    return pd_master_known(s, noted)
               ? LP_OK
               : lp_error(err, "",
                          "--subject-keys %s: its keys were made under "
                          "another master key",
                          s->dir);
}


int
pd_master_note(const pd_subjects_t *s)
{
    char    path[PD_DURABLE_PATH];
    uint8_t own[LP_DIGEST_LEN];

    return pd_durable_path(s->dir, PD_MASTER_NAME, path) == 0
                   && lp_digest_once(s->masters[0], PD_BOX_KEY, own) == LP_OK
               ? pd_durable_replace(path, own, sizeof(own))
               : -1;
}


static int
pd_subjects_closed(const char *dir, lp_error_t *err)
{
    struct stat st;

    if (stat(dir, &st) != 0) {
        return lp_error(err, "", "--subject-keys %s: %s", dir,
                        strerror(errno));
    }

    return (st.st_mode & S_IRWXO) == 0
               ? LP_OK
               : lp_error(err, "",
                          "--subject-keys %s is open to others; chmod o= it",
                          dir);
}


/* Who can read the folder or the master key alone can open nothing; both are
 * closed to others all the same. */
int
pd_subjects_open(pd_subjects_t *s, const char *dir, const char *master,
                 lp_error_t *err)
{
    *s = (pd_subjects_t){ .dir = dir };

    if (dir[0] == '\0' || master[0] == '\0') {
        return lp_error(err, "", "%s is missing: personal data needs it",
                        dir[0] == '\0' ? "--subject-keys" : "--master-key");
    }

    return pd_subjects_closed(dir, err) == LP_OK
                   && pd_master_load(s, master, err) == LP_OK
               ? pd_master_check(s, err)
               : LP_INVALID;
}


void
pd_subjects_wipe(pd_subjects_t *s)
{
    OPENSSL_cleanse(s->masters, sizeof(s->masters));
}


static int
pd_master_try(const pd_subjects_t *s, const char *id, uint8_t key[PD_BOX_KEY],
              size_t *under)
{
    size_t  i;
    uint8_t box[PD_SUBJECT_BOX];

    if (pd_durable_read(s->dir, id, box, sizeof(box)) != 0) {
        return -1;
    }

    for (i = 0; i < s->nmasters; i++) {
        if (pd_box_open(s->masters[i], id, box, sizeof(box), key) == 0) {
            *under = i;
            return 0;
        }
    }

    errno = EBADMSG;

    return -1;
}


/* A rotation overwrites what was in the place when it was opened here: the
 * other, which is in the place now, is whole. */
int
pd_master_key(const pd_subjects_t *s, const char *id, uint8_t key[PD_BOX_KEY],
              size_t *under)
{
    int      rc;
    unsigned tries;

    tries = 0;

    do {
        rc = pd_master_try(s, id, key, under);
    } while (rc != 0 && (errno == EIO || errno == EBADMSG)
             && ++tries < PD_MASTER_TRIES);

    return rc;
}
