/*
 * `partnerd key`: a fresh key, and the entry for a static registry.
 */

#include <stdio.h>

#include "log.h"
#include "mint.h"
#include "verbs.h"


/*
 * Neither the database nor a file hears of the key; what is printed is all
 * there is of it.
 */
int
pd_key(const pd_options_t *o)
{
    pd_minted_t m;

    (void) o;

    if (pd_mint(&m) != 0) {
        pd_log(PD_ERROR, "key", "detail", "no randomness", NULL);
        return 1;
    }

    (void) printf("key: %s\n"
                  "{\"sha256\": \"%s\", \"id\": \"%s\", "
                  "\"partnerId\": \"partner-1\", \"tier\": \"basic\", "
                  "\"scopes\": [\"read:*\"]}\n",
                  m.key, m.digest, m.prefix);
    pd_minted_wipe(&m);

    if (fflush(stdout) != 0) {
        pd_log(PD_ERROR, "key", "detail", "cannot write", NULL);
        return 1;
    }

    return 0;
}
