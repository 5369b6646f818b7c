/*
 * Files of text that are replaced as a whole: a reader finds the one before or
 * the new one, also after a loss of power.
 */

#ifndef NGX_PARTNER_TEXTFILE_H
#define NGX_PARTNER_TEXTFILE_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_error.h"


/* Takes `len` bytes of text; LP_OK or LP_INVALID, as libpartner's writers. */
typedef int (*ngx_partner_emit_pt)(void *ctx, const char *text, size_t len);

/* Writes all of `data` by way of `emit`; LP_OK or not. */
typedef int (*ngx_partner_text_pt)(void *data, ngx_partner_emit_pt emit,
                                   void *ctx);


/*
 * `path` lies in `directory`; both end in a zero.  NGX_ERROR: errno says why,
 * and the file is as it was.
 */
ngx_int_t ngx_partner_textfile_replace(const char *directory, const char *path,
                                       ngx_partner_text_pt fill, void *data);

/*
 * The caller frees `text->data`, NULL when nothing was read.  NGX_DECLINED:
 * there is no such file.  NGX_ERROR: errno says why it cannot be read.
 */
ngx_int_t ngx_partner_textfile_read(const char *path, ngx_str_t *text,
                                    ngx_log_t *log);

/*
 * Moves a file, of text or not, out of the way, and says so with an alert:
 * that `who`'s file `why`, as in "is damaged", and what is `lost` by it.
 * NGX_DECLINED: so that the file is there no more.  NGX_ERROR: it still is, and
 * that is logged.
 */
ngx_int_t ngx_partner_textfile_set_aside(const char *path, const char *why,
                                         const char *who, const char *lost,
                                         ngx_log_t *log);


#endif
