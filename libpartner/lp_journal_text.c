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
#define LP_JOURNAL_LINE  (LP_JOURNAL_KEY + 4 * 21 + 2)
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


static int
lp_journal_put(lp_journal_writer_t *w, const char *line, size_t len)
{
    w->crc = crc32(w->crc, (const Bytef *) line, (uInt) len);

    return w->emit(w->ctx, line, len);
}


static int
lp_journal_put_counter(lp_journal_writer_t *w, const lp_journal_copy_t *copy)
{
    int  n;
    char line[LP_JOURNAL_LINE];

    n = snprintf(line, sizeof(line),
                 "%.*s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                 (int) copy->key_len, copy->key, copy->values.calls,
                 copy->values.request_bytes, copy->values.response_bytes,
                 copy->values.upstream_us);

    w->counters++;

    return lp_journal_put(w, line, (size_t) n);
}


static int
lp_journal_put_counters(lp_journal_writer_t *w, lp_journal_t *journal)
{
    int               end, rc;
    size_t            i, n;
    uint32_t          from;
    lp_journal_copy_t copies[LP_JOURNAL_BATCH];

    from = 0;
    end = 0;

    while (!end) {
        n = lp_journal_pending(journal, &from, copies, LP_JOURNAL_BATCH, &end);

        for (i = 0; i < n; i++) {
            rc = lp_journal_put_counter(w, &copies[i]);

            if (rc != LP_OK) {
                return rc;
            }
        }
    }

    return LP_OK;
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
    lp_usage_t *values = &entry->values;

    return lp_journal_read_key(r, entry) && lp_reader_expect(r, " ")
           && lp_reader_number(r, &values->calls) && lp_reader_expect(r, " ")
           && lp_reader_number(r, &values->request_bytes)
           && lp_reader_expect(r, " ")
           && lp_reader_number(r, &values->response_bytes)
           && lp_reader_expect(r, " ")
           && lp_reader_number(r, &values->upstream_us)
           && lp_reader_expect(r, "\n");
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

    if (!lp_reader_expect(&r, LP_JOURNAL_WORD)
        || !lp_reader_hex(&r, 16, &snapshot->incarnation)
        || !lp_reader_expect(&r, "\n")) {
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

    /* chains take less than a byte for each of a slot's */

    snapshot->bytes
        = LP_JOURNAL_MIN + 2 * sizeof(lp_journal_header_t)
          + (snapshot->counters + 1) * (sizeof(lp_journal_slot_t) + 8);

    return LP_OK;
}


int
lp_journal_load(lp_journal_t *journal, const char *text, size_t len)
{
    uint32_t           n;
    lp_journal_entry_t entry;
    lp_reader_t        r = { text, text + len };

    r.p = memchr(text, '\n', len);

    for (r.p++; !lp_journal_at_end(&r);) {

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
