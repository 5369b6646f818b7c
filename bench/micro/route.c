/*
 * How long a request takes to find its operation, beside a linear scan over
 * the same templates: ns a look-up, median of eleven rounds.
 *
 *     make bench-micro
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lp_contract.h"


#define ROUNDS     11
#define OPERATIONS 1000
#define LOOKUPS    200000 /* of a round */
#define PER        4      /* operations of one resource */


typedef struct {
    char   text[64];
    size_t len;
} path_t;

static path_t templates[OPERATIONS];
static path_t paths[OPERATIONS];


static const char *const shapes[PER][2] = {
    { "/resource-%03d", "/resource-%03d" },
    { "/resource-%03d/{id}", "/resource-%03d/8f14e45f" },
    { "/resource-%03d/{id}/items", "/resource-%03d/8f14e45f/items" },
    { "/resource-%03d/{id}/items/{item}",
      "/resource-%03d/8f14e45f/items/c9f0f895" },
};


static lp_contract_t *
compile(void)
{
    int                 i;
    char               *text, *p;
    size_t              wrong;
    lp_error_t          err;
    lp_contract_t      *c;
    lp_openapi_source_t source = { .name = "bench.json" };

    text = malloc(OPERATIONS * 128 + 128);

    if (text == NULL) {
        perror("malloc");
        exit(1);
    }

    p = text
        + sprintf(text, "{\"openapi\":\"3.1.0\",\"security\":[],\"paths\":{");

    for (i = 0; i < OPERATIONS; i++) {
        templates[i].len
            = (size_t) snprintf(templates[i].text, sizeof(templates[i].text),
                                shapes[i % PER][0], i / PER);
        paths[i].len = (size_t) snprintf(paths[i].text, sizeof(paths[i].text),
                                         shapes[i % PER][1], i / PER);
        p += sprintf(p, "%s\"%s\":{\"get\":{\"operationId\":\"o%d\"}}",
                     i > 0 ? "," : "", templates[i].text, i);
    }

    source.text = text;
    source.len = (size_t) (p - text) + (size_t) sprintf(p, "}}");
    c = lp_contract_compile(&source, 1, NULL, &wrong, &err);

    if (c == NULL) {
        (void) fprintf(stderr, "%s: %s\n", err.pointer, err.text);
        exit(1);
    }

    free(text);

    return c;
}


static size_t
by_tree(const lp_contract_t *c, const path_t *path)
{
    lp_contract_match_t match;

    return lp_contract_find(c, LP_GET, path->text, path->len, &match)
                   == LP_CONTRACT_FOUND
               ? match.operation
               : OPERATIONS;
}


static int
matches(const char *template, const char *path)
{
    while (*template != '\0' && *path != '\0') {

        if (*template == '{') {
            template = strchr(template, '}') + 1;
            path += strcspn(path, "/");

        } else if (*template ++ != *path++) {
            return 0;
        }
    }

    return *template == *path;
}


/* What a router without an index does. */
static size_t
by_scan(const lp_contract_t *c, const path_t *path)
{
    size_t i;

    (void) c;

    for (i = 0; i < OPERATIONS; i++) {
        if (matches(templates[i].text, path->text)) {
            break;
        }
    }

    return i;
}


static int
compare(const void *one, const void *two)
{
    double a = *(const double *) one, b = *(const double *) two;

    return (a > b) - (a < b);
}


static double
measure(const lp_contract_t *c,
        size_t (*find)(const lp_contract_t *c, const path_t *path))
{
    int             i, round;
    size_t          n;
    double          ns[ROUNDS];
    struct timespec from, to;

    for (round = 0; round < ROUNDS; round++) {
        (void) clock_gettime(CLOCK_MONOTONIC, &from);

        for (i = 0; i < LOOKUPS; i++) {

            /* a step that visits all, and never the next one */
            n = (size_t) i * 617 % OPERATIONS;

            if (find(c, &paths[n]) != n) {
                (void) fprintf(stderr, "%s: not found\n", paths[n].text);
                exit(1);
            }
        }

        (void) clock_gettime(CLOCK_MONOTONIC, &to);
        ns[round] = ((double) (to.tv_sec - from.tv_sec) * 1e9
                     + (double) (to.tv_nsec - from.tv_nsec))
                    / LOOKUPS;
    }

    qsort(ns, ROUNDS, sizeof(ns[0]), compare);

    return ns[ROUNDS / 2];
}


int
main(void)
{
    lp_contract_t *c;

    c = compile();
    (void) printf("%d operations\n", OPERATIONS);
    (void) printf("contract     %8.1f ns\n", measure(c, by_tree));
    (void) printf("linear scan  %8.1f ns\n", measure(c, by_scan));
    lp_contract_free(c);

    return 0;
}
