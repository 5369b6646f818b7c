/*
 * Reads how to reach Redis; the password from a file that is closed to others.
 */

#include <stdio.h>
#include <string.h>
#include <openssl/crypto.h>

#include "file.h"
#include "login.h"


/* One line, without its end. */
static int
pd_login_line(pd_login_t *login, const char *text, size_t len)
{
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        len--;
    }

    if (len == 0 || len >= PD_PASSWORD_MAX || memchr(text, '\0', len) != NULL
        || memchr(text, '\n', len) != NULL
        || memchr(text, '\r', len) != NULL) {
        return -1;
    }

    memcpy(login->password, text, len);

    return 0;
}


static int
pd_login_password(pd_login_t *login, const char *path, lp_error_t *err)
{
    int    rc;
    char  *text;
    size_t len;

    text = pd_file_secret("--redis-password-file", path, &len, err);
    if (text == NULL) {
        return LP_INVALID;
    }

    rc = pd_login_line(login, text, len);
    OPENSSL_clear_free(text, len);

    return rc == 0 ? LP_OK
                   : lp_error(err, "",
                              "--redis-password-file %s is not one line of 1 "
                              "to %d bytes",
                              path, PD_PASSWORD_MAX - 1);
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
