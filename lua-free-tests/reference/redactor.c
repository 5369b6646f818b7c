/*
 * The redactor alone: reads documents from stdin, each behind a line of JSON
 * that says its length, its rules and a seed, and writes what is made of it
 * behind a line "good REDACTIONS LENGTH", "refused 0 0" or, where a split of
 * the input changes the outcome, "split ...".
 *
 *     redactor MASTER-KEY PARTNER
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "lp_keyring.h"
#include "lp_redact.h"


#define SMALL  200 /* bytes: every split of it in two is tried */
#define SPLITS 12  /* of a larger one, each in many pieces */


typedef struct {
    uint8_t *text;
    size_t   len, size;
    uint64_t redactions;
    int      rc;
} outcome_t;

typedef struct {
    uint8_t             *text;
    size_t               len;
    uint64_t             seed;
    lp_redact_profile_t *profile;
} document_t;

static lp_keyring_t      ring;
static lp_partner_keys_t keys;
static const char       *partner;


static void
die(const char *why)
{
    fprintf(stderr, "redactor: %s\n", why);
    exit(2);
}


static void *
grow(void *memory, size_t size)
{
    memory = realloc(memory, size);

    if (memory == NULL) {
        die("out of memory");
    }

    return memory;
}


/* What is encrypted differs each time, so it is written down opened. */
static int
put(void *ctx, const uint8_t *data, size_t len, int literal)
{
    size_t         n;
    outcome_t     *out = ctx;
    static uint8_t opened[LP_REDACT_VALUE + 64];

    if (out->size - out->len < len) {
        out->size = 2 * (out->size + len);
        out->text = grow(out->text, out->size);
    }

    if (literal && len > 4 && len <= LP_ENCRYPTED_LEN(LP_REDACT_VALUE) + 2
        && memcmp(data, "\"e:", 3) == 0
        && lp_keyring_open(&ring, partner, strlen(partner),
                           (const char *) data + 1, len - 2, opened, &n)
               == LP_OK) {
        memcpy(out->text + out->len, "\"e:", 3);
        memcpy(out->text + out->len + 3, opened, n);
        out->text[out->len + 3 + n] = '"';
        out->len += n + 4;
        return LP_OK;
    }

    memcpy(out->text + out->len, data, len);
    out->len += len;

    return LP_OK;
}


static uint64_t
draw(uint64_t *seed, uint64_t n)
{
    *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;

    return (*seed >> 33) % n;
}


/* In pieces of up to so many bytes, or in two. */
static void
redact(const document_t *doc, size_t first, size_t most, outcome_t *out)
{
    size_t      at, n, i;
    uint64_t    seed = doc->seed + most;
    uint8_t    *piece;
    lp_redact_t r;

    out->len = 0;
    out->rc = LP_OK;
    lp_redact_init(&r, doc->profile);
    lp_redact_use_keys(&r, &keys);

    for (at = 0, i = 0; at < doc->len && out->rc == LP_OK; at += n, i++) {
        n = i == 0 ? first : most == 0 ? doc->len : draw(&seed, most + 1);
        n = n < doc->len - at ? n : doc->len - at;

        /* Elsewhere each time, so that nothing can look back or ahead. */
        piece = grow(NULL, n + 1);
        memcpy(piece, doc->text + at, n);
        out->rc = lp_redact_feed(&r, piece, n, put, out);
        memset(piece, '#', n);
        free(piece);
    }

    if (out->rc == LP_OK) {
        out->rc = lp_redact_finish(&r, put, out);
    }

    out->redactions = r.redactions;
}


static int
same(const outcome_t *a, const outcome_t *b)
{
    return a->rc == b->rc
           && (a->rc != LP_OK
               || (a->len == b->len && a->redactions == b->redactions
                   && memcmp(a->text, b->text, a->len) == 0));
}


static void
answer(const document_t *doc)
{
    size_t           i, n;
    static outcome_t whole, parts;

    redact(doc, doc->len, 0, &whole);
    n = doc->len <= SMALL ? doc->len : SPLITS;

    for (i = 0; i < n; i++) {
        if (doc->len <= SMALL) {
            redact(doc, i, 0, &parts);

        } else {
            redact(doc, i, (size_t) 2 << i, &parts);
        }

        if (!same(&whole, &parts)) {
            printf("split-%zu %llu %zu\n", i,
                   (unsigned long long) parts.redactions, parts.len);
            (void) fwrite(parts.text, 1, parts.len, stdout);
            return;
        }
    }

    if (whole.rc != LP_OK) {
        printf("refused 0 0\n");
        return;
    }

    printf("good %llu %zu\n", (unsigned long long) whole.redactions,
           whole.len);
    (void) fwrite(whole.text, 1, whole.len, stdout);
}


static void
add_rules(lp_redact_profile_t *profile, const json_t *rules)
{
    size_t             i;
    json_t            *rule;
    lp_error_t         err = { "", "" };
    const char        *target, *name;
    lp_redact_action_t action;

    json_array_foreach(rules, i, rule)
    {
        target = json_string_value(json_array_get(rule, 0));
        name = json_string_value(json_array_get(rule, 1));

        if (target == NULL || name == NULL
            || lp_redact_action_parse(name, strlen(name), &action, &err)
                   != LP_OK
            || lp_redact_profile_add(profile, target, strlen(target), action,
                                     &err)
                   != LP_OK) {
            die(err.text);
        }
    }
}


static int
read_document(document_t *doc)
{
    json_t       *head;
    static char  *line;
    static size_t size;

    if (getline(&line, &size, stdin) <= 0) {
        return 0;
    }

    head = json_loads(line, 0, NULL);

    if (head == NULL) {
        die("a line that is no JSON");
    }

    doc->len = (size_t) json_integer_value(json_object_get(head, "length"));
    doc->seed = (uint64_t) json_integer_value(json_object_get(head, "seed"));
    doc->text = grow(doc->text, doc->len + 1);
    lp_redact_profile_init(doc->profile);

    if (json_is_true(json_object_get(head, "exact"))) {
        lp_redact_profile_exact(doc->profile);
    }

    add_rules(doc->profile, json_object_get(head, "rules"));
    json_decref(head);

    if (fread(doc->text, 1, doc->len, stdin) != doc->len) {
        die("a document is cut");
    }

    return 1;
}


int
main(int argc, char **argv)
{
    char       line[80];
    document_t doc = { 0 };
    lp_error_t err;

    static const uint8_t salt[LP_SALT_LEN];

    if (argc != 3) {
        die("two arguments are needed, see the source");
    }

    partner = argv[2];
    (void) snprintf(line, sizeof(line), "k1 %s", argv[1]);

    if (lp_keyring_parse(&ring, line, strlen(line), &err) != LP_OK
        || lp_keyring_derive(&ring, partner, strlen(partner), salt, &keys)
               != LP_OK) {
        die("no key");
    }

    doc.profile = grow(NULL, lp_redact_profile_size());

    while (read_document(&doc)) {
        answer(&doc);
    }

    free(doc.text);
    free(doc.profile);

    return 0;
}
