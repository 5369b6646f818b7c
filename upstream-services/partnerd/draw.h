/*
 * Random bytes that may be seen: nonces and ids, and never keys.
 */

#ifndef PD_DRAW_H
#define PD_DRAW_H


#include <stddef.h>


#define PD_DRAW_MAX 240 /* bytes of one draw */


/* Writes `len` bytes that no thread or child of this process gets again.  -1:
 * OpenSSL has no randomness, or `len` is above PD_DRAW_MAX. */
int pd_draw(void *out, size_t len);


#endif
