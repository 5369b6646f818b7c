/*
 * Numbers in groups: cards, phone numbers, national numbers of people.
 */

#include <string.h>

#include "lp_detect_form.h"


/*
 * The separator at p, which a digit or "(" follows: its length, or 0.  A ")"
 * belongs to it only where the group before was opened: "1) 091-31-4975" is
 * the first of a list.
 */
static size_t
lp_groups_gap(const uint8_t *p, const uint8_t *end, int opened, char *gap)
{
    size_t n = 0;

    if (opened && p < end && *p == ')') {
        n++;
    }

    if (end - p >= (ptrdiff_t) n + 2 && p[n] == 0xc2 && p[n + 1] == 0xa0) {
        *gap = ' '; /* a blank that does not break */
        n += 2;

    } else if (end - p >= (ptrdiff_t) n + 3 && memcmp(p + n, " / ", 3) == 0) {
        *gap = '/';
        n += 3;

    } else if (p + n < end && strchr(" -./", p[n]) != NULL && p[n] != '\0') {
        *gap = (char) p[n++];

    } else {
        *gap = ')';
    }

    if (p + n < end && p[n] == '(') {
        n++;
    }

    return n > 0 && p + n < end && lp_is_digit(p[n]) ? n : 0;
}


int
lp_groups_read(lp_groups_t *g, const uint8_t *text, size_t len, size_t from)
{
    char           gap = 0;
    size_t         n;
    unsigned       digits = 0;
    const uint8_t *p = text + from, *end = text + len;

    memset(g, 0, sizeof(*g));
    g->from = from;
    g->paren = -1;
    g->plus = *p == '+';
    p += g->plus;

    if (p < end && *p == '(') {
        g->paren = 0;
        p++;
    }

    if (p == end || !lp_is_digit(*p)) {
        return 0;
    }

    while (g->n < LP_GROUPS) {
        g->before[g->n] = gap;

        for (; p < end && lp_is_digit(*p) && digits < LP_DIGITS; p++) {
            g->all[digits++] = *p - '0';
            g->lens[g->n]++;
        }

        g->ends[g->n] = (size_t) (p - text);
        g->digits[g->n++] = digits;

        if (g->paren == 0 && g->n == 1 && (p == end || *p != ')')) {
            return 0;
        }

        n = lp_groups_gap(p, end, g->paren == (int) g->n - 1, &gap);

        if (n == 0 || digits == LP_DIGITS) {
            break;
        }

        g->paren = p[n - 1] == '(' ? (int) g->n : g->paren;
        p += n;
    }

    return 1;
}


/* One of the first n groups stands in parentheses. */
static int
lp_groups_paren(const lp_groups_t *g, unsigned n)
{
    return g->paren >= 0 && (unsigned) g->paren < n;
}


/* Groups of those lengths, all divided by the same of these characters. */
static int
lp_groups_are(const lp_groups_t *g, unsigned n, const char *lens,
              const char *gaps)
{
    unsigned i;

    if (strlen(lens) != n || g->plus || lp_groups_paren(g, n)) {
        return 0;
    }

    for (i = 0; i < n; i++) {
        if (g->lens[i] != lens[i] - '0'
            || (i > 0
                && (g->before[i] != g->before[1]
                    || strchr(gaps, g->before[i]) == NULL))) {
            return 0;
        }
    }

    return 1;
}


/* ISO/IEC 7812-1, annex B. */
static int
lp_luhn(const uint8_t *digits, unsigned n)
{
    unsigned i, d, sum = 0;

    for (i = 0; i < n; i++) {
        d = digits[n - 1 - i];
        d = i % 2 == 1 ? d * 2 : d;
        sum += d > 9 ? d - 9 : d;
    }

    return sum % 10 == 0;
}


#define LP_14 (1u << 14)
#define LP_15 (1u << 15)
#define LP_16 (1u << 16)
#define LP_19 (1u << 19)

#define LP_16_TO_19 (LP_19 * 2 - LP_16)
#define LP_14_TO_19 (LP_19 * 2 - LP_14)

/*
 * First six digits and lengths that networks give to cards.  The register of
 * ISO/IEC 7812 is not public: these are the ranges that Wikipedia ("Payment
 * card number") and Braintree's credit-card-type have, as of November 2026.
 * Left out is what other numbers have more often: Visa's 13 digits, retired and
 * as long as an EAN, and 18, Maestro's and UnionPay's below 16, and what begins
 * with 1 (UATP, GPN), as timestamps do.
 */
