/*
 * What is said before a number: words after which bare digits are a telephone,
 * a social security number, an Aadhaar.
 */

#include <string.h>

#include "lp_detect_cue.h"
#include "lp_detect_form.h"


#define LP_CUE     32 /* bytes before a form that is not data by itself */
#define LP_CUE_LEN 18 /* bytes of the longest cue */


/*
 * What words begin with that people write before such a form, in small
 * letters; "$": the word ends there; "~": there or behind one of lp_cue_ends,
 * for short beginnings, with which other words begin as well ("mobius").
 */
static const char *const lp_phone_cues[] = {
    "phone~",
    "tel~",
    "telefon",
    "telefax",
    "telephon",
    "t\303\251l~",
    "t\303\251l\303\251phon",
    "t\303\211l\303\211phon",
    "tel\303\251fon",
    "tel\303\211fon",
    "mob~",
    "mobil~",
    "mobile~",
    "movil~",
    "cel~",
    "cell~",
    "celular",
    "cellular",
    "call~",
    "callme$",
    "caller~",
    "sms~",
    "fax~",
    "whatsapp",
    "contact~",
    "contacte$",
    "contactez$",
    "contacten$",
    "contacto$",
    "handy~",
    "portable$",
    "appelez",
    "llame",
    "m\xc3\xb3vil",
    "m\xc3\x93vil",
    "\xd0\xb5\xd0\xbb\xd0\xb5\xd1\x84\xd0\xbe\xd0\xbd~",
    "\xd0\x95\xd0\x9b\xd0\x95\xd0\xa4\xd0\x9e\xd0\x9d~",
    "\xe0\xa4\xae\xe0\xa5\x8b\xe0\xa4\xac\xe0\xa4\xbe\xe0\xa4\x87\xe0\xa4\xb2",
    "\xe0\xa4\xab\xe0\xa4\xbc\xe0\xa5\x8b\xe0\xa4\xa8",
    "\xe9\x9b\xbb\xe8\xa9\xb1",
    "\xe7\x94\xb5\xe8\xaf\x9d",
    "\xe6\x89\x8b\xe6\x9c\xba",
    NULL
};

