/*
 * Any command line, a zero byte between its words: partnerd takes numbers
 * within their bounds alone, and names the option that is wrong.
 */

#include "fuzz_partnerd.h"
#include "options.h"


#define WORDS 16


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int          argc;
    char        *argv[WORDS];
    lp_error_t   err = { .text = "" };
    pd_options_t o;

    for (argc = 0; argc < WORDS && len > 0; argc++) {
        argv[argc] = fuzz_until(&data, &len, '\0');
    }

    if (pd_options_parse(&o, argc, argv, &err) == LP_OK) {
        FUZZ_CHECK(o.readers >= 1 && o.readers <= 64);
        FUZZ_CHECK(o.writers >= 1 && o.writers <= 64);
        FUZZ_CHECK(o.waiting >= 0 && o.waiting <= 1000000);
        FUZZ_CHECK(o.deadline >= 100 && o.deadline <= 60000);
        FUZZ_CHECK(o.to >= 0 && o.to <= 9999);
        FUZZ_CHECK(o.database != NULL && o.month != NULL);
    } else {
        FUZZ_CHECK(err.text[0] != '\0');
    }

    while (argc > 0) {
        free(argv[--argc]);
    }

    return 0;
}
