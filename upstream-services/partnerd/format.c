/*
 * The string formats that a schema may name.
 */

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "format.h"
#include "lp_cidr.h"
#include "lp_error.h"
#include "lp_time.h"
#include "lp_tier.h"


#define PD_UUID_LEN     36
#define PD_DATE_LEN     10
#define PD_FRACTION_MAX 9   /* digits of a second */
#define PD_EMAIL_MAX    254 /* RFC 5321, section 4.5.3.1.3 */
#define PD_LOCAL_MAX    64  /* RFC 5321, section 4.5.3.1.1 */


/* PostgreSQL takes more forms; ids of ours have this one only. */
static int
pd_format_uuid(const char *text, size_t len)
{
    size_t i;

    if (len != PD_UUID_LEN) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (text[i] != '-') {
                return 0;
            }

        } else if (!isxdigit((unsigned char) text[i])) {
            return 0;
        }
    }

    return 1;
}


/*
 * What PostgreSQL takes of RFC 3339: no year 0 (its calendar has 1 BC), and
 * offsets below 16 hours.  Digits of a second beyond the ninth say nothing, and
 * too many of them are more than it reads.
 */
static int
pd_format_date_time(const char *text, size_t len)
{
    size_t  digits;
    int64_t seconds;

    if (lp_time_parse(text, len, &seconds) != LP_OK
        || memcmp(text, "0000", 4) == 0) {
        return 0;
    }

    text += LP_TIME_LEN - 1; /* behind the seconds */
    digits = *text == '.' ? strspn(text + 1, "0123456789") : 0;
    text += digits > 0 ? digits + 1 : 0;

    return digits <= PD_FRACTION_MAX
           && (*text == 'Z' || *text == 'z' || memcmp(text + 1, "16", 2) < 0);
}


/* A day of the calendar is one on which a time can be. */
static int
pd_format_date(const char *text, size_t len)
{
    char noon[LP_TIME_LEN + 1];

    if (len != PD_DATE_LEN) {
        return 0;
    }

    (void) snprintf(noon, sizeof(noon), "%.10sT12:00:00Z", text);

    return pd_format_date_time(noon, LP_TIME_LEN);
}


static int
pd_format_tier(const char *text, size_t len)
{
    return lp_tier_parse(text, len) != LP_TIERS;
}


static int
pd_format_cidr(const char *text, size_t len)
{
    lp_cidr_t cidr;

    return lp_cidr_parse(text, len, &cidr) == LP_OK;
}


/*
 * Letters, digits and hyphens in labels of 1 to 63, at least two of them;
 * bytes beyond ASCII pass, for internationalised names (RFC 6531).
 */
static int
pd_format_domain(const char *text, size_t len)
{
    size_t        i, label, labels;
    unsigned char c;

    label = 0;
    labels = 1;

    for (i = 0; i < len; i++) {
        c = (unsigned char) text[i];

        if (c == '.') {
            if (label == 0 || text[i - 1] == '-') {
                return 0;
            }
            label = 0;
            labels++;
            continue;
        }

        if (!isalnum(c) && c < 0x80 && (c != '-' || label == 0)) {
            return 0;
        }

        if (++label > 63) {
            return 0;
        }
    }

    return label > 0 && labels > 1 && text[len - 1] != '-';
}


/* The unquoted form alone; whether it exists only a message can tell. */
static int
pd_format_email(const char *text, size_t len)
{
    size_t        i, at;
    const char   *p;
    unsigned char c;

    p = memchr(text, '@', len);

    if (p == NULL || len > PD_EMAIL_MAX) {
        return 0;
    }

    at = (size_t) (p - text);

    if (at == 0 || at > PD_LOCAL_MAX || text[0] == '.'
        || text[at - 1] == '.') {
        return 0;
    }

    for (i = 0; i < at; i++) {
        c = (unsigned char) text[i];

        if (c <= 0x20 || c == 0x7f || strchr("\"(),:;<>[\\]", c) != NULL
            || (c == '.' && text[i + 1] == '.')) {
            return 0;
        }
    }

    return pd_format_domain(text + at + 1, len - at - 1);
}


/* That there is something at all is the length's to say. */
static int
pd_format_text(const char *text, size_t len)
{
    return len == 0 || strspn(text, " \t\n\v\f\r") < len;
}


static const pd_format_t pd_formats[] = {
    { "uuid", pd_format_uuid, "a UUID" },
    { "date-time", pd_format_date_time,
      LP_TIME_ALLOWED ", of the years 0001 to 9999, at most 9 digits behind "
                      "the seconds and an "
                      "offset of at most 15:59" },
    { "date", pd_format_date,
      "a date such as 2027-01-01, of the years 0001 to 9999" },
    { "email", pd_format_email, "an e-mail address" },
    { "cidr", pd_format_cidr, LP_CIDR_ALLOWED },
    { "tier", pd_format_tier, LP_TIER_ALLOWED },
    { "text", pd_format_text, "more than white space" },
    { NULL, NULL, NULL },
};


const pd_format_t *
pd_format_find(const char *name)
{
    const pd_format_t *f;

    for (f = pd_formats; f->name != NULL; f++) {
        if (strcmp(f->name, name) == 0) {
            return f;
        }
    }

    return NULL;
}
