/*
 * Limit policies and where they apply: partner_limit_policy, partner_limit.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_option.h"


#define NGX_HTTP_PARTNER_RATE_ALLOWED                                         \
    "a whole number from 1 on and a period, such as 1000r/s, 100r/m, "        \
    "10000r/h or 1r/d"


static ngx_int_t ngx_http_partner_option_rate(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);
static ngx_int_t ngx_http_partner_option_tier(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);


typedef struct {
    ngx_int_t  tokens; /* 0: not given */
    int64_t    period; /* us */
    ngx_uint_t burst;  /* 0: as tokens */
    ngx_uint_t tier;   /* LP_TIERS: any */
    ngx_uint_t per;
    ngx_uint_t plan;
    ngx_uint_t dry;
    ngx_uint_t concurrency; /* calls in flight; 0: not given */
} ngx_http_partner_policy_args_t;

static const ngx_str_t ngx_http_partner_pers[]
    = { ngx_string("partner"), ngx_string("application"), ngx_string("key"),
        ngx_string("client"),  ngx_string("group"),       ngx_null_string };

static const ngx_str_t ngx_http_partner_switch[]
    = { ngx_string("off"), ngx_string("on"), ngx_null_string };

#define ngx_http_partner_in_args(field)                                       \
    offsetof(ngx_http_partner_policy_args_t, field)


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_policy_options[] = {

    { ngx_string("rate"), ngx_http_partner_option_rate,
      0, 1, NGX_MAX_INT32_VALUE,
      NGX_HTTP_PARTNER_RATE_ALLOWED, NULL },

    { ngx_string("burst"), ngx_http_partner_option_number,
      ngx_http_partner_in_args(burst), 1, NGX_MAX_INT32_VALUE,
      "a whole number from 1 on", NULL },

    { ngx_string("tier"), ngx_http_partner_option_tier,
      ngx_http_partner_in_args(tier), 0, 0,
      LP_TIER_ALLOWED, NULL },

    { ngx_string("per"), ngx_http_partner_option_word,
      ngx_http_partner_in_args(per), 0, 0,
      "partner, application, key, client or group", ngx_http_partner_pers },

    { ngx_string("plan"), ngx_http_partner_option_word,
      ngx_http_partner_in_args(plan), 0, 0,
      "on or off", ngx_http_partner_switch },

    { ngx_string("dry_run"), ngx_http_partner_option_word,
      ngx_http_partner_in_args(dry), 0, 0,
      "on or off", ngx_http_partner_switch },

    { ngx_string("concurrency"), ngx_http_partner_option_number,
      ngx_http_partner_in_args(concurrency), 1, 1000000,
      "a number of calls from 1 to 1000000", NULL },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


static int64_t
ngx_http_partner_period(u_char unit)
{
    switch (unit) {

    case 's':
        return LP_SECOND;

    case 'm':
        return LP_MINUTE;

    case 'h':
        return LP_HOUR;

    case 'd':
        return LP_DAY;

    default:
        return 0;
    }
}


/* "1000r/s" */
static ngx_int_t
ngx_http_partner_option_rate(ngx_conf_t *cf, ngx_str_t *value,
                             const ngx_http_partner_option_t *option,
                             void                            *field)
{
    u_char                         *unit;
    ngx_http_partner_policy_args_t *args = field;

    (void) cf;

    if (value->len < 4) {
        return NGX_ERROR;
    }

    unit = value->data + value->len - 3;

    args->tokens = ngx_atoi(value->data, value->len - 3);
    args->period = ngx_http_partner_period(unit[2]);

    if (unit[0] != 'r' || unit[1] != '/' || args->period == 0
        || args->tokens < option->min || args->tokens > option->max) {
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_option_tier(ngx_conf_t *cf, ngx_str_t *value,
                             const ngx_http_partner_option_t *option,
                             void                            *field)
{
    ngx_uint_t *to = field;

    (void) cf;
    (void) option;

    *to = lp_tier_parse((char *) value->data, value->len);

    return (*to == LP_TIERS) ? NGX_ERROR : NGX_OK;
}


static ngx_http_partner_policy_t *
ngx_http_partner_policy_find(ngx_http_partner_main_conf_t *pmcf,
                             const ngx_str_t              *name)
{
    ngx_uint_t                  i;
    ngx_http_partner_policy_t **policy;

    policy = pmcf->policies.elts;

    for (i = 0; i < pmcf->policies.nelts; i++) {

        if (policy[i]->name.len == name->len
            && ngx_memcmp(policy[i]->name.data, name->data, name->len) == 0) {
            return policy[i];
        }
    }

    return NULL;
}


/* The name goes into Redis keys and structured fields. */
static ngx_uint_t
ngx_http_partner_policy_name_valid(const ngx_str_t *name)
{
    size_t i;

    for (i = 0; i < name->len; i++) {

        if (!((name->data[i] >= 'a' && name->data[i] <= 'z')
              || (name->data[i] >= 'A' && name->data[i] <= 'Z')
              || (name->data[i] >= '0' && name->data[i] <= '9')
              || name->data[i] == '_' || name->data[i] == '-')) {
            return 0;
        }
    }

    /* "off" means no policy in partner_limit */
    return name->len > 0 && name->len <= LP_ID_LEN
           && ngx_strcmp(name->data, "off") != 0;
}


static ngx_http_partner_policy_t *
ngx_http_partner_policy_make(ngx_conf_t                           *cf,
                             ngx_http_partner_main_conf_t         *pmcf,
                             const ngx_http_partner_policy_args_t *args)
{
    ngx_str_t                 *name;
    ngx_http_partner_policy_t *policy, **place;

    name = (ngx_str_t *) cf->args->elts + 1;
    policy = ngx_http_partner_policy_find(pmcf, name);

    if (policy != NULL) {
        return policy;
    }

    policy = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_policy_t));
    place = ngx_array_push(&pmcf->policies);

    if (policy == NULL || place == NULL) {
        return NULL;
    }

    *place = policy;
    policy->name = *name;
    policy->per = args->per;
    policy->concurrency = (args->concurrency != 0);

    return policy;
}


static ngx_int_t
ngx_http_partner_policy_text(ngx_conf_t *cf, ngx_http_partner_policy_t *policy,
                             ngx_http_partner_numbers_t *numbers)
{
    u_char *p;

    p = ngx_pnalloc(cf->pool, policy->name.len + sizeof("\"\";q=;w=")
                                  + 2 * NGX_INT64_LEN);

    if (p == NULL) {
        return NGX_ERROR;
    }

    numbers->text.data = p;
    numbers->text.len = ngx_sprintf(p, "\"%V\";q=%L;w=%L", &policy->name,
                                    numbers->quota, numbers->window)
                        - p;

    return NGX_OK;
}


static char *
ngx_http_partner_policy_rate(ngx_conf_t *cf, ngx_http_partner_policy_t *policy,
                             ngx_http_partner_numbers_t           *numbers,
                             const ngx_http_partner_policy_args_t *args)
{
    if (lp_rate_init(&numbers->rate, args->tokens, args->period,
                     (int64_t) args->burst)
        != LP_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_limit_policy \"%V\": burst %L with this "
                           "rate is beyond exact arithmetic, allowed is a "
                           "burst that fills within 142 years",
                           &policy->name,
                           args->burst ? (int64_t) args->burst
                                       : (int64_t) args->tokens);
        return NGX_CONF_ERROR;
    }

    numbers->quota = args->tokens;
    numbers->window = args->period / LP_SECOND;

    return ngx_http_partner_policy_text(cf, policy, numbers) == NGX_OK
               ? NGX_CONF_OK
               : NGX_CONF_ERROR;
}


