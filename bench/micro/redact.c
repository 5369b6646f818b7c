/*
 * How fast the redactor and its scanner are, beside memcpy and a jansson parse
 * of the same document: GB/s, median of eleven rounds.
 *
 *     make bench-micro
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <jansson.h>

#include "lp_redact.h"


#define ROUNDS      11
#define ROUND_BYTES (64 * 1024 * 1024) /* at least, for each figure */
#define PIECE       32768              /* of input, as a proxy's buffers */


typedef struct {
    char  *text;
    size_t len;
    char  *copy;
    size_t copied;
} document_t;

typedef struct shape_s shape_t;

typedef void (*work_pt)(document_t *doc);
typedef void (*record_pt)(document_t *doc, unsigned i, const shape_t *shape);

struct shape_s {
    const char *name;
    size_t      size;
    unsigned    personal; /* one record in so many holds personal data */
    int         pretty;
    record_pt   write;
};


static lp_redact_profile_t *profile;


static void
write_record(document_t *doc, unsigned i, const shape_t *shape)
{
    const char *nl = shape->pretty ? "\n        " : "";
    const char *sp = shape->pretty ? " " : "";

    doc->len += (size_t) sprintf(
        doc->text + doc->len,
        "%s{%s\"id\":%s\"ride_%08x\",%s\"status\":%s\"completed\",%s\"fare\":%"
        "s"
        "%u.%02u,%s\"currency\":%s\"USD\",%s\"pickup\":%s{\"lat\":%s52.%06u,"
        "\"lon\":%s13.%06u},%s\"driverNote\":%s\"Waited at the north exit for "
        "%u minutes\"",
        i > 0 ? "," : "", nl, sp, i * 2654435761u, nl, sp, nl, sp, i % 90 + 5,
        i % 100, nl, sp, nl, sp, sp, i * 7919 % 1000000, sp,
        i * 104729 % 1000000, nl, sp, i % 9 + 2);

    if (i % shape->personal == 0) {
        doc->len += (size_t) sprintf(
            doc->text + doc->len,
            ",%s\"rider\":%s{\"name\":%s\"Rider %u\",\"email\":%s"
            "\"rider%u@example.org\",\"phone\":%s\"+4930%07u\"}",
            nl, sp, sp, i, sp, i, sp, i % 10000000);
    }

    doc->text[doc->len++] = '}';
}


/* What bench/run redacts: short strings, and three matches a record. */
static void
write_ride(document_t *doc, unsigned i, const shape_t *shape)
{
    (void) shape;

    doc->len += (size_t) sprintf(
        doc->text + doc->len,
        "%s{\"id\":\"ride_%06u\",\"status\":\"completed\","
        "\"distanceMeters\":%u,\"fare\":{\"currency\":\"EUR\","
        "\"minorUnits\":%u},\"pickup\":{\"lat\":52.%u,\"lon\":13.%u},"
        "\"rider\":{\"name\":\"Rider %u\",\"email\":\"rider%u@example.org\","
        "\"phone\":\"+49 30 %07u\"},\"note\":\"picked up at the main "
        "entrance\"}",
        i > 0 ? "," : "", i, 1000 + i * 7, 900 + i * 3, 500000 + i, 400000 + i,
        i, i, 1000000 + i);
}


/* Sentences, with an escape and a letter beyond ASCII in each. */
static void
write_text(document_t *doc, unsigned i, const shape_t *shape)
{
    doc->len += (size_t) sprintf(
        doc->text + doc->len,
        "%s{\"title\":\"Report %u\",\"text\":\"The rider waited at the caf\303"
        "\251 by the north exit, and said \\\"thank you\\\" to the driver, "
        "who "
        "had come all the way from the other side of the river.\"",
        i > 0 ? "," : "", i);

    if (i % shape->personal == 0) {
        doc->len += (size_t) sprintf(doc->text + doc->len,
                                     ",\"email\":\"rider%u@example.org\"", i);
    }

    doc->text[doc->len++] = '}';
}


