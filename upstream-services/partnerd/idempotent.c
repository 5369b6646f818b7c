/*
 * Idempotency-Key.  The statement itself keeps its answer, in the transaction
 * of its effect, and fails where one is kept already: so there is one effect,
 * however many copies run at once, and whatever is killed between.
 *
 * The key is stored as a digest, and what was asked as an HMAC under it (RFC
 * 2104), so that nobody guesses personal data in it.  An answer that shows a
 * secret is kept without it, and the secret beside it, sealed under the key.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include "idempotent.h"
#include "seal.h"


#define PD_IDEMPOTENCY_MIN 16 /* characters: it also seals */
#define PD_IDEMPOTENCY_MAX 255


/* Keys of one partner say nothing about those of another. */
static int
pd_idempotent_key(const pd_request_t *r, char hex[LP_DIGEST_HEX + 1])
{
    int     n, rc;
    char    text[LP_ID_LEN + PD_IDEMPOTENCY_MAX + 16];
    uint8_t digest[LP_DIGEST_LEN];

    n = snprintf(text, sizeof(text), "idempotency\n%s\n%s",
                 r->identity.partner, r->phrase);
    rc = lp_digest_sha256(r->server->sha256, text, (size_t) n, digest);
    lp_digest_to_hex(digest, hex);
    hex[LP_DIGEST_HEX] = '\0';

    return rc == LP_OK ? 0 : -1;
}


static int
pd_idempotent_mac(const pd_request_t *r, const char *text,
                  char hex[LP_DIGEST_HEX + 1])
{
    uint8_t mac[LP_DIGEST_LEN];

    if (HMAC(EVP_sha256(), r->phrase, (int) strlen(r->phrase),
             (const uint8_t *) text, strlen(text), mac, NULL)
        == NULL) {
        return -1;
    }

    lp_digest_to_hex(mac, hex);
    hex[LP_DIGEST_HEX] = '\0';

    return 0;
}


/* What the request asks for, however its body is laid out. */
static int
pd_idempotent_request(const pd_request_t *r, char hex[LP_DIGEST_HEX + 1])
{
    int     rc;
    char   *text;
    json_t *all;

    all = json_pack("[s, O?, O?, O?]", r->served->operation->id,
                    r->inputs[PD_FROM_PATH], r->inputs[PD_FROM_QUERY],
                    r->inputs[PD_FROM_BODY]);
    text = all == NULL ? NULL : json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS);
    rc = text == NULL ? -1 : pd_idempotent_mac(r, text, hex);

    free(text);
    json_decref(all);

    return rc;
}


static json_t *
pd_idempotent_inputs(pd_request_t *r)
{
    char key[LP_DIGEST_HEX + 1], request[LP_DIGEST_HEX + 1];
    char sealed[PD_SEAL_TEXT + 1];

    if (pd_idempotent_key(r, key) != 0
        || pd_idempotent_request(r, request) != 0
        || (r->minted.key[0] != '\0'
            && pd_seal(r->phrase, key, r->minted.key, sealed) != 0)) {
        return NULL;
    }

    return json_pack("{s:s, s:s, s:s?}", "key", key, "request", request,
                     "sealed", r->minted.key[0] != '\0' ? sealed : NULL);
}


static int
pd_idempotent_well_formed(const char *key)
{
    size_t len;

    len = strlen(key);

    while (*key > 0x20 && *key < 0x7f) {
        key++;
    }

    return *key == '\0' && len >= PD_IDEMPOTENCY_MIN
           && len <= PD_IDEMPOTENCY_MAX;
}


int
pd_idempotent_read(pd_request_t *r)
{
    const char *key;

    key = r->served->operation->method == PD_POST
                  && r->served->statement != NULL
              ? pd_request_header(r, "Idempotency-Key")
              : NULL;

    if (key == NULL) {
        return PD_OK;
    }

    if (!pd_idempotent_well_formed(key)) {
        pd_problem_add(&r->problem, "parameter", "Idempotency-Key",
                       "must be 16 to 255 visible ASCII characters, such as "
                       "a UUID");
        return pd_problem_plain(&r->problem, "invalid_parameter");
    }

    r->phrase = strdup(key);
    r->inputs[PD_FROM_IDEMPOTENCY]
        = r->phrase == NULL ? NULL : pd_idempotent_inputs(r);

    return r->inputs[PD_FROM_IDEMPOTENCY] != NULL
               ? PD_OK
               : pd_problem_plain(&r->problem, "internal_error");
}


int
pd_idempotent(const pd_request_t *r)
{
    return r->inputs[PD_FROM_IDEMPOTENCY] != NULL;
}


/* ---- the answer of before ---- */

