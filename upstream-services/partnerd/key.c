/*
 * `partnerd key`: a fresh key, and the entry for a static registry.
 */

#include <stdio.h>
#include <string.h>

#include "log.h"
#include "mint.h"
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
    pd_minted_t m;

    if (pd_mint_for("key", o->key_pepper, &m) != 0) {
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
