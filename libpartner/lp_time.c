/*
 * RFC 3339 timestamps: the proleptic Gregorian calendar in integers.
 */

#include "lp_time.h"


#define LP_TIME_DAY      INT64_C(86400)
#define LP_TIME_ERA      146097 /* days in 400 years */
#define LP_TIME_TO_EPOCH 719468 /* days from 0000-03-01 to 1970-01-01 */


typedef struct {
    const char *p;
    const char *end;
    int         failed; /* sticky: the fields after it mean nothing */
} lp_time_reader_t;

typedef struct {
    unsigned year, month, day, hour, minute, second;
} lp_time_fields_t;


/* RFC 3339, section 5.6: T and Z may be lower case. */
static void
lp_time_expect(lp_time_reader_t *r, char upper)
{
    if (r->p == r->end || (*r->p != upper && *r->p != (upper | 0x20))) {
        r->failed = 1;
        return;
    }

    r->p++;
}


static unsigned
lp_time_number(lp_time_reader_t *r, unsigned digits)
{
    unsigned value;

    for (value = 0; digits > 0; digits--, r->p++) {
        if (r->p == r->end || *r->p < '0' || *r->p > '9') {
            r->failed = 1;
            return 0;
        }

        value = value * 10 + (unsigned) (*r->p - '0');
    }

    return value;
}


static void
lp_time_skip_fraction(lp_time_reader_t *r)
{
    if (r->p == r->end || *r->p != '.') {
        return;
    }

    r->p++;
    (void) lp_time_number(r, 1);

    while (r->p < r->end && *r->p >= '0' && *r->p <= '9') {
        r->p++;
    }
}


/* Seconds to subtract to reach UTC. */
static int64_t
lp_time_offset(lp_time_reader_t *r)
{
    int      sign;
    unsigned hours, minutes;

    if (r->p < r->end && (*r->p == '+' || *r->p == '-')) {
        sign = *r->p++ == '+' ? 1 : -1;
        hours = lp_time_number(r, 2);

        if (r->p == r->end || *r->p++ != ':') {
            r->failed = 1;
        }

        minutes = lp_time_number(r, 2);
        r->failed |= hours > 23 || minutes > 59;

        return sign * (int64_t) (hours * 3600 + minutes * 60);
    }

    lp_time_expect(r, 'Z');

    return 0;
}


static unsigned
lp_time_month_days(unsigned year, unsigned month)
{
    static const uint8_t days[]
        = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) {
        return 29;
    }

    return days[month - 1];
}


static int
lp_time_in_range(const lp_time_fields_t *f)
{
    return f->month >= 1 && f->month <= 12 && f->day >= 1
           && f->day <= lp_time_month_days(f->year, f->month) && f->hour <= 23
           && f->minute <= 59 && f->second <= 60;
}


/*
 * Days since the epoch.  A year that begins in March has its leap day last,
 * and its months begin at days 0, 31, 61 ... (153 m + 2) / 5.
 */
static int64_t
lp_time_days(const lp_time_fields_t *f)
{
    int64_t year, month;

    year = (int64_t) f->year - (f->month <= 2);
    month = (f->month + 9) % 12;

    /* Years are 0 to 9999; only January and February of 0 fall before. */
    return year * 365 + (year + 400) / 4 - (year + 400) / 100
           + (year + 400) / 400 - 97 + (153 * month + 2) / 5 + f->day - 1
           - LP_TIME_TO_EPOCH;
}


static void
lp_time_read(lp_time_reader_t *r, lp_time_fields_t *f)
{
    f->year = lp_time_number(r, 4);
    lp_time_expect(r, '-');
    f->month = lp_time_number(r, 2);
    lp_time_expect(r, '-');
    f->day = lp_time_number(r, 2);
    lp_time_expect(r, 'T');
    f->hour = lp_time_number(r, 2);
    lp_time_expect(r, ':');
    f->minute = lp_time_number(r, 2);
    lp_time_expect(r, ':');
    f->second = lp_time_number(r, 2);
    lp_time_skip_fraction(r);
}


int
lp_time_parse(const char *text, size_t len, int64_t *seconds)
{
    int64_t          offset, t;
    lp_time_fields_t f;
    lp_time_reader_t r = { text, text + len, 0 };

    lp_time_read(&r, &f);
    offset = lp_time_offset(&r);

    if (r.failed || r.p != r.end || !lp_time_in_range(&f)) {
        return LP_INVALID;
    }

    t = lp_time_days(&f) * LP_TIME_DAY + f.hour * 3600 + f.minute * 60
        + f.second - offset;

    if (f.second == 60 && t % LP_TIME_DAY != 0) {
        return LP_INVALID;
    }

    *seconds = t;

    return LP_OK;
}


/*
 * The inverse of lp_time_days(): the corrections take out the leap days of 4
 * and 400 years and put back those of 100, so that 365 divides evenly.
 */
static void
lp_time_civil(int64_t days, lp_time_fields_t *f)
{
    unsigned day, year, month;

    days += LP_TIME_TO_EPOCH + LP_TIME_ERA; /* an era on, so never below 0 */

    day = (unsigned) (days % LP_TIME_ERA);
    year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= year * 365 + year / 4 - year / 100;
    month = (5 * day + 2) / 153;

    f->day = day - (153 * month + 2) / 5 + 1;
    f->month = month < 10 ? month + 3 : month - 9;
    f->year
        = (unsigned) (days / LP_TIME_ERA * 400) + year + (month >= 10) - 400;
}


static char *
lp_time_write(char *p, unsigned value, unsigned digits, char then)
{
    unsigned i;

    for (i = digits; i > 0; i--) {
        p[i - 1] = (char) ('0' + value % 10);
        value /= 10;
    }

    p[digits] = then;

    return p + digits + 1;
}


int
lp_time_format(int64_t seconds, char out[LP_TIME_LEN + 1])
{
    int64_t          days;
    unsigned         rest;
    lp_time_fields_t f;

    static const int64_t first = INT64_C(-62167219200);  /* 0000-01-01 */
    static const int64_t beyond = INT64_C(253402300800); /* 10000-01-01 */

    if (seconds < first || seconds >= beyond) {
        *out = '\0';
        return LP_INVALID;
    }

    days = (seconds - first) / LP_TIME_DAY + first / LP_TIME_DAY;
    rest = (unsigned) (seconds - days * LP_TIME_DAY);
    lp_time_civil(days, &f);

    out = lp_time_write(out, f.year, 4, '-');
    out = lp_time_write(out, f.month, 2, '-');
    out = lp_time_write(out, f.day, 2, 'T');
    out = lp_time_write(out, rest / 3600, 2, ':');
    out = lp_time_write(out, rest / 60 % 60, 2, ':');
    out = lp_time_write(out, rest % 60, 2, 'Z');
    *out = '\0';

    return LP_OK;
}
