/*
 * Reads and replaces the published head of the audit trail.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "durable.h"
#include "file.h"
#include "published.h"


/*
 * A file that is damaged is no missing one: who could cut the trail could also
 * damage the file that would show it.
 */
int
pd_published_read(pd_chain_head_t *head, const char *path, lp_error_t *err)
{
    int         rc;
    json_t     *json;
    json_int_t  position;
    uint8_t     digest[LP_DIGEST_LEN];
    const char *hash;

    *head = (pd_chain_head_t){ .hash = PD_CHAIN_START };

    if (access(path, F_OK) != 0 && errno == ENOENT) {
        return LP_OK;
    }

    json = pd_file_json(path, err);
    if (json == NULL) {
        return LP_INVALID;
    }

    /* the "!" refuses members that we did not write */
    rc = json_unpack(json, "{s:I, s:s !}", "position", &position, "hash",
                     &hash);

    if (rc != 0 || position < 1
        || lp_digest_from_hex(hash, strlen(hash), digest) != LP_OK) {
        json_decref(json);
        return lp_error(err, "", "%s: is no head of an audit trail", path);
    }

    head->position = position;
    lp_digest_to_hex(digest, head->hash);
    json_decref(json);

    return LP_OK;
}


/* Two numbers and digits, so nothing in the line needs an escape. */
int
pd_published_write(const pd_chain_head_t *head, const char *path,
                   lp_error_t *err)
{
    int  n;
    char line[128];

    n = snprintf(line, sizeof(line),
                 "{\"position\": %" PRId64 ", \"hash\": \"%s\"}\n",
                 head->position, head->hash);

    return pd_durable_replace(path, line, (size_t) n) == 0
               ? LP_OK
               : lp_error(err, "", "%s: %s", path, strerror(errno));
}