/* A track: mostly numbers of a few digits. */
static void
write_numbers(document_t *doc, unsigned i, const shape_t *shape)
{
    doc->len += (size_t) sprintf(
        doc->text + doc->len,
        "%s{\"at\":[52.%06u,13.%06u,%u],\"speed\":[%u,%u.%u,%u,0,-%u]",
        i > 0 ? "," : "", i * 7919 % 1000000, i * 104729 % 1000000, i % 90,
        i % 50, i % 60, i % 10, i % 70, i % 5 + 1);

    if (i % shape->personal == 0) {
        doc->len += (size_t) sprintf(doc->text + doc->len,
                                     ",\"phone\":4930%07u", i % 10000000);
    }

    doc->text[doc->len++] = '}';
}


static void
write_document(document_t *doc, const shape_t *shape)
{
    unsigned i;

    doc->text = malloc(shape->size + 4096);
    doc->copy = malloc(shape->size + 4096);

    if (doc->text == NULL || doc->copy == NULL) {
        perror("malloc");
        exit(1);
    }

    doc->len = (size_t) sprintf(doc->text, "{\"rides\":[");

    for (i = 0; doc->len < shape->size - 300; i++) {
        shape->write(doc, i, shape);
    }

    doc->len += (size_t) sprintf(doc->text + doc->len, "]}");
}


/* One text for detectors, the same a hundred times in each string. */
static void
write_repeated(document_t *doc, unsigned i, const char *unit)
{
    unsigned k;

    doc->len
        += (size_t) sprintf(doc->text + doc->len, "%s\"", i > 0 ? "," : "");

    for (k = 0; k < 100; k++) {
        doc->len += (size_t) sprintf(doc->text + doc->len, "%s", unit);
    }

    doc->text[doc->len++] = '"';
}


/* A link whose signs are all escaped: the worst for addresses. */
static void
write_signs(document_t *doc, unsigned i, const shape_t *shape)
{
    (void) shape;
    write_repeated(doc, i, "%40");
}


/* The worst for numbers. */
static void
write_counted(document_t *doc, unsigned i, const shape_t *shape)
{
    (void) shape;
    write_repeated(doc, i, "1 ");
}


static int
count(void *ctx, const uint8_t *data, size_t len, int literal)
{
    document_t *doc = ctx;

    (void) data;
    (void) literal;
    doc->copied += len;

    return LP_OK;
}


static void
redact(document_t *doc)
{
    size_t      at, n;
    lp_redact_t r;

    doc->copied = 0;
    lp_redact_init(&r, profile);

    for (at = 0; at < doc->len; at += n) {
        n = doc->len - at < PIECE ? doc->len - at : PIECE;

        if (lp_redact_feed(&r, (const uint8_t *) doc->text + at, n, count, doc)
            != LP_OK) {
            (void) fprintf(stderr, "not redactable\n");
            exit(1);
        }
    }

    if (lp_redact_finish(&r, count, doc) != LP_OK) {
        (void) fprintf(stderr, "not complete\n");
        exit(1);
    }
}


/* The grammar alone, with no name that matters. */
static void
scan(document_t *doc)
{
    size_t         at, n;
    lp_json_t      j;
    const uint8_t *p;

    static const lp_json_filter_t no_names;

    lp_json_init(&j, &no_names);

    for (at = 0; at < doc->len; at += n) {
        n = doc->len - at < PIECE ? doc->len - at : PIECE;
        p = (const uint8_t *) doc->text + at;

        while (lp_json_next(&j, &p, (const uint8_t *) doc->text + at + n)
               == LP_JSON_NAME) {
            lp_json_decline(&j);
        }
    }

    if (!lp_json_finish(&j)) {
        (void) fprintf(stderr, "not JSON\n");
        exit(1);
    }
}


static void
copy(document_t *doc)
{
    memcpy(doc->copy, doc->text, doc->len);

    /* The copy is used, as far as the compiler can know. */
    __asm__ volatile("" : : "r"(doc->copy) : "memory");
}


static void
parse(document_t *doc)
{
    json_t *root;

    root = json_loadb(doc->text, doc->len, 0, NULL);

    if (root == NULL) {
        (void) fprintf(stderr, "jansson refused the document\n");
        exit(1);
    }

    json_decref(root);
}


