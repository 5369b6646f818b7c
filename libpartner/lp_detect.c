/*
 * Finds personal data in text: looks at each byte that can begin or, for an
 * address, divide it, and lets the form decide.
 */

#include <string.h>

#include "lp_detect.h"
#include "lp_detect_form.h"


#define LP_CUE 32 /* bytes before a form that is not data by itself */

const char *const lp_detect_names[LP_DETECT_CLASSES]
    = { "email", "phone", "card", "iban", "ssn", "aadhaar", "pan_in" };

/*
 * What words begin with that people write before such a form, in small
 * letters; "$": the word ends there.  Beginnings, because nobody can list what
 * is written: "faxed to", "callme", "MOBNO", "aadharid".
 */
static const char *const lp_phone_cues[] = {
    "phone",
    "tel$",
    "teln",
    "telef",
    "teleph",
    "mob",
    "cel",
    "call",
    "sms",
    "fax",
    "whatsapp",
    "contact$",
    "contacts",
    "contacte",
    "contacto",
    "handy",
    "portable",
    "appelez",
    "llame",
    "m\xc3\xb3vil",
    "m\xc3\x93vil",
    "\xd0\xb5\xd0\xbb\xd0\xb5\xd1\x84\xd0\xbe\xd0\xbd",
    "\xd0\x95\xd0\x9b\xd0\x95\xd0\xa4\xd0\x9e\xd0\x9d",
    "\xe0\xa4\xae\xe0\xa5\x8b\xe0\xa4\xac\xe0\xa4\xbe\xe0\xa4\x87\xe0\xa4\xb2",
    "\xe0\xa4\xab\xe0\xa4\xbc\xe0\xa5\x8b\xe0\xa4\xa8",
    "\xe9\x9b\xbb\xe8\xa9\xb1",
    "\xe7\x94\xb5\xe8\xaf\x9d",
    "\xe6\x89\x8b\xe6\x9c\xba",
    NULL
};

static const char *const lp_ssn_cues[] = { "ssn",
                                           "s.s.n",
                                           "social security",
                                           "social_security",
                                           "socialsecurity",
                                           "soc sec",
                                           "soc. sec",
                                           "soc_sec",
                                           "ss#",
                                           "my social",
                                           NULL };

static const char *const lp_aadhaar_cues[]
    = { "aadhaar",
        "aadhar",
        "adhaar",
        "uidai",
        "\xe0\xa4\x86\xe0\xa4\xa7\xe0\xa4\xbe\xe0\xa4\xb0",
        NULL };

/*
 * Words that begin like a cue and announce nothing; of a call's or a message's
 * id the number is no telephone's.
 */
/* clang-format off */
static const char *const lp_no_cues[] = {
    "aadharshila",
    "call id", "call_id", "callid", "callback id", "callback_id", "callbackid",
    "callig", "callisto", "callous", "callum", "callus",
    "celeb", "celer", "celest", "cellar", "cellist", "cello$", "celloph",
    "cellulit", "cellulo", "celsius", "celtic", "celulosa",
    "contactor",
    "faxe$",
    "handycam", "handyman", "handymen",
    "mobbing", "mobilis", "mobility", "mobilit\xc3", "mobiliz", "mobster",
    "phonem", "phonet", "phoney", "phoniatr", "phonics", "phonol",
    "smsc",
    "telefoto", "telephoto",
    NULL
};
/* clang-format on */


static int
lp_detect_is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}


static int
lp_detect_is_letter(uint8_t c)
{
    return (uint8_t) ((c | 0x20) - 'a') < 26;
}


/* The word does: a capital behind a small letter begins one, as in "faxNo". */
static int
lp_detect_goes_on(const uint8_t *p)
{
    return lp_detect_is_letter(*p)
           && (!lp_detect_is_upper(*p) || lp_detect_is_upper(p[-1]));
}


/* The word stands at that place, or one that begins so. */
static int
lp_detect_is_word(const uint8_t *text, size_t at, size_t end, const char *word)
{
    uint8_t c;
    size_t  k, n = strlen(word);

    if (n > 0 && word[n - 1] == '$') {
        n--;

        if (at + n < end && lp_detect_goes_on(text + at + n)) {
            return 0;
        }
    }

    if (n > end - at) {
        return 0;
    }

    for (k = 0; k < n; k++) {
        c = text[at + k];
        c = lp_detect_is_upper(c) ? c | 0x20 : c;

        if (c != (uint8_t) word[k]) {
            return 0;
        }
    }

    return 1;
}


/* The cue stands at that place, and begins a word if it is of letters. */
static int
lp_detect_is_cue(const uint8_t *text, size_t at, size_t end, const char *cue)
{
    const char *const *no;

    if (!lp_detect_is_word(text, at, end, cue)
        || !(at == 0 || lp_detect_is_upper(text[at])
             || !lp_detect_is_letter(text[at - 1]))) {
        return 0;
    }

    for (no = lp_no_cues; *no != NULL; no++) {
        if (lp_detect_is_word(text, at, end, *no)) {
            return 0;
        }
    }

    return 1;
}


