/*
 * Why an input was refused: where in it, and what would have been accepted.
 */

#ifndef LP_ERROR_H
#define LP_ERROR_H


#include <stddef.h>


#define LP_OK      0
#define LP_INVALID (-1) /* the input is wrong, lp_error_t says where */


/*
 * The caller's, never NULL; it means something behind LP_INVALID alone.
 * `pointer` is a JSON pointer (RFC 6901), "" for the document itself.
 * Neither field ever holds a credential.
 */
typedef struct {
    char pointer[384];
    char text[256];
} lp_error_t;


/* Formats `text`; truncates what does not fit.  Returns LP_INVALID. */
int lp_error(lp_error_t *err, const char *pointer, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));


#endif
