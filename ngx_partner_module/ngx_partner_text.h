/*
 * Files that a directive names, read whole.
 */

#ifndef NGX_PARTNER_TEXT_H
#define NGX_PARTNER_TEXT_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_error.h"


/*
 * Reads at most `max` bytes of the file into the temporary pool of the
 * configuration, with a zero behind them.  NGX_ERROR: it is longer or cannot be
 * read, which the log has with the name of the directive.
 */
ngx_int_t ngx_partner_text_read(ngx_conf_t *cf, const char *directive,
                                const ngx_str_t *path, size_t max,
                                ngx_str_t *text);

/* The same of a file that is closed to others; the caller wipes the text. */
ngx_int_t ngx_partner_text_secret(ngx_conf_t *cf, const char *directive,
                                  const ngx_str_t *path, size_t max,
                                  ngx_str_t *text);

/* Logs why, and where in the file: `err` of one that was read. */
void ngx_partner_text_refused(ngx_conf_t *cf, const char *directive,
                              const ngx_str_t *path, const lp_error_t *err);


#endif
