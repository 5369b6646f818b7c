/*
 * Reads the file of peppers, which is closed to others.
 */

#include <string.h>
#include <openssl/crypto.h>

#include "file.h"
#include "pepper.h"


int
pd_pepper_load(lp_peppers_t **peppers, const char *path, lp_error_t *err)
{
    char      *text;
    size_t     len;
    lp_error_t why;

    if (path[0] == '\0') {
        *peppers = lp_peppers_create(NULL, 0, err);
        return *peppers != NULL ? LP_OK : LP_INVALID;
    }

    *peppers = NULL;
    text = pd_file_secret("--key-pepper", path, &len, err);
    if (text == NULL) {
        return LP_INVALID;
    }

    *peppers = lp_peppers_create(text, len, &why);
    OPENSSL_clear_free(text, len);

    return *peppers != NULL
               ? LP_OK
               : lp_error(err, "", "--key-pepper %s: %s", path, why.text);
}
