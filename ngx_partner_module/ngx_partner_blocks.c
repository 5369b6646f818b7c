/*
 * The free blocks of this worker, a list through their first bytes.
 */

#include "ngx_partner_blocks.h"


#define NGX_PARTNER_BLOCKS_KEPT 64 /* 1 MB; more go back to the system */


typedef struct ngx_partner_block_s ngx_partner_block_t;

struct ngx_partner_block_s {
    ngx_partner_block_t *next;
};

static ngx_partner_block_t *ngx_partner_blocks;
static ngx_uint_t           ngx_partner_blocks_kept;


u_char *
ngx_partner_block_take(ngx_log_t *log)
{
    ngx_partner_block_t *block = ngx_partner_blocks;

    if (block == NULL) {
        return ngx_alloc(NGX_PARTNER_BLOCK, log);
    }

    ngx_partner_blocks = block->next;
    ngx_partner_blocks_kept--;

    return (u_char *) block;
}


void
ngx_partner_block_give(u_char *memory)
{
    ngx_partner_block_t *block = (ngx_partner_block_t *) (void *) memory;

    if (ngx_partner_blocks_kept == NGX_PARTNER_BLOCKS_KEPT) {
        ngx_free(block);
        return;
    }

    block->next = ngx_partner_blocks;
    ngx_partner_blocks = block;
    ngx_partner_blocks_kept++;
}
