/*
 * partner_contract: documents are read and compiled when the configuration is,
 * and freed with it.
 */

#include "ngx_http_partner_module.h"
#include "ngx_http_partner_option.h"
#include "ngx_partner_text.h"

#include "../libpartner/lp_servers.h"
#include "../libpartner/lp_target.h"


static ngx_int_t ngx_http_partner_option_prefix(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);


static const ngx_str_t ngx_http_partner_unknowns[]
    = { ngx_string("deny"), ngx_string("pass"), ngx_null_string };

/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_contract_options[] = {

    { ngx_string("prefix"), ngx_http_partner_option_prefix,
      offsetof(ngx_http_partner_contract_t, prefix), 2, LP_SERVERS_LEN,
      "a path such as /v1: at most 255 bytes, no slash at the end", NULL },

    { ngx_string("unknown"), ngx_http_partner_option_word,
      offsetof(ngx_http_partner_contract_t, unknown), 0, 0,
      "deny or pass", ngx_http_partner_unknowns },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


/* Arguments end in a zero, so the value is a text for libpartner as well. */
static ngx_int_t
ngx_http_partner_option_prefix(ngx_conf_t *cf, ngx_str_t *value,
                               const ngx_http_partner_option_t *option,
                               void                            *field)
{
    ngx_str_t *prefix = field;

    (void) cf;

    if ((ngx_int_t) value->len < option->min
        || (ngx_int_t) value->len > option->max
        || value->data[value->len - 1] == '/'
        || !lp_target_plain((char *) value->data, value->len, 0)) {
        return NGX_ERROR;
    }

    *prefix = *value;

    return NGX_OK;
}


/*
 * How many arguments from the first on name files: all before the first that
 * looks like a parameter.  A file whose name does is written as ./a=b.
 */
static ngx_uint_t
ngx_http_partner_contract_files(const ngx_str_t *args, ngx_uint_t n)
{
    u_char    *equal, *slash;
    ngx_uint_t i;

    for (i = 1; i < n; i++) {
        equal = (u_char *) ngx_strchr(args[i].data, '=');
        slash = (u_char *) ngx_strchr(args[i].data, '/');

        if (equal != NULL && (slash == NULL || slash > equal)) {
            return i - 1;
        }
    }

    return n - 1;
}


static const char *
ngx_http_partner_base_name(const ngx_str_t *path)
{
    u_char *p;

    for (p = path->data + path->len; p > path->data && p[-1] != '/'; p--) {
        /* void */
    }

    return (const char *) p;
}


static ngx_int_t
ngx_http_partner_contract_read(ngx_conf_t *cf, const ngx_str_t *files,
                               ngx_uint_t n, lp_openapi_source_t *sources)
{
    ngx_str_t  path, text;
    ngx_uint_t i;

    for (i = 0; i < n; i++) {
        path = files[i];

        if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK
            || ngx_partner_text_read(cf, "partner_contract", &path,
                                     LP_OPENAPI_MAX, &text)
                   != NGX_OK) {
            return NGX_ERROR;
        }

        sources[i].name = ngx_http_partner_base_name(&path);
        sources[i].text = (char *) text.data;
        sources[i].len = text.len;
    }

    return NGX_OK;
}


static void
ngx_http_partner_contract_free(void *data)
{
    ngx_http_partner_contract_t *contract = data;

    lp_contract_free(contract->compiled);
}


