/*
 * The bytes of an id: ASCII, whatever the locale says of letters.
 */

#include "lp_id.h"


static int
lp_id_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}


int
lp_id_plain(const char *text, size_t len)
{
    size_t i;

    if (len == 0 || len > LP_ID_LEN) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if (!lp_id_byte(text[i])) {
            return 0;
        }
    }

    return 1;
}
