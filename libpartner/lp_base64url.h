/*
 * base64url as JOSE has it (RFC 7515, section 2): no padding, no line breaks,
 * and one spelling only for each run of bytes.
 */

#ifndef LP_BASE64URL_H
#define LP_BASE64URL_H


#include <stddef.h>
#include <stdint.h>


/* Bytes that so many characters hold at most. */
#define LP_BASE64URL_BYTES(len) ((len) / 4 * 3 + 2)

/* Characters that so many bytes take. */
#define LP_BASE64URL_LEN(bytes) (((bytes) *4 + 2) / 3)


/*
 * Writes at most LP_BASE64URL_BYTES(len) bytes and their number.  LP_INVALID:
 * another character, a length that cannot be, or bits set behind the last
 * byte, which would give one value two spellings.
 */
int lp_base64url_decode(const char *text, size_t len, uint8_t *out,
                        size_t *out_len);

/* Writes LP_BASE64URL_LEN(len) characters, no zero, and returns how many. */
size_t lp_base64url_encode(const void *data, size_t len, char *out);


#endif
