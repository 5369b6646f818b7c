/*
 * Any text to the detectors: finds lie in order within it and are of a class
 * that was asked for.
 */

#include "fuzz.h"
#include "lp_detect.h"


#define ALL ((1u << LP_DETECT_CLASSES) - 1)


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    size_t at = 0, last = 0;
    unsigned class;
    lp_detect_hit_t hit;

    while (lp_detect_next(data, len, &at, ALL, &hit)) {
        FUZZ_CHECK(hit.class < LP_DETECT_CLASSES);
        FUZZ_CHECK(hit.from >= last && hit.from < hit.to && hit.to <= len);
        FUZZ_CHECK(at == hit.to);

        last = hit.to;
    }

    for (class = 0; class < LP_DETECT_CLASSES; class ++) {
        for (at = 0; lp_detect_next(data, len, &at, 1u << class, &hit);) {
            FUZZ_CHECK(hit.class == class && hit.to == at && at <= len);
        }
    }

    if (len > 0) {
        (void) lp_detect_number(data, len, ALL);
    }

    return 0;
}
