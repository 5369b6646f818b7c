/*
 * The directives of the http block that stand alone: zone, registry,
 * tiers.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_option.h"
#include "ngx_http_partner_limit.h"
#include "ngx_http_partner_overload.h"
#include "ngx_http_partner_pepper.h"
#include "ngx_http_partner_slo.h"


static const ngx_str_t ngx_http_partner_modes[]
    = { ngx_string("local"), ngx_string("strict"), ngx_string("lease"),
        ngx_null_string };

static const ngx_str_t ngx_http_partner_on_errors[]
    = { ngx_string("deny"), ngx_string("local"), ngx_string("allow"),
        ngx_null_string };

#define ngx_http_partner_in_tier(field)                                       \
    offsetof(ngx_http_partner_tier_t, field)


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_tier_options[] = {

    { ngx_string("latency"), ngx_http_partner_option_msec,
      ngx_http_partner_in_tier(latency), 1, 3600000,
      "a time with its unit, from 1ms to 1h", NULL },

    { ngx_string("availability"), ngx_http_partner_option_percent,
      ngx_http_partner_in_tier(availability), 1, 100000,
      NGX_HTTP_PARTNER_PERCENT_ALLOWED ", up to 100%", NULL },

    { ngx_string("limit_mode"), ngx_http_partner_option_word,
      ngx_http_partner_in_tier(mode), 0, 0,
      "local, strict or lease", ngx_http_partner_modes },

    { ngx_string("on_redis_error"), ngx_http_partner_option_word,
      ngx_http_partner_in_tier(on_error), 0, 0,
      "deny, local or allow", ngx_http_partner_on_errors },

    { ngx_string("revocation_lease"), ngx_http_partner_option_msec,
      ngx_http_partner_in_tier(lease), 100, 3600000,
      "a time with its unit, from 100ms to 1h", NULL },

    { ngx_string("stale"), ngx_http_partner_option_msec,
      ngx_http_partner_in_tier(stale), 0, NGX_HTTP_PARTNER_STALE_MAX,
      "0, or a time with its unit up to 1d", NULL },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


/*
 * Names of the configuration belong into the zone, which is there only now;
 * its lock is held.  All are tried: that room is missing is logged once, by the
 * caller for NGX_ERROR.
 */
static ngx_int_t
ngx_http_partner_zone_bind(ngx_http_partner_main_conf_t *pmcf, ngx_log_t *log)
{
    ngx_int_t                   rc, bound;
    ngx_uint_t                  i;
    ngx_partner_names_t        *names;
    ngx_http_partner_policy_t **policy;

    rc = NGX_OK;
    names = &pmcf->zone->shared->names;
    policy = pmcf->policies.elts;

    for (i = 0; i < pmcf->policies.nelts; i++) {
        policy[i]->ref = ngx_partner_names_intern(
            names, (char *) policy[i]->name.data, policy[i]->name.len);

        if (policy[i]->ref == 0) {
            rc = NGX_ERROR;
        }
    }

    if (ngx_http_partner_contract_bind(pmcf) != NGX_OK
        || ngx_http_partner_overload_bind(pmcf) != NGX_OK
        || ngx_http_partner_ramp_bind(pmcf) != NGX_OK) {
        rc = NGX_ERROR;
    }

    if (pmcf->registry != NULL
        && ngx_partner_registry_bind(pmcf->registry, names) != NGX_OK) {
        rc = NGX_ERROR;
    }

    bound = ngx_http_partner_slo_bind(pmcf, log);

    return (rc == NGX_OK) ? bound : rc;
}


static ngx_int_t
ngx_http_partner_zone_init(ngx_shm_zone_t *shm_zone, void *data)
{
    ngx_int_t                     made, rc;
    ngx_partner_zone_t           *zone;
    ngx_http_partner_main_conf_t *pmcf, *old;

    pmcf = shm_zone->data;
    old = data;
    zone = pmcf->zone;

    made = ngx_partner_zone_init(zone, shm_zone,
                                 old != NULL ? old->zone : NULL);

    if (made == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (ngx_http_partner_journal_open(pmcf, shm_zone->shm.log) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_partner_zone_lock(zone);
    rc = ngx_http_partner_zone_bind(pmcf, shm_zone->shm.log);
    ngx_partner_zone_unlock(zone);

    if (made == NGX_DECLINED && rc == NGX_OK) {
        ngx_http_partner_slo_restore(pmcf, shm_zone->shm.log);
    }

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_EMERG, shm_zone->shm.log, 0,
                      "partner_zone \"%V\" has no room for the names in the "
                      "configuration, it needs to be larger",
                      &shm_zone->shm.name);
    }

    return rc;
}


