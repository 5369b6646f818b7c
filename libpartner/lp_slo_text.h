/*
 * The history of objectives as text, so that it outlives the memory.
 *
 *     partner-slo 1
 *     <name> m|h <minute or hour> <calls> <slow> <of it by the upstream>
 *         <failed> <of it by the upstream>            (in one line)
 *     ...
 *     end <how many slots> <CRC-32 of all before this line, 8 digits>
 */

#ifndef LP_SLO_TEXT_H
#define LP_SLO_TEXT_H


#include "lp_error.h"
#include "lp_slo.h"


#define LP_SLO_NAME 63 /* bytes of a name, at most; none is a blank */


/* Takes `len` bytes; anything but LP_OK ends the writing. */
typedef int (*lp_slo_emit_pt)(void *ctx, const char *text, size_t len);

typedef struct {
    lp_slo_emit_pt emit;
    void          *ctx;
    unsigned long  crc;
    size_t         slots;
} lp_slo_writer_t;

/* Each returns LP_OK, or what `emit` returned instead; in this order. */
int lp_slo_write_begin(lp_slo_writer_t *w, lp_slo_emit_pt emit, void *ctx);
int lp_slo_write(lp_slo_writer_t *w, const char *name, size_t len,
                 const lp_slo_t *slo);
int lp_slo_write_end(lp_slo_writer_t *w);

/* The one of that name, or NULL: what is said of it is passed over. */
typedef lp_slo_t *(*lp_slo_find_pt)(void *ctx, const char *name, size_t len);

/*
 * Puts what the text says to what is there.  LP_INVALID: it is no such text or
 * is damaged, `err` says where, and nothing was put anywhere.
 */
int lp_slo_read(const char *text, size_t len, lp_slo_find_pt find, void *ctx,
                lp_error_t *err);


#endif
