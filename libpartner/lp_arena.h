/*
 * Memory that lives and dies together: many small pieces, freed at once.
 */

#ifndef LP_ARENA_H
#define LP_ARENA_H


#include <stddef.h>


typedef struct lp_arena_block_s lp_arena_block_t;

/* Zeroed at first; the caller owns it. */
typedef struct {
    lp_arena_block_t *blocks;
    size_t            left; /* bytes in the newest block */
} lp_arena_t;


/* Zeroed and aligned for any type; NULL: no memory. */
void *lp_arena_take(lp_arena_t *arena, size_t size);

/* A copy that ends in a zero; NULL: no memory. */
char *lp_arena_text(lp_arena_t *arena, const char *text, size_t len);

/* All that was taken is gone; the arena is empty, and may be used again. */
void lp_arena_free(lp_arena_t *arena);


#endif
