/*
 * A small contract in a directory of its own, for the tests of what partnerd
 * compiles from it.
 */

#ifndef UNIT_CONTRACT_H
#define UNIT_CONTRACT_H


#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "contract.h"


typedef struct {
    char dir[64];
    char files[8][128];
    int  n;
} unit_dir_t;


static inline int
unit_dir_open(unit_dir_t *d)
{
    d->n = 0;
    (void) snprintf(d->dir, sizeof(d->dir), "/tmp/unit-contract.XXXXXX");

    return mkdtemp(d->dir) == NULL ? -1 : 0;
}


static inline int
unit_dir_file(unit_dir_t *d, const char *name, const char *text)
{
    FILE *f;
    int   i, rc;
    char  path[128];

    (void) snprintf(path, sizeof(path), "%s/%s", d->dir, name);

    for (i = 0; i < d->n && strcmp(d->files[i], path) != 0; i++) {
    }

    if (i == d->n) {
        memcpy(d->files[d->n++], path, sizeof(path));
    }

    f = fopen(path, "w");
    if (f == NULL) {
        return -1;
    }

    rc = fputs(text, f) < 0 ? -1 : 0;

    return fclose(f) == 0 ? rc : -1;
}


static inline void
unit_dir_close(unit_dir_t *d)
{
    while (d->n > 0) {
        (void) unlink(d->files[--d->n]);
    }

    (void) rmdir(d->dir);
}


#define UNIT_COMMON                                                           \
    "{\"openapi\": \"3.1.0\", \"info\": {\"title\": \"t\"}, \"paths\": {},"   \
    " \"components\": {\"parameters\": {\"limit\": {\"name\": \"limit\","     \
    "  \"in\": \"query\", \"schema\": {\"type\": \"integer\","                \
    "  \"minimum\": 1, \"maximum\": 9, \"default\": 5}}}}}"

#define UNIT_THINGS                                                           \
    "{\"paths\": {\"/things/{thingId}/parts/{part}\": {"                      \
    "  \"parameters\": ["                                                     \
    "   {\"name\": \"thingId\", \"in\": \"path\", \"required\": true,"        \
    "    \"schema\": {\"type\": \"string\", \"maxLength\": 8}},"              \
    "   {\"name\": \"part\", \"in\": \"path\", \"required\": true,"           \
    "    \"schema\": {\"type\": \"integer\", \"minimum\": 0}}],"              \
    "  \"get\": {\"operationId\": \"things.get\","                            \
    "   \"security\": [{\"key\": [\"admin\"]},"                               \
    "    {\"key\": [\"read:things\", \"read:parts\"]}],"                      \
    "   \"parameters\": ["                                                    \
    "    {\"$ref\": \"common.json#/components/parameters/limit\"},"           \
    "    {\"name\": \"must\", \"in\": \"query\", \"required\": true,"         \
    "     \"schema\": {\"type\": \"string\"}},"                               \
    "    {\"name\": \"deep\", \"in\": \"query\","                             \
    "     \"schema\": {\"type\": \"boolean\"}}],"                             \
    "   \"responses\": {\"200\": {\"description\": \"x\"}}},"                 \
    "  \"put\": {\"operationId\": \"things.put\", \"security\": [],"          \
    "   \"requestBody\": {\"required\": true, \"content\": {"                 \
    "    \"application/json\": {\"schema\": {\"type\": \"object\","           \
    "     \"required\": [\"name\"], \"additionalProperties\": false,"         \
    "     \"properties\": {\"name\": {\"type\": \"string\"},"                 \
    "      \"kind\": {\"default\": \"k\"}}}}}},"                              \
    "   \"responses\": {\"201\": {\"description\": \"x\", \"content\": {"     \
    "    \"application/json\": {\"schema\": {\"type\": \"object\"}}}}}}}}}"


/* -1: `err` says why. */
static inline int
unit_contract(pd_contract_t *c, const char *common, const char *things,
              lp_error_t *err)
{
    int        rc;
    unit_dir_t d;

    memset(err, 0, sizeof(*err));

    if (unit_dir_open(&d) != 0) {
        return -1;
    }

    rc = unit_dir_file(&d, "common.json", common) == 0
                 && unit_dir_file(&d, "things.json", things) == 0
                 && unit_dir_file(&d, "errors.json", "not read") == 0
             ? pd_contract_load(c, d.dir, err)
             : -1;
    unit_dir_close(&d);

    return rc;
}


#endif
