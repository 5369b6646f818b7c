/*
 * Counts, and prints what was counted.
 */

#include <inttypes.h>

#include "tally.h"


static const char *const tally_reasons[]
    = { "refused", "closed", "broken", "late" };


void
tally_begin(tally_t *t, int64_t late)
{
    t->late[lp_histogram_slot((uint64_t) late)]++;
}


void
tally_answer(tally_t *t, int64_t sent, int64_t received, int status,
             uint32_t key)
{
    t->calls++;
    t->status[status > 0 && status < 600 ? status : 0]++;
    t->latency[lp_histogram_slot((uint64_t) (received - sent))]++;

    if (t->trace != NULL) {
        fprintf(t->trace, "%" PRId64 " %" PRId64 " %d %" PRIu32 "\n", sent,
                received, status, key);
    }
}


void
tally_drop(tally_t *t, tally_drop_t why)
{
    t->calls++;
    t->dropped++;
    t->why[why]++;
}


void
tally_unanswered(tally_t *t, int64_t sent, int64_t given_up, tally_drop_t why,
                 uint32_t key)
{
    t->unanswered++;

    if (t->lost != NULL) {
        fprintf(t->lost, "%" PRId64 " %" PRId64 " %s %" PRIu32 "\n", sent,
                given_up, tally_reasons[why], key);
    }
}


void
tally_print(const tally_t *t, int64_t elapsed, FILE *out)
{
    int         i;
    const char *comma;

    fprintf(out,
            "{\"calls\":%" PRIu64 ",\"retried\":%" PRIu64
            ",\"dropped\":%" PRIu64 ",\"unanswered\":%" PRIu64
            ",\"open\":%u,\"elapsed_us\":%" PRId64 ",\"p50_us\":%" PRIu64
            ",\"p95_us\":%" PRIu64 ",\"p99_us\":%" PRIu64
            ",\"late_p50_us\":%" PRIu64 ",\"late_p99_us\":%" PRIu64
            ",\"status\":{",
            t->calls, t->retried, t->dropped, t->unanswered, t->open, elapsed,
            lp_histogram_quantile(t->latency, 500000),
            lp_histogram_quantile(t->latency, 950000),
            lp_histogram_quantile(t->latency, 990000),
            lp_histogram_quantile(t->late, 500000),
            lp_histogram_quantile(t->late, 990000));

    for (comma = "", i = 0; i < 600; i++) {
        if (t->status[i] != 0) {
            fprintf(out, "%s\"%d\":%" PRIu64, comma, i, t->status[i]);
            comma = ",";
        }
    }

    fprintf(out, "},\"why\":{");

    for (comma = "", i = 0; i < 4; i++) {
        fprintf(out, "%s\"%s\":%" PRIu64, comma, tally_reasons[i], t->why[i]);
        comma = ",";
    }

    fprintf(out, "}}\n");
}
