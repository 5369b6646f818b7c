/*
 * Reads and replaces the published head of the audit trail.
 */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "published.h"


#define PD_PUBLISHED_PATH 4096


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


/* A name is durable when its folder is. */
static int
pd_published_settle(const char *path)
{
    int  fd, rc;
    char copy[PD_PUBLISHED_PATH];

    (void) snprintf(copy, sizeof(copy), "%s", path);

    fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return -1;
    }

    rc = fsync(fd);
    (void) close(fd);

    return rc;
}


static int
pd_published_put(const pd_chain_head_t *head, const char *path)
{
    int   rc;
    FILE *out;

    out = fopen(path, "we");
    if (out == NULL) {
        return -1;
    }

    rc = fprintf(out, "{\"position\": %" PRId64 ", \"hash\": \"%s\"}\n",
                 head->position, head->hash)
                     < 0
                 || fflush(out) != 0 || fsync(fileno(out)) != 0
             ? -1
             : 0;

    return fclose(out) == 0 ? rc : -1;
}


int
pd_published_write(const pd_chain_head_t *head, const char *path,
                   lp_error_t *err)
{
    int n;
    char new[PD_PUBLISHED_PATH];

    n = snprintf(new, sizeof(new), "%s.new", path);

    if (n < 0 || (size_t) n >= sizeof(new)) {
        return lp_error(err, "", "%.80s...: the path is too long", path);
    }

    if (pd_published_put(head, new) != 0 || rename(new, path) != 0
        || pd_published_settle(path) != 0) {
        return lp_error(err, "", "%s: %s", path, strerror(errno));
    }

    return LP_OK;
}
