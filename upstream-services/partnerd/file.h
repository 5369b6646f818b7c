/*
 * Files of the contract and of the SQL folder, read whole at start.
 */

#ifndef PD_FILE_H
#define PD_FILE_H


#include <stddef.h>
#include <jansson.h>

#include "lp_error.h"


#define PD_FILE_MAX  (4 * 1024 * 1024) /* bytes */
#define PD_FILES_MAX 512               /* in one folder */


/* The sorted paths of the files whose name has this ending. */
typedef struct {
    char  *paths[PD_FILES_MAX];
    size_t n;
} pd_files_t;


/* The caller frees the text, which ends with a zero; NULL: see `err`. */
char *pd_file_read(const char *path, lp_error_t *err);

/* Duplicate members are errors; the caller owns the reference. */
json_t *pd_file_json(const char *path, lp_error_t *err);

/* LP_INVALID: `err` names the folder; none at all is an error, too. */
int  pd_files_list(pd_files_t *files, const char *dir, const char *ending,
                   lp_error_t *err);
void pd_files_free(pd_files_t *files);

/* The part of the path behind its last slash. */
const char *pd_file_name(const char *path);


#endif
