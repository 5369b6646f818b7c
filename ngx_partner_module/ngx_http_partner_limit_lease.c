/*
 * The `lease` mode: tokens that Redis has lent are spent in shared memory by
 * all workers of this node.  Redis is asked before they run out; a call waits
 * for it only where there are none.
 */

#include "ngx_http_partner_limit.h"


/* A worker that asked and died has not answered for so long, in us. */
#define NGX_HTTP_PARTNER_LEASE_PATIENCE LP_SECOND

_Static_assert(NGX_PARTNER_LEASE_WAYS >= NGX_HTTP_PARTNER_LIMITS,
               "two limits of a decision could get the same lease");


/* What the leases say of a call, all looked at under one lock. */
typedef struct {
    int64_t          now;
    int64_t          seq; /* 0: none wants more */
    ngx_uint_t       ask;
    ngx_uint_t       empty;
    lp_lease_t      *leases[NGX_HTTP_PARTNER_LIMITS];
    lp_lease_state_t states[NGX_HTTP_PARTNER_LIMITS];
    int64_t          held[NGX_HTTP_PARTNER_LIMITS];
    int64_t          wants[NGX_HTTP_PARTNER_LIMITS];
} ngx_http_partner_leases_t;


static void
ngx_http_partner_lease_look(ngx_http_partner_call_t       *call,
                            ngx_http_partner_leases_t     *own,
                            const ngx_partner_bucket_id_t *ids)
{
    uint64_t                     wasted;
    ngx_uint_t                   i;
    ngx_partner_leases_t        *leases;
    ngx_http_partner_limit_t    *limit;
    ngx_http_partner_decision_t *d;

    d = &call->decision;
    leases = &call->pmcf->zone->shared->leases;
    wasted = 0;

    ngx_partner_leases_begin(leases);

    for (i = 0; i < d->n; i++) {
        limit = &d->limits[i];
        own->leases[i] = ngx_partner_leases_get(leases, &ids[i]);
        own->states[i] = lp_lease_state(own->leases[i], &limit->numbers->rate,
                                        own->now, &wasted);

        own->ask |= (own->states[i] == LP_LEASE_ASK);
        own->empty |= (own->states[i] == LP_LEASE_EMPTY && !limit->dry);
    }

    leases->wasted += (ngx_atomic_t) wasted;
}


/* Spends, or has Redis spend; and what is to be asked for meanwhile. */
static void
ngx_http_partner_lease_take(ngx_http_partner_call_t   *call,
                            ngx_http_partner_leases_t *own)
{
    ngx_uint_t            i;
    lp_lease_t           *lease;
    ngx_partner_leases_t *leases;

    leases = &call->pmcf->zone->shared->leases;

    for (i = 0; i < call->decision.n; i++) {
        lease = own->leases[i];

        if (own->states[i] != LP_LEASE_EMPTY) {
            lp_lease_spend(lease, own->ask ? LP_LEASE_ASK : LP_LEASE_SPEND);
        }

        own->held[i] = lease->left;
        own->wants[i]
            = lp_lease_want(lease, own->now, NGX_HTTP_PARTNER_LEASE_PATIENCE);

        if (own->wants[i] > 0) {
            own->seq = own->seq != 0 ? own->seq : ++leases->seq;
            lp_lease_ask(lease, own->wants[i], own->seq, own->now);
        }
    }
}


static void
ngx_http_partner_lease_decide(ngx_http_partner_call_t   *call,
                              ngx_http_partner_leases_t *own)
{
    ngx_uint_t                   i;
    ngx_partner_bucket_id_t      ids[NGX_HTTP_PARTNER_LIMITS];
    ngx_http_partner_decision_t *d;

    d = &call->decision;
    ngx_memzero(own, offsetof(ngx_http_partner_leases_t, leases));
    own->now = ngx_http_partner_limit_clock();

    for (i = 0; i < d->n; i++) {
        ngx_http_partner_limit_id(call, &d->limits[i], &ids[i]);
    }

    ngx_partner_zone_lock(call->pmcf->zone);
    ngx_http_partner_lease_look(call, own, ids);

    if (!own->empty) {
        ngx_http_partner_lease_take(call, own);
    }

    for (i = 0; i < d->n; i++) {
        d->limits[i].decision
            = lp_lease_decision(own->leases[i], own->states[i], own->now);
    }

    ngx_partner_zone_unlock(call->pmcf->zone);

    d->known = (own->empty || !own->ask);
}


/* Nobody will answer: another may ask. */
static void
ngx_http_partner_lease_fail(ngx_http_partner_call_t         *call,
                            const ngx_http_partner_leases_t *own)
{
    ngx_uint_t              i;
    lp_lease_t             *lease;
    ngx_partner_bucket_id_t id;

    if (own->seq == 0) {
        return;
    }

    ngx_partner_zone_lock(call->pmcf->zone);

    for (i = 0; i < call->decision.n; i++) {
        ngx_http_partner_limit_id(call, &call->decision.limits[i], &id);
        lease
            = ngx_partner_leases_find(&call->pmcf->zone->shared->leases, &id);

        if (lease != NULL && own->wants[i] > 0) {
            lp_lease_fail(lease, own->seq);
        }
    }

    ngx_partner_zone_unlock(call->pmcf->zone);
}


