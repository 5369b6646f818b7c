/*
 * The command that tells the platform what usage counters a journal has;
 * docs/architecture.md has the format.
 */

#include "ngx_partner_hset.h"


size_t
ngx_partner_hash_name(const ngx_partner_journal_t *journal,
                      u_char key[NGX_PARTNER_HASH], const char *kind)
{
    return ngx_snprintf(key, NGX_PARTNER_HASH, "partner:%s:%*s", kind,
                        sizeof(journal->node), journal->node)
           - key;
}


static void
ngx_partner_hset_fill(ngx_partner_hset_t          *hset,
                      const ngx_partner_journal_t *journal, size_t n)
{
    size_t i;

    hset->argc = (int) (2 + 2 * n);
    hset->argv[0] = "HSET";
    hset->lens[0] = 4;
    hset->argv[1] = (char *) hset->key;
    hset->lens[1] = ngx_partner_hash_name(journal, hset->key, "usage");

    for (i = 0; i < n; i++) {
        hset->argv[2 + 2 * i] = hset->counters[i].key;
        hset->lens[2 + 2 * i] = hset->counters[i].key_len;
        hset->argv[3 + 2 * i] = (char *) hset->values[i];
        hset->lens[3 + 2 * i] = ngx_partner_counter_value(
            &hset->counters[i].values, hset->values[i]);
    }
}


ngx_int_t
ngx_partner_hset_look(ngx_partner_hset_t *hset, ngx_partner_journal_t *journal,
                      uint32_t *from, ngx_log_t *log)
{
    int      end;
    size_t   n;
    uint32_t before;

    n = NGX_PARTNER_HSET_COUNTERS;
    before = *from;

    if (lp_journal_pending(&journal->counters, from, hset->counters, &n, &end)
        != LP_OK) {
        return NGX_ERROR;
    }

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, log, 0,
                   "partner usage: %uD slots, %uz counters to tell",
                   *from - before, n);

    if (n == 0) {
        return end ? NGX_DONE : NGX_AGAIN;
    }

    ngx_partner_hset_fill(hset, journal, n);

    return NGX_OK;
}
