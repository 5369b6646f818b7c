/*
 * Echoes where there is neither SSE2 nor NEON: its tests over the variant
 * in plain C, which no other build of ours would run.
 */

#include <stdlib.h>
#include <string.h>

#include "unit.h"

#undef __SSE2__
#undef __aarch64__

#include "../../libpartner/lp_json.c"
#include "../../libpartner/lp_json_echo.c"
#include "../../libpartner/lp_json_lane.c"
#include "../../libpartner/lp_json_number.c"
#include "../../libpartner/lp_json_string.c"

#include "test_lp_json_echo.c"
