/*
 * The history of objectives: written, checked as a whole, and taken in.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "lp_reader.h"
#include "lp_slo_text.h"


#define LP_SLO_WORD "partner-slo 1\n"
#define LP_SLO_LINE (LP_SLO_NAME + 3 + 11 * (LP_SLO_COUNTS + 1) + 2)


/* What a line says. */
typedef struct {
    const char   *name;
    size_t        len;
    lp_slo_slot_t slot;
    unsigned      hours : 1;
} lp_slo_entry_t;


static int
lp_slo_put(lp_slo_writer_t *w, const char *line, size_t len)
{
    w->crc = crc32(w->crc, (const Bytef *) line, (uInt) len);

    return w->emit(w->ctx, line, len);
}


int
lp_slo_write_begin(lp_slo_writer_t *w, lp_slo_emit_pt emit, void *ctx)
{
    *w = (lp_slo_writer_t){ .emit = emit, .ctx = ctx };

    return lp_slo_put(w, LP_SLO_WORD, sizeof(LP_SLO_WORD) - 1);
}


static int
lp_slo_put_slots(lp_slo_writer_t *w, const char *name, size_t len, char kind,
                 const lp_slo_slot_t *slots, size_t n)
{
    int           rc, used;
    char          line[LP_SLO_LINE];
    size_t        i;
    lp_slo_slot_t copy;

    for (i = 0, rc = LP_OK; i < n && rc == LP_OK; i++) {
        copy = slots[i];

        if (copy.n[LP_SLO_CALLS] == 0) {
            continue;
        }

        used = snprintf(line, sizeof(line),
                        "%.*s %c %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32
                        " %" PRIu32 " %" PRIu32 "\n",
                        (int) len, name, kind, copy.at, copy.n[0], copy.n[1],
                        copy.n[2], copy.n[3], copy.n[4]);
        w->slots++;
        rc = lp_slo_put(w, line, (size_t) used);
    }

    return rc;
}


int
lp_slo_write(lp_slo_writer_t *w, const char *name, size_t len,
             const lp_slo_t *slo)
{
    int rc;

    rc = lp_slo_put_slots(w, name, len, 'm', slo->minutes, LP_SLO_MINUTES);

    return rc == LP_OK
               ? lp_slo_put_slots(w, name, len, 'h', slo->hours, LP_SLO_HOURS)
               : rc;
}


int
lp_slo_write_end(lp_slo_writer_t *w)
{
    int  n;
    char line[LP_SLO_LINE];

    n = snprintf(line, sizeof(line), "end %zu %08lx\n", w->slots, w->crc);

    return w->emit(w->ctx, line, (size_t) n);
}


/* ---- reading ---- */

static int
lp_slo_read_count(lp_reader_t *r, uint32_t *n)
{
    uint64_t value;

    if (!lp_reader_expect(r, " ") || !lp_reader_number(r, &value)
        || value > UINT32_MAX) {
        return 0;
    }

    *n = (uint32_t) value;

    return 1;
}


static int
lp_slo_read_entry(lp_reader_t *r, lp_slo_entry_t *entry)
{
    unsigned i;

    if (!lp_reader_word(r, LP_SLO_NAME, &entry->name, &entry->len)) {
        return 0;
    }

    entry->hours = (unsigned) lp_reader_expect(r, " h");

    if ((!entry->hours && !lp_reader_expect(r, " m"))
        || !lp_slo_read_count(r, &entry->slot.at)) {
        return 0;
    }

    for (i = 0; i < LP_SLO_COUNTS; i++) {
        if (!lp_slo_read_count(r, &entry->slot.n[i])) {
            return 0;
        }
    }

    return lp_reader_expect(r, "\n");
}


/* "end" is a name like others: only the last line can be read as one. */
static int
lp_slo_read_end(lp_reader_t *r, const char *text, size_t slots)
{
    uLong    crc;
    uint64_t said, n;

    crc = crc32_z(0, (const Bytef *) text, (size_t) (r->p - text));

    return lp_reader_expect(r, "end ") && lp_reader_number(r, &n) && n == slots
           && lp_reader_expect(r, " ") && lp_reader_hex(r, 8, &said)
           && said == crc && lp_reader_expect(r, "\n") && r->p == r->end;
}


static int
lp_slo_check(const char *text, size_t len, lp_error_t *err)
{
    size_t         slots;
    lp_reader_t    r = { text, text + len }, line;
    lp_slo_entry_t entry;

    if (!lp_reader_expect(&r, LP_SLO_WORD)) {
        return lp_error(err, "", "is no history of objectives");
    }

    for (slots = 0;; slots++) {
        line = r;

        if (!lp_slo_read_entry(&r, &entry)) {
            break;
        }
    }

    return lp_slo_read_end(&line, text, slots)
               ? LP_OK
               : lp_error(err, "", "is damaged in line %zu", slots + 2);
}


int
lp_slo_read(const char *text, size_t len, lp_slo_find_pt find, void *ctx,
            lp_error_t *err)
{
    lp_slo_t      *slo;
    lp_reader_t    r = { text, text + len };
    lp_slo_entry_t entry;

    if (lp_slo_check(text, len, err) != LP_OK) {
        return LP_INVALID;
    }

    (void) lp_reader_expect(&r, LP_SLO_WORD);

    while (lp_slo_read_entry(&r, &entry)) {
        slo = find(ctx, entry.name, entry.len);

        if (slo != NULL) {
            lp_slo_restore(entry.hours ? slo->hours : slo->minutes,
                           entry.hours ? LP_SLO_HOURS : LP_SLO_MINUTES,
                           &entry.slot);
        }
    }

    return LP_OK;
}
