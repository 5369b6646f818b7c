/*
 * A whole text at once, for who has it in memory.
 */

#include <string.h>

#include "lp_redact.h"


typedef struct {
    uint8_t *out;
    size_t   size, len;
} lp_redact_buffer_t;


static int
lp_redact_append(void *ctx, const uint8_t *data, size_t len, int literal)
{
    lp_redact_buffer_t *b = ctx;

    (void) literal;

    if (len > b->size - b->len) {
        return LP_INVALID;
    }

    memcpy(b->out + b->len, data, len);
    b->len += len;

    return LP_OK;
}


int
lp_redact_text(lp_redact_t *r, const uint8_t *data, size_t len, uint8_t *out,
               size_t size, size_t *out_len)
{
    int                rc;
    lp_redact_buffer_t b = { out, size, 0 };

    rc = lp_redact_feed(r, data, len, lp_redact_append, &b);

    if (rc == LP_OK) {
        rc = lp_redact_finish(r, lp_redact_append, &b);
    }

    *out_len = rc == LP_OK ? b.len : 0;

    return rc;
}