static int
pd_idempotent_unseal(pd_request_t *r, const PGresult *res)
{
    int         column;
    size_t      len;
    char        key[LP_DIGEST_HEX + 1], secret[PD_SEAL_SECRET + 1];
    const char *sealed;

    column = PQfnumber(res, "sealed");

    if (column < 0 || PQgetisnull(res, 0, column)) {
        return 0;
    }

    sealed = PQgetvalue(res, 0, column);

    if (pd_idempotent_key(r, key) != 0
        || pd_unseal(r->phrase, key, sealed, secret) != 0) {
        return -1;
    }

    len = strlen(secret);
    pd_minted_wipe(&r->minted);

    if (len <= LP_KEY_LEN) {
        memcpy(r->minted.key, secret, len + 1);
    }

    OPENSSL_cleanse(secret, sizeof(secret));

    return len <= LP_KEY_LEN ? 0 : -1;
}


static int
pd_idempotent_kept(pd_request_t *r, const PGresult *res)
{
    if (PQgetvalue(res, 0, PQfnumber(res, "same"))[0] != 't') {
        return pd_problem_plain(&r->problem, "idempotency_mismatch");
    }

    return pd_idempotent_unseal(r, res) == 0
               ? PD_OK
               : pd_problem_plain(&r->problem, "internal_error");
}


static void
pd_idempotent_replay(pd_request_t *r, const PGresult *res)
{
    pd_problem_clear(&r->problem);

    if (pd_idempotent_kept(r, res) != PD_OK) {
        pd_request_refuse(r);
        return;
    }

    pd_wake(r->server->wake, r->served->operation->obeyed);
    pd_request_header_out(r, "Idempotent-Replayed", "true");
    pd_request_finish(r, PD_PG_DONE, res);
}


/* Nothing is kept: a statement that failed did so for a reason of its own, and
 * one that has not run yet may. */
static void
pd_idempotent_new(pd_request_t *r)
{
    if (r->problem.code != NULL) {
        pd_request_refuse(r);
        return;
    }

    pd_values_clear(&r->values);
    pd_request_walk(r);
}


static void
pd_idempotent_found(pd_unit_t *u, pd_pg_outcome_t outcome, const PGresult *res)
{
    pd_request_t *r = u->ctx;

    if (outcome != PD_PG_DONE) {
        /* Nor is it known whether a conflict was with itself. */
        pd_problem_clear(&r->problem);
        pd_request_finish(r, outcome, res);

    } else if (PQntuples(res) == 1) {
        pd_idempotent_replay(r, res);

    } else {
        pd_idempotent_new(r);
    }
}


/* A look that makes gateways obey again writes, and may wait for a lock. */
void
pd_idempotent_look(pd_request_t *r)
{
    json_t               *kept;
    unsigned              obeyed;
    const pd_statement_t *find;

    kept = r->inputs[PD_FROM_IDEMPOTENCY];
    obeyed = r->served->operation->obeyed;
    find = pd_queries_find(&r->server->service.queries, "_idempotency.find");

    json_decref(r->inputs[PD_FROM_WORK]);
    r->inputs[PD_FROM_WORK] = json_pack(
        "{s:O, s:O, s:b}", "key", json_object_get(kept, "key"), "request",
        json_object_get(kept, "request"), "obeyed", obeyed);
    pd_values_clear(&r->values);

    if (find == NULL || pd_bind(&r->values, find, r->inputs) != 0) {
        (void) pd_problem_plain(&r->problem, "internal_error");
        pd_request_refuse(r);
        return;
    }

    r->unit = (pd_unit_t){
        .statement = find,
        .values = r->values.values,
        .identity = &r->identity,
        .done = pd_idempotent_found,
        .ctx = r,
    };

    pd_pg_submit(obeyed ? r->server->writers : r->server->readers, &r->unit);
}


static void
pd_idempotent_over(void *ctx)
{
    pd_idempotent_look(ctx);
}


/* Sealing waits for the disk, so it is not done in vain. */
int
pd_idempotent_turn(pd_request_t *r)
{
    if (!pd_idempotent(r)) {
        return PD_OK;
    }

    r->copy.key = json_string_value(
        json_object_get(r->inputs[PD_FROM_IDEMPOTENCY], "key"));
    r->copy.over = pd_idempotent_over;
    r->copy.ctx = r;

    switch (pd_copies_enter(&r->server->copies, &r->copy)) {
    case 0:
        return PD_LATER;
    case -1:
        return pd_problem_plain(&r->problem, "overloaded");
    default:
        break;
    }

    if (!r->served->operation->seals) {
        return PD_OK;
    }

    pd_idempotent_look(r);

    return PD_LATER;
}