/* The zone of the configuration that runs, NULL where there is none. */
static ngx_shm_zone_t *
ngx_http_partner_zone_before(const ngx_conf_t *cf)
{
    ngx_uint_t       i;
    ngx_shm_zone_t  *zone;
    ngx_list_part_t *part;

    part = &cf->cycle->old_cycle->shared_memory.part;

    for (/* void */; part != NULL; part = part->next) {
        zone = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (zone[i].tag == &ngx_http_partner_module
                && zone[i].init == ngx_http_partner_zone_init) {
                return &zone[i];
            }
        }
    }

    return NULL;
}


/*
 * A zone of another size would be a new one: on reload that throws away what
 * is counted.  One of another name is meant to be new, and costs the same.
 */
static ngx_int_t
ngx_http_partner_zone_follows(ngx_conf_t *cf, const ngx_str_t *name,
                              size_t size)
{
    const ngx_shm_zone_t *before;

    before = ngx_http_partner_zone_before(cf);

    if (before == NULL) {
        return NGX_OK;
    }

    if (before->shm.name.len != name->len
        || ngx_memcmp(before->shm.name.data, name->data, name->len) != 0) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "partner_zone \"%V\" takes the place of \"%V\": "
                           "what that holds is lost, which is cached keys, "
                           "local buckets, leases, metrics, objectives and, "
                           "without partner_journal, usage that was not "
                           "published",
                           name, &before->shm.name);
        return NGX_OK;
    }

    if (before->shm.size == size) {
        return NGX_OK;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "partner_zone \"%V\" has %uz bytes, and another size "
                       "would lose what it counts: restart nginx, or leave it "
                       "so",
                       name, before->shm.size);

    return NGX_ERROR;
}


char *
ngx_http_partner_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ssize_t                       size;
    ngx_str_t                    *args, name;
    ngx_shm_zone_t               *shm_zone;
    ngx_http_partner_main_conf_t *pmcf = conf;

    (void) cmd;

    if (pmcf->zone != NULL) {
        return "is duplicate";
    }

    args = cf->args->elts;

    if (ngx_http_partner_option_zone(&args[1], NGX_PARTNER_ZONE_MIN, &name,
                                     &size)
        != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_zone: invalid zone \"%V\", allowed is "
                           "zone=NAME:SIZE with at least 1m, such as "
                           "zone=partners:64m",
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_partner_zone_follows(cf, &name, (size_t) size) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    pmcf->zone = ngx_pcalloc(cf->pool, sizeof(ngx_partner_zone_t));

    if (pmcf->zone == NULL) {
        return NGX_CONF_ERROR;
    }

    shm_zone
        = ngx_shared_memory_add(cf, &name, size, &ngx_http_partner_module);

    if (shm_zone == NULL
        || ngx_partner_memory_create(&pmcf->zone->memory, cf,
                                     NGX_PARTNER_ZONE_OF_ALL, &name)
               != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (shm_zone->data != NULL) {
        return "has the name of another zone";
    }

    shm_zone->init = ngx_http_partner_zone_init;
    shm_zone->data = pmcf;
    pmcf->used = 1;

    return NGX_CONF_OK;
}


char *
ngx_http_partner_keys_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                    *args, path;
    ngx_http_partner_main_conf_t *pmcf = conf;

    (void) cmd;

    if (pmcf->registry != NULL) {
        return "is duplicate";
    }

    args = cf->args->elts;
    path = args[1];
    pmcf->used = 1;

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK
        || ngx_http_partner_pepper_default(cf, pmcf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    pmcf->registry = ngx_partner_registry_load(cf, &path, pmcf->peppers);

    return (pmcf->registry != NULL) ? NGX_CONF_OK : NGX_CONF_ERROR;
}


char *
ngx_http_partner_tier_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    lp_tier_t                     number;
    ngx_str_t                    *args;
    ngx_http_partner_tier_t      *tier;
    ngx_http_partner_main_conf_t *pmcf = conf;

    (void) cmd;

    args = cf->args->elts;
    number = lp_tier_parse((char *) args[1].data, args[1].len);

    if (number == LP_TIERS) {
        ngx_conf_log_error(
            NGX_LOG_EMERG, cf, 0,
            "partner_tier: unknown tier \"%V\", allowed are " LP_TIER_ALLOWED,
            &args[1]);
        return NGX_CONF_ERROR;
    }

    tier = &pmcf->tiers[number];

    if (tier->set) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_tier \"%s\" is given twice",
                           lp_tier_name(number));
        return NGX_CONF_ERROR;
    }

    tier->set = 1;
    pmcf->used = 1;

    return ngx_http_partner_options(cf, 2, ngx_http_partner_tier_options,
                                    tier);
}