/* One of the cues ends in the few bytes before `at`. */
static int
lp_detect_said(const uint8_t *text, size_t at, const char *const *cues)
{
    size_t i, n;

    for (; *cues != NULL; cues++) {
        n = strlen(*cues);
        i = at > LP_CUE + n ? at - LP_CUE - n : 0;

        for (; i + n <= at; i++) {
            if (lp_detect_is_cue(text, i, at, *cues)) {
                return 1;
            }
        }
    }

    return 0;
}


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


/* A word ends before `at`; the letter of an escape, as in "\\n", is none. */
static int
lp_detect_is_glued(const uint8_t *text, size_t at)
{
    return at > 0 && lp_is_word(text[at - 1])
           && !(at > 1 && text[at - 2] == '\\'
                && strchr("nrt", text[at - 1]) != NULL);
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


/* Of those classes, the ones that are said before `at`. */
static unsigned
lp_detect_cues(const uint8_t *text, size_t at, unsigned classes)
{
    unsigned said = 0;

    static const struct {
        lp_detect_class_t class;
        const char *const *cues;
    } all[] = {
        { LP_DETECT_AADHAAR, lp_aadhaar_cues },
        { LP_DETECT_SSN, lp_ssn_cues },
        { LP_DETECT_PHONE, lp_phone_cues },
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (classes >> all[i].class & 1
            && lp_detect_said(text, at, all[i].cues)) {
            said |= 1u << all[i].class;
        }
    }

    return said;
}


/* The class that the first `n` groups make, or LP_DETECT_CLASSES. */
static lp_detect_class_t
lp_detect_classify(const lp_groups_t *g, unsigned n, unsigned classes,
                   unsigned said)
{
    if (classes >> LP_DETECT_CARD & 1 && lp_is_card(g, n)) {
        return LP_DETECT_CARD;
    }

    if (classes >> LP_DETECT_AADHAAR & 1 && lp_is_aadhaar(g, n)
        && (n > 1 || said >> LP_DETECT_AADHAAR & 1)) {
        return LP_DETECT_AADHAAR;
    }

    if (classes >> LP_DETECT_SSN & 1
        && (lp_is_ssn(g, n)
            || (lp_is_vague_ssn(g, n) && said >> LP_DETECT_SSN & 1))) {
        return LP_DETECT_SSN;
    }

    if (classes >> LP_DETECT_PHONE & 1
        && (lp_is_phone(g, n)
            || (lp_is_vague_phone(g, n) && said >> LP_DETECT_PHONE & 1))) {
        return LP_DETECT_PHONE;
    }

    return LP_DETECT_CLASSES;
}


/* The longest run of groups from `at` on that is something. */
static int
lp_detect_digits(const uint8_t *text, size_t len, size_t *at, unsigned classes,
                 lp_detect_hit_t *hit)
{
    unsigned    n, said;
    lp_groups_t g;
    lp_detect_class_t class;

    if (!lp_detect_begins(text, *at) || !lp_groups_read(&g, text, len, *at)) {
        return 0;
    }

    /* Fewer digits are nothing, whatever is said before them. */
    if (g.digits[g.n - 1] < 8) {
        return 0;
    }

    said = lp_detect_cues(text, *at, classes);

    for (n = g.n; n > 0; n--) {
        if (!lp_detect_card_ends(text, len, g.ends[n - 1])) {
            continue;
        }

        class = lp_detect_classify(&g, n, classes, said);

        if (class != LP_DETECT_CARD
            && !lp_detect_ends(text, len, g.ends[n - 1])) {
            continue;
        }

        if (class != LP_DETECT_CLASSES
            && !(classes >> LP_DETECT_EMAIL & 1
                 && lp_email_reaches(text, len, *at))) {
            *at = g.ends[n - 1];
            return lp_detect_hit(hit, g.from, g.ends[n - 1], class);
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

        if (c == '@' && classes >> LP_DETECT_EMAIL & 1
            && lp_email_around(text, len, least, &from, &i)) {
            *at = i;
            return lp_detect_hit(hit, from, i, LP_DETECT_EMAIL);
        }

        if (((c >= '0' && c <= '9') || c == '+' || c == '(')
            && lp_detect_digits(text, len, &from, classes, hit)) {
            *at = from;
            return 1;
        }

        if (lp_detect_is_letter(c)
            && lp_detect_letters(text, len, &from, classes, hit)) {
            *at = from;
            return 1;
        }
    }

    return 0;
}


lp_detect_class_t
lp_detect_number(const uint8_t *digits, size_t len, unsigned classes)
{
    lp_groups_t g;

    if (!lp_groups_read(&g, digits, len, 0) || g.n != 1 || g.plus
        || g.ends[0] != len) {
        return LP_DETECT_CLASSES;
    }

    if (classes >> LP_DETECT_CARD & 1 && lp_is_card(&g, 1)) {
        return LP_DETECT_CARD;
    }

    return classes >> LP_DETECT_AADHAAR & 1 && lp_is_aadhaar(&g, 1)
               ? LP_DETECT_AADHAAR
               : LP_DETECT_CLASSES;
}
