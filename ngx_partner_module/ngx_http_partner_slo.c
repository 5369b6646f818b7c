/*
 * partner_slo: which calls an objective is about, and where its history is.
 */

#include "ngx_http_partner_option.h"
#include "ngx_http_partner_slo.h"


#define NGX_HTTP_PARTNER_SLO_SHARE 95000 /* of calls within the latency */

#define ngx_http_partner_in_slo(field) offsetof(ngx_http_partner_slo_t, field)


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_slo_options[] = {

    { ngx_string("tier"), ngx_http_partner_option_tiers,
      ngx_http_partner_in_slo(tiers), 0, 0,
      LP_TIERS_ALLOWED, NULL },

    { ngx_string("category"), ngx_http_partner_option_name,
      ngx_http_partner_in_slo(category), 0, 0,
      NGX_HTTP_PARTNER_NAME_ALLOWED, NULL },

    { ngx_string("partner"), ngx_http_partner_option_name,
      ngx_http_partner_in_slo(partner), 0, 0,
      NGX_HTTP_PARTNER_NAME_ALLOWED, NULL },

    { ngx_string("operation"), ngx_http_partner_option_name,
      ngx_http_partner_in_slo(operation), 0, 0,
      NGX_HTTP_PARTNER_NAME_ALLOWED, NULL },

    { ngx_string("latency"), ngx_http_partner_option_msec,
      ngx_http_partner_in_slo(latency), 1, 3600000,
      "a time with its unit, from 1ms to 1h", NULL },

    { ngx_string("share"), ngx_http_partner_option_percent,
      ngx_http_partner_in_slo(share), 1, LP_SLO_WHOLE - 1,
      NGX_HTTP_PARTNER_PERCENT_ALLOWED ", below 100%", NULL },

    { ngx_string("availability"), ngx_http_partner_option_percent,
      ngx_http_partner_in_slo(availability), 1, LP_SLO_WHOLE - 1,
      NGX_HTTP_PARTNER_PERCENT_ALLOWED ", below 100%", NULL },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


char *
ngx_http_partner_slo_directive(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t                      *args;
    ngx_uint_t                      i;
    ngx_http_partner_slo_t         *slo;
    ngx_http_partner_main_conf_t   *pmcf = conf;
    const ngx_http_partner_option_t name = { .name = ngx_null_string };

    (void) cmd;

    args = cf->args->elts;
    slo = pmcf->slos.elts;
    pmcf->used = 1;

    for (i = 0; i < pmcf->slos.nelts; i++) {
        if (slo[i].name.len == args[1].len
            && ngx_memcmp(slo[i].name.data, args[1].data, args[1].len) == 0) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "partner_slo \"%V\" is given twice", &args[1]);
            return NGX_CONF_ERROR;
        }
    }

    slo = ngx_array_push(&pmcf->slos);

    if (slo == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(slo, sizeof(ngx_http_partner_slo_t));
    slo->share = NGX_HTTP_PARTNER_SLO_SHARE;

    if (ngx_http_partner_option_name(cf, &args[1], &name, &slo->name)
        != NGX_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_slo: invalid name \"%V\", allowed "
                           "are " NGX_HTTP_PARTNER_NAME_ALLOWED,
                           &args[1]);
        return NGX_CONF_ERROR;
    }

    return ngx_http_partner_options(cf, 2, ngx_http_partner_slo_options, slo);
}


