/*
 * Reads a principal from its JSON object, one table row a member.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lp_allow_list.h"
#include "lp_bucket.h"
#include "lp_document.h"
#include "lp_principal.h"
#include "lp_time.h"


#define LP_PRINCIPAL_MAX (512 * 1024) /* bytes: the longest allow list fits */

#define LP_PRINCIPAL_MEMBERS                                                  \
    "id, partnerId, applicationId, tier, category, scopes, status, "          \
    "partnerStatus, applicationStatus, applicationDeprecatedAt, "             \
    "applicationSunsetAt, environment, allowedNetworks, expiresAt, "          \
    "rateLimit, version"

/* Only entries of a registry are read so strictly. */
#define LP_REGISTRY_MEMBERS "sha256, " LP_PRINCIPAL_MEMBERS

#define LP_TEXT_OF(number) #number
#define LP_TEXT(number)    LP_TEXT_OF(number)


typedef int (*lp_member_read_pt)(void *field, const json_t *value);

typedef struct {
    const char        *name;
    size_t             field; /* its offset in lp_principal_t */
    lp_member_read_pt  read;  /* n > 0: element n - 1 of the value is wrong */
    const char *const *words; /* of an enumeration, in place of a reader */
    const char        *allowed;
    unsigned           flags;
} lp_member_t;

#define LP_REQUIRED 1
#define LP_NULLABLE 2 /* null means what absence means */


static int
lp_read_id(void *field, const json_t *value)
{
    size_t      len;
    const char *text;

    text = json_string_value(value);
    len = json_string_length(value);

    if (text == NULL || !lp_id_plain(text, len)) {
        return LP_INVALID;
    }

    memcpy(field, text, len + 1);

    return LP_OK;
}


static int
lp_read_tier(void *field, const json_t *value)
{
    lp_tier_t *tier = field;

    if (!json_is_string(value)) {
        return LP_INVALID;
    }

    *tier = lp_tier_parse(json_string_value(value), json_string_length(value));

    return *tier == LP_TIERS ? LP_INVALID : LP_OK;
}


/* Joins them with one space each, as lp_scope.h has a set. */
static int
lp_read_scopes(void *field, const json_t *value)
{
    char         *out;
    size_t        i, len;
    const char   *text;
    const json_t *scope;

    if (!json_is_array(value)) {
        return LP_INVALID;
    }

    out = field;

    for (i = 0; i < json_array_size(value); i++) {
        scope = json_array_get(value, i);
        text = json_string_value(scope);
        len = json_string_length(scope);

        if (text == NULL || !lp_scope_valid(text, len)
            || len + (i > 0)
                   > LP_SCOPE_SET_LEN - (size_t) (out - (char *) field)) {
            return (int) i + 1;
        }

        if (i > 0) {
            *out++ = ' ';
        }

        memcpy(out, text, len);
        out += len;
    }

    *out = '\0';

    return LP_OK;
}


/* Each list ends in NULL, which has the number of "none of them". */
static const char *const lp_key_words[]
    = { "active", "rotated", "revoked", "expired", "suspended", NULL };

static const char *const lp_partner_words[LP_PARTNER_STATUSES + 1]
    = { "active", "pending", "inactive", "suspended" };

static const char *const lp_application_words[]
    = { "active", "pending", "suspended", "deprecated", NULL };

static const char *const lp_environment_words[LP_ENVIRONMENTS + 1]
    = { "production", "staging", "development", "sandbox" };


/* Enumerations and their words stand in the same order. */
static unsigned
lp_word_number(const char *const *words, const char *text, size_t len)
{
    unsigned i;

    for (i = 0; words[i] != NULL; i++) {
        if (strlen(words[i]) == len && memcmp(words[i], text, len) == 0) {
            break;
        }
    }

    return i;
}


lp_partner_status_t
lp_partner_status_parse(const char *text, size_t len)
{
    return (lp_partner_status_t) lp_word_number(lp_partner_words, text, len);
}


lp_environment_t
lp_environment_parse(const char *text, size_t len)
{
    return (lp_environment_t) lp_word_number(lp_environment_words, text, len);
}


/* An enumeration without negative values is one (GCC and Clang alike). */
static int
lp_read_word(unsigned *field, const json_t *value, const char *const *words)
{
    if (!json_is_string(value)) {
        return LP_INVALID;
    }

    *field = lp_word_number(words, json_string_value(value),
                            json_string_length(value));

    return words[*field] == NULL ? LP_INVALID : LP_OK;
}


static int
lp_read_networks(void *field, const json_t *value)
{
    return lp_allow_list_read(value, (lp_cidr_set_t **) field);
}


static int
lp_read_time(void *field, const json_t *value)
{
    int64_t *seconds = field;

    if (!json_is_string(value)
        || lp_time_parse(json_string_value(value), json_string_length(value),
                         seconds)
               != LP_OK) {
        return LP_INVALID;
    }

    /* 0 means never, so a time at or before the epoch must not become it. */
    if (*seconds < 1) {
        *seconds = 1;
    }

    return LP_OK;
}


/* The quota is its own burst, so it must make a bucket. */
static int
lp_read_rate_limit(void *field, const json_t *value)
{
    lp_rate_t rate;
    int64_t  *limit = field;

    *limit = json_integer_value(value);

    return json_is_integer(value) && *limit > 0
                   && lp_rate_init(&rate, *limit, LP_HOUR, 0) == LP_OK
               ? LP_OK
               : LP_INVALID;
}


/*
 * A version that went backwards is told by who compares; here it is a number.
 */
static int
lp_read_version(void *field, const json_t *value)
{
    int64_t *version = field;

    *version = json_integer_value(value);

    return json_is_integer(value) && *version >= 0 ? LP_OK : LP_INVALID;
}


