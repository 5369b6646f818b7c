/*
 * A ride: rider, driver, passengers, the way and what it cost.
 */

#include "records.h"

#include "person.h"
#include "words.h"

static const char *const statuses[]
    = { "requested", "accepted", "in_progress", "completed", "cancelled" };

static const sb_words_t status_words = { statuses, 5 };


static json_t *
driver(sb_random_t *r)
{
    json_t     *person;
    const char *model;
    unsigned    plate;

    person = sb_person(r, "driver");
    model = sb_random_word(r, &sb_vehicles);
    plate = sb_random_below(r, 9000);

    if (json_object_set_new(person, "vehicle",
                            json_pack("{s:s, s:o, s:I}", "model", model,
                                      "plate",
                                      json_sprintf("SB-%04u", 1000 + plate),
                                      "odometerMillimetres",
                                      /* beyond 2^53: no double holds it */
                                      INT64_C(9007199254740993) + plate))
        != 0) {
        json_decref(person);
        return NULL;
    }

    return person;
}


/* Arrays in arrays: each leg is a list of points, each point a pair. */
static json_t *
legs(sb_random_t *r)
{
    json_t  *all, *leg;
    unsigned n, points;
    int      latitude, longitude;

    all = json_array();

    for (n = 1 + sb_random_below(r, 3); n > 0; n--) {
        leg = json_array();

        for (points = 2 + sb_random_below(r, 4); points > 0; points--) {
            latitude = (int) sb_random_below(r, 140000000) - 70000000;
            longitude = (int) sb_random_below(r, 360000000) - 180000000;

            if (json_array_append_new(leg,
                                      json_pack("[i, i]", latitude, longitude))
                != 0) {
                json_decref(leg);
                json_decref(all);
                return NULL;
            }
        }

        if (json_array_append_new(all, leg) != 0) {
            json_decref(all);
            return NULL;
        }
    }

    return all;
}


/* None at all, as often as three: an empty array is a case of its own. */
static json_t *
passengers(sb_random_t *r)
{
    json_t  *all;
    unsigned n;

    all = json_array();

    for (n = sb_random_below(r, 4); n > 0; n--) {
        if (json_array_append_new(all, sb_contact(r)) != 0) {
            json_decref(all);
            return NULL;
        }
    }

    return all;
}


static json_t *
messages(sb_random_t *r)
{
    const char *first, *second, *contact;

    first = sb_random_word(r, &sb_remarks);
    second = sb_random_word(r, &sb_remarks);
    contact = sb_random_word(r, &sb_mail_names);

    return json_pack("[{s:s, s:s}, {s:s, s:s, s:o}]", "from", "rider", "text",
                     first, "from", "driver", "text", second, "email",
                     json_sprintf("%s@example.com", contact));
}


/*
 * What could not be made is NULL, which the next member refuses: so one check
 * at the end is enough.
 */
json_t *
sb_ride(uint64_t seed, uint64_t number)
{
    json_t     *ride;
    sb_random_t r;

    sb_random_init(&r, seed, "rides", number);

    ride = json_pack("{s:o, s:s, s:o}", "id",
                     json_sprintf("ride_%06u", (unsigned) number), "status",
                     sb_random_word(&r, &status_words), "requestedAt",
                     sb_moment(number, 0));

    if (json_object_set_new(ride, "rider", sb_person(&r, "rider")) != 0
        || json_object_set_new(ride, "driver", driver(&r)) != 0
        || json_object_set_new(ride, "passengers", passengers(&r)) != 0
        || json_object_set_new(ride, "pickup", sb_address(&r)) != 0
        || json_object_set_new(ride, "dropoff", sb_address(&r)) != 0
        || json_object_set_new(ride, "legs", legs(&r)) != 0
        || json_object_set_new(ride, "fare", sb_money(&r, 9000)) != 0
        || json_object_set_new(ride, "card", sb_card(&r)) != 0
        || json_object_set_new(ride, "messages", messages(&r)) != 0) {
        json_decref(ride);
        return NULL;
    }

    return ride;
}