/* What is not said is what partner_tier promises, if that is one tier. */
static ngx_int_t
ngx_http_partner_slo_defaults(ngx_conf_t                   *cf,
                              ngx_http_partner_main_conf_t *pmcf,
                              ngx_http_partner_slo_t       *slo)
{
    ngx_uint_t i;

    for (i = 0; i < LP_TIERS; i++) {

        if (slo->tiers == (ngx_uint_t) 1 << i) {
            slo->latency
                = slo->latency ? slo->latency : pmcf->tiers[i].latency;
            slo->availability = slo->availability
                                    ? slo->availability
                                    : pmcf->tiers[i].availability;
        }
    }

    if (slo->latency == 0 || slo->availability == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_slo \"%V\": \"%s\" is missing, which only "
                           "an objective of a single tier takes from "
                           "partner_tier",
                           &slo->name,
                           slo->latency == 0 ? "latency=" : "availability=");
        return NGX_ERROR;
    }

    if (slo->availability == LP_SLO_WHOLE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_slo \"%V\": an availability of 100%% "
                           "leaves no budget, allowed is less",
                           &slo->name);
        return NGX_ERROR;
    }

    if (slo->tiers == 0) {
        slo->tiers = ((ngx_uint_t) 1 << LP_TIERS) - 1;
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_http_partner_slo_has_operation(const ngx_http_partner_main_conf_t *pmcf,
                                   const ngx_str_t                    *id)
{
    size_t                        k;
    ngx_str_t                    *name;
    ngx_uint_t                    i;
    ngx_http_partner_contract_t **contract;

    contract = pmcf->contracts.elts;

    for (i = 0; i < pmcf->contracts.nelts; i++) {
        for (k = 0; k < lp_contract_size(contract[i]->compiled); k++) {
            name = &contract[i]->operations[k].id;

            if (name->len == id->len
                && ngx_memcmp(name->data, id->data, id->len) == 0) {
                return 1;
            }
        }
    }

    return 0;
}


ngx_int_t
ngx_http_partner_slo_init(ngx_conf_t *cf, ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t              i;
    ngx_http_partner_slo_t *slo;

    slo = pmcf->slos.elts;

    for (i = 0; i < pmcf->slos.nelts; i++) {

        if (ngx_http_partner_slo_defaults(cf, pmcf, &slo[i]) != NGX_OK) {
            return NGX_ERROR;
        }

        if (slo[i].operation.len != 0
            && !ngx_http_partner_slo_has_operation(pmcf, &slo[i].operation)) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "partner_slo \"%V\": no partner_contract has "
                               "an operation \"%V\"",
                               &slo[i].name, &slo[i].operation);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* 0 for a condition that is not set. */
static ngx_int_t
ngx_http_partner_slo_intern(ngx_http_partner_main_conf_t *pmcf,
                            const ngx_str_t *name, ngx_partner_name_t *ref)
{
    if (name->len == 0) {
        *ref = 0;
        return NGX_OK;
    }

    *ref = ngx_partner_names_intern(&pmcf->zone->shared->names,
                                    (char *) name->data, name->len);

    return (*ref != 0) ? NGX_OK : NGX_ERROR;
}


/*
 * Its room may still be another's, who goes on until the configuration is
 * accepted.  NULL: those of this one alone need more than there is.
 */
static ngx_partner_slo_t *
ngx_http_partner_slo_new(ngx_http_partner_main_conf_t *pmcf,
                         const ngx_str_t *name, ngx_partner_slo_t *const *kept,
                         ngx_log_t *log)
{
    ngx_partner_slo_t  *history;
    ngx_partner_slos_t *slos;

    slos = &pmcf->zone->shared->slos;
    history = ngx_partner_slos_add(slos, name->data, name->len);

    if (history == NULL) {
        history = ngx_partner_slos_oldest(slos, kept, pmcf->slos.nelts);
    }

    if (history == NULL) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "partner_slo \"%V\": the zone has room for %uD "
                      "objectives, it needs to be larger",
                      name, slos->size);
    }

    return history;
}


/* The histories of this configuration, those it knows before the new ones. */
static ngx_int_t
ngx_http_partner_slo_histories(ngx_http_partner_main_conf_t *pmcf,
                               ngx_partner_slo_t **kept, ngx_log_t *log)
{
    ngx_uint_t              i;
    ngx_http_partner_slo_t *slo;

    slo = pmcf->slos.elts;

    for (i = 0; i < pmcf->slos.nelts; i++) {
        kept[i] = ngx_partner_slos_find(&pmcf->zone->shared->slos,
                                        slo[i].name.data, slo[i].name.len);
    }

    for (i = 0; i < pmcf->slos.nelts; i++) {

        if (kept[i] == NULL) {
            kept[i] = ngx_http_partner_slo_new(pmcf, &slo[i].name, kept, log);
        }

        if (kept[i] == NULL) {
            return NGX_ABORT; /* which was logged */
        }

        slo[i].history = kept[i];
    }

    return NGX_OK;
}


