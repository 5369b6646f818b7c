/*
 * What a contract marks with x-pii, joined to the profiles: each operation has
 * a profile of its own for each that may hold for a caller.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_redact.h"


static const ngx_str_t ngx_http_partner_mark_target = ngx_string("x-pii");


/* A field called like that would be a slip of the pen. */
static ngx_uint_t
ngx_http_partner_marks_meant(const ngx_str_t *rule)
{
    return rule->len >= ngx_http_partner_mark_target.len
           && (rule->data[0] | 0x20) == 'x'
           && ngx_strchr("-_", rule->data[1]) != NULL
           && ngx_strncasecmp(rule->data + 2, (u_char *) "pii", 3) == 0;
}


/* Whether what stands before the equals sign is "x-pii" or "x-pii:class". */
static ngx_uint_t
ngx_http_partner_marks_target(const ngx_str_t *rule, const u_char *equal)
{
    size_t len;

    if (equal == NULL
        || ngx_strncmp(rule->data, ngx_http_partner_mark_target.data,
                       ngx_http_partner_mark_target.len)
               != 0) {
        return 0;
    }

    len = equal - rule->data - ngx_http_partner_mark_target.len;

    return len == 0
           || (rule->data[ngx_http_partner_mark_target.len] == ':'
               && lp_pii_class_valid((char *) equal - len + 1, len - 1));
}


/* Whether a rule before this one, which is the last, is for its class. */
static ngx_uint_t
ngx_http_partner_marks_twice(const ngx_array_t             *rules,
                             const ngx_http_partner_mark_t *mark)
{
    const ngx_http_partner_mark_t *other;

    for (other = rules->elts; other < mark; other++) {

        if (other->class.len == mark->class.len
            && ngx_memcmp(other->class.data, mark->class.data, mark->class.len)
                   == 0) {
            return 1;
        }
    }

    return 0;
}


/* "x-pii=action" or "x-pii:class=action". */
ngx_int_t
ngx_http_partner_marks_rule(ngx_conf_t                 *cf,
                            ngx_http_partner_profile_t *profile,
                            ngx_str_t                  *rule)
{
    u_char                  *p, *equal, *end;
    lp_error_t               err;
    ngx_http_partner_mark_t *mark;

    if (!ngx_http_partner_marks_meant(rule)) {
        return NGX_DECLINED;
    }

    p = rule->data + ngx_http_partner_mark_target.len;
    end = rule->data + rule->len;
    equal = ngx_strlchr(rule->data, end, '=');

    if (!ngx_http_partner_marks_target(rule, equal)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile: invalid rule \"%V\", "
                           "allowed is x-pii=ACTION or x-pii:CLASS=ACTION "
                           "with a class of 1 to %d letters, digits, _ and -",
                           rule, LP_PII_CLASS);
        return NGX_ERROR;
    }

    mark = ngx_array_push(&profile->marks);

    if (mark == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(mark, sizeof(ngx_http_partner_mark_t));
    mark->class.data = ngx_min(p + 1, equal);
    mark->class.len = equal - mark->class.data;
    mark->seen = (end - equal == 5 && ngx_strncmp(equal, "=pass", 5) == 0);

    if (ngx_http_partner_marks_twice(&profile->marks, mark)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile: rule \"%V\" is for a "
                           "class that has one",
                           rule);
        return NGX_ERROR;
    }

    if (!mark->seen
        && lp_redact_action_parse((char *) equal + 1, end - equal - 1,
                                  &mark->action, &err)
               != LP_OK) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redact_profile: rule \"%V\": %s, and pass",
                           rule, err.text);
        return NGX_ERROR;
    }

    if (profile->keyed.len == 0
        && (mark->action.kind == LP_REDACT_HASH
            || mark->action.kind == LP_REDACT_ENCRYPT)) {
        profile->keyed = *rule;
    }

    return NGX_OK;
}


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


/* The rule of the class, else that of all, else none: it is masked. */
static const ngx_http_partner_mark_t *
ngx_http_partner_marks_find(const ngx_http_partner_profile_t *profile,
                            const char *class)
{
    size_t                         len;
    ngx_uint_t                     i;
    const ngx_http_partner_mark_t *mark, *found;

    static const ngx_http_partner_mark_t masked
        = { .action = { LP_REDACT_MASK, 0, 0 } };

    found = &masked;
    mark = profile->marks.elts;
    len = ngx_strlen(class);

    for (i = 0; i < profile->marks.nelts; i++) {

        if (mark[i].class.len == len
            && ngx_memcmp(mark[i].class.data, class, len) == 0) {
            return &mark[i];
        }

        if (mark[i].class.len == 0) {
            found = &mark[i];
        }
    }

    return found;
}


/* The profile's own paths stand before those of marks, and so go first. */
static lp_redact_profile_t *
ngx_http_partner_marks_join(ngx_conf_t                         *cf,
                            const ngx_http_partner_profile_t   *profile,
                            const ngx_http_partner_operation_t *op)
{
    size_t                         i;
    lp_error_t                     err;
    const lp_pii_rule_t           *rule;
    lp_redact_profile_t           *joined;
    const ngx_http_partner_mark_t *mark;

    joined = ngx_palloc(cf->pool, lp_redact_profile_size());

    if (joined == NULL) {
        return NULL;
    }

    ngx_memcpy(joined, profile->profile, lp_redact_profile_size());

    for (i = 0; i < op->declared->pii.n; i++) {
        rule = &op->declared->pii.rules[i];
        mark = ngx_http_partner_marks_find(profile, rule->class);

        if (!mark->seen
            && lp_redact_profile_add(joined, rule->path,
                                     ngx_strlen(rule->path), mark->action,
                                     &err)
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
                           const ngx_str_t *class)
{
    size_t                i, k;
    const lp_operation_t *op;

    for (k = 0; k < lp_contract_size(contract->compiled); k++) {
        op = contract->operations[k].declared;

        for (i = 0; i < op->pii.n; i++) {

            if (ngx_strlen(op->pii.rules[i].class) == class->len
                && ngx_memcmp(op->pii.rules[i].class, class->data, class->len)
                       == 0) {
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
    ngx_uint_t                          i, k;
    const ngx_http_partner_mark_t      *mark;
    ngx_http_partner_contract_t *const *contract;

    mark = profile->marks.elts;
    contract = pmcf->contracts.elts;

    for (i = 0; i < profile->marks.nelts; i++) {

        if (mark[i].class.len == 0) {
            continue;
        }

        for (k = 0; k < pmcf->contracts.nelts; k++) {

            if (ngx_http_partner_marks_has(contract[k], &mark[i].class)) {
                break;
            }
        }

        if (k == pmcf->contracts.nelts) {
            ngx_log_error(NGX_LOG_EMERG, cf->log, 0,
                          "partner_redact_profile \"%V\" has a rule for "
                          "\"x-pii:%V\", but no partner_contract marks "
                          "anything with that class",
                          &profile->name, &mark[i].class);
            return NGX_ERROR;
        }
    }

    return NGX_OK;
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