static const struct {
    uint32_t from, to;
    uint32_t lengths; /* a bit each */
} lp_issuers[] = {
    { 400000, 499999, LP_16 | LP_19 }, /* Visa */
    { 510000, 559999, LP_16 },         /* Mastercard */
    { 222100, 272099, LP_16 },         /* Mastercard */
    { 340000, 349999, LP_15 },         /* American Express */
    { 370000, 379999, LP_15 },         /* American Express */
    { 300000, 305999, LP_14_TO_19 },   /* Diners Club */
    { 309500, 309599, LP_14_TO_19 },   /* Diners Club */
    { 360000, 369999, LP_14_TO_19 },   /* Diners Club */
    { 380000, 399999, LP_14_TO_19 },   /* Diners Club */
    { 352800, 358999, LP_16_TO_19 },   /* JCB */
    { 601100, 601199, LP_16_TO_19 },   /* Discover */
    { 644000, 659999, LP_16_TO_19 },   /* Discover, RuPay */
    { 620000, 629999, LP_16_TO_19 },   /* UnionPay */
    { 810000, 817199, LP_16_TO_19 },   /* UnionPay */
    { 606282, 606282, LP_16 },         /* Hipercard */
    { 606900, 608999, LP_16 },         /* RuPay */
    { 817200, 820199, LP_16 },         /* RuPay */
    { 500000, 509999, LP_16_TO_19 },   /* Maestro, Elo */
    { 560000, 589999, LP_16_TO_19 },   /* Maestro */
    { 630000, 639999, LP_16_TO_19 },   /* Maestro */
    { 670000, 679999, LP_16_TO_19 },   /* Maestro */
    { 220000, 220499, LP_16_TO_19 },   /* Mir */
    { 220500, 220599, LP_16 },         /* Borica */
    { 860000, 860099, LP_16 },         /* Uzcard */
    { 970400, 970499, LP_16 | LP_19 }, /* Napas */
    { 979200, 979299, LP_16 },         /* Troy */
    { 986000, 986099, LP_16 },         /* Humo */
};


int
lp_is_card(const lp_groups_t *g, unsigned n)
{
    size_t   i;
    unsigned digits = g->digits[n - 1];
    uint32_t first = 0;

    if (g->plus || digits < 14 || digits > 19
        || !(n == 1 || lp_groups_are(g, n, "4444", " -")
             || lp_groups_are(g, n, "465", " -")
             || lp_groups_are(g, n, "464", " -")
             || lp_groups_are(g, n, "44443", " -"))) {
        return 0;
    }

    for (i = 0; i < 6; i++) {
        first = first * 10 + g->all[i];
    }

    for (i = 0; i < sizeof(lp_issuers) / sizeof(lp_issuers[0]); i++) {
        if (first >= lp_issuers[i].from && first <= lp_issuers[i].to
            && lp_issuers[i].lengths >> digits & 1) {
            return lp_luhn(g->all, digits);
        }
    }

    return 0;
}


