/*
 * Personal data in free text, found by form and by check digit.
 */

#ifndef LP_DETECT_H
#define LP_DETECT_H


#include <stddef.h>
#include <stdint.h>


typedef enum {
    LP_DETECT_EMAIL = 0, /* RFC 5321, section 4.1.2, and in links */
    LP_DETECT_PHONE,     /* E.164, or a common national form */
    LP_DETECT_CARD,      /* payment card: issuer's range, length, Luhn */
    LP_DETECT_IBAN,      /* ISO 13616: country's length, mod 97 */
    LP_DETECT_SSN,       /* of the United States */
    LP_DETECT_AADHAAR,   /* Verhoeff */
    LP_DETECT_PAN_IN,    /* permanent account number of India */
    LP_DETECT_CLASSES
} lp_detect_class_t;

#define LP_DETECT_ALLOWED "email, phone, card, iban, ssn, aadhaar, pan_in"


typedef struct {
    size_t from, to; /* bytes of the text */
    lp_detect_class_t class;
} lp_detect_hit_t;


extern const char *const lp_detect_names[LP_DETECT_CLASSES];

/*
 * The first find at or behind *at of those classes, of which `classes` has a
 * bit each, in UTF-8 text; *at is then behind it.  Returns 1 or 0.  `len` has
 * no limit: the work grows with it alone, by at most some hundred steps a byte
 * whatever the text.
 */
int lp_detect_next(const uint8_t *text, size_t len, size_t *at,
                   unsigned classes, lp_detect_hit_t *hit);

/*
 * The class of a JSON number (RFC 8259, section 6) of 1 byte or more, by the
 * digits of its value, or LP_DETECT_CLASSES: "4111111111111111", "-4111...1.0"
 * and "4.111...1e15" are the same.  Below twelve digits, as they are written,
 * it is none: few cards end in so many zeros, but all large estimates do.
 */
lp_detect_class_t lp_detect_number(const uint8_t *number, size_t len,
                                   unsigned classes);


#endif
