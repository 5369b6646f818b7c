/*
 * E-mail addresses and identifiers, by their public forms.
 */

#include <string.h>

#include "lp_detect_form.h"


#define LP_LOCAL_LEN 64 /* bytes (RFC 5321, section 4.5.3.1.1) */


int
lp_is_word(uint8_t c)
{
    return lp_is_digit(c) || lp_is_letter(c) || c == '_';
}


/*
 * Lengths of all 89 countries of SWIFT's IBAN registry (ISO 13616), release
 * 100 of October 2025.  Overseas France has FR, Aland FI, and the British
 * islands GB.  What other countries use in its likeness is not registered.
 */
static const char lp_iban_lens[]
    = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22"
      "DJ27DK18DO28EE20EG29ES24FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28"
      "HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25"
      "MC27MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29"
      "RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25SV28TL23TN24TR26UA29"
      "VA22VG24XK20YE30";


static unsigned
lp_iban_len(uint8_t a, uint8_t b)
{
    const char *p;

    for (p = lp_iban_lens; *p != '\0'; p += 4) {
        if ((a & 0xdf) == (uint8_t) p[0] && (b & 0xdf) == (uint8_t) p[1]) {
            return (unsigned) (p[2] - '0') * 10 + (unsigned) (p[3] - '0');
        }
    }

    return 0;
}


/* ISO 7064: the first four characters go to the end, letters are 10 to 35. */
static int
lp_mod97(const uint8_t *s, unsigned n)
{
    uint8_t  c;
    unsigned i, rest = 0;

    for (i = 0; i < n; i++) {
        c = s[(i + 4) % n];
        rest = lp_is_digit(c) ? rest * 10 + (c - '0')
                              : rest * 100 + ((c & 0xdfu) - 'A' + 10);
        rest %= 97;
    }

    return rest == 1;
}


size_t
lp_iban_end(const uint8_t *text, size_t len, size_t from)
{
    size_t   i;
    uint8_t  s[34];
    unsigned n, need;

    if (len - from < 15 || !lp_is_letter(text[from + 1])
        || !lp_is_digit(text[from + 2]) || !lp_is_digit(text[from + 3])) {
        return 0;
    }

    need = lp_iban_len(text[from], text[from + 1]);

    for (i = from, n = 0; i < len && n < need; i++) {
        if (lp_is_digit(text[i]) || lp_is_letter(text[i])) {
            s[n++] = text[i];

        } else if (n % 4 != 0
                   || (text[i] != ' ' && text[i] != '-' && text[i] != 0xc2
                       && text[i] != 0xa0)
                   || text[i - 1] == text[i]) {
            return 0;
        }
    }

    return need > 0 && n == need && (i == len || !lp_is_word(text[i]))
                   && lp_mod97(s, n)
               ? i
               : 0;
}


/* Five letters, of which the fourth tells the holder, four digits, one more. */
size_t
lp_pan_in_end(const uint8_t *text, size_t len, size_t from)
{
    size_t i;

    if (len - from < 10) {
        return 0;
    }

    for (i = 0; i < 10; i++) {
        if (i < 5 || i == 9 ? text[from + i] < 'A' || text[from + i] > 'Z'
                            : !lp_is_digit(text[from + i])) {
            return 0;
        }
    }

    if (strchr("ABCFGHJLPT", text[from + 3]) == NULL) {
        return 0;
    }

    if (from + 10 < len && lp_is_word(text[from + 10])) {
        return 0;
    }

    return from + 10;
}


/* Letters of Latin, Greek and Cyrillic, not the punctuation beyond. */
static int
lp_is_address(uint8_t c)
{
    return lp_is_digit(c) || lp_is_letter(c) || (c >= 0x80 && c <= 0xdf);
}


static int
lp_is_local(uint8_t c)
{
    return lp_is_address(c) || (c != '\0' && strchr("._%+-'&", c) != NULL);
}


/* A last label is of letters, or of what stands for others (RFC 3492). */
static int
lp_is_top_label(const uint8_t *label, size_t len)
{
    size_t i;

    if (len > 4 && memcmp(label, "xn--", 4) == 0) {
        return 1;
    }

    for (i = 0; i < len && lp_is_address(label[i]) && !lp_is_digit(label[i]);
         i++) {
    }

    return len >= 2 && i == len;
}


/* Behind the last label of the domain, or 0. */
static size_t
lp_domain_end(const uint8_t *text, size_t len, size_t from)
{
    size_t i, last, end = 0, label = from;

    for (i = from; i <= len; i++) {
        if (i < len && (lp_is_address(text[i]) || text[i] == '-')) {
            continue;
        }

        if (i == label || text[label] == '-') {
            break;
        }

        /* no label ends in dashes: an arrow may follow */
        for (last = i; text[last - 1] == '-'; last--) {
        }

        if (label > from && lp_is_top_label(text + label, last - label)) {
            end = last;
        }

        if (last < i || i == len || text[i] != '.') {
            break;
        }

        label = i + 1;
    }

    return end;
}


/* "@2x.png" tells the scale of an image. */
static int
lp_is_image(const uint8_t *at, size_t len)
{
    return len > 4 && lp_is_digit(at[1]) && at[2] == 'x' && at[3] == '.';
}


/* Where the quoted local part opens whose end is at `close` (RFC 5321). */
static size_t
lp_quoted_local(const uint8_t *text, size_t close, size_t least)
{
    size_t i;

    for (i = close; i > least && close - i < LP_LOCAL_LEN; i--) {
        if (text[i - 1] == '"') {
            return i > 1 && lp_is_word(text[i - 2]) ? close + 1 : i - 1;
        }
    }

    return close + 1;
}


int
lp_email_around(const uint8_t *text, size_t len, size_t least, size_t *from,
                size_t *to)
{
    size_t at = *from, end, begin, sign;

    /*
     * The domain first: it lies between two signs, while what stands before
     * them can be the same for many ("%40%40%40").
     */
    sign = lp_at_sign(text, len, at);
    end = at == least || text[at - 1] == '.'
              ? 0
              : lp_domain_end(text, len, at + sign);

    if (end == 0 || lp_is_image(text + at + sign - 1, end - at - sign + 1)) {
        return 0;
    }

    if (at > least + 1 && text[at - 1] == '"') {
        begin = lp_quoted_local(text, at - 1, least);

    } else {
        for (begin = at; begin > least && lp_is_local(text[begin - 1]);
             begin--) {
        }
    }

    while (begin < at
           && (strchr(".'%-+&", text[begin]) != NULL
               || (text[begin] & 0xc0) == 0x80)) {
        begin++;
    }

    if (begin == at) {
        return 0;
    }

    *from = begin;
    *to = end;

    return 1;
}


int
lp_email_reaches(const uint8_t *text, size_t len, size_t at)
{
    size_t end, sign;

    end = len - at > LP_LOCAL_LEN ? at + LP_LOCAL_LEN : len;

    for (sign = 0; at < end; at++) {
        sign = lp_at_sign(text, len, at);

        if (sign > 0 || !lp_is_local(text[at])) {
            break;
        }
    }

    return sign > 0 && lp_domain_end(text, len, at + sign) > 0;
}
