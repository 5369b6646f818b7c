/*
 * A journal's snapshot: written, checked and loaded.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "lp_journal_layout.h"
#include "lp_journal_text.h"
#include "lp_reader.h"


#define LP_JOURNAL_WORD  "partner-journal 1 "
#define LP_JOURNAL_LINE  (LP_JOURNAL_KEY + LP_USAGE_VALUES * 21 + 2)
#define LP_JOURNAL_BATCH 64


typedef struct {
    lp_journal_emit_pt emit;
    void              *ctx;
    uLong              crc;
    size_t             counters;
} lp_journal_writer_t;

/* What a line says of a counter. */
typedef struct {
    const char *key;
    size_t      key_len;
    uint32_t    hour;
    lp_usage_t  values;
} lp_journal_entry_t;


/* A counter's name begins with its hour. */
static int
lp_journal_read_key(lp_reader_t *r, lp_journal_entry_t *entry)
{
    uint64_t    hour;
    lp_reader_t name = *r;

    if (!lp_reader_word(r, LP_JOURNAL_KEY, &entry->key, &entry->key_len)
        || !lp_reader_number(&name, &hour) || hour > UINT32_MAX
        || !lp_reader_expect(&name, "/")) {
        return 0;
    }

    entry->hour = (uint32_t) hour;

    return 1;
}


static int
lp_journal_read_entry(lp_reader_t *r, lp_journal_entry_t *entry)
{
    unsigned i;

    if (!lp_journal_read_key(r, entry)) {
        return 0;
    }

    for (i = 0; i < LP_USAGE_VALUES; i++) {
        if (!lp_reader_expect(r, " ")
            || !lp_reader_number(r, &entry->values.n[i])) {
            return 0;
        }
    }

    return lp_reader_expect(r, "\n");
}


static int
lp_journal_put(lp_journal_writer_t *w, const char *line, size_t len)
{
    w->crc = crc32(w->crc, (const Bytef *) line, (uInt) len);

    return w->emit(w->ctx, line, len);
}


/* What could not be read again would make all of the text worthless. */
static int
lp_journal_put_counter(lp_journal_writer_t *w, const lp_journal_copy_t *copy)
{
    char               line[LP_JOURNAL_LINE];
    size_t             len;
    unsigned           i;
    lp_reader_t        r;
    lp_journal_entry_t entry;

    memcpy(line, copy->key, copy->key_len);
    len = copy->key_len;

    for (i = 0; i < LP_USAGE_VALUES; i++) {
        len += (size_t) snprintf(line + len, sizeof(line) - len, " %" PRIu64,
                                 copy->values.n[i]);
    }

    line[len++] = '\n';
    r = (lp_reader_t){ line, line + len };

    if (!lp_journal_read_entry(&r, &entry) || r.p != r.end) {
        return LP_OK;
    }

    w->counters++;

    return lp_journal_put(w, line, len);
}


static int
lp_journal_put_counters(lp_journal_writer_t *w, lp_journal_t *journal)
{
    int               end, rc;
    size_t            i, n;
    uint32_t          from;
    lp_journal_copy_t copies[LP_JOURNAL_BATCH];

    from = 0;

    do {
        n = LP_JOURNAL_BATCH;
        rc = lp_journal_pending(journal, &from, copies, &n, &end);

        for (i = 0; rc == LP_OK && i < n; i++) {
            rc = lp_journal_put_counter(w, &copies[i]);
        }
    } while (rc == LP_OK && !end);

    return rc;
}


int
lp_journal_write(lp_journal_t *journal, lp_journal_emit_pt emit, void *ctx)
{
    int                 n, rc;
    char                line[LP_JOURNAL_LINE];
    lp_journal_writer_t w = { emit, ctx, 0, 0 };

    n = snprintf(line, sizeof(line), LP_JOURNAL_WORD "%016" PRIx64 "\n",
                 lp_journal_identity(journal)->incarnation);
    rc = lp_journal_put(&w, line, (size_t) n);

    if (rc == LP_OK) {
        rc = lp_journal_put_counters(&w, journal);
    }

    if (rc != LP_OK) {
        return rc;
    }

    n = snprintf(line, sizeof(line), "end %zu %08lx\n", w.counters, w.crc);

    return emit(ctx, line, (size_t) n);
}


/* ---- reading ---- */

static int
lp_journal_read_begin(lp_reader_t *r, uint64_t *incarnation)
{
    return lp_reader_expect(r, LP_JOURNAL_WORD)
           && lp_reader_hex(r, 16, incarnation) && lp_reader_expect(r, "\n");
}


static int
lp_journal_read_end(lp_reader_t *r, const char *text, size_t counters)
{
    uLong    crc;
    uint64_t said, n;

    crc = crc32_z(0, (const Bytef *) text, (size_t) (r->p - text));

    return lp_reader_expect(r, "end ") && lp_reader_number(r, &n)
           && n == counters && lp_reader_expect(r, " ")
           && lp_reader_hex(r, 8, &said) && said == crc
           && lp_reader_expect(r, "\n") && r->p == r->end;
}


static int
lp_journal_at_end(const lp_reader_t *r)
{
    return r->end - r->p >= 4 && memcmp(r->p, "end ", 4) == 0;
}


int
lp_journal_check_text(const char *text, size_t len,
                      lp_journal_snapshot_t *snapshot, lp_error_t *err)
{
    lp_journal_entry_t entry;
    lp_reader_t        r = { text, text + len };

    if (!lp_journal_read_begin(&r, &snapshot->incarnation)) {
        return lp_error(err, "", "is no snapshot of a usage journal");
    }

    for (snapshot->counters = 0; !lp_journal_at_end(&r);
         snapshot->counters++) {

        if (!lp_journal_read_entry(&r, &entry)) {
            return lp_error(err, "", "is damaged in line %zu",
                            snapshot->counters + 2);
        }
    }

    if (!lp_journal_read_end(&r, text, snapshot->counters)) {
        return lp_error(err, "",
                        "is damaged: its last line is not what "
                        "follows from the others");
    }

    snapshot->bytes = lp_journal_need(snapshot->counters);

    return LP_OK;
}


int
lp_journal_load(lp_journal_t *journal, const char *text, size_t len)
{
    uint32_t           n;
    uint64_t           incarnation;
    lp_journal_entry_t entry;
    lp_reader_t        r = { text, text + len };

    if (!lp_journal_read_begin(&r, &incarnation)) {
        return LP_INVALID;
    }

    while (!lp_journal_at_end(&r)) {

        if (!lp_journal_read_entry(&r, &entry)) {
            return LP_INVALID;
        }

        n = lp_journal_find(journal, entry.hour, entry.key, entry.key_len);

        if (n == 0) {
            return LP_INVALID;
        }

        lp_journal_slot(journal, n)->values = entry.values;
    }

    return LP_OK;
}
