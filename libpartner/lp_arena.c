/*
 * An arena: blocks in a list, each filled from its front.
 */

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lp_arena.h"


#define LP_ARENA_BLOCK 4096 /* bytes; what is larger has a block alone */


struct lp_arena_block_s {
    lp_arena_block_t *next;
    size_t            size;
    alignas(max_align_t) char data[];
};


/*
 * The rest of the block before is given up: pieces are small beside a block.
 */
static int
lp_arena_grow(lp_arena_t *arena, size_t size)
{
    lp_arena_block_t *block;

    if (size < LP_ARENA_BLOCK) {
        size = LP_ARENA_BLOCK;
    }

    if (size > SIZE_MAX - sizeof(lp_arena_block_t)) {
        return -1;
    }

    block = calloc(1, sizeof(lp_arena_block_t) + size);
    if (block == NULL) {
        return -1;
    }

    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->left = size;

    return 0;
}


void *
lp_arena_take(lp_arena_t *arena, size_t size)
{
    char *p;

    /* Rounding up must not come out at nothing. */
    if (size > SIZE_MAX - alignof(max_align_t)) {
        return NULL;
    }

    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);

    if (size > arena->left && lp_arena_grow(arena, size) != 0) {
        return NULL;
    }

    if (arena->blocks == NULL) {
        return NULL; /* nothing was asked for, ever */
    }

    p = arena->blocks->data + arena->blocks->size - arena->left;
    arena->left -= size;

    return p;
}


/* Its zero is the arena's own: all memory comes zeroed. */
char *
lp_arena_text(lp_arena_t *arena, const char *text, size_t len)
{
    char *copy;

    copy = lp_arena_take(arena, len + 1);

    if (copy != NULL) {
        memcpy(copy, text, len);
    }

    return copy;
}


void
lp_arena_free(lp_arena_t *arena)
{
    lp_arena_block_t *block;

    while (arena->blocks != NULL) {
        block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }

    arena->left = 0;
}
