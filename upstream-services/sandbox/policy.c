/*
 * An insurance policy: holder, insured people in groups, claims and payment.
 */

#include "records.h"

#include "person.h"
#include "words.h"

static const char *const products[]
    = { "ride_accident", "travel", "vehicle", "luggage" };
static const char *const statuses[] = { "created", "renewed", "cancelled" };
static const char *const claim_statuses[]
    = { "filed", "approved", "denied", "paid" };

static const sb_words_t product_words = { products, 4 };
static const sb_words_t status_words = { statuses, 3 };
static const sb_words_t claim_words = { claim_statuses, 4 };


/* People in arrays in arrays. */
static json_t *
insured(sb_random_t *r)
{
    json_t  *groups, *group;
    unsigned n, people;

    groups = json_array();

    for (n = 1 + sb_random_below(r, 2); n > 0; n--) {
        group = json_array();

        for (people = sb_random_below(r, 3); people > 0; people--) {
            if (json_array_append_new(group, sb_person(r, "insured")) != 0) {
                json_decref(group);
                json_decref(groups);
                return NULL;
            }
        }

        if (json_array_append_new(groups, group) != 0) {
            json_decref(groups);
            return NULL;
        }
    }

    return groups;
}


/* A claim is referred to by its list and by us until it is whole. */
static json_t *
claims(sb_random_t *r, uint64_t number)
{
    json_t     *all, *claim;
    const char *status;
    unsigned    n, days;

    all = json_array();

    for (n = sb_random_below(r, 3); n > 0; n--) {
        status = sb_random_word(r, &claim_words);
        days = sb_random_below(r, 300);

        claim = json_pack("{s:s, s:o}", "status", status, "filedAt",
                          sb_moment(number, days * 86400));

        if (json_object_set_new(claim, "amount", sb_money(r, 500000)) != 0
            || json_object_set_new(claim, "witness", sb_contact(r)) != 0
            || json_object_set_new(claim, "statement",
                                   json_string(sb_random_word(r, &sb_remarks)))
                   != 0
            || json_array_append(all, claim) != 0) {
            json_decref(claim);
            json_decref(all);
            return NULL;
        }

        json_decref(claim);
    }

    return all;
}


json_t *
sb_policy(uint64_t seed, uint64_t number)
{
    json_t     *policy;
    sb_random_t r;
    const char *product, *status;

    sb_random_init(&r, seed, "policies", number);

    product = sb_random_word(&r, &product_words);
    status = sb_random_word(&r, &status_words);

    policy = json_pack("{s:o, s:s, s:s, s:o}", "id",
                       json_sprintf("policy_%06u", (unsigned) number),
                       "product", product, "status", status, "startsAt",
                       sb_moment(number, 0));

    if (json_object_set_new(policy, "holder", sb_person(&r, "holder")) != 0
        || json_object_set_new(policy, "insured", insured(&r)) != 0
        || json_object_set_new(policy, "claims", claims(&r, number)) != 0
        || json_object_set_new(policy, "premium", sb_money(&r, 90000)) != 0
        || json_object_set_new(policy, "card", sb_card(&r)) != 0) {
        json_decref(policy);
        return NULL;
    }

    return policy;
}
