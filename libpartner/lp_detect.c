/*
 * Finds personal data in text: looks at each byte that can begin or, for an
 * address, divide it, and lets the form decide.
 */

#include <string.h>

#include "lp_detect_cue.h"
#include "lp_detect_form.h"


const char *const lp_detect_names[LP_DETECT_CLASSES]
    = { "email", "phone", "card", "iban", "ssn", "aadhaar", "pan_in" };


static int
lp_detect_hit(lp_detect_hit_t *hit, size_t from, size_t to,
              lp_detect_class_t class)
{
    hit->from = from;
    hit->to = to;
    hit->class = class;

    return 1;
}


/* Nothing of a number goes on behind it: no digit, letter or further group. */
static int
lp_detect_ends(const uint8_t *text, size_t len, size_t to)
{
    if (to == len) {
        return 1;
    }

    if (lp_is_word(text[to])) {
        return 0;
    }

    return !(to + 1 < len && strchr("-.:=@", text[to]) != NULL
             && text[to] != '\0' && lp_is_word(text[to + 1]));
}


/*
 * But the track data of a card goes on behind its number ("=2512..."), and so
 * does what people note with it (":12/26"): its check digit speaks for it.
 */
static int
lp_detect_card_ends(const uint8_t *text, size_t len, size_t to)
{
    return lp_detect_ends(text, len, to) || text[to] == '=' || text[to] == ':';
}


/* A word ends before `at`; the letter of an escape is none. */
static int
lp_detect_is_glued(const uint8_t *text, size_t at)
{
    return at > 0 && lp_is_word(text[at - 1]) && !lp_is_escape(text, at);
}


/* Nor before it: a part of a longer token is no number of its own. */
static int
lp_detect_begins(const uint8_t *text, size_t from)
{
    if (from == 0) {
        return 1;
    }

    if (lp_detect_is_glued(text, from) || text[from - 1] == '+') {
        return 0;
    }

    /* But an abbreviation may stand there: "No.4111...". */
    return !(from > 1
             && ((text[from - 1] == '-' && lp_is_word(text[from - 2]))
                 || (text[from - 1] == '.' && lp_is_digit(text[from - 2]))));
}


/* A number, and what is known of the words before it. */
typedef struct {
    lp_groups_t    groups;
    const uint8_t *text;
    unsigned       classes;
    unsigned       asked, said; /* a bit a class */
} lp_detect_number_t;


/*
 * Whether a word before the number announces that class.  Words are read only
 * for a form that needs them: most numbers are no form at all.
 */
static int
lp_detect_is_said(lp_detect_number_t *number, lp_detect_class_t class)
{
    unsigned bit = 1u << class;

    if (!(number->asked & bit)) {
        number->asked |= bit;
        number->said |= lp_detect_said(number->text, number->groups.from, bit);
    }

    return (number->said & bit) != 0;
}


/* The class that the first `n` groups make, or LP_DETECT_CLASSES. */
static lp_detect_class_t
lp_detect_classify(lp_detect_number_t *number, unsigned n)
{
    unsigned           classes = number->classes;
    const lp_groups_t *g = &number->groups;

    if (classes >> LP_DETECT_CARD & 1 && lp_is_card(g, n)) {
        return LP_DETECT_CARD;
    }

    if (classes >> LP_DETECT_AADHAAR & 1 && lp_is_aadhaar(g, n)
        && (n > 1 || lp_detect_is_said(number, LP_DETECT_AADHAAR))) {
        return LP_DETECT_AADHAAR;
    }

    if (classes >> LP_DETECT_SSN & 1
        && (lp_is_ssn(g, n)
            || (lp_is_vague_ssn(g, n)
                && lp_detect_is_said(number, LP_DETECT_SSN)))) {
        return LP_DETECT_SSN;
    }

    if (classes >> LP_DETECT_PHONE & 1
        && (lp_is_phone(g, n)
            || (lp_is_vague_phone(g, n)
                && lp_detect_is_said(number, LP_DETECT_PHONE)))) {
        return LP_DETECT_PHONE;
    }

    return LP_DETECT_CLASSES;
}


/* The longest run of groups from `at` on that is something. */
static int
lp_detect_digits(const uint8_t *text, size_t len, size_t *at, unsigned classes,
                 lp_detect_hit_t *hit)
{
    unsigned           n;
    lp_groups_t       *g;
    lp_detect_number_t number;
    lp_detect_class_t class;

    g = &number.groups;

    if (!lp_detect_begins(text, *at) || !lp_groups_read(g, text, len, *at)) {
        return 0;
    }

    number.text = text;
    number.classes = classes;
    number.asked = 0;
    number.said = 0;

    /* Fewer digits are nothing, whatever is said before them. */
    for (n = g->n; n > 0 && g->digits[n - 1] >= 8; n--) {
        if (!lp_detect_card_ends(text, len, g->ends[n - 1])) {
            continue;
        }

        class = lp_detect_classify(&number, n);

        if (class != LP_DETECT_CARD
            && !lp_detect_ends(text, len, g->ends[n - 1])) {
            continue;
        }

        if (class != LP_DETECT_CLASSES
            && !(classes >> LP_DETECT_EMAIL & 1
                 && lp_email_reaches(text, len, *at))) {
            *at = g->ends[n - 1];
            return lp_detect_hit(hit, g->from, g->ends[n - 1], class);
        }
    }

    return 0;
}


