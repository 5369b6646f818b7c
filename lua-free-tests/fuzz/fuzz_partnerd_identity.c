/*
 * Any headers as those of the gateway: partnerd takes what is clean, and lets
 * nobody in without a partner, or with a scope that the operation does not ask
 * for.
 *
 *     <two bytes: operation> <partner> <zero byte> <application> <zero byte>
 *     <client> <zero byte> <tier> <zero byte> <scopes> <zero byte> <request>
 */

#include <strings.h>

#include "fuzz_partnerd.h"
#include "identity.h"


#define HEADERS  6
#define UUID_LEN 36


static const char *const names[HEADERS]
    = { "X-Partner-Id",   "X-Partner-App",    "X-Partner-Client",
        "X-Partner-Tier", "X-Partner-Scopes", "X-Request-Id" };


static const char *
header(void *ctx, const char *name)
{
    int    i;
    char **sent = ctx;

    for (i = 0; i < HEADERS; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            return sent[i];
        }
    }

    return NULL;
}


/* Either as it was sent, or nothing. */
static void
check_taken(const char *taken, const char *sent, const char *beyond)
{
    FUZZ_CHECK(taken[0] == '\0' || strcmp(taken, sent) == 0);

    for (; *taken != '\0'; taken++) {
        FUZZ_CHECK((*taken > ' ' && *taken < 0x7f)
                   || strchr(beyond, *taken) != NULL);
    }
}


static void
check_decision(const pd_identity_t *id, const pd_operation_t *op)
{
    pd_problem_t p = { 0 };

    if (pd_identity_may(id, op, &p) == PD_OK) {
        FUZZ_CHECK(op->open || (id->partner[0] != '\0' && id->scopes[0]));
        FUZZ_CHECK(p.code == NULL);
    } else {
        FUZZ_CHECK(strcmp(p.code, id->partner[0] == '\0'
                                      ? "missing_credential"
                                      : "insufficient_scope")
                   == 0);
        fuzz_problem(&p);
    }

    pd_problem_clear(&p);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int                  i;
    char                *sent[HEADERS];
    size_t               n;
    json_t              *json;
    const char          *tenant, *uuid;
    pd_identity_t        id;
    const pd_contract_t *c;

    c = fuzz_contract();
    n = fuzz_number(&data, &len);

    for (i = 0; i < HEADERS; i++) {
        sent[i] = fuzz_until(&data, &len, '\0');
    }

    pd_identity_read(&id, header, sent);
    check_taken(id.partner, sent[0], "");
    check_taken(id.application, sent[1], "");
    check_taken(id.client, sent[2], "");
    check_taken(id.tier, sent[3], "");
    check_taken(id.scopes, sent[4], " ");
    check_taken(id.request, sent[5], "");
    check_decision(&id, &c->operations[n % c->noperations]);

    tenant = pd_identity_tenant(&id);
    FUZZ_CHECK(tenant[0] == '\0' || tenant == id.partner);
    json = pd_identity_json(&id);
    FUZZ_CHECK(json_object_size(json) == 5);
    uuid = json_string_value(json_object_get(json, "tenant"));
    FUZZ_CHECK(uuid == NULL ? strlen(tenant) != UUID_LEN
                            : strcmp(uuid, tenant) == 0);
    json_decref(json);

    for (i = 0; i < HEADERS; i++) {
        free(sent[i]);
    }

    return 0;
}
