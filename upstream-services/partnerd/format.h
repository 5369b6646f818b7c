/*
 * The string formats that a schema may name.
 */

#ifndef PD_FORMAT_H
#define PD_FORMAT_H


#include <stddef.h>


typedef struct {
    const char *name;
    int (*matches)(const char *text, size_t len); /* 1 or 0 */
    const char *allowed;                          /* for "must be ..." */
} pd_format_t;


/* NULL when there is no such format. */
const pd_format_t *pd_format_find(const char *name);


#endif
