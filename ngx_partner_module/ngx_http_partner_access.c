/*
 * The way of a request up to the proxy: the stages, in order, in the ACCESS
 * phase.  nginx runs it for main requests only, once per location they visit.
 *
 * One call, from here to its decision: the handler finds or makes the call
 * record, run() goes through the stages from call->stage on, and each of them
 * says what comes next.  NGX_OK: the next stage.  NGX_AGAIN: suspend(), until
 * whoever was asked calls resume(), which makes nginx run the phase again, and
 * so the handler, at that stage.  NGX_DECLINED: refused(), by call->verdict.
 * After the last stage the call goes to the proxy.
 */

#include "ngx_http_partner_overload.h"
#include "ngx_http_partner_redact.h"
#include "ngx_http_partner_trace.h"


/*
 * Cheap ones first, but none before what it needs: a key is looked up only if
 * its form is good, and a token's scopes are narrowed by its client's record.
 * The limit is last, since it debits: who is refused elsewhere pays nothing.
 */
static const ngx_http_partner_stage_pt ngx_http_partner_stages[] = {
    ngx_http_partner_credential, ngx_http_partner_jwt,
    ngx_http_partner_principal,  ngx_http_partner_narrow,
    ngx_http_partner_operation,  ngx_http_partner_scope,
    ngx_http_partner_overload,   ngx_http_partner_limit,
};

#define NGX_HTTP_PARTNER_STAGES                                               \
    (sizeof(ngx_http_partner_stages) / sizeof(ngx_http_partner_stages[0]))


/* NGX_AGAIN leaves the phase handler where it is, to be run once more. */
static ngx_int_t
ngx_http_partner_suspend(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    ngx_event_t *rev;

    /* a client that leaves meanwhile ends the request, and so the wait */

    r->read_event_handler = ngx_http_test_reading;
    r->write_event_handler = ngx_http_request_empty_handler;

    rev = r->connection->read;

    if (rev->ready) {

        /* it may have left already, and that event will not come again */
        ngx_post_event(rev, &ngx_posted_events);

    } else if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        ngx_http_partner_call_cancel(call);
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    call->waiting = 1;

    return NGX_AGAIN;
}


/*
 * From an event of Redis or of an issuer.  The request may be gone when this
 * returns, and the call record with it.
 */
void
ngx_http_partner_resume(ngx_http_partner_call_t *call)
{
    ngx_connection_t   *c;
    ngx_http_request_t *r;

    if (!call->waiting) {

        /* answered before the stage could return: it will look itself */
        return;
    }

    if (call->pmcf->leaving) {

        /* no event loop is left that could bring the answer to its client */
        return;
    }

    r = call->request;
    c = r->connection;
    call->waiting = 0;

    ngx_http_set_log_request(c->log, r);

    r->read_event_handler = ngx_http_block_reading;
    r->write_event_handler = ngx_http_core_run_phases;

    ngx_http_core_run_phases(r);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_http_partner_refused(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    call->stages_us = ngx_http_partner_elapsed(&call->started);

    return ngx_http_partner_refuse(r, call);
}


/*
 * Who waited for the limiter may have lost the right to call meanwhile, and
 * this gateway may have told the platform that it knows: all is asked once
 * more, but nothing is debited again.
 */
static void
ngx_http_partner_doubt(ngx_http_partner_call_t *call)
{
    call->doubtful = 0;
    call->identified = 0;
    call->looked_up = 0;
    call->stage = 0;

    if (call->token != NULL) {
        call->digested = 0;
        call->token->narrowed = 0;
        call->token->rejudged = 0;
    }
}


/* NGX_OK: let through.  All else is what the phase handler returns. */
static ngx_int_t
ngx_http_partner_run(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    ngx_int_t rc;

    for (;;) {

        if (call->stage == NGX_HTTP_PARTNER_STAGES) {

            if (!call->doubtful) {
                return NGX_OK;
            }

            ngx_http_partner_doubt(call);
        }

        rc = ngx_http_partner_stages[call->stage](r, call);

        switch (rc) {

        case NGX_OK:
            call->stage++;
            break;

        case NGX_AGAIN:
            return ngx_http_partner_suspend(r, call);

        case NGX_DECLINED:
            return ngx_http_partner_refused(r, call);

        default:
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }
}


/* Whether the location takes the kind of credential that the call brought. */
static ngx_uint_t
ngx_http_partner_takes(const ngx_http_partner_loc_conf_t *plcf,
                       const ngx_http_partner_call_t     *call)
{
    if (call->token != NULL) {
        return plcf->auth
               & (call->token->opaque ? NGX_HTTP_PARTNER_AUTH_OPAQUE
                                      : NGX_HTTP_PARTNER_AUTH_JWT);
    }

    return !call->digested || (plcf->auth & NGX_HTTP_PARTNER_AUTH_KEY);
}


/* Once a call: a location that it is led to later finds the fields set. */
static ngx_int_t
ngx_http_partner_pass(ngx_http_request_t *r, ngx_http_partner_call_t *call)
{
    call->passed = 1;

    if (ngx_http_partner_ending_headers(r, call) != NGX_OK
        || ngx_http_partner_identity_send(r, call) != NGX_OK
        || ngx_http_partner_trace_send(r, call) != NGX_OK) {
        return NGX_ERROR;
    }

    call->stages_us = ngx_http_partner_elapsed(&call->started);
    ngx_http_partner_overload_passed(r, call);

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_access_handler(ngx_http_request_t *r)
{
    ngx_int_t                    rc;
    ngx_http_partner_call_t     *call;
    ngx_http_partner_loc_conf_t *plcf;

    plcf = ngx_http_get_module_loc_conf(r, ngx_http_partner_module);

    if (!plcf->auth) {

        ngx_http_partner_redact_prepare(r, plcf, NULL);

        return NGX_DECLINED;
    }

    call = ngx_http_partner_call(r);

    if (call == NULL) {
        call = ngx_http_partner_call_create(r);

        if (call == NULL) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }

    if (call->verdict != NGX_HTTP_PARTNER_PASSED) {

        /* redirected after a refusal into what is protected as well */
        return ngx_http_partner_refused(r, call);
    }

    if (call->location != plcf || call->stage == NGX_HTTP_PARTNER_STAGES) {

        /*
         * Another location, or another address in the one that it came
         * through: the scopes of that are checked.  Who calls is known, and
         * what was debited stays debited, once.
         */
        call->within = call->location == plcf;
        call->location = plcf;
        call->stage = 0;

        if (!ngx_http_partner_takes(plcf, call)) {
            call->verdict = NGX_HTTP_PARTNER_MALFORMED_CREDENTIAL;
            return ngx_http_partner_refused(r, call);
        }
    }

    rc = ngx_http_partner_run(r, call);

    if (rc != NGX_OK) {
        return rc;
    }

    if (!call->passed && ngx_http_partner_pass(r, call) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_http_partner_redact_prepare(r, plcf, call);

    return NGX_OK;
}
