/*
 * Any method, path and query to partnerd: what it takes as parameters is what
 * the contract says, and what it refuses it can say why.
 *
 *     <byte: method> <path> ? <query> <zero byte> <If-Match>
 */

#include "fuzz_partnerd.h"
#include "match.h"
#include "params.h"
#include "validate.h"


static void
check_taken(const pd_operation_t *op, pd_in_t in, const json_t *params)
{
    size_t                i;
    pd_problem_t          p = { 0 };
    const json_t         *value;
    const pd_parameter_t *par;

    for (i = 0; i < op->nparameters; i++) {
        par = &op->parameters[i];
        value = par->in == in ? json_object_get(params, par->name) : NULL;

        FUZZ_CHECK(value != NULL || par->in != in || !par->required);
        FUZZ_CHECK(
            value == NULL
            || pd_validate(par->schema, value, "parameter", par->name, &p)
                   == PD_OK);
    }
}


static void
check_parameters(const pd_operation_t *op, const pd_match_t *match,
                 const char *query)
{
    json_t      *path_params, *params;
    pd_problem_t p = { 0 };

    path_params = pd_params_path(op, match, &p);
    params = pd_params_query(op, query, &p);

    if (p.code == NULL) {
        FUZZ_CHECK(p.errors == NULL);
        check_taken(op, PD_IN_PATH, path_params);
        check_taken(op, PD_IN_QUERY, params);
    } else {
        FUZZ_CHECK(strcmp(p.code, "invalid_parameter") == 0);
        FUZZ_CHECK(json_array_size(p.errors) > 0);
        fuzz_problem(&p);
    }

    pd_problem_clear(&p);
    json_decref(params);
    json_decref(path_params);
}


/* Each tag stands between quotes somewhere in the header. */
static void
check_tags(const char *header)
{
    size_t  i, len;
    char   *quoted;
    json_t *tags, *tag;

    tags = pd_match_tags(header);

    json_array_foreach(tags, i, tag)
    {
        len = json_string_length(tag);
        quoted = malloc(len + 3);
        FUZZ_CHECK(quoted != NULL);
        (void) snprintf(quoted, len + 3, "\"%s\"", json_string_value(tag));
        FUZZ_CHECK(strstr(header, quoted) != NULL);
        free(quoted);
    }

    json_decref(tags);
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    char      *line, *query, *header;
    pd_match_t match;
    pd_route_t route;
    unsigned   method;

    if (len == 0) {
        return 0;
    }

    method = data[0] % (PD_METHODS + 1);
    data++;
    len--;
    line = fuzz_until(&data, &len, '\0');
    header = fuzz_until(&data, &len, '\0');
    query = strchr(line, '?');

    if (query != NULL) {
        *query++ = '\0';
    }

    route = pd_router_match(fuzz_contract()->router, (pd_method_t) method,
                            line, strlen(line), &match);

    FUZZ_CHECK((route == PD_ROUTE_FOUND) == (match.target != NULL));
    FUZZ_CHECK((route == PD_ROUTE_NO_METHOD) == (match.allow[0] != '\0'));

    if (route == PD_ROUTE_FOUND) {
        check_parameters(match.target, &match, query);
    }

    check_tags(header);
    free(header);
    free(line);

    return 0;
}