/* What the stages need of each operation. */
static ngx_int_t
ngx_http_partner_contract_operations(ngx_conf_t                  *cf,
                                     ngx_http_partner_contract_t *contract)
{
    size_t                        i, n;
    ngx_http_partner_operation_t *op;

    n = lp_contract_size(contract->compiled);
    contract->operations = ngx_pcalloc(cf->pool, n * sizeof(*op) + 1);

    if (contract->operations == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {
        op = &contract->operations[i];
        op->declared = lp_contract_operation(contract->compiled, i);
        op->id.data = (u_char *) op->declared->id;
        op->id.len = ngx_strlen(op->declared->id);
        op->group.data = (u_char *) op->declared->group;
        op->group.len = ngx_strlen(op->declared->group);
        contract->marked += op->declared->pii.n;
    }

    return NGX_OK;
}


/* Whoever asks whether it is right sees whether his marks were found. */
static void
ngx_http_partner_contract_tell(const ngx_http_partner_contract_t *contract,
                               const ngx_str_t *file, ngx_uint_t files)
{
    u_char    *p, names[NGX_MAX_CONF_ERRSTR];
    ngx_uint_t i;

    if (!ngx_test_config || ngx_quiet_mode) {
        return;
    }

    for (i = 0, p = names; i < files; i++) {
        p = ngx_slprintf(p, names + sizeof(names), "%s\"%V\"",
                         i > 0 ? " " : "", &file[i]);
    }

    ngx_log_stderr(0,
                   "partner_contract %*s: operations: %uz, places in answers "
                   "marked with x-pii: %ui",
                   (size_t) (p - names), names,
                   lp_contract_size(contract->compiled), contract->marked);
}


static ngx_int_t
ngx_http_partner_contract_compile(ngx_conf_t *cf, const ngx_str_t *files,
                                  ngx_uint_t                   n,
                                  ngx_http_partner_contract_t *contract)
{
    size_t              wrong;
    lp_error_t          err;
    ngx_pool_cleanup_t *cln;
    lp_openapi_source_t sources[LP_OPENAPI_DOCUMENTS];

    if (n == 0 || n > LP_OPENAPI_DOCUMENTS) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_contract: %ui files, allowed are 1 to %d",
                           n, LP_OPENAPI_DOCUMENTS);
        return NGX_ERROR;
    }

    cln = ngx_pool_cleanup_add(cf->pool, 0);

    if (cln == NULL
        || ngx_http_partner_contract_read(cf, files, n, sources) != NGX_OK) {
        return NGX_ERROR;
    }

    contract->compiled = lp_contract_compile(
        sources, n, (char *) contract->prefix.data, &wrong, &err);

    if (contract->compiled == NULL) {
        ngx_partner_text_refused(cf, "partner_contract", &files[wrong], &err);
        return NGX_ERROR;
    }

    cln->handler = ngx_http_partner_contract_free;
    cln->data = contract;

    if (ngx_http_partner_contract_operations(cf, contract) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_http_partner_contract_tell(contract, files, n);

    return NGX_OK;
}


char *
ngx_http_partner_contract_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                    void *conf)
{
    ngx_str_t                    *args;
    ngx_uint_t                    files;
    ngx_http_partner_loc_conf_t  *plcf = conf;
    ngx_http_partner_contract_t  *contract, **place;
    ngx_http_partner_main_conf_t *pmcf;

    (void) cmd;

    if (plcf->contract_set) {
        return "is duplicate";
    }

    plcf->contract_set = 1;
    args = cf->args->elts;
    pmcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_partner_module);
    pmcf->used = 1;

    if (cf->args->nelts == 2 && ngx_strcmp(args[1].data, "off") == 0) {
        return NGX_CONF_OK;
    }

    contract = ngx_pcalloc(cf->pool, sizeof(ngx_http_partner_contract_t));
    place = ngx_array_push(&pmcf->contracts);

    if (contract == NULL || place == NULL) {
        return NGX_CONF_ERROR;
    }

    *place = contract;
    plcf->contract = contract;
    files = ngx_http_partner_contract_files(args, cf->args->nelts);

    if (ngx_http_partner_options(cf, files + 1,
                                 ngx_http_partner_contract_options, contract)
            != NGX_CONF_OK
        || ngx_http_partner_contract_compile(cf, &args[1], files, contract)
               != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* Under the zone lock: names and counters of every operation. */
ngx_int_t
ngx_http_partner_contract_bind(ngx_http_partner_main_conf_t *pmcf)
{
    size_t                        k, n;
    ngx_uint_t                    i, left;
    ngx_partner_shared_t         *shared;
    ngx_http_partner_operation_t *op;
    ngx_http_partner_contract_t **contract;

    shared = pmcf->zone->shared;
    contract = pmcf->contracts.elts;
    left = 0;

    for (i = 0; i < pmcf->contracts.nelts; i++) {
        n = lp_contract_size(contract[i]->compiled);

        for (k = 0; k < n; k++) {
            op = &contract[i]->operations[k];
            op->calls.operation = ngx_partner_names_intern(
                &shared->names, (char *) op->id.data, op->id.len);
            op->group_ref = ngx_partner_names_intern(
                &shared->names, (char *) op->group.data, op->group.len);

            if (op->calls.operation == 0
                || (op->group.len != 0 && op->group_ref == 0)) {
                return NGX_ERROR;
            }

            op->calls.shared = ngx_partner_stats_operation(
                &shared->stats, op->calls.operation);
            op->calls.latency = ngx_partner_latencies_get(
                &shared->stats.latencies, op->calls.operation);
            left += (op->calls.latency == NULL);
        }
    }

    if (left > 0) {
        ngx_log_error(NGX_LOG_WARN, pmcf->zone->memory.shm_zone->shm.log, 0,
                      "partner_zone \"%V\" has no room for histograms of %ui "
                      "operations, it needs about %uim more",
                      &pmcf->zone->memory.shm_zone->shm.name, left,
                      (left + 1) / 2);
    }

    return NGX_OK;
}
