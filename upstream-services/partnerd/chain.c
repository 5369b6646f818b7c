/*
 * Computes the links of the audit trail.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "lp_error.h"


/* Each value with its length in front, so that no two rows read alike. */
static char *
pd_chain_text(const pd_chain_head_t *head, const char *const *values,
              size_t *len)
{
    int   i;
    char *text;
    FILE *out;

    out = open_memstream(&text, len);
    if (out == NULL) {
        return NULL;
    }

    (void) fprintf(out, "%" PRId64 "\n%s\n", head->position + 1, head->hash);

    for (i = 0; i < PD_CHAIN_VALUES; i++) {
        if (values[i] == NULL) {
            (void) fputs("-,", out);
        } else {
            (void) fprintf(out, "%zu:%s,", strlen(values[i]), values[i]);
        }
    }

    /* A write that failed for want of memory fails the end as well. */
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }

    return text;
}


/*
 * SHA-256 over position, the hash before and the row: a row that is edited,
 * moved or left out changes every hash behind it.
 */
int
pd_chain_link(pd_chain_head_t *head, lp_digest_t *sha256,
              const char *const values[PD_CHAIN_VALUES])
{
    int     rc;
    char   *text;
    size_t  len;
    uint8_t digest[LP_DIGEST_LEN];

    text = pd_chain_text(head, values, &len);
    if (text == NULL) {
        return -1;
    }

    rc = lp_digest_sha256(sha256, text, len, digest);
    free(text);

    if (rc != LP_OK) {
        return -1;
    }

    lp_digest_to_hex(digest, head->hash);
    head->hash[LP_DIGEST_HEX] = '\0';
    head->position++;

    return 0;
}


void
pd_chain_values(const PGresult *res, int row, int column,
                const char *values[PD_CHAIN_VALUES])
{
    int i;

    for (i = 0; i < PD_CHAIN_VALUES; i++) {
        values[i] = PQgetisnull(res, row, column + i)
                        ? NULL
                        : PQgetvalue(res, row, column + i);
    }
}


/*
 * A head that is not of its form was not written by us, and nothing is linked
 * to it.
 */
int
pd_chain_head(pd_chain_head_t *head, const PGresult *res, int row, int column)
{
    const char *hash;

    hash = PQgetvalue(res, row, column + 1);

    if (hash == NULL || strlen(hash) != LP_DIGEST_HEX) {
        return -1;
    }

    head->position = atoll(PQgetvalue(res, row, column));
    memcpy(head->hash, hash, LP_DIGEST_HEX + 1);

    return 0;
}
