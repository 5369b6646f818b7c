/*
 * Any command line, a zero byte between its words: partnerd takes numbers
 * within their bounds alone, and names the option that is wrong.
 */

#include "fuzz_partnerd.h"
#include "options.h"


#define WORDS 16


static const char *const verbs[]
    = { "serve", "migrate", "check subjects", "operator-key" };


static void
take(const char *verb, int argc, char *const argv[])
{
    lp_error_t   err = { .text = "" };
    pd_options_t o;

    if (pd_options_parse(&o, verb, argc, argv, &err) == LP_OK) {
        FUZZ_CHECK(o.readers >= 1 && o.readers <= 64);
        FUZZ_CHECK(o.writers >= 1 && o.writers <= 64);
        FUZZ_CHECK(o.waiting >= 0 && o.waiting <= 1000000);
        FUZZ_CHECK(o.deadline >= 100 && o.deadline <= 60000);
        FUZZ_CHECK(o.older_than >= 5 && o.older_than <= 1000000);
        FUZZ_CHECK(o.database != NULL && o.month != NULL && o.role != NULL);
    } else {
        FUZZ_CHECK(err.text[0] != '\0');
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int    argc;
    char  *argv[WORDS];
    size_t i;

    for (argc = 0; argc < WORDS && len > 0; argc++) {
        argv[argc] = fuzz_until(&data, &len, '\0');
    }

    for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        take(verbs[i], argc, argv);
    }

    while (argc > 0) {
        free(argv[--argc]);
    }

    return 0;
}