/* All buckets where the call waits, those that want more where it does not. */
static ngx_int_t
ngx_http_partner_lease_ask(ngx_http_partner_call_t         *call,
                           const ngx_http_partner_leases_t *own)
{
    ngx_uint_t                   i;
    ngx_http_partner_bucket_t   *bucket;
    ngx_http_partner_question_t *question;

    question = ngx_http_partner_question(call->pmcf, call->decision.n);

    if (question == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < call->decision.n; i++) {

        if (!own->ask && own->wants[i] <= 0) {
            continue;
        }

        ngx_http_partner_question_add(question, call,
                                      &call->decision.limits[i]);

        if (own->wants[i] > 0) {
            bucket = &question->buckets[question->n - 1];
            bucket->held = own->held[i];
            bucket->want = own->wants[i];
        }
    }

    question->lease = 1;
    question->seq = own->seq;
    question->sent = own->now;
    question->cost = own->ask;
    question->call = own->ask ? call : NULL;

    if (ngx_http_partner_question_send(question) != NGX_OK) {
        return NGX_ERROR;
    }

    call->question = own->ask ? question : NULL;

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_limit_lease(ngx_http_partner_call_t *call)
{
    ngx_http_partner_leases_t own;

    ngx_http_partner_lease_decide(call, &own);

    if (own.empty || (!own.ask && own.seq == 0)) {
        return NGX_OK;
    }

    if (ngx_http_partner_lease_ask(call, &own) != NGX_OK) {
        ngx_http_partner_lease_fail(call, &own);

        return own.ask ? NGX_ERROR : NGX_OK;
    }

    return own.ask ? NGX_AGAIN : NGX_OK;
}


ngx_uint_t
ngx_http_partner_lease_answered(ngx_http_partner_question_t *question,
                                lp_decision_t               *decisions,
                                const int64_t               *granted)
{
    int64_t                    now, vain;
    ngx_uint_t                 i, lent;
    lp_lease_t                *lease;
    ngx_partner_zone_t        *zone;
    ngx_partner_leases_t      *leases;
    ngx_http_partner_bucket_t *bucket;

    zone = question->pmcf->zone;
    leases = &zone->shared->leases;
    now = ngx_http_partner_limit_clock();
    lent = 0;

    ngx_partner_zone_lock(zone);

    for (i = 0; i < question->n; i++) {
        bucket = &question->buckets[i];
        lease = ngx_partner_leases_find(leases, &bucket->id);

        if (lease == NULL || bucket->want < 0) {
            continue;
        }

        if (decisions == NULL) {
            lp_lease_fail(lease, question->seq);
            continue;
        }

        lp_lease_learn(lease, &decisions[i], granted[i] < bucket->want, now);

        if (bucket->want > 0) {
            vain = lp_lease_grant(lease, question->seq, granted[i]);
            leases->wasted += (ngx_atomic_t) vain;
            leases->granted += (ngx_atomic_t) granted[i];
            decisions[i].remaining = lease->left;
            lent |= (granted[i] > vain);
        }
    }

    ngx_partner_zone_unlock(zone);

    return lent;
}


/* Tells Redis of what was left, once; whether it arrives or not. */
static void
ngx_http_partner_lease_give_back(ngx_http_partner_question_t *question,
                                 int64_t                      now)
{
    int64_t                    seq;
    ngx_uint_t                 i, n;
    lp_lease_t                *lease;
    ngx_partner_zone_t        *zone;
    ngx_partner_leases_t      *leases;
    ngx_http_partner_bucket_t *bucket;

    zone = question->pmcf->zone;
    leases = &zone->shared->leases;

    ngx_partner_zone_lock(zone);

    seq = ++leases->seq;

    for (n = 0, i = 0; i < question->n; i++) {
        bucket = &question->buckets[i];
        lease = ngx_partner_leases_find(leases, &bucket->id);

        if (lease == NULL || bucket->want <= 0) {
            continue;
        }

        bucket->held = 0;
        bucket->want = -lp_lease_return(lease, question->seq, seq, now);
        leases->returned += (ngx_atomic_t) -bucket->want;

        if (bucket->want < 0) {
            question->buckets[n++] = *bucket;
        }
    }

    ngx_partner_zone_unlock(zone);

    question->n = n;
    question->seq = seq;
    question->cost = 0;

    if (n == 0) {
        ngx_http_partner_question_free(question);
        return;
    }

    (void) ngx_http_partner_question_send(question);
}


/*
 * What was lent half a life ago and not asked for since is too much for the
 * demand: it goes back while it still can.
 */
void
ngx_http_partner_lease_sweep(ngx_event_t *ev)
{
    int64_t                       now;
    ngx_queue_t                  *q, *lent;
    ngx_http_partner_question_t  *question;
    ngx_http_partner_main_conf_t *pmcf = ev->data;

    now = ngx_http_partner_limit_clock();
    lent = &pmcf->asker.lent;

    while (!ngx_queue_empty(lent)) {
        q = ngx_queue_head(lent);
        question = ngx_queue_data(q, ngx_http_partner_question_t, queue);

        if (now - question->sent < LP_LEASE_LIFE / 2) {
            break;
        }

        ngx_queue_remove(q);
        ngx_http_partner_lease_give_back(question, now);
    }

    ngx_add_timer(ev, NGX_HTTP_PARTNER_LEASE_SWEEP);
}