static char *
ngx_http_partner_policy_set(ngx_conf_t *cf, ngx_http_partner_policy_t *policy,
                            const ngx_http_partner_policy_args_t *args)
{
    ngx_http_partner_numbers_t *numbers;

    numbers = &policy->numbers[args->tier];

    if (numbers->set) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_limit_policy \"%V\" is given twice for "
                           "%s",
                           &policy->name,
                           args->tier == LP_TIERS
                               ? "all tiers"
                               : lp_tier_name((lp_tier_t) args->tier));
        return NGX_CONF_ERROR;
    }

    if (policy->concurrency != (args->concurrency != 0)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_limit_policy \"%V\" was given \"%s\" "
                           "before, a policy has either \"rate\" or "
                           "\"concurrency\" on all its lines",
                           &policy->name,
                           policy->concurrency ? "concurrency" : "rate");
        return NGX_CONF_ERROR;
    }

    if (args->per != policy->per) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_limit_policy \"%V\" was given another "
                           "\"per\" before, it has to be the same for every "
                           "tier",
                           &policy->name);
        return NGX_CONF_ERROR;
    }

    policy->plan |= (args->plan != 0);
    policy->dry |= (args->dry != 0);
    numbers->set = 1;

    if (policy->concurrency) {
        numbers->quota = (int64_t) args->concurrency;
        return NGX_CONF_OK;
    }

    return ngx_http_partner_policy_rate(cf, policy, numbers, args);
}


