/*
 * Writes why an input was refused.
 */

#include <stdarg.h>
#include <stdio.h>

#include "lp_error.h"


/*
 * A text that is cut is still an answer, so what snprintf() says of its length
 * does not matter.
 */
int
lp_error(lp_error_t *err, const char *pointer, const char *fmt, ...)
{
    va_list args;

    (void) snprintf(err->pointer, sizeof(err->pointer), "%s", pointer);

    va_start(args, fmt);
    (void) vsnprintf(err->text, sizeof(err->text), fmt, args);
    va_end(args);

    return LP_INVALID;
}
