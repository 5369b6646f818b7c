/*
 * People, their addresses, cards and money.
 */

#include "person.h"

#include <stdio.h>
#include <time.h>

#include "words.h"

#define EPOCH_2026  INT64_C(1767225600) /* 2026-01-01T00:00:00Z */
#define MOMENT_STEP 420                 /* seconds between two records */


/* One draw a statement: the order of arguments is the compiler's. */
static json_t *
full_name(sb_random_t *r)
{
    const char *given, *family;

    given = sb_random_word(r, &sb_given_names);
    family = sb_random_word(r, &sb_family_names);

    return json_sprintf("%s %s", given, family);
}


/* Domains that belong to nobody (RFC 2606). */
static json_t *
email(sb_random_t *r)
{
    const char *name, *domain;

    name = sb_random_word(r, &sb_mail_names);
    domain = sb_random_word(r, &sb_mail_domains);

    return json_sprintf("%s.%u@%s", name, sb_random_below(r, 1000), domain);
}


/* Ranges that are set aside for fiction: no call reaches anybody. */
static json_t *
phone(sb_random_t *r)
{
    const char *range;

    range = sb_random_word(r, &sb_phone_ranges);

    return json_sprintf("%s%02u", range, sb_random_below(r, 100));
}


static json_t *
national_id(sb_random_t *r)
{
    unsigned group;

    group = sb_random_below(r, 100);

    /* 000 is no area that was ever issued */

    return json_sprintf("000-%02u-%04u", group, sb_random_below(r, 10000));
}


/* No later than the 28th, which every month has. */
static json_t *
birth_date(sb_random_t *r)
{
    unsigned year, month;

    year = 1940 + sb_random_below(r, 65);
    month = 1 + sb_random_below(r, 12);

    return json_sprintf("%u-%02u-%02u", year, month,
                        1 + sb_random_below(r, 28));
}


json_t *
sb_moment(uint64_t number, unsigned offset_seconds)
{
    struct tm tm;
    time_t    t;
    char      text[32];

    t = (time_t) (EPOCH_2026 + (int64_t) number * MOMENT_STEP
                  + offset_seconds);

    if (gmtime_r(&t, &tm) == NULL
        || strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0) {
        return NULL;
    }

    return json_string(text);
}


json_t *
sb_money(sb_random_t *r, unsigned most)
{
    int amount;

    amount = (int) (100 + sb_random_below(r, most));

    return json_pack("{s:i, s:s}", "amount", amount, "currency",
                     sb_random_word(r, &sb_currencies));
}


json_t *
sb_card(sb_random_t *r)
{
    const char *brand;
    char        token[25];

    brand = sb_random_word(r, &sb_card_brands);
    sb_random_hex(r, token, sizeof(token) - 1);

    return json_pack("{s:s, s:o}", "brand", brand, "token",
                     json_sprintf("tok_%s", token));
}


json_t *
sb_address(sb_random_t *r)
{
    json_t     *address, *postcode;
    const char *street, *city, *country;
    int         latitude, longitude;

    street = sb_random_word(r, &sb_streets);
    address = json_sprintf("%s %u", street, 1 + sb_random_below(r, 180));
    postcode = json_sprintf("%05u", sb_random_below(r, 100000));
    city = sb_random_word(r, &sb_cities);
    country = sb_random_word(r, &sb_countries);
    latitude = (int) sb_random_below(r, 140000000) - 70000000;
    longitude = (int) sb_random_below(r, 360000000) - 180000000;

    return json_pack("{s:o, s:o, s:s, s:s, s:{s:i, s:i}}", "street", address,
                     "postalCode", postcode, "city", city, "country", country,
                     "location", "latitudeE6", latitude, "longitudeE6",
                     longitude);
}


json_t *
sb_contact(sb_random_t *r)
{
    json_t *name, *number;

    name = full_name(r);
    number = phone(r);

    return json_pack("{s:o, s:o, s:s}", "fullName", name, "phone", number,
                     "relation", sb_random_word(r, &sb_relations));
}


json_t *
sb_person(sb_random_t *r, const char *id_prefix)
{
    json_t  *person, *contacts;
    unsigned n;

    person = json_pack(
        "{s:o}", "id",
        json_sprintf("%s_%07u", id_prefix, sb_random_below(r, 10000000)));
    contacts = json_array();

    if (json_object_set_new(person, "fullName", full_name(r)) != 0
        || json_object_set_new(person, "email", email(r)) != 0
        || json_object_set_new(person, "phone", phone(r)) != 0
        || json_object_set_new(person, "nationalId", national_id(r)) != 0
        || json_object_set_new(person, "dateOfBirth", birth_date(r)) != 0
        || json_object_set_new(person, "address", sb_address(r)) != 0
        || json_object_set(person, "emergencyContacts", contacts) != 0) {
        goto failed;
    }

    for (n = 1 + sb_random_below(r, 3); n > 0; n--) {
        if (json_array_append_new(contacts, sb_contact(r)) != 0) {
            goto failed;
        }
    }

    json_decref(contacts);

    return person;

failed:

    json_decref(contacts);
    json_decref(person);

    return NULL;
}
