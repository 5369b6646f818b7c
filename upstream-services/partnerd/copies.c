/*
 * Copies of one request that are here at once.
 */

#include <string.h>

#include "copies.h"
#include "lp_hex.h"


static struct pd_firsts_s *
pd_copies_bucket(pd_copies_t *c, const char *key)
{
    return &c->buckets[lp_hex_lower(key[0]) << 4 | lp_hex_lower(key[1])];
}


int
pd_copies_enter(pd_copies_t *c, pd_copy_t *copy)
{
    pd_copy_t          *first;
    struct pd_firsts_s *bucket;

    bucket = pd_copies_bucket(c, copy->key);
    first = LIST_FIRST(bucket);

    for (; first != NULL; first = LIST_NEXT(first, first)) {
        if (strcmp(first->key, copy->key) == 0) {
            if (c->waiting >= c->most) {
                return -1;
            }

            c->waiting++;
            STAILQ_INSERT_TAIL(&first->waiting, copy, link);
            return 0;
        }
    }

    copy->table = c;
    STAILQ_INIT(&copy->waiting);
    LIST_INSERT_HEAD(bucket, copy, first);
    copy->leads = 1;

    return 1;
}


/* Whoever is told may be gone when it returns. */
void
pd_copies_leave(pd_copy_t *copy)
{
    pd_copy_t          *next;
    pd_copies_t        *table;
    struct pd_waiting_s waiting;

    if (!copy->leads) {
        return;
    }

    table = copy->table;
    copy->leads = 0;
    LIST_REMOVE(copy, first);
    STAILQ_INIT(&waiting);
    STAILQ_CONCAT(&waiting, &copy->waiting);

    while ((next = STAILQ_FIRST(&waiting)) != NULL) {
        STAILQ_REMOVE_HEAD(&waiting, link);
        table->waiting--;
        next->over(next->ctx);
    }
}
