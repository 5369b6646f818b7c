/*
 * The operations that need C.
 */

#include <stdlib.h>
#include <string.h>
#include <event2/buffer.h>

#include "request.h"


/* ---- platform ---- */

static void
pd_handler_send(pd_request_t *r, const char *text)
{
    struct evbuffer *body;

    body = evbuffer_new();

    if (body == NULL || evbuffer_add(body, text, strlen(text)) != 0) {
        (void) pd_problem_plain(&r->problem, "internal_error");
        pd_request_refuse(r);
    } else {
        pd_request_answer(r, HTTP_OK, body);
    }

    if (body != NULL) {
        evbuffer_free(body);
    }
}


/* Asks nobody: a process that can answer this lives. */
static void
pd_health(pd_request_t *r)
{
    pd_handler_send(r, "{\"data\":{\"status\":\"alive\","
                       "\"version\":\"" PD_VERSION "\"}}");
}


/* Without our envelope: tools read this document as it is. */
static void
pd_openapi(pd_request_t *r)
{
    pd_handler_send(r, r->server->service.openapi);
}


static void
pd_docs_page(pd_request_t *r)
{
    const pd_page_t *page;

    page = &r->server->service.page;
    pd_request_header_out(r, "Content-Security-Policy", page->policy);
    pd_request_header_out(r, "X-Content-Type-Options", "nosniff");
    pd_request_header_out(r, "Referrer-Policy", "no-referrer");
    pd_handler_send(r, page->html);
}


/* Without Redis in the configuration there is nothing to wait for. */
static void
pd_ready_redis(void *ctx, const redisReply *reply)
{
    pd_request_t *r = ctx;

    if (r->server->redis != NULL
        && (reply == NULL || reply->type == REDIS_REPLY_ERROR)) {
        (void) pd_problem(&r->problem, "not_ready", "%s",
                          "Redis does not answer");
        pd_request_refuse(r);
        return;
    }

    pd_handler_send(r, r->server->redis != NULL
                           ? "{\"data\":{\"status\":\"ready\","
                             "\"database\":\"up\",\"redis\":\"up\"}}"
                           : "{\"data\":{\"status\":\"ready\","
                             "\"database\":\"up\",\"redis\":\"unused\"}}");
}


/* One after the other: the problem names the first that is missing.  A database
 * of long ago refuses the question. */
static void
pd_ready_database(pd_unit_t *u, pd_pg_outcome_t outcome, const PGresult *res)
{
    pd_request_t *r = u->ctx;

    if (outcome != PD_PG_DONE && outcome != PD_PG_ERROR) {
        (void) pd_problem(&r->problem, "not_ready", "%s",
                          "the database does not answer");
        pd_request_refuse(r);

    } else if (outcome == PD_PG_ERROR || PQgetvalue(res, 0, 0)[0] != 't') {
        (void) pd_problem(&r->problem, "not_ready",
                          "the database lacks migration %s of this version: "
                          "run partnerd migrate",
                          r->server->level);
        pd_request_refuse(r);

    } else if (r->server->redis == NULL) {
        pd_ready_redis(r, NULL);

    } else {
        pd_redis_send(r->server->redis, pd_ready_redis, r, "PING");
    }
}


static void
pd_ready(pd_request_t *r)
{
    const pd_statement_t *ready;

    ready = pd_queries_find(&r->server->service.queries, "_ready");
    r->inputs[PD_FROM_WORK] = json_pack("{s:s}", "level", r->server->level);

    if (pd_bind(&r->values, ready, r->inputs) != 0) {
        (void) pd_problem_plain(&r->problem, "internal_error");
        pd_request_refuse(r);
        return;
    }

    r->unit = (pd_unit_t){
        .statement = ready,
        .values = r->values.values,
        .done = pd_ready_database,
        .ctx = r,
    };

    pd_pg_submit(r->server->readers, &r->unit);
}


/* ---- reports ---- */

/* Without our envelope: tools read a key set as it is. */
static void
pd_report_keys(pd_request_t *r)
{
    pd_handler_send(r, r->server->signer.jwks);
}


static int
pd_report_can_sign(pd_request_t *r)
{
    return r->server->signer.key != NULL
               ? PD_OK
               : pd_problem(&r->problem, "not_ready", "%s",
                            "partnerd has no key to sign reports with");
}


static int
pd_report_sign(pd_request_t *r, const char *data, struct evbuffer *out)
{
    char *jws;

    jws = pd_signer_sign(&r->server->signer, data);

    if (jws == NULL) {
        return pd_problem_plain(&r->problem, "internal_error");
    }

    (void) evbuffer_add_printf(out, "{\"report\":%s,\"jws\":\"%s\"}", data,
                               jws);
    free(jws);

    return PD_OK;
}


/* ---- keys ---- */

static int
pd_keys_mint(pd_request_t *r)
{
    if (pd_mint(&r->minted, r->server->peppers) == 0) {
        r->inputs[PD_FROM_KEY] = json_pack(
            "{s:s, s:s, s:s}", "digest", r->minted.digest, "prefix",
            r->minted.prefix, "pepper", r->minted.pepper);
    }

    return r->inputs[PD_FROM_KEY] != NULL
               ? PD_OK
               : pd_problem_plain(&r->problem, "internal_error");
}


/* The one time that the key is shown: PostgreSQL has never seen it. */
static int
pd_keys_reveal(pd_request_t *r, const char *data, struct evbuffer *out)
{
    (void) evbuffer_add_printf(out, "{\"fullKey\":\"%s\",", r->minted.key);
    (void) evbuffer_add(out, data + 1, strlen(data) - 1);

    return PD_OK;
}


const pd_handler_t pd_handlers[] = {
    { .operation = "platform.health", .answer = pd_health },
    { .operation = "platform.ready", .answer = pd_ready },
    { .operation = "platform.contract", .answer = pd_openapi },
    { .operation = "platform.page", .answer = pd_docs_page },
    { .operation = "keys.create",
      .before = pd_keys_mint,
      .after = pd_keys_reveal },
    { .operation = "keys.rotate",
      .before = pd_keys_mint,
      .after = pd_keys_reveal },
    { .operation = "slo.keys", .answer = pd_report_keys },
    { .operation = "slo.report",
      .before = pd_report_can_sign,
      .after = pd_report_sign },
    { .operation = NULL },
};
