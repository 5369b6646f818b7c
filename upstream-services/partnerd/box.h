/*
 * AES-256-GCM over short data: nonce, tag and what was encrypted, in one piece.
 */

#ifndef PD_BOX_H
#define PD_BOX_H


#include <stddef.h>
#include <stdint.h>


#define PD_BOX_KEY   32
#define PD_BOX_NONCE 12 /* bytes; random, so at most 2^32 boxes a key */
#define PD_BOX_TAG   16
#define PD_BOX_HEAD  (PD_BOX_NONCE + PD_BOX_TAG)
#define PD_BOX_MAX   (64 * 1024) /* bytes that are encrypted */


/* Writes PD_BOX_HEAD + len bytes.  `context` must be the same when the box is
 * opened.  -1: OpenSSL refuses, or the data is too long. */
int pd_box_seal(const uint8_t key[PD_BOX_KEY], const char *context,
                const void *data, size_t len, uint8_t *box);

/* Writes len - PD_BOX_HEAD bytes, where the box has them if need be.  -1: it
 * was sealed under another key or context, or was changed; what was written
 * means nothing then. */
int pd_box_open(const uint8_t key[PD_BOX_KEY], const char *context,
                const uint8_t *box, size_t len, void *data);


#endif
