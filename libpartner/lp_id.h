/*
 * Ids: of partners, applications, keys, clients, and what else goes into names
 * in Redis, metrics and headers.  What is allowed here needs no quoting there.
 */

#ifndef LP_ID_H
#define LP_ID_H


#include <stddef.h>


#define LP_ID_LEN     63 /* bytes */
#define LP_ID_ALLOWED "1 to 63 letters, digits, '-', '_' or '.'"


/* 1 if the `len` bytes are such an id; they need no zero behind them. */
int lp_id_plain(const char *text, size_t len);


#endif
