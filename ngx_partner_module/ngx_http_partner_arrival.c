/*
 * Calls that come to a worker before it has reached Redis for the first time:
 * they wait for that, or for its failure, as any call waits for an answer.
 * Each reload makes such workers, and none of them shall refuse for it.
 */

#include "ngx_http_partner_module.h"


static void
ngx_http_partner_arrived(void *data)
{
    ngx_http_partner_resume(data);
}


ngx_int_t
ngx_http_partner_await_redis(ngx_http_partner_call_t *call)
{
    ngx_partner_redis_t *redis;

    redis = &call->pmcf->redis;

    if (!redis->starting) {
        return NGX_OK;
    }

    if (call->arrival == NULL) {
        call->arrival
            = ngx_pcalloc(call->request->pool, sizeof(ngx_partner_parked_t));

        if (call->arrival == NULL) {
            return NGX_ERROR;
        }

        call->arrival->done = ngx_http_partner_arrived;
        call->arrival->data = call;
    }

    return ngx_partner_redis_await(redis, call->arrival);
}
