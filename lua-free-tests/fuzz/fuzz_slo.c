/*
 * The history of objectives: what is accepted is written again and read again,
 * with the same slots.
 */

#include <stdlib.h>

#include "fuzz.h"
#include "lp_slo_text.h"


#define FUZZ_PAGE (1024 * 1024)


typedef struct {
    char  *text;
    size_t len;
} page_t;

static lp_slo_t slo, again;


static int
emit(void *ctx, const char *text, size_t len)
{
    page_t *page = ctx;

    FUZZ_CHECK(len <= FUZZ_PAGE - page->len);
    memcpy(page->text + page->len, text, len);
    page->len += len;

    return LP_OK;
}


/* Every name is one: what collides is settled by time. */
static lp_slo_t *
find(void *ctx, const char *name, size_t len)
{
    FUZZ_CHECK(len > 0 && len <= LP_SLO_NAME && name != NULL);

    return ctx;
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    page_t          page = { NULL, 0 };
    uint64_t        sum[LP_SLO_COUNTS];
    lp_error_t      err;
    lp_slo_writer_t w;

    memset(&slo, 0, sizeof(slo));
    memset(&again, 0, sizeof(again));

    if (lp_slo_read((const char *) data, size, find, &slo, &err) != LP_OK) {
        return 0;
    }

    page.text = malloc(FUZZ_PAGE);
    FUZZ_CHECK(page.text != NULL);
    FUZZ_CHECK(lp_slo_write_begin(&w, emit, &page) == LP_OK
               && lp_slo_write(&w, "x", 1, &slo) == LP_OK
               && lp_slo_write_end(&w) == LP_OK);
    FUZZ_CHECK(lp_slo_read(page.text, page.len, find, &again, &err) == LP_OK);

    lp_slo_sum(&slo, LP_SLO_30D, 1800000000, sum);
    FUZZ_CHECK(sum[LP_SLO_CALLS] < UINT64_C(1) << 42);
    free(page.text);

    return 0;
}
