/*
 * Who sees what: partner_redact and partner_redact_for, and which profile they
 * give to the one who calls.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_redact.h"


#define ngx_http_partner_in_loc(field)                                        \
    offsetof(ngx_http_partner_loc_conf_t, field)


/* The default and that of a line, in locations of one contract. */
typedef struct {
    ngx_http_partner_profile_t        *least;
    ngx_http_partner_profile_t        *line;
    const ngx_http_partner_contract_t *contract; /* NULL: of any, or none */
} ngx_http_partner_redact_pair_t;


/* A profile by name, or NULL for "off", into `profile`. */
static ngx_int_t
ngx_http_partner_redact_named(ngx_conf_t *cf, ngx_str_t *args,
                              ngx_http_partner_profile_t **profile)
{
    ngx_http_partner_main_conf_t *pmcf;

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;
    *profile = ngx_http_partner_profile_find(pmcf, &args[1]);

    if (*profile == NULL && ngx_strcmp(args[1].data, "off") != 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "%V: unknown profile \"%V\", allowed is \"off\" "
                           "or a name that a partner_redact_profile above "
                           "has defined",
                           &args[0], &args[1]);
        return NGX_ERROR;
    }

    return NGX_OK;
}


char *
ngx_http_partner_redact_for_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                      void *conf)
{
    ngx_str_t                      *args;
    ngx_uint_t                      i;
    lp_error_t                      err;
    ngx_http_partner_loc_conf_t    *plcf = conf;
    ngx_http_partner_redact_rule_t *rule;

    (void) cmd;

    args = cf->args->elts;

    if (plcf->redact_rules == NULL) {
        plcf->redact_rules = ngx_array_create(
            cf->pool, 4, sizeof(ngx_http_partner_redact_rule_t));

        if (plcf->redact_rules == NULL) {
            return NGX_CONF_ERROR;
        }
    }

    rule = ngx_array_push(plcf->redact_rules);

    if (rule == NULL) {
        return NGX_CONF_ERROR;
    }

    ngx_memzero(rule, sizeof(ngx_http_partner_redact_rule_t));

    if (ngx_http_partner_redact_named(cf, args, &rule->profile) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (lp_redact_for_add(&rule->whom, (char *) args[i].data, args[i].len,
                              &err)
            != LP_OK) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%V: %s", &args[0],
                               err.text);
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* What becomes of bodies that are not one JSON text. */
static ngx_int_t
ngx_http_partner_redact_body(ngx_conf_t *cf, const ngx_str_t *value,
                             ngx_http_partner_loc_conf_t *plcf)
{
    ngx_uint_t i;

    static const struct {
        ngx_str_t  text;
        size_t     field;
        ngx_uint_t value;
    } words[] = {
        { ngx_string("other=refuse"), ngx_http_partner_in_loc(redact_other),
          0 },
        { ngx_string("other=pass"), ngx_http_partner_in_loc(redact_other), 1 },
        { ngx_string("streams=redact"),
          ngx_http_partner_in_loc(redact_no_streams), 0 },
        { ngx_string("streams=refuse"),
          ngx_http_partner_in_loc(redact_no_streams), 1 },
    };

    for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {

        if (value->len == words[i].text.len
            && ngx_memcmp(value->data, words[i].text.data, value->len) == 0) {
            *(ngx_uint_t *) ((u_char *) plcf + words[i].field)
                = words[i].value;
            return NGX_OK;
        }
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "partner_redact: invalid parameter \"%V\", allowed "
                       "is other=refuse or other=pass, and "
                       "streams=redact or streams=refuse",
                       value);

    return NGX_ERROR;
}


char *
ngx_http_partner_redact_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                  void *conf)
{
    ngx_str_t                   *args;
    ngx_uint_t                   i;
    ngx_http_partner_loc_conf_t *plcf = conf;

    (void) cmd;

    if (plcf->redact_set) {
        return "is duplicate";
    }

    plcf->redact_set = 1;
    args = cf->args->elts;

    if (ngx_http_partner_redact_named(cf, args, &plcf->redact) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (plcf->redact == NULL && cf->args->nelts > 2) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact: \"off\" stands alone, not with "
                           "\"%V\"",
                           &args[2]);
        return NGX_CONF_ERROR;
    }

    for (i = 2; i < cf->args->nelts; i++) {

        if (ngx_http_partner_redact_body(cf, &args[i], plcf) != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


/* As every location inherits the same lines, each pair is kept once. */
static ngx_int_t
ngx_http_partner_redact_pair(ngx_conf_t                    *cf,
                             ngx_http_partner_main_conf_t  *pmcf,
                             ngx_http_partner_redact_pair_t wanted)
{
    ngx_uint_t                      i;
    ngx_http_partner_redact_pair_t *pair;

    if (pmcf->pairs == NULL) {
        pmcf->pairs = ngx_array_create(cf->pool, 4, sizeof(wanted));

        if (pmcf->pairs == NULL) {
            return NGX_ERROR;
        }
    }

    pair = pmcf->pairs->elts;

    for (i = 0; i < pmcf->pairs->nelts; i++) {

        if (pair[i].least == wanted.least && pair[i].line == wanted.line
            && pair[i].contract == wanted.contract) {
            return NGX_OK;
        }
    }

    pair = ngx_array_push(pmcf->pairs);

    if (pair == NULL) {
        return NGX_ERROR;
    }

    *pair = wanted;

    return NGX_OK;
}


/* A call that is redirected to where nothing is marked keeps its operation. */
static ngx_int_t
ngx_http_partner_redact_pairs(ngx_conf_t                        *cf,
                              const ngx_http_partner_loc_conf_t *conf)
{
    ngx_uint_t                            i;
    ngx_http_partner_main_conf_t         *pmcf;
    ngx_http_partner_redact_pair_t        pair;
    const ngx_http_partner_redact_rule_t *rule;

    if (conf->redact_rules == NULL) {
        return NGX_OK;
    }

    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    rule = conf->redact_rules->elts;
    pair.least = conf->redact;
    pair.contract = conf->contract != NULL && conf->contract->marked
                        ? conf->contract
                        : NULL;

    for (i = 0; i < conf->redact_rules->nelts; i++) {
        pair.line = rule[i].profile;

        if (pair.line != NULL
            && ngx_http_partner_redact_pair(cf, pmcf, pair) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* `op` NULL: where nothing is marked. */
static ngx_int_t
ngx_http_partner_redact_compare(ngx_conf_t                           *cf,
                                const ngx_http_partner_redact_pair_t *pair,
                                const ngx_http_partner_operation_t   *op)
{
    lp_error_t err;
    ngx_str_t  in = ngx_null_string;

    if (lp_redact_profile_covers(ngx_http_partner_marks_apply(pair->least, op),
                                 ngx_http_partner_marks_apply(pair->line, op),
                                 &err)
        == LP_OK) {
        return NGX_OK;
    }

    if (op != NULL) {
        in = op->id;
    }

    ngx_log_error(
        NGX_LOG_EMERG, cf->log, 0,
        "partner_redact \"%V\" may show more than partner_redact_for "
        "\"%V\", which has %s%s%V%s; who meets no line has to see "
        "the least",
        &pair->least->name, &pair->line->name, err.text,
        op != NULL ? " in the operation \"" : "", &in, op != NULL ? "\"" : "");

    return NGX_ERROR;
}


static ngx_int_t
ngx_http_partner_redact_compare_in(ngx_conf_t                           *cf,
                                   const ngx_http_partner_redact_pair_t *pair,
                                   const ngx_http_partner_contract_t *contract)
{
    size_t                              i;
    const ngx_http_partner_operation_t *op;

    if (pair->contract != NULL && pair->contract != contract) {
        return NGX_OK;
    }

    for (i = 0; i < lp_contract_size(contract->compiled); i++) {
        op = &contract->operations[i];

        if (op->marked != NULL
            && ngx_http_partner_redact_compare(cf, pair, op) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/*
 * Whoever meets no line, and nobody at all, sees the least: where a line would
 * hide more, a slip of the pen in it would show that to the caller it is for.
 */
ngx_int_t
ngx_http_partner_redact_order(ngx_conf_t                         *cf,
                              const ngx_http_partner_main_conf_t *pmcf)
{
    ngx_uint_t                            i, k, n;
    ngx_http_partner_contract_t *const   *contract;
    const ngx_http_partner_redact_pair_t *pair;

    n = pmcf->pairs == NULL ? 0 : pmcf->pairs->nelts;
    pair = n > 0 ? pmcf->pairs->elts : NULL;
    contract = pmcf->contracts.elts;

    for (i = 0; i < n; i++) {

        if (ngx_http_partner_redact_compare(cf, &pair[i], NULL) != NGX_OK) {
            return NGX_ERROR;
        }

        for (k = 0; k < pmcf->contracts.nelts; k++) {

            if (ngx_http_partner_redact_compare_in(cf, &pair[i], contract[k])
                != NGX_OK) {
                return NGX_ERROR;
            }
        }
    }

    return NGX_OK;
}


/*
 * Rules belong to the partner_redact of their level: a location that says
 * itself what is redacted there is not opened by a rule from outside.
 */
ngx_int_t
ngx_http_partner_redact_merge(ngx_conf_t                  *cf,
                              ngx_http_partner_loc_conf_t *conf,
                              ngx_http_partner_loc_conf_t *prev)
{
    if (!conf->redact_set) {
        conf->redact_set = prev->redact_set;
        conf->redact = prev->redact;
        conf->redact_marks = prev->redact_marks;
        conf->redact_other = prev->redact_other;
        conf->redact_no_streams = prev->redact_no_streams;

        if (conf->redact_rules == NULL) {
            conf->redact_rules = prev->redact_rules;
        }
    }

    if (conf->redact_rules != NULL && conf->redact == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_for without a profile in "
                           "partner_redact: who meets no rule would see "
                           "everything");
        return NGX_ERROR;
    }

    return ngx_http_partner_redact_pairs(cf, conf) == NGX_OK
               ? ngx_http_partner_marks_default(cf, conf)
               : NGX_ERROR;
}


static lp_redact_text_t
ngx_http_partner_redact_text(ngx_http_partner_call_t *call,
                             ngx_partner_name_t       name)
{
    ngx_str_t        text;
    lp_redact_text_t known;

    text = ngx_partner_names_get(&call->pmcf->zone->shared->names, name);
    known.text = (char *) text.data;
    known.len = text.len;

    return known;
}


/* The first line that the caller meets decides. */
static ngx_http_partner_profile_t *
ngx_http_partner_redact_chosen(const ngx_http_partner_loc_conf_t *plcf,
                               ngx_http_partner_call_t           *call)
{
    ngx_uint_t                            i;
    lp_redact_caller_t                    caller;
    const ngx_partner_principal_t        *p = &call->principal;
    const ngx_http_partner_redact_rule_t *rule;

    caller.tier = p->tier;
    caller.category = ngx_http_partner_redact_text(call, p->category);
    caller.partner = ngx_http_partner_redact_text(call, p->partner);
    caller.application = ngx_http_partner_redact_text(call, p->application);
    caller.scopes = ngx_http_partner_redact_text(call, p->scopes);

    rule = plcf->redact_rules->elts;

    for (i = 0; i < plcf->redact_rules->nelts; i++) {

        if (lp_redact_for_met(&rule[i].whom, &caller)) {
            return rule[i].profile;
        }
    }

    return plcf->redact;
}


/*
 * Stages run neither for a subrequest nor where nobody is authenticated; but
 * marks are of the answer, whoever has asked for it: its own address counts.
 * Where the contract has none such, as for a file that an upstream leads to,
 * the operation stays.
 */
ngx_int_t
ngx_http_partner_redact_operation(ngx_http_request_t                *r,
                                  const ngx_http_partner_loc_conf_t *plcf,
                                  const ngx_http_partner_call_t     *call,
                                  ngx_http_partner_operation_t     **op)
{
    ngx_uint_t                    led;
    const char                   *allow;
    ngx_http_partner_verdict_t    verdict;
    ngx_http_partner_operation_t *found;

    if (r != r->main) {
        call = NULL;
    }

    *op = call != NULL ? call->operation : NULL;

    if (plcf->contract == NULL || !plcf->contract->marked
        || (call != NULL && call->location == plcf)) {
        return NGX_OK;
    }

    led = *op != NULL && call->location->contract == plcf->contract;
    verdict
        = ngx_http_partner_operation_find(r, plcf->contract, &found, &allow);

    if (found != NULL || !led) {
        *op = found;
    }

    return verdict == NGX_HTTP_PARTNER_PASSED || led ? NGX_OK : NGX_DECLINED;
}


ngx_http_partner_profile_t *
ngx_http_partner_redact_profile(const ngx_http_partner_loc_conf_t  *plcf,
                                ngx_http_partner_call_t            *call,
                                const ngx_http_partner_operation_t *op)
{
    if (plcf->redact_marks && (op == NULL || op->marked == NULL)) {
        return NULL;
    }

    return plcf->redact_rules == NULL || call == NULL || !call->identified
               ? plcf->redact
               : ngx_http_partner_redact_chosen(plcf, call);
}
