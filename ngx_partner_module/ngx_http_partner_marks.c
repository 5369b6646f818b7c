/*
 * What a contract marks with x-pii, joined to the profiles: each operation has
 * a profile of its own for each that may hold for a caller.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_redact.h"


/*
 * Where nobody chose a profile, not even "off", the strictest holds for what
 * the contract marks, and the other operations are left alone.
 */
ngx_int_t
ngx_http_partner_marks_default(ngx_conf_t                  *cf,
                               ngx_http_partner_loc_conf_t *conf)
{
    ngx_http_partner_main_conf_t *pmcf;

    static const ngx_str_t name = ngx_string("x-pii");

    if (conf->redact_set || conf->redact != NULL || conf->contract == NULL
        || !conf->contract->marked) {
        return NGX_OK;
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);

    if (pmcf->marked == NULL) {
        pmcf->marked = ngx_http_partner_profile_add(cf, pmcf, &name);
    }

    conf->redact = pmcf->marked;
    conf->redact_marks = 1;

    return conf->redact != NULL ? NGX_OK : NGX_ERROR;
}


/* The profile's own paths stand before those of marks, and so go first. */
static lp_redact_profile_t *
ngx_http_partner_marks_join(ngx_conf_t                         *cf,
                            const ngx_http_partner_profile_t   *profile,
                            const ngx_http_partner_operation_t *op)
{
    size_t               i;
    lp_error_t           err;
    const lp_pii_rule_t *rule;
    lp_redact_profile_t *joined;

    joined = ngx_palloc(cf->pool, lp_redact_profile_size());

    if (joined == NULL) {
        return NULL;
    }

    lp_redact_profile_copy(joined, profile->profile);

    for (i = 0; i < op->declared->pii.n; i++) {
        rule = &op->declared->pii.rules[i];

        if (lp_redact_profile_mark(joined, rule->path, rule->class, &err)
            != LP_OK) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "partner_redact_profile \"%V\" cannot take the "
                          "x-pii at \"%s\" of the operation \"%V\": %s",
                          &profile->name, rule->path, &op->id, err.text);
            return NULL;
        }
    }

    return joined;
}


static ngx_int_t
ngx_http_partner_marks_operation(ngx_conf_t                         *cf,
                                 const ngx_http_partner_main_conf_t *pmcf,
                                 ngx_http_partner_operation_t       *op)
{
    ngx_uint_t                   i;
    ngx_http_partner_profile_t **profile;

    if (op->declared->pii.n == 0) {
        return NGX_OK;
    }

    /* joined now, so that a call costs no more than one without marks */
    op->marked = ngx_pcalloc(cf->pool, pmcf->profiles.nelts
                                           * sizeof(lp_redact_profile_t *));

    if (op->marked == NULL) {
        return NGX_ERROR;
    }

    profile = pmcf->profiles.elts;

    for (i = 0; i < pmcf->profiles.nelts; i++) {
        op->marked[i] = ngx_http_partner_marks_join(cf, profile[i], op);

        if (op->marked[i] == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* Whether some operation of the contract bears a mark of the class. */
static ngx_uint_t
ngx_http_partner_marks_has(const ngx_http_partner_contract_t *contract,
                           const char *class)
{
    size_t                i, k;
    const lp_operation_t *op;

    for (k = 0; k < lp_contract_size(contract->compiled); k++) {
        op = contract->operations[k].declared;

        for (i = 0; i < op->pii.n; i++) {

            if (ngx_strcmp(op->pii.rules[i].class, class) == 0) {
                return 1;
            }
        }
    }

    return 0;
}


/* A class that no contract knows is most likely one that is misspelt. */
static ngx_int_t
ngx_http_partner_marks_check(ngx_conf_t                         *cf,
                             const ngx_http_partner_main_conf_t *pmcf,
                             const ngx_http_partner_profile_t   *profile)
{
    size_t     i;
    ngx_uint_t k;
    const char *class;
    ngx_http_partner_contract_t *const *contract;

    contract = pmcf->contracts.elts;

    for (i = 0;; i++) {
        class = lp_redact_profile_marks(profile->profile, i);

        if (class == NULL) {
            return NGX_OK;
        }

        if (*class == '\0') {
            continue;
        }

        for (k = 0; k < pmcf->contracts.nelts; k++) {

            if (ngx_http_partner_marks_has(contract[k], class)) {
                break;
            }
        }

        if (k == pmcf->contracts.nelts) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "partner_redact_profile \"%V\" has a rule for "
                          "\"x-pii:%s\", but no partner_contract marks "
                          "anything with that class",
                          &profile->name, class);
            return NGX_ERROR;
        }
    }
}


ngx_int_t
ngx_http_partner_marks_compile(ngx_conf_t                   *cf,
                               ngx_http_partner_main_conf_t *pmcf)
{
    size_t                        k;
    ngx_uint_t                    i;
    ngx_http_partner_profile_t  **profile;
    ngx_http_partner_contract_t **contract;

    profile = pmcf->profiles.elts;

    for (i = 0; i < pmcf->profiles.nelts; i++) {

        if (ngx_http_partner_marks_check(cf, pmcf, profile[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    contract = pmcf->contracts.elts;

    for (i = 0; i < pmcf->contracts.nelts; i++) {

        for (k = 0; k < lp_contract_size(contract[i]->compiled); k++) {

            if (ngx_http_partner_marks_operation(cf, pmcf,
                                                 &contract[i]->operations[k])
                != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


const lp_redact_profile_t *
ngx_http_partner_marks_apply(const ngx_http_partner_profile_t   *profile,
                             const ngx_http_partner_operation_t *op)
{
    return op == NULL || op->marked == NULL ? profile->profile
                                            : op->marked[profile->index];
}
