/*
 * lp_scan where there is neither SSE2 nor NEON: the same tests of the variant
 * in plain C, which no other build of ours would ever run.
 */

#include <stdlib.h>

#include "unit.h"

#undef __SSE2__
#undef __aarch64__

#include "test_lp_scan.c"
