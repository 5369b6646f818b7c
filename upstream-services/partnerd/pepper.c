/*
 * Reads the file of peppers, which is closed to others.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "pepper.h"


static int
pd_pepper_parse(lp_peppers_t **peppers, const char *path, const char *text,
                size_t len, lp_error_t *err)
{
    lp_error_t why;

    if (len > LP_PEPPER_TEXT) {
        return lp_error(err, "", "--key-pepper %s is larger than %zu bytes",
                        path, LP_PEPPER_TEXT);
    }

    *peppers = lp_peppers_create(text, len, &why);

    return *peppers != NULL
               ? LP_OK
               : lp_error(err, "", "--key-pepper %s: %s", path, why.text);
}


/* Of the file that is open, not of its name: nobody changes it in between. */
static int
pd_pepper_read(lp_peppers_t **peppers, const char *path, int fd,
               lp_error_t *err)
{
    int         rc;
    char        text[LP_PEPPER_TEXT + 1]; /* one more tells a larger file */
    ssize_t     n;
    struct stat st;

    if (fstat(fd, &st) == -1) {
        return lp_error(err, "", "--key-pepper %s: %s", path, strerror(errno));
    }

    if ((st.st_mode & S_IRWXO) != 0) {
        return lp_error(
            err, "", "--key-pepper %s is open to others; chmod o= it", path);
    }

    n = read(fd, text, sizeof(text));
    rc = n < 0
             ? lp_error(err, "", "--key-pepper %s: %s", path, strerror(errno))
             : pd_pepper_parse(peppers, path, text, (size_t) n, err);
    OPENSSL_cleanse(text, sizeof(text));

    return rc;
}


int
pd_pepper_load(lp_peppers_t **peppers, const char *path, lp_error_t *err)
{
    int fd, rc;

    if (path[0] == '\0') {
        *peppers = lp_peppers_create(NULL, 0, err);
        return *peppers != NULL ? LP_OK : LP_INVALID;
    }

    *peppers = NULL;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return lp_error(err, "", "--key-pepper %s: %s", path, strerror(errno));
    }

    rc = pd_pepper_read(peppers, path, fd, err);
    (void) close(fd);

    return rc;
}
