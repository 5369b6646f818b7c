/*
 * A partner that goes live: partner_ramp lets its limits grow from a part to
 * the whole, a percent at a time.
 */

#include "ngx_http_partner_limit.h"
#include "ngx_http_partner_option.h"
#include "../libpartner/lp_time.h"


/* As it is written. */
typedef struct {
    ngx_str_t  name;
    int64_t    start; /* s since the epoch */
    ngx_msec_t over;
    ngx_uint_t from; /* 1/1000 of a percent */
    ngx_uint_t dry;
} ngx_http_partner_ramp_options_t;


static ngx_int_t ngx_http_partner_option_instant(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);

#define ngx_http_partner_in_ramp(field)                                       \
    offsetof(ngx_http_partner_ramp_options_t, field)


static const ngx_str_t ngx_http_partner_ramp_switch[]
    = { ngx_string("off"), ngx_string("on"), ngx_null_string };


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_ramp_options[] = {

    { ngx_string("partner"), ngx_http_partner_option_name,
      ngx_http_partner_in_ramp(name), 0, 0,
      NGX_HTTP_PARTNER_NAME_ALLOWED, NULL },

    { ngx_string("start"), ngx_http_partner_option_instant,
      ngx_http_partner_in_ramp(start), 0, 0,
      LP_TIME_ALLOWED, NULL },

    { ngx_string("over"), ngx_http_partner_option_msec,
      ngx_http_partner_in_ramp(over), 1000, 31 * 86400 * 1000LL,
      "a time with its unit, from 1s to 31d", NULL },

    { ngx_string("from"), ngx_http_partner_option_percent,
      ngx_http_partner_in_ramp(from), 1000, 99000,
      "a percentage from 1% to 99%", NULL },

    { ngx_string("dry_run"), ngx_http_partner_option_word,
      ngx_http_partner_in_ramp(dry), 0, 0,
      "on or off", ngx_http_partner_ramp_switch },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


static ngx_int_t
ngx_http_partner_option_instant(ngx_conf_t *cf, ngx_str_t *value,
                                const ngx_http_partner_option_t *option,
                                void                            *field)
{
    (void) cf;
    (void) option;

    return lp_time_parse((char *) value->data, value->len, field) == LP_OK
               ? NGX_OK
               : NGX_ERROR;
}


/* The one of that partner, or NULL. */
static ngx_http_partner_ramp_t *
ngx_http_partner_ramp_find(const ngx_http_partner_main_conf_t *pmcf,
                           const ngx_str_t                    *name)
{
    ngx_uint_t               i;
    ngx_http_partner_ramp_t *ramp;

    ramp = pmcf->ramps.elts;

    for (i = 0; i < pmcf->ramps.nelts; i++) {

        if (ramp[i].name.len == name->len
            && ngx_memcmp(ramp[i].name.data, name->data, name->len) == 0) {
            return &ramp[i];
        }
    }

    return NULL;
}


char *
ngx_http_partner_ramp_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_partner_ramp_t        *ramp;
    ngx_http_partner_main_conf_t   *pmcf = conf;
    ngx_http_partner_ramp_options_t options;

    (void) cmd;

    pmcf->used = 1;
    ngx_memzero(&options, sizeof(ngx_http_partner_ramp_options_t));
    options.from = 1000;

    if (ngx_http_partner_options(cf, 1, ngx_http_partner_ramp_options,
                                 &options)
        != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (options.name.len == 0 || options.start == 0 || options.over == 0) {
        return "needs \"partner=\", \"start=\" and \"over=\"";
    }

    if (ngx_http_partner_ramp_find(pmcf, &options.name) != NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_ramp: partner \"%V\" has one",
                           &options.name);
        return NGX_CONF_ERROR;
    }

    ramp = ngx_array_push(&pmcf->ramps);

    if (ramp == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(ramp, sizeof(ngx_http_partner_ramp_t));
    ramp->name = options.name;
    ramp->dry = options.dry;
    ramp->part.start = options.start;
    ramp->part.over = (int64_t) options.over / 1000;
    ramp->part.from = (unsigned) options.from / 1000;

    return NGX_CONF_OK;
}


/* Each percent of each policy has to be a rate that can be counted. */
ngx_int_t
ngx_http_partner_ramp_init(ngx_conf_t                         *cf,
                           const ngx_http_partner_main_conf_t *pmcf)
{
    lp_rate_t                         part;
    ngx_uint_t                        i, tier, percent;
    const ngx_http_partner_numbers_t *numbers;
    ngx_http_partner_policy_t *const *policy;

    policy = pmcf->policies.elts;

    if (pmcf->ramps.nelts == 0) {
        return NGX_OK;
    }

    for (i = 0; i < pmcf->policies.nelts; i++) {
        for (tier = 0; tier <= LP_TIERS; tier++) {
            numbers = &policy[i]->numbers[tier];

            for (percent = 1; percent < LP_RAMP_WHOLE; percent++) {

                if (numbers->set && !policy[i]->concurrency
                    && lp_ramp_rate(&numbers->rate, (unsigned) percent, &part)
                           != LP_OK) {
                    ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                                  "partner_ramp: %ui%% of "
                                  "partner_limit_policy \"%V\" cannot be "
                                  "counted, its burst is too large for its "
                                  "rate",
                                  percent, &policy[i]->name);
                    return NGX_ERROR;
                }
            }
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_ramp_bind(ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t               i;
    ngx_http_partner_ramp_t *ramp;

    ramp = pmcf->ramps.elts;

    for (i = 0; i < pmcf->ramps.nelts; i++) {
        ramp[i].ref = ngx_partner_names_intern(&pmcf->zone->shared->names,
                                               (char *) ramp[i].name.data,
                                               ramp[i].name.len);

        if (ramp[i].ref == 0) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static const ngx_http_partner_ramp_t *
ngx_http_partner_ramp_of(const ngx_http_partner_call_t *call)
{
    ngx_uint_t                     i;
    const ngx_http_partner_ramp_t *ramp;

    ramp = call->pmcf->ramps.elts;

    for (i = 0; i < call->pmcf->ramps.nelts; i++) {
        if (ramp[i].ref == call->principal.partner) {
            return &ramp[i];
        }
    }

    return NULL;
}


static void
ngx_http_partner_ramp_scale(ngx_http_partner_limit_t *limit, unsigned percent)
{
    ngx_http_partner_numbers_t part;

    part = *limit->numbers;

    if (lp_ramp_rate(&limit->numbers->rate, percent, &part.rate) != LP_OK) {
        return;
    }

    lp_ramp_quota(&part.quota, &part.window, percent);
    part.text.len = 0;
    limit->own = part;
    limit->numbers = &limit->own;
}


ngx_uint_t
ngx_http_partner_ramp(const ngx_http_partner_call_t *call,
                      ngx_http_partner_limit_t *limits, ngx_uint_t n)
{
    unsigned                       percent;
    ngx_uint_t                     i, first, last;
    const ngx_http_partner_ramp_t *ramp;

    ramp = ngx_http_partner_ramp_of(call);

    if (ramp == NULL) {
        return n;
    }

    percent = lp_ramp_percent(&ramp->part, (int64_t) ngx_time());

    if (percent == LP_RAMP_WHOLE) {
        return n;
    }

    first = 0;
    last = n;

    if (ramp->dry) {

        /* a bucket of its own fills as the ramp's would */

        for (i = 0; i < n; i++) {
            limits[n + i] = limits[i];
            limits[n + i].dry = 1;
            limits[n + i].rehearsed = 1;

            if (limits[i].numbers == &limits[i].own) {
                limits[n + i].numbers = &limits[n + i].own;
            }
        }

        first = n;
        last = 2 * n;
    }

    for (i = first; i < last; i++) {
        ngx_http_partner_ramp_scale(&limits[i], percent);
    }

    return last;
}