static double
seconds(void)
{
    struct timespec ts;

    (void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);

    return (double) ts.tv_sec + (double) ts.tv_nsec / 1e9;
}


static int
by_value(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}


/* GB/s of CPU time. */
static double
measure(work_pt work, document_t *doc, size_t bytes)
{
    size_t i, n;
    double start, rates[ROUNDS];

    n = bytes / doc->len + 1;

    for (i = 0; i < ROUNDS; i++) {
        size_t k;

        start = seconds();

        for (k = 0; k < n; k++) {
            work(doc);
        }

        rates[i] = (double) n * (double) doc->len / (seconds() - start) / 1e9;
    }

    qsort(rates, ROUNDS, sizeof(rates[0]), by_value);

    return rates[ROUNDS / 2];
}


static void
print_shape(const shape_t *shape, size_t bytes)
{
    double     rate;
    document_t doc;

    write_document(&doc, shape);
    rate = measure(redact, &doc, bytes);
    (void) printf("%-24s %9.2f %9.2f %9.2f %9.3f %14.2f\n", shape->name,
                  measure(copy, &doc, 4 * (size_t) ROUND_BYTES),
                  measure(scan, &doc, ROUND_BYTES), rate,
                  measure(parse, &doc, ROUND_BYTES / 16), 1 / rate);
    free(doc.text);
    free(doc.copy);
}


static void
mask(const char *const *targets, size_t n)
{
    size_t     i;
    lp_error_t err;

    static const lp_redact_action_t action = { LP_REDACT_MASK, 0, 0 };

    lp_redact_profile_init(profile);

    for (i = 0; i < n; i++) {
        if (lp_redact_profile_add(profile, targets[i], strlen(targets[i]),
                                  action, &err)
            != LP_OK) {
            (void) fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
    }
}


#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))

int
main(void)
{
    size_t i;

    static const shape_t shapes[] = {
        { "64 KB of rides", 64 * 1024, 1, 0, write_ride },
        { "1 MB of rides", 1024 * 1024, 1, 0, write_ride },
        { "64 KB, few", 64 * 1024, 100, 0, write_record },
        { "64 KB, many", 64 * 1024, 1, 0, write_record },
        { "64 KB, many, indented", 64 * 1024, 1, 1, write_record },
        { "1 MB, few", 1024 * 1024, 100, 0, write_record },
        { "1 MB, many", 1024 * 1024, 1, 0, write_record },
        { "1 MB, many, indented", 1024 * 1024, 1, 1, write_record },
        { "1 MB text, few", 1024 * 1024, 100, 0, write_text },
        { "1 MB text, many", 1024 * 1024, 1, 0, write_text },
        { "1 MB numbers, few", 1024 * 1024, 100, 0, write_numbers },
        { "1 MB numbers, many", 1024 * 1024, 1, 0, write_numbers },
    };
    static const shape_t detected[] = {
        { "64 KB of rides, @", 64 * 1024, 1, 0, write_ride },
        { "1 MB text, few, @", 1024 * 1024, 100, 0, write_text },
        { "1 MB numbers, few, @", 1024 * 1024, 100, 0, write_numbers },
        { "1 MB of \"%40\", @", 1024 * 1024, 1, 0, write_signs },
        { "1 MB of \"1 \", @", 1024 * 1024, 1, 0, write_counted },
    };
    static const char *const fields[] = { "email", "phone", "name", "vin" };
    static const char *const classes[] = { "@email", "@phone", "@card",
                                           "@iban",  "@ssn",   "@aadhaar",
                                           "@pan_in" };

    profile = malloc(lp_redact_profile_size());

    if (profile == NULL) {
        perror("malloc");
        return 1;
    }

    (void) printf("%-24s %9s %9s %9s %9s %14s\n", "document, matches",
                  "memcpy", "scanner", "redact", "jansson", "redact ns/byte");

    mask(fields, LENGTH(fields));

    for (i = 0; i < LENGTH(shapes); i++) {
        print_shape(&shapes[i], ROUND_BYTES);
    }

    mask(classes, LENGTH(classes));

    for (i = 0; i < LENGTH(detected); i++) {
        print_shape(&detected[i], ROUND_BYTES / 64);
    }

    free(profile);

    return 0;
}
