/*
 * The forms of personal data: what is an address, a card, a phone number.
 */

#ifndef LP_DETECT_FORM_H
#define LP_DETECT_FORM_H


#include <stddef.h>
#include <stdint.h>


#define LP_GROUPS 10 /* of one number */
#define LP_DIGITS 24 /* in all of them */


/* Digits in groups: "+49 (30) 1234-567". */
typedef struct {
    size_t   from;              /* with the sign or the parenthesis */
    unsigned n;                 /* groups */
    int      plus;              /* begins with + */
    int      paren;             /* the group that stands in (), or -1 */
    size_t   ends[LP_GROUPS];   /* behind each, in the text */
    uint8_t  lens[LP_GROUPS];   /* digits */
    char     before[LP_GROUPS]; /* what divides it from the one before, or 0 */
    unsigned digits[LP_GROUPS]; /* up to its end */
    uint8_t  all[LP_DIGITS];    /* the digits, as numbers */
} lp_groups_t;


static inline int
lp_is_digit(uint8_t c)
{
    return (uint8_t) (c - '0') <= 9;
}


static inline int
lp_is_letter(uint8_t c)
{
    return (uint8_t) ((c | 0x20) - 'a') < 26;
}


/* The letter of an escape, as in "\\n", ends before `at`. */
static inline int
lp_is_escape(const uint8_t *text, size_t at)
{
    return at > 1 && text[at - 2] == '\\'
           && (text[at - 1] == 'n' || text[at - 1] == 'r'
               || text[at - 1] == 't');
}


/* A letter or digit of ASCII, or "_". */
int lp_is_word(uint8_t c);

/* 0: no digits begin there. */
int lp_groups_read(lp_groups_t *g, const uint8_t *text, size_t len,
                   size_t from);

/*
 * These judge the first n groups (1 to g->n) as if there were no more of them;
 * what is vague needs a word before it.
 */
int lp_is_card(const lp_groups_t *g, unsigned n);
int lp_is_aadhaar(const lp_groups_t *g, unsigned n);
int lp_is_ssn(const lp_groups_t *g, unsigned n);
int lp_is_vague_ssn(const lp_groups_t *g, unsigned n);
int lp_is_phone(const lp_groups_t *g, unsigned n);
int lp_is_vague_phone(const lp_groups_t *g, unsigned n);

/* Where what begins at `from` ends, or 0. */
size_t lp_iban_end(const uint8_t *text, size_t len, size_t from);
size_t lp_pan_in_end(const uint8_t *text, size_t len, size_t from);

/* Bytes of the "@" there, which an address within a link has as "%40"; or 0. */
static inline size_t
lp_at_sign(const uint8_t *text, size_t len, size_t at)
{
    if (text[at] == '@') {
        return 1;
    }

    return text[at] == '%' && len - at > 3 && text[at + 1] == '4'
                   && text[at + 2] == '0'
               ? 3
               : 0;
}


/* From the "@" at *from: the address around it, not before `least`. */
int lp_email_around(const uint8_t *text, size_t len, size_t least,
                    size_t *from, size_t *to);

/* Whether what stands at `at` lies in the local part of an address. */
int lp_email_reaches(const uint8_t *text, size_t len, size_t at);


#endif