#define lp_field(member) offsetof(lp_principal_t, member)

/* clang-format off */
static const lp_member_t lp_members[] = {
    { "id", lp_field(id), lp_read_id, NULL,
      LP_ID_ALLOWED, LP_REQUIRED },
    { "partnerId", lp_field(partner), lp_read_id, NULL,
      LP_ID_ALLOWED, LP_REQUIRED },
    { "applicationId", lp_field(application), lp_read_id, NULL,
      LP_ID_ALLOWED ", or null", LP_NULLABLE },
    { "tier", lp_field(tier), lp_read_tier, NULL,
      LP_TIER_ALLOWED, LP_REQUIRED },
    { "category", lp_field(category), lp_read_id, NULL,
      LP_ID_ALLOWED ", or null", LP_NULLABLE },
    { "scopes", lp_field(scopes), lp_read_scopes, NULL,
      "an array, at most 1023 bytes in all, of scopes: " LP_SCOPE_ALLOWED,
      LP_REQUIRED },
    { "status", lp_field(status), NULL, lp_key_words,
      "active, rotated, revoked, expired", 0 },
    { "partnerStatus", lp_field(partner_status), NULL, lp_partner_words,
      "active, pending, inactive, suspended", 0 },
    { "applicationStatus", lp_field(application_status), NULL,
      lp_application_words,
      "active, pending, suspended, deprecated", 0 },
    { "applicationDeprecatedAt", lp_field(deprecated), lp_read_time, NULL,
      LP_TIME_ALLOWED ", or null", LP_NULLABLE },
    { "applicationSunsetAt", lp_field(sunset), lp_read_time, NULL,
      LP_TIME_ALLOWED ", or null", LP_NULLABLE },
    { "environment", lp_field(environment), NULL,
      lp_environment_words,
      LP_ENVIRONMENT_ALLOWED, 0 },
    { "allowedNetworks", lp_field(networks), lp_read_networks, NULL,
      LP_ALLOW_LIST_ALLOWED, LP_NULLABLE },
    { "expiresAt", lp_field(expires), lp_read_time, NULL,
      LP_TIME_ALLOWED ", or null", LP_NULLABLE },
    { "rateLimit", lp_field(rate_limit), lp_read_rate_limit, NULL,
      "calls per hour, 1 to " LP_TEXT(LP_RATE_LIMIT_MAX)
      " or a rounder number above, or null",
      LP_NULLABLE },
    { "version", lp_field(version), lp_read_version, NULL,
      "an integer from 0", 0 },
};
/* clang-format on */

#define LP_MEMBERS (sizeof(lp_members) / sizeof(lp_members[0]))


/*
 * A reader that refuses an element says which: an allow list may have 10,000.
 */
static int
lp_member_read(lp_principal_t *p, const lp_member_t *m, const json_t *object,
               lp_error_t *err)
{
    int           rc;
    char          pointer[32];
    void         *field;
    const json_t *value;

    (void) snprintf(pointer, sizeof(pointer), "/%s", m->name);
    value = json_object_get(object, m->name);

    if (value == NULL) {
        return (m->flags & LP_REQUIRED)
                   ? lp_error(err, pointer, "required: %s", m->allowed)
                   : LP_OK;
    }

    /*
     * Two writers differ here: one leaves out what is not set, one says null.
     */
    if ((m->flags & LP_NULLABLE) && json_is_null(value)) {
        return LP_OK;
    }

    field = (char *) p + m->field;
    rc = m->words != NULL ? lp_read_word(field, value, m->words)
                          : m->read(field, value);

    if (rc > 0) {
        (void) snprintf(pointer, sizeof(pointer), "/%s/%d", m->name, rc - 1);
    }

    return rc == LP_OK ? LP_OK
                       : lp_error(err, pointer, "allowed: %s", m->allowed);
}


static int
lp_member_known(const char *name)
{
    size_t i;

    for (i = 0; i < LP_MEMBERS; i++) {
        if (strcmp(name, lp_members[i].name) == 0) {
            return 1;
        }
    }

    return 0;
}


/* A mistyped optional member would otherwise be a silent default. */
static int
lp_principal_check_members(const json_t *object, lp_error_t *err)
{
    const char *name;
    json_t     *value;

    /* jansson iterates without changing, but has no const iterator. */
    json_object_foreach((json_t *) (uintptr_t) object, name, value)
    {
        if (!lp_member_known(name)) {
            return lp_document_unknown(err, name, LP_REGISTRY_MEMBERS);
        }
    }

    return LP_OK;
}


int
lp_principal_from_json(lp_principal_t *p, const json_t *object,
                       lp_strictness_t strictness, lp_error_t *err)
{
    size_t i;

    memset(p, 0, sizeof(*p));

    if (!json_is_object(object)) {
        return lp_error(err, "", "allowed: an object");
    }

    if (strictness == LP_STRICT
        && lp_principal_check_members(object, err) != LP_OK) {
        return LP_INVALID;
    }

    for (i = 0; i < LP_MEMBERS; i++) {
        if (lp_member_read(p, &lp_members[i], object, err) != LP_OK) {
            lp_principal_free(p);
            return LP_INVALID;
        }
    }

    return LP_OK;
}


int
lp_principal_parse(lp_principal_t *p, const char *text, size_t len,
                   lp_strictness_t strictness, lp_error_t *err)
{
    int     rc;
    json_t *object;

    object = lp_document_load(text, len, LP_PRINCIPAL_MAX, err);

    if (object == NULL) {
        return LP_INVALID;
    }

    rc = lp_principal_from_json(p, object, strictness, err);
    json_decref(object);

    return rc;
}


/* All but the networks lies in the structure itself. */
void
lp_principal_free(lp_principal_t *p)
{
    free(p->networks);
    p->networks = NULL;
}