ngx_int_t
ngx_http_partner_slo_bind(ngx_http_partner_main_conf_t *pmcf, ngx_log_t *log)
{
    ngx_int_t               rc;
    ngx_uint_t              i;
    ngx_partner_slo_t     **kept;
    ngx_http_partner_slo_t *slo;

    slo = pmcf->slos.elts;

    for (i = 0; i < pmcf->slos.nelts; i++) {

        if (ngx_http_partner_slo_intern(pmcf, &slo[i].category,
                                        &slo[i].category_ref)
                != NGX_OK
            || ngx_http_partner_slo_intern(pmcf, &slo[i].partner,
                                           &slo[i].partner_ref)
                   != NGX_OK
            || ngx_http_partner_slo_intern(pmcf, &slo[i].operation,
                                           &slo[i].operation_ref)
                   != NGX_OK) {
            return NGX_ERROR;
        }
    }

    kept = ngx_alloc((pmcf->slos.nelts + 1) * sizeof(*kept), log);

    if (kept == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_http_partner_slo_histories(pmcf, kept, log);
    ngx_free(kept);

    return rc;
}


static void
ngx_http_partner_slo_take_one(const ngx_http_partner_slo_t *slo,
                              const ngx_partner_slos_t *slos, ngx_log_t *log)
{
    ngx_partner_slo_t *history;

    history = slo->history;

    if (history->name_len == slo->name.len
        && ngx_memcmp(history->name, slo->name.data, slo->name.len) == 0) {
        return;
    }

    if (lp_slo_last(&history->slots) != 0) {
        ngx_log_error(NGX_LOG_WARN, log, 0,
                      "partner_slo \"%V\" takes the room of \"%*s\", which "
                      "the configuration no longer has and whose history is "
                      "lost: the zone has room for %uD",
                      &slo->name, (size_t) history->name_len, history->name,
                      slos->size);
    }

    ngx_partner_slo_begin(history, slo->name.data, slo->name.len);
}


void
ngx_http_partner_slo_take(ngx_cycle_t *cycle)
{
    ngx_uint_t                    i;
    ngx_http_partner_slo_t       *slo;
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_partner_module);

    if (pmcf == NULL || pmcf->slos.nelts == 0) {
        return;
    }

    slo = pmcf->slos.elts;
    ngx_partner_zone_lock(pmcf->zone);

    for (i = 0; i < pmcf->slos.nelts; i++) {
        ngx_http_partner_slo_take_one(&slo[i], &pmcf->zone->shared->slos,
                                      cycle->log);
        slo[i].begun = slo[i].history->begun;
    }

    ngx_partner_zone_unlock(pmcf->zone);
}


/*
 * NULL: what is counted ends with the memory.  It matters not whether this
 * configuration has objectives: the next may have those of the one before.
 */
static const ngx_str_t *
ngx_http_partner_slo_directory(const ngx_http_partner_main_conf_t *pmcf)
{
    return (pmcf->journal_conf != NULL
            && pmcf->journal_conf->snapshots.len != 0)
               ? &pmcf->journal_conf->snapshots
               : NULL;
}


void
ngx_http_partner_slo_restore(ngx_http_partner_main_conf_t *pmcf,
                             ngx_log_t                    *log)
{
    const ngx_str_t *directory;

    directory = ngx_http_partner_slo_directory(pmcf);

    if (directory != NULL && !ngx_test_config) {
        ngx_partner_slos_load(&pmcf->zone->shared->slos, directory, log);
    }
}


void
ngx_http_partner_slo_save(ngx_http_partner_main_conf_t *pmcf, ngx_log_t *log)
{
    const ngx_str_t *directory;

    directory = ngx_http_partner_slo_directory(pmcf);

    if (directory == NULL || pmcf->zone->shared->slos.n == 0) {
        return;
    }

    ngx_partner_zone_lock(pmcf->zone);
    ngx_partner_slos_sweep(&pmcf->zone->shared->slos, ngx_time());
    ngx_partner_zone_unlock(pmcf->zone);

    ngx_partner_slos_save(&pmcf->zone->shared->slos, directory, log);
}