/* A policy is of one kind: a bucket, or a number of calls in flight. */
static ngx_int_t
ngx_http_partner_policy_kind(ngx_conf_t *cf, const ngx_str_t *name,
                             const ngx_http_partner_policy_args_t *args)
{
    if ((args->tokens == 0) == (args->concurrency == 0)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_limit_policy \"%V\" needs rate=, which "
                           "is " NGX_HTTP_PARTNER_RATE_ALLOWED
                           ", or concurrency=, and not both",
                           name);
        return NGX_ERROR;
    }

    if (args->concurrency != 0 && (args->burst != 0 || args->plan != 0)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_limit_policy \"%V\": \"%s\" belongs to "
                           "rate=, allowed beside concurrency= are tier=, "
                           "per= and dry_run=",
                           name, args->burst != 0 ? "burst" : "plan");
        return NGX_ERROR;
    }

    return NGX_OK;
}


char *
ngx_http_partner_policy_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf)
{
    ngx_str_t                     *name;
    ngx_http_partner_policy_t     *policy;
    ngx_http_partner_main_conf_t  *pmcf = conf;
    ngx_http_partner_policy_args_t args;

    (void) cmd;

    name = (ngx_str_t *) cf->args->elts + 1;
    pmcf->used = 1;

    if (!ngx_http_partner_policy_name_valid(name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_limit_policy: invalid name \"%V\", "
                           "allowed are 1 to 63 letters, digits, \"_\" and "
                           "\"-\", but not \"off\"",
                           name);
        return NGX_CONF_ERROR;
    }

    ngx_memzero(&args, sizeof(args));
    args.tier = LP_TIERS;

    if (ngx_http_partner_options(cf, 2, ngx_http_partner_policy_options, &args)
        != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (args.per == NGX_HTTP_PARTNER_PER_CLIENT) {
        args.per = NGX_HTTP_PARTNER_PER_KEY; /* another word for it */
    }

    if (ngx_http_partner_policy_kind(cf, name, &args) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    policy = ngx_http_partner_policy_make(cf, pmcf, &args);

    if (policy == NULL) {
        return NGX_CONF_ERROR;
    }

    return ngx_http_partner_policy_set(cf, policy, &args);
}


static ngx_uint_t
ngx_http_partner_limit_has(const ngx_array_t               *limits,
                           const ngx_http_partner_policy_t *policy)
{
    ngx_uint_t                  i;
    ngx_http_partner_policy_t **it;

    if (limits == NULL) {
        return 0;
    }

    it = limits->elts;

    for (i = 0; i < limits->nelts; i++) {
        if (it[i] == policy) {
            return 1;
        }
    }

    return 0;
}


static ngx_int_t
ngx_http_partner_limit_apply(ngx_conf_t *cf, ngx_array_t **to,
                             ngx_http_partner_policy_t *policy)
{
    ngx_http_partner_policy_t **place;

    if (*to == NULL) {
        *to = ngx_array_create(cf->pool, cf->args->nelts - 1,
                               sizeof(ngx_http_partner_policy_t *));

        if (*to == NULL) {
            return NGX_ERROR;
        }
    }

    place = ngx_array_push(*to);

    if (place == NULL) {
        return NGX_ERROR;
    }

    *place = policy;

    return NGX_OK;
}


char *
ngx_http_partner_limit_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                 void *conf)
{
    ngx_str_t                    *args;
    ngx_uint_t                    i;
    ngx_array_t                 **to;
    ngx_http_partner_policy_t    *policy;
    ngx_http_partner_loc_conf_t  *plcf = conf;
    ngx_http_partner_main_conf_t *pmcf;

    (void) cmd;

    if (plcf->limits_set) {
        return "is duplicate";
    }

    plcf->limits_set = 1;
    args = cf->args->elts;
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    if (cf->args->nelts - 1 > NGX_HTTP_PARTNER_POLICIES) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_limit: %ui policies, at most %d are "
                           "allowed",
                           cf->args->nelts - 1, NGX_HTTP_PARTNER_POLICIES);
        return NGX_CONF_ERROR;
    }

    for (i = 1; i < cf->args->nelts; i++) {
        policy = ngx_http_partner_policy_find(pmcf, &args[i]);

        if (policy == NULL) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "partner_limit: unknown policy \"%V\", "
                               "allowed is \"off\" alone, or a name that a "
                               "partner_limit_policy above has defined",
                               &args[i]);
            return NGX_CONF_ERROR;
        }

        to = policy->concurrency ? &plcf->flights : &plcf->limits;

        if (ngx_http_partner_limit_has(*to, policy)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "partner_limit: policy \"%V\" is given twice",
                               &args[i]);
            return NGX_CONF_ERROR;
        }

        if (ngx_http_partner_limit_apply(cf, to, policy) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}