static int
lp_detect_letters(const uint8_t *text, size_t len, size_t *at,
                  unsigned classes, lp_detect_hit_t *hit)
{
    size_t to = 0;
    lp_detect_class_t class = LP_DETECT_IBAN;

    if (lp_detect_is_glued(text, *at)) {
        return 0;
    }

    if (classes >> LP_DETECT_IBAN & 1) {
        to = lp_iban_end(text, len, *at);
    }

    if (to == 0 && classes >> LP_DETECT_PAN_IN & 1) {
        to = lp_pan_in_end(text, len, *at);
        class = LP_DETECT_PAN_IN;
    }

    if (to == 0) {
        return 0;
    }

    lp_detect_hit(hit, *at, to, class);
    *at = to;

    return 1;
}


int
lp_detect_next(const uint8_t *text, size_t len, size_t *at, unsigned classes,
               lp_detect_hit_t *hit)
{
    uint8_t c;
    size_t  i, from, least = *at;

    for (i = *at; i < len; i++) {
        c = text[i];
        from = i;

        if ((c == '@' || c == '%') && classes >> LP_DETECT_EMAIL & 1
            && lp_at_sign(text, len, i) > 0
            && lp_email_around(text, len, least, &from, &i)) {
            *at = i;
            return lp_detect_hit(hit, from, i, LP_DETECT_EMAIL);
        }

        if (((c >= '0' && c <= '9') || c == '+' || c == '(')
            && lp_detect_digits(text, len, &from, classes, hit)) {
            *at = from;
            return 1;
        }

        if (lp_is_letter(c)
            && lp_detect_letters(text, len, &from, classes, hit)) {
            *at = from;
            return 1;
        }
    }

    return 0;
}


#define LP_NUMBER_DIGITS 12    /* as written, at least */
#define LP_EXPONENT      10000 /* more than any number has digits */


/* What stands behind an "e", as far as it matters. */
static int
lp_detect_exponent(const uint8_t *p, const uint8_t *end)
{
    int sign = 1, exponent = 0;

    if (p < end && (*p == '-' || *p == '+')) {
        sign = *p++ == '-' ? -1 : 1;
    }

    for (; p < end && lp_is_digit(*p) && exponent < LP_EXPONENT; p++) {
        exponent = exponent * 10 + (*p - '0');
    }

    return sign * exponent;
}


/*
 * Digits behind the zeros that lead them, and the power of ten that they count;
 * 0: there are none, or more than are kept, which no form has.
 */
static unsigned
lp_detect_written(uint8_t *all, const uint8_t *p, const uint8_t *end,
                  int *power)
{
    int      fraction = 0;
    unsigned n = 0;

    for (*power = 0; p < end && (*p | 0x20) != 'e'; p++) {
        if (*p == '.') {
            fraction = 1;
            continue;
        }

        if (!lp_is_digit(*p) || n == LP_DIGITS) {
            return 0;
        }

        all[n] = *p - '0';
        n += n > 0 || *p != '0';
        *power -= fraction;
    }

    *power += p < end ? lp_detect_exponent(p + 1, end) : 0;

    return n;
}


/* How many digits the value has; 0: it is not whole. */
static unsigned
lp_detect_whole(uint8_t *all, unsigned n, int power)
{
    for (; power < 0; power++) {
        if (n == 0 || all[--n] != 0) {
            return 0;
        }
    }

    for (; power > 0 && n < LP_DIGITS; power--) {
        all[n++] = 0;
    }

    return n;
}


lp_detect_class_t
lp_detect_number(const uint8_t *number, size_t len, unsigned classes)
{
    int         power;
    unsigned    n;
    lp_groups_t g;

    if (len < LP_NUMBER_DIGITS) {
        return LP_DETECT_CLASSES;
    }

    n = lp_detect_written(g.all, number + (*number == '-'), number + len,
                          &power);

    if (n < LP_NUMBER_DIGITS) {
        return LP_DETECT_CLASSES;
    }

    g.n = 1;
    g.plus = 0;
    g.paren = -1;
    g.digits[0] = lp_detect_whole(g.all, n, power);

    if (classes >> LP_DETECT_CARD & 1 && lp_is_card(&g, 1)) {
        return LP_DETECT_CARD;
    }

    return classes >> LP_DETECT_AADHAAR & 1 && lp_is_aadhaar(&g, 1)
               ? LP_DETECT_AADHAAR
               : LP_DETECT_CLASSES;
}
