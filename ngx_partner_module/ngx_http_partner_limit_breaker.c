/*
 * The circuit breaker before the limiter: after so many failures in a row no
 * call waits for Redis.  A question of the breaker's own, which writes as any
 * other does, finds out when Redis decides again.
 */

#include "ngx_http_partner_limit.h"


#define NGX_HTTP_PARTNER_BREAKER_FAILURES 3
#define NGX_HTTP_PARTNER_BREAKER_PAUSE    100 /* ms between two probes */


static void
ngx_http_partner_breaker_open(ngx_http_partner_main_conf_t *pmcf)
{
    pmcf->asker.open = 1;
    (void) ngx_atomic_fetch_add(&pmcf->zone->shared->stats.limit_breaks, 1);

    ngx_log_error(NGX_LOG_WARN, pmcf->redis.log, 0,
                  "redis failed %d limit decisions in a row, calls do not "
                  "wait for it until it decides again",
                  NGX_HTTP_PARTNER_BREAKER_FAILURES);

    if (!pmcf->redis.closing) {
        ngx_add_timer(&pmcf->asker.probe, NGX_HTTP_PARTNER_BREAKER_PAUSE);
    }
}


void
ngx_http_partner_breaker_count(ngx_http_partner_main_conf_t *pmcf,
                               ngx_uint_t                    failed)
{
    ngx_http_partner_asker_t *asker;

    asker = &pmcf->asker;

    if (failed) {

        if (++asker->failures == NGX_HTTP_PARTNER_BREAKER_FAILURES) {
            ngx_http_partner_breaker_open(pmcf);
        }

        return;
    }

    asker->failures = 0;

    if (asker->open) {
        asker->open = 0;
        ngx_log_error(NGX_LOG_NOTICE, pmcf->redis.log, 0,
                      "redis decides limits again");
    }
}


/* A bucket of nobody's: it is written and gone in a millisecond. */
static void
ngx_http_partner_breaker_ask(ngx_http_partner_main_conf_t *pmcf)
{
    ngx_http_partner_bucket_t   *bucket;
    ngx_http_partner_question_t *question;

    question = ngx_http_partner_question(pmcf, 1);

    if (question == NULL) {
        return;
    }

    bucket = &question->buckets[0];
    ngx_memzero(bucket, sizeof(ngx_http_partner_bucket_t));
    bucket->key_len = ngx_sprintf(bucket->key, "partner:limit:{%*s}:probe",
                                  sizeof(pmcf->asker.node), pmcf->asker.node)
                      - bucket->key;
    (void) lp_rate_init(&bucket->rate, 1000, LP_SECOND, 0);

    question->n = 1;
    question->cost = 1;
    question->probe = 1;

    (void) ngx_http_partner_question_send(question);
}


void
ngx_http_partner_breaker_probe(ngx_event_t *ev)
{
    ngx_http_partner_main_conf_t *pmcf = ev->data;

    if (!pmcf->asker.open) {
        return;
    }

    ngx_http_partner_breaker_ask(pmcf);
    ngx_add_timer(ev, NGX_HTTP_PARTNER_BREAKER_PAUSE);
}
