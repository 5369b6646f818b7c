/*
 * Reads the allow list of a credential from its JSON array.
 */

#include <stdlib.h>

#include "lp_allow_list.h"
#include "lp_error.h"


/* Element i is refused as i + 1, since 0 is LP_OK. */
static int
lp_allow_list_parse(const json_t *array, lp_cidr_t *cidrs)
{
    size_t        i;
    const json_t *network;

    for (i = 0; i < json_array_size(array); i++) {
        network = json_array_get(array, i);

        if (!json_is_string(network)
            || lp_cidr_parse(json_string_value(network),
                             json_string_length(network), &cidrs[i])
                   != LP_OK) {
            return (int) i + 1;
        }
    }

    return LP_OK;
}


/* Its size is that of the worst case: all IPv6, none next to another. */
static int
lp_allow_list_make(lp_cidr_t *cidrs, size_t n, lp_cidr_set_t **set)
{
    *set = malloc(lp_cidr_set_room(n));

    if (*set == NULL) {
        return LP_INVALID;
    }

    lp_cidr_set_make(*set, cidrs, n);

    return LP_OK;
}


/*
 * Lack of memory and a wrong list are one error: a record is refused for
 * either.
 */
int
lp_allow_list_read(const json_t *array, lp_cidr_set_t **set)
{
    int        rc;
    size_t     n;
    lp_cidr_t *cidrs;

    n = json_array_size(array);

    if (!json_is_array(array) || n > LP_ALLOW_LIST_MAX) {
        return LP_INVALID;
    }

    /* One more, so that an empty list is not taken for lack of memory. */
    cidrs = malloc((n + 1) * sizeof(*cidrs));

    if (cidrs == NULL) {
        return LP_INVALID;
    }

    rc = lp_allow_list_parse(array, cidrs);

    if (rc == LP_OK) {
        rc = lp_allow_list_make(cidrs, n, set);
    }

    free(cidrs);

    return rc;
}
