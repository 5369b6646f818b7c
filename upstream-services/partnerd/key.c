/*
 * `partnerd key`: a fresh key, and the entry for a static registry.
 */

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "mint.h"
#include "pepper.h"
#include "verbs.h"


static void
pd_key_print(const pd_minted_t *m)
{
    (void) printf("key: %s\n{", m->key);

    if (strcmp(m->pepper, LP_PEPPER_PLAIN) == 0) {
        (void) printf("\"sha256\": \"%s\"", m->digest);
    } else {
        (void) printf("\"hmacSha256\": \"%s\", \"pepper\": \"%s\"", m->digest,
                      m->pepper);
    }

    (void) printf(", \"id\": \"%s\", \"partnerId\": \"partner-1\", "
                  "\"tier\": \"basic\", \"scopes\": [\"read:*\"]}\n",
                  m->prefix);
}


/*
 * Neither the database nor a file hears of the key; what is printed is all
 * there is of it.
 */
int
pd_key(const pd_options_t *o)
{
    int           rc;
    lp_error_t    err;
    pd_minted_t   m;
    lp_peppers_t *peppers;

    if (pd_pepper_load(&peppers, o->key_pepper, &err) != LP_OK) {
        pd_log(PD_ERROR, "key", "detail", err.text, NULL);
        return 1;
    }

    rc = pd_mint(&m, peppers);
    lp_peppers_free(peppers);

    if (rc != 0) {
        pd_log(PD_ERROR, "key", "detail", "no randomness", NULL);
        return 1;
    }

    pd_key_print(&m);
    pd_minted_wipe(&m);

    if (fflush(stdout) != 0) {
        pd_log(PD_ERROR, "key", "detail", "cannot write", NULL);
        return 1;
    }

    return 0;
}
