/*
 * Any bytes as the published head of the audit trail: what partnerd takes for
 * one has a position and a hash.
 */

#include <sys/mman.h>

#include "fuzz_partnerd.h"
#include "published.h"


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int             fd;
    char            path[64];
    uint8_t         digest[LP_DIGEST_LEN];
    lp_error_t      err = { .text = "" };
    pd_chain_head_t head;

    fd = memfd_create("head", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0 && write(fd, data, len) == (ssize_t) len);
    (void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);

    if (pd_published_read(&head, path, &err) == LP_OK) {
        FUZZ_CHECK(head.position >= 1);
        FUZZ_CHECK(lp_digest_from_hex(head.hash, strlen(head.hash), digest)
                   == LP_OK);
    } else {
        FUZZ_CHECK(err.text[0] != '\0');
    }

    (void) close(fd);

    return 0;
}
