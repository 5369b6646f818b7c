/*
 * A sales lead: a person, the company and what an agent noted about them.
 */

#include "records.h"

#include "person.h"
#include "words.h"

static const char *const statuses[]
    = { "created", "qualified", "assigned", "converted" };
static const char *const sources[]
    = { "referral", "website", "partner", "phone" };

static const sb_words_t status_words = { statuses, 4 };
static const sb_words_t source_words = { sources, 4 };


/* XX is no country's. */
static json_t *
company(sb_random_t *r)
{
    const char *name;
    unsigned    vat;

    name = sb_random_word(r, &sb_companies);
    vat = sb_random_below(r, 100000000);

    return json_pack("{s:s, s:o, s:o}", "name", name, "vatId",
                     json_sprintf("XX%09u", vat), "address", sb_address(r));
}


static json_t *
notes(sb_random_t *r, uint64_t number)
{
    json_t     *all, *note, *author;
    const char *text;
    unsigned    n, hours;

    all = json_array();

    for (n = sb_random_below(r, 4); n > 0; n--) {
        hours = sb_random_below(r, 72);
        author = sb_contact(r);
        text = sb_random_word(r, &sb_remarks);
        note = json_pack("{s:o, s:o, s:s}", "at",
                         sb_moment(number, hours * 3600), "author", author,
                         "text", text);

        if (json_array_append_new(all, note) != 0) {
            json_decref(all);
            return NULL;
        }
    }

    return all;
}


json_t *
sb_lead(uint64_t seed, uint64_t number)
{
    json_t     *lead;
    sb_random_t r;
    const char *status, *source;

    sb_random_init(&r, seed, "leads", number);

    status = sb_random_word(&r, &status_words);
    source = sb_random_word(&r, &source_words);

    lead = json_pack("{s:o, s:s, s:s, s:o, s:i}", "id",
                     json_sprintf("lead_%06u", (unsigned) number), "status",
                     status, "source", source, "createdAt",
                     sb_moment(number, 30), "score",
                     (int) sb_random_below(&r, 101));

    if (json_object_set_new(lead, "contact", sb_person(&r, "contact")) != 0
        || json_object_set_new(lead, "company", company(&r)) != 0
        || json_object_set_new(lead, "agent", sb_person(&r, "agent")) != 0
        || json_object_set_new(lead, "notes", notes(&r, number)) != 0) {
        json_decref(lead);
        return NULL;
    }

    return lead;
}
