/*
 * Draws of a few bytes are served from a large one: to OpenSSL's generator they
 * cost the same, and it is a third of what a box costs.
 */

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <openssl/rand.h>

#include "draw.h"


static _Thread_local size_t  pd_draw_left;
static _Thread_local uint8_t pd_draw_drawn[PD_DRAW_MAX];

static pthread_once_t pd_draw_once = PTHREAD_ONCE_INIT;
static int            pd_draw_watched;


/* A child would go on where its parent does: its only thread, which is that
 * which forked, begins anew. */
static void
pd_draw_forked(void)
{
    pd_draw_left = 0;
}


/* So that no draw has to ask who it is. */
static void
pd_draw_watch(void)
{
    pd_draw_watched = pthread_atfork(NULL, NULL, pd_draw_forked) == 0;
}


int
pd_draw(void *out, size_t len)
{
    (void) pthread_once(&pd_draw_once, pd_draw_watch);

    if (pd_draw_left < len) {
        if (!pd_draw_watched || len > PD_DRAW_MAX
            || RAND_bytes(pd_draw_drawn, PD_DRAW_MAX) != 1) {
            pd_draw_left = 0;
            return -1;
        }

        pd_draw_left = PD_DRAW_MAX;
    }

    pd_draw_left -= len;
    memcpy(out, pd_draw_drawn + pd_draw_left, len);

    return 0;
}