static const char *const lp_ssn_cues[] = { "ssn~",
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
    = { "aadhaar~",
        "aadhar~",
        "adhaar~",
        "uidai~",
        "\xe0\xa4\x86\xe0\xa4\xa7\xe0\xa4\xbe\xe0\xa4\xb0",
        NULL };

/* clang-format off */

/*
 * What cues begin with, a bit a class: at any other byte none need be tried,
 * which is nearly everywhere, and most of all among numbers.
 */
static const uint8_t lp_cue_firsts[256] = {
#define LP_BOTH(c, classes) [c] = (classes), [(c) - 'a' + 'A'] = (classes)
#define LP_P (1 << LP_DETECT_PHONE)
#define LP_S (1 << LP_DETECT_SSN)
#define LP_A (1 << LP_DETECT_AADHAAR)
    LP_BOTH('a', LP_P | LP_A), LP_BOTH('c', LP_P), LP_BOTH('f', LP_P),
    LP_BOTH('h', LP_P), LP_BOTH('l', LP_P), LP_BOTH('m', LP_P | LP_S),
    LP_BOTH('p', LP_P), LP_BOTH('s', LP_P | LP_S), LP_BOTH('t', LP_P),
    LP_BOTH('u', LP_A), LP_BOTH('w', LP_P),
    [0xd0] = LP_P, [0xe0] = LP_P | LP_A, [0xe6] = LP_P, [0xe7] = LP_P,
    [0xe9] = LP_P,
};

/*
 * How such words end: inflected, or with a word for a number.  The last rows
 * inflect the Cyrillic "telefon".
 */
static const char *const lp_cue_ends[] = {
    "s$", "es$", "ed$", "er$", "ing$", "back",
    "no$", "nos$", "nr$", "num$", "number", "numero", "nummer", "nbr$", "id$",
    "card", "tel$", "fon", "phone", "funk", "line$",
    "\xd0\xb0$", "\xd1\x83$", "\xd0\xb5$", "\xd1\x8b$", "\xd0\xbe\xd0\xbc$",
    "\xd0\xbe\xd0\xb2$", "\xd0\xb0\xd0\xbc$", "\xd0\xb0\xd0\xbc\xd0\xb8$",
    "\xd0\xb0\xd1\x85$", "\xd0\xbd\xd1\x8b\xd0\xb9$",
    "\xd0\xbd\xd0\xb0\xd1\x8f$", "\xd0\xbd\xd1\x8b\xd0\xb5$",
    "\xd0\xbd\xd0\xbe\xd0\xb3\xd0\xbe$", "\xd0\xbd\xd0\xbe\xd0\xbc\xd1\x83$",
    "\xd0\x90$", "\xd0\xa3$", "\xd0\x95$", "\xd0\xab$", "\xd0\x9e\xd0\x9c$",
    "\xd0\x9e\xd0\x92$", "\xd0\x90\xd0\x9c$", "\xd0\x9d\xd0\xab\xd0\x99$",
    NULL
};

/*
 * Cues that announce nothing: of a call's or a message's id the number is no
 * telephone's.
 */
static const char *const lp_no_cues[] = {
    "call id", "call_id", "callid", "callback id", "callback_id", "callbackid",
    NULL
};

/* What counts something, whatever was said before. */
static const char *const lp_cue_counts[] = {
    "seq$", "sequence$", "serial$",
    NULL
};

/* clang-format on */


static int
lp_cue_is_upper(uint8_t c)
{
    return c >= 'A' && c <= 'Z';
}


/*
 * First byte of a Latin letter with an accent, or of a Greek or Cyrillic one,
 * which words go on with.  Scripts that part words by no blank may follow a cue
 * at once.
 */
static int
lp_cue_is_lead(uint8_t c)
{
    return c >= 0xc3 && c <= 0xd3;
}


/* The word ends there: a capital behind a small letter begins another, as in
   "faxNo". */
static int
lp_cue_is_over(const uint8_t *text, size_t at, size_t end)
{
    return at == end || (!lp_is_letter(text[at]) && !lp_cue_is_lead(text[at]))
           || (lp_cue_is_upper(text[at]) && !lp_cue_is_upper(text[at - 1]));
}


/* Behind the letters of `word` at that place, or 0; *mark: what ends it. */
static size_t
lp_cue_behind(const uint8_t *text, size_t at, size_t end, const char *word,
              char *mark)
{
    uint8_t c;

    for (; *word != '\0' && *word != '$' && *word != '~'; word++, at++) {
        c = at < end ? text[at] : '\0';
        c = lp_cue_is_upper(c) ? c | 0x20 : c;

        if (c != (uint8_t) *word) {
            return 0;
        }
    }

    *mark = *word;

    return at;
}


static int
lp_cue_is_any(const uint8_t *text, size_t at, size_t end,
              const char *const *words)
{
    char   mark;
    size_t to;

    for (; *words != NULL; words++) {
        to = lp_cue_behind(text, at, end, *words, &mark);

        if (to > 0 && (mark == '\0' || lp_cue_is_over(text, to, end))) {
            return 1;
        }
    }

    return 0;
}


/* A word may begin there, and anything that is not of ASCII letters. */
static int
lp_cue_begins(const uint8_t *text, size_t at)
{
    if (at == 0 || text[at] >= 0x80 || lp_is_escape(text, at)) {
        return 1;
    }

    if (lp_cue_is_upper(text[at])) {
        return !lp_cue_is_upper(text[at - 1]);
    }

    return !lp_is_letter(text[at - 1])
           && !(at > 1 && lp_cue_is_lead(text[at - 2]));
}


/* The cue stands at that place and ends in the few bytes before `end`. */
static int
lp_cue_is_cue(const uint8_t *text, size_t at, size_t end, const char *cue)
{
    char   mark;
    size_t to;

    to = lp_cue_behind(text, at, end, cue, &mark);

    return to > 0 && to + LP_CUE >= end
           && (mark == '\0' || lp_cue_is_over(text, to, end)
               || (mark == '~' && lp_cue_is_any(text, to, end, lp_cue_ends)))
           && !lp_cue_is_any(text, at, end, lp_no_cues);
}


static int
lp_cue_stands(const uint8_t *text, size_t at, lp_detect_class_t class,
              const char *const *cues)
{
    size_t             i;
    const char *const *cue;

    i = at > LP_CUE + LP_CUE_LEN ? at - LP_CUE - LP_CUE_LEN : 0;

    for (; i < at; i++) {
        if (!(lp_cue_firsts[text[i]] >> class & 1)
            || !lp_cue_begins(text, i)) {
            continue;
        }

        for (cue = cues; *cue != NULL; cue++) {
            if (lp_cue_is_cue(text, i, at, *cue)) {
                return 1;
            }
        }
    }

    return 0;
}


/* The word right before `at` says that the number counts something. */
static int
lp_cue_is_counted(const uint8_t *text, size_t at)
{
    size_t end, from, least = at > LP_CUE ? at - LP_CUE : 0;

    for (end = at; end > least && !lp_is_letter(text[end - 1]); end--) {
    }

    for (from = end; from > least && lp_is_letter(text[from - 1]); from--) {
    }

    return lp_cue_is_any(text, from, end, lp_cue_counts);
}


unsigned
lp_detect_said(const uint8_t *text, size_t at, unsigned classes)
{
    size_t   i;
    unsigned said = 0;

    static const struct {
        lp_detect_class_t class;
        const char *const *cues;
    } all[] = {
        { LP_DETECT_AADHAAR, lp_aadhaar_cues },
        { LP_DETECT_SSN, lp_ssn_cues },
        { LP_DETECT_PHONE, lp_phone_cues },
    };

    if (lp_cue_is_counted(text, at)) {
        return 0;
    }

    for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (classes >> all[i].class & 1
            && lp_cue_stands(text, at, all[i].class, all[i].cues)) {
            said |= 1u << all[i].class;
        }
    }

    return said;
}
