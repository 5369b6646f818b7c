/*
 * Reads how to reach Redis; the password from a file that is closed to others.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "login.h"


/* One line, without its end. */
static int
pd_login_line(char *text, ssize_t n)
{
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r')) {
        n--;
    }

    text[n > 0 ? n : 0] = '\0';

    return n > 0 && strlen(text) == (size_t) n && strpbrk(text, "\r\n") == NULL
               ? LP_OK
               : LP_INVALID;
}


static int
pd_login_password(pd_login_t *login, const char *path, lp_error_t *err)
{
    int         fd;
    ssize_t     n;
    struct stat st;

    fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1 || fstat(fd, &st) == -1) {
        n = errno;
        if (fd != -1) {
            (void) close(fd);
        }
        return lp_error(err, "", "--redis-password-file %s: %s", path,
                        strerror((int) n));
    }

    /*
     * Of the file that is open, not of its name: nobody can change it in
     * between.
     */
    if ((st.st_mode & S_IRWXO) != 0) {
        (void) close(fd);
        return lp_error(err, "",
                        "--redis-password-file %s is open to others; chmod "
                        "o= it",
                        path);
    }

    /*
     * One byte more than fits tells a password that is too long from one that
     * was cut.
     */
    n = read(fd, login->password, PD_PASSWORD_MAX);
    (void) close(fd);

    if (n >= PD_PASSWORD_MAX || pd_login_line(login->password, n) != LP_OK) {
        pd_login_wipe(login);
        return lp_error(err, "",
                        "--redis-password-file %s is not one line of 1 to %d "
                        "bytes",
                        path, PD_PASSWORD_MAX - 1);
    }

    return LP_OK;
}


int
pd_login_load(pd_login_t *login, const pd_options_t *o, lp_error_t *err)
{
    lp_error_t why;

    memset(login, 0, sizeof(*login));

    if (lp_redis_address_parse(&login->address, o->redis, strlen(o->redis),
                               &why)
        != LP_OK) {
        return lp_error(err, "", "--redis \"%.60s\": %s", o->redis, why.text);
    }

    if (strlen(o->redis_user) >= sizeof(login->user)) {
        return lp_error(err, "", "--redis-user has at most %zu bytes",
                        sizeof(login->user) - 1);
    }

    if (o->redis_user[0] != '\0' && o->redis_password[0] == '\0') {
        return lp_error(err, "", "--redis-user needs --redis-password-file");
    }

    (void) snprintf(login->user, sizeof(login->user), "%s", o->redis_user);

    return o->redis_password[0] == '\0'
               ? LP_OK
               : pd_login_password(login, o->redis_password, err);
}


/* At the end: a connection that is lost needs it to come back. */
void
pd_login_wipe(pd_login_t *login)
{
    OPENSSL_cleanse(login->password, sizeof(login->password));
}
