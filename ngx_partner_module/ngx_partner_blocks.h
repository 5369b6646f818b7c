/*
 * Blocks of memory that a worker lends: what was given back last goes first,
 * since the processor's caches still hold it.  Memory of a request's own would
 * come cold, as many others were written to in between.
 */

#ifndef NGX_PARTNER_BLOCKS_H
#define NGX_PARTNER_BLOCKS_H


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_PARTNER_BLOCK (16 * 1024) /* bytes of each */


/* The caller's until it gives it back; NULL: no memory, and the log says so. */
u_char *ngx_partner_block_take(ngx_log_t *log);

void ngx_partner_block_give(u_char *block);


#endif
