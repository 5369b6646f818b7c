/*
 * What the Content-Type of an answer says of its body: whether it is JSON, or a
 * stream of it.
 */

#ifndef LP_MEDIA_H
#define LP_MEDIA_H


#include <stddef.h>
#include <stdint.h>


typedef enum {
    LP_MEDIA_OTHER = 0,
    LP_MEDIA_UNCLEAR, /* none, several, or malformed: it may be anything */
    LP_MEDIA_JSON,
    LP_MEDIA_LINES,    /* a document each */
    LP_MEDIA_SEQUENCE, /* RFC 7464 */
    LP_MEDIA_EVENTS    /* HTML, section 9.2: server-sent events */
} lp_media_t;

/*
 * Of a media type with its parameters (RFC 9110, section 8.3.1).  JSON with a
 * charset in which its ASCII means something else is unclear.
 */
lp_media_t lp_media_of(const uint8_t *type, size_t len);

/* Whether the bytes of ASCII mean in that charset what they mean in UTF-8. */
int lp_media_is_ascii(const uint8_t *charset, size_t len);


#endif