/* The dihedral group of order ten, and a permutation of its elements. */
static const uint8_t lp_dihedral[10][10] = {
    { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, { 1, 2, 3, 4, 0, 6, 7, 8, 9, 5 },
    { 2, 3, 4, 0, 1, 7, 8, 9, 5, 6 }, { 3, 4, 0, 1, 2, 8, 9, 5, 6, 7 },
    { 4, 0, 1, 2, 3, 9, 5, 6, 7, 8 }, { 5, 9, 8, 7, 6, 0, 4, 3, 2, 1 },
    { 6, 5, 9, 8, 7, 1, 0, 4, 3, 2 }, { 7, 6, 5, 9, 8, 2, 1, 0, 4, 3 },
    { 8, 7, 6, 5, 9, 3, 2, 1, 0, 4 }, { 9, 8, 7, 6, 5, 4, 3, 2, 1, 0 },
};

static const uint8_t lp_permuted[10] = { 1, 5, 7, 6, 2, 8, 3, 0, 9, 4 };


/* Verhoeff: the k-th digit from the right is permuted k times. */
static int
lp_verhoeff(const uint8_t *digits, unsigned n)
{
    unsigned i, k, d, check = 0;

    for (i = 0; i < n; i++) {
        d = digits[n - 1 - i];

        for (k = 0; k < i % 8; k++) {
            d = lp_permuted[d];
        }

        check = lp_dihedral[check][d];
    }

    return check == 0;
}


int
lp_is_aadhaar(const lp_groups_t *g, unsigned n)
{
    return g->digits[n - 1] == 12 && !g->plus && g->all[0] >= 2
           && (n == 1 ? !lp_groups_paren(g, n)
                      : lp_groups_are(g, n, "444", " -"))
           && lp_verhoeff(g->all, 12);
}


/* What the Social Security Administration never gives out. */
static int
lp_ssn_given(const uint8_t *d)
{
    unsigned area = d[0] * 100u + d[1] * 10u + d[2];

    return area != 0 && area != 666 && area < 900 && d[3] + d[4] > 0
           && d[5] + d[6] + d[7] + d[8] > 0;
}


int
lp_is_ssn(const lp_groups_t *g, unsigned n)
{
    return lp_groups_are(g, n, "324", "-") && lp_ssn_given(g->all);
}


int
lp_is_vague_ssn(const lp_groups_t *g, unsigned n)
{
    return (lp_groups_are(g, n, "9", "") || lp_groups_are(g, n, "324", " "))
           && lp_ssn_given(g->all);
}


/* E.164 with its sign: 8 to 15 digits; a place on earth mixes points in. */
static int
lp_is_international(const lp_groups_t *g, unsigned n)
{
    unsigned i, points = 0;

    for (i = 1; i < n; i++) {
        points += g->before[i] == '.';
    }

    if (n == 2 && points == 1 && g->lens[1] < 9) {
        return 0; /* "+52.520008" */
    }

    return g->all[0] != 0 && (points == 0 || points == n - 1)
           && g->digits[n - 1] >= 8
           && g->digits[n - 1] <= 15u + (g->paren == 1 && g->lens[1] == 1);
}


/* North America: area and exchange begin with 2 to 9. */
static int
lp_is_american(const lp_groups_t *g, unsigned n)
{
    unsigned k = g->lens[0] == 1 && g->all[0] == 1 && n > 1;

    return n == k + 3 && g->lens[k] == 3 && g->lens[k + 1] == 3
           && g->lens[k + 2] == 4 && g->all[k] >= 2 && g->all[k + 3] >= 2
           && g->before[k + 1] != '/' && g->before[k + 2] != '/';
}


/* Britain in its groups, France in five pairs. */
static int
lp_is_european(const lp_groups_t *g, unsigned n)
{
    size_t      i;
    lp_groups_t plain = *g;

    static const char *const british[]
        = { "344", "56", "434", "533", "55", "65", "64", "534" };

    if (g->all[0] != 0 || g->all[1] == 0) {
        return 0;
    }

    if (lp_groups_are(g, n, "22222", " .-")) {
        return 1;
    }

    if (g->paren == 0 && g->n > 1 && g->before[1] == ' ') {
        plain.paren = -1;
    }

    for (i = 0; i < sizeof(british) / sizeof(british[0]); i++) {
        if (strchr("12378", g->all[1] + '0') != NULL
            && lp_groups_are(&plain, n, british[i], " ")) {
            return 1;
        }
    }

    return 0;
}


int
lp_is_phone(const lp_groups_t *g, unsigned n)
{
    if (g->plus) {
        return lp_is_international(g, n);
    }

    return (lp_is_american(g, n)
            && (lp_groups_paren(g, n) || g->before[n - 1] != ' '))
           || lp_is_european(g, n);
}


/*
 * Seven digits at least and none that stands alone, in any groups, but behind
 * a country's code: "0033 6 ...".
 */
int
lp_is_vague_phone(const lp_groups_t *g, unsigned n)
{
    unsigned i, digits = g->digits[n - 1];

    int abroad = g->lens[0] > 2 && g->all[0] == 0 && g->all[1] == 0;

    for (i = 1; i < n; i++) {
        if (g->lens[i] < 2 && !(abroad && i == 1)) {
            return 0;
        }
    }

    return !g->plus && !(n == 3 && lp_groups_are(g, n, "324", "-"))
           && digits >= (g->all[0] == 0 || n > 1 ? 9u : 10u) && digits <= 14;
}
