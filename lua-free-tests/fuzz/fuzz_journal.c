/*
 * A snapshot's text, and a journal's block: what is accepted is loaded, adopted
 * and written again.  The first byte says which of the two follows.
 */

#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "lp_journal_layout.h"
#include "lp_journal_text.h"


#define FUZZ_BLOCK (128 * 1024)
#define FUZZ_CLOCK 490000 /* hours since the epoch */


typedef struct {
    char  *text;
    size_t len;
} page_t;


static int
nobody(uint32_t pid)
{
    (void) pid;

    return 0;
}


static int
gather(void *ctx, const char *text, size_t len)
{
    page_t *page = ctx;

    page->text = realloc(page->text, page->len + len);
    FUZZ_CHECK(page->text != NULL);
    memcpy(page->text + page->len, text, len);
    page->len += len;

    return LP_OK;
}


static void *
block(size_t size, uint64_t incarnation)
{
    void                 *mem;
    lp_journal_identity_t identity = { .incarnation = incarnation };

    mem = aligned_alloc(64, (size + 63) / 64 * 64);
    FUZZ_CHECK(mem != NULL);
    memset(mem, 0, size);
    FUZZ_CHECK(lp_journal_format(mem, size, &identity) == LP_OK);

    return mem;
}


/* A worker that asks what hour it is can count in it. */
static void
count(lp_journal_t *journal)
{
    char       key[LP_JOURNAL_KEY];
    size_t     len;
    uint32_t   seat, slot, hour;
    lp_usage_t add = { .n = { 1, 2, 3, 4, 5, 6 } };

    hour = lp_journal_hour(journal, FUZZ_CLOCK);
    FUZZ_CHECK(hour <= FUZZ_CLOCK + LP_JOURNAL_AHEAD);

    FUZZ_CHECK(lp_journal_sit(journal, 1, nobody, &seat) == LP_OK);
    len = (size_t) snprintf(key, sizeof(key), "%u/a/-/-/ok", hour);
    slot = lp_journal_find(journal, hour, key, len);

    if (slot != 0) {
        FUZZ_CHECK(lp_journal_add(journal, seat, slot, hour, &add) == LP_OK);
        lp_journal_confirm(journal, key, len, &add);
    }
}


static void
use(lp_journal_t *journal)
{
    page_t                page = { NULL, 0 };
    lp_error_t            err;
    lp_journal_snapshot_t snapshot;

    FUZZ_CHECK(lp_journal_write(journal, gather, &page) == LP_OK);
    FUZZ_CHECK(lp_journal_check_text(page.text, page.len, &snapshot, &err)
               == LP_OK);
    free(page.text);

    if (lp_journal_check_hour(journal, FUZZ_CLOCK, &err) == LP_OK) {
        count(journal);
    }

    lp_journal_expire(journal, UINT32_MAX, nobody);
    FUZZ_CHECK(lp_journal_fill(journal).live <= lp_journal_fill(journal).size);
}


static void
text(const char *data, size_t size)
{
    void                 *mem;
    lp_error_t            err;
    lp_journal_t          journal;
    lp_journal_snapshot_t snapshot;

    if (lp_journal_check_text(data, size, &snapshot, &err) != LP_OK) {
        return;
    }

    mem = block(snapshot.bytes, snapshot.incarnation);
    FUZZ_CHECK(lp_journal_open(&journal, mem, snapshot.bytes, &err) == LP_OK);
    FUZZ_CHECK(lp_journal_load(&journal, data, size) == LP_OK);
    use(&journal);
    free(mem);
}


/* The bytes lie over what the processes write: all behind the constants. */
static void
damaged(const uint8_t *data, size_t size)
{
    size_t                at, len;
    uint8_t              *mem;
    lp_error_t            err;
    lp_journal_t          journal;
    lp_journal_identity_t identity = { .incarnation = 2 };

    mem = block(FUZZ_BLOCK, 1);

    while (size > 4) {
        at = sizeof(lp_journal_constants_t)
             + (((size_t) data[0] << 16 | (size_t) data[1] << 8 | data[2])
                % (FUZZ_BLOCK - sizeof(lp_journal_constants_t)));
        len = data[3];
        data += 4;
        size -= 4;

        if (len > size) {
            len = size;
        }

        if (len > FUZZ_BLOCK - at) {
            len = FUZZ_BLOCK - at;
        }

        memcpy(mem + at, data, len);
        data += len;
        size -= len;
    }

    if (lp_journal_open(&journal, mem, FUZZ_BLOCK, &err) == LP_OK) {
        FUZZ_CHECK(lp_journal_adopt(&journal, &identity) == LP_OK);
        use(&journal);
    }

    free(mem);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0 && data[0] == 't') {
        text((const char *) data + 1, size - 1);

    } else if (size > 0) {
        damaged(data + 1, size - 1);
    }

    return 0;
}
