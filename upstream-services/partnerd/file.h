/*
 * Files of the contract, of the SQL folder, and of secrets, read whole at
 * start.
 */

#ifndef PD_FILE_H
#define PD_FILE_H


#include <stddef.h>
#include <jansson.h>

#include "lp_error.h"


#define PD_FILE_MAX  (4 * 1024 * 1024) /* bytes */
#define PD_FILES_MAX 512               /* in one folder */

#define PD_SECRET_MAX (64 * 1024) /* bytes */


/* The sorted paths of the files whose name has this ending. */
typedef struct {
    char  *paths[PD_FILES_MAX];
    size_t n;
} pd_files_t;


/* The caller frees the text, which ends with a zero; NULL: see `err`. */
char *pd_file_read(const char *path, lp_error_t *err);

/*
 * A file of secrets, closed to others, that an option names.  The caller wipes
 * and frees its bytes, behind which is no zero, with OPENSSL_clear_free().
 * NULL: `err` names the option, the path and what is wrong.
 */
char *pd_file_secret(const char *option, const char *path, size_t *len,
                     lp_error_t *err);

/* Duplicate members are errors; the caller owns the reference. */
json_t *pd_file_json(const char *path, lp_error_t *err);

/* LP_INVALID: `err` names the folder; none at all is an error, too. */
int  pd_files_list(pd_files_t *files, const char *dir, const char *ending,
                   lp_error_t *err);
void pd_files_free(pd_files_t *files);

/* The part of the path behind its last slash. */
const char *pd_file_name(const char *path);


#endif
