/*
 * Decodes path and query parameters and holds them against the contract.
 */

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lp_hex.h"
#include "params.h"
#include "validate.h"


#define PD_PLACE "parameter"


/* One code for all of them; errors names each. */
static void
pd_params_wrong(pd_problem_t *p)
{
    (void) pd_problem_plain(p, "invalid_parameter");
}


/*
 * Percent-decoding (RFC 3986, section 2.1); `plus` is what a '+' means.
 * Returns -1 when it is malformed, too long, or holds a zero byte.
 */
static int
pd_params_decode(const char *text, size_t len, char plus,
                 char out[PD_PARAMETER_MAX + 1])
{
    int    high, low;
    size_t i, n;

    n = 0;

    for (i = 0; i < len; i++) {
        if (n == PD_PARAMETER_MAX) {
            return -1;
        }

        if (text[i] != '%') {
            out[n++] = text[i] == '+' ? plus : text[i];
            continue;
        }

        high = i + 2 < len ? lp_hex_digit(text[i + 1]) : -1;
        low = i + 2 < len ? lp_hex_digit(text[i + 2]) : -1;

        if (high < 0 || low < 0 || (high == 0 && low == 0)) {
            return -1;
        }

        out[n++] = (char) (high << 4 | low);
        i += 2;
    }

    out[n] = '\0';

    return 0;
}


/* The text as the type that the schema asks for; a string when it is not of
 * that type, which validation then refuses. */
static json_t *
pd_params_typed(const pd_schema_t *s, const char *text)
{
    char     *end;
    long long n;

    if (s->types & PD_TYPE_INTEGER) {
        errno = 0;
        n = strtoll(text, &end, 10);

        if (errno == 0 && *end == '\0'
            && (isdigit((unsigned char) *text) || *text == '-')) {
            return json_integer(n);
        }
    }

    if (s->types & PD_TYPE_BOOLEAN) {
        if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
            return json_boolean(text[0] == 't');
        }
    }

    return json_string(text);
}


static void
pd_params_take(const pd_parameter_t *par, const char *text, size_t len,
               char plus, json_t *into, pd_problem_t *p)
{
    char    decoded[PD_PARAMETER_MAX + 1];
    json_t *value;

    value = pd_params_decode(text, len, plus, decoded) == 0
                ? pd_params_typed(par->schema, decoded)
                : NULL;

    if (value == NULL) {
        pd_problem_add(p, PD_PLACE, par->name, "is malformed");
        pd_params_wrong(p);
        return;
    }

    if (pd_validate(par->schema, value, PD_PLACE, par->name, p) != PD_OK) {
        pd_params_wrong(p);
    }

    (void) json_object_set_new(into, par->name, value);
}


json_t *
pd_params_path(const pd_operation_t *op, const pd_match_t *match,
               pd_problem_t *p)
{
    size_t  i, n;
    json_t *params;

    params = json_object();
    n = 0;

    for (i = 0; i < op->nparameters && n < match->path.n; i++) {
        if (op->parameters[i].in == PD_IN_PATH) {
            pd_params_take(&op->parameters[i], match->path.values[n].data,
                           match->path.values[n].len, '+', params, p);
            n++;
        }
    }

    return params;
}


/* By the decoded name: m%75st is must. */
static const pd_parameter_t *
pd_params_find(const pd_operation_t *op, const char *name)
{
    size_t i;

    for (i = 0; i < op->nparameters; i++) {
        if (op->parameters[i].in == PD_IN_QUERY
            && strcmp(op->parameters[i].name, name) == 0) {
            return &op->parameters[i];
        }
    }

    return NULL;
}


static void
pd_params_unknown(const pd_operation_t *op, const char *name, pd_problem_t *p)
{
    char        allowed[PD_MISTAKE_MAX];
    size_t      i, n;
    const char *sep;

    allowed[0] = '\0';
    n = 0;
    sep = "; allowed: ";

    for (i = 0; i < op->nparameters && n < sizeof(allowed); i++) {
        if (op->parameters[i].in == PD_IN_QUERY) {
            n += (size_t) snprintf(allowed + n, sizeof(allowed) - n, "%s%s",
                                   sep, op->parameters[i].name);
            sep = ", ";
        }
    }

    pd_problem_add(p, PD_PLACE, name, "is not known here%s", allowed);
    pd_params_wrong(p);
}


/* One `name=value`. */
static void
pd_params_pair(const pd_operation_t *op, const char *pair, size_t len,
               json_t *into, pd_problem_t *p)
{
    char                  name[PD_PARAMETER_MAX + 1];
    size_t                at;
    const char           *equals;
    const pd_parameter_t *par;

    equals = memchr(pair, '=', len);
    at = equals == NULL ? len : (size_t) (equals - pair);

    if (pd_params_decode(pair, at, ' ', name) != 0) {
        pd_problem_add(p, PD_PLACE, "", "a name is malformed");
        pd_params_wrong(p);
        return;
    }

    par = pd_params_find(op, name);

    if (par == NULL) {
        pd_params_unknown(op, name, p);
        return;
    }

    if (json_object_get(into, name) != NULL) {
        pd_problem_add(p, PD_PLACE, name, "occurs twice");
        pd_params_wrong(p);
        return;
    }

    at += equals != NULL;
    pd_params_take(par, pair + at, len - at, ' ', into, p);
}


/* What the contract requires or gives a default. */
static void
pd_params_absent(const pd_operation_t *op, json_t *params, pd_problem_t *p)
{
    size_t                i;
    const pd_parameter_t *par;

    for (i = 0; i < op->nparameters; i++) {
        par = &op->parameters[i];

        if (par->in != PD_IN_QUERY
            || json_object_get(params, par->name) != NULL) {
            continue;
        }

        if (par->required) {
            pd_problem_add(p, PD_PLACE, par->name, "is required");
            pd_params_wrong(p);

        } else if (par->schema->fallback != NULL) {
            (void) json_object_set(params, par->name,
                                   (json_t *) par->schema->fallback);
        }
    }
}


/* Empty pairs are left over from string concatenation; they do no harm. */
json_t *
pd_params_query(const pd_operation_t *op, const char *query, pd_problem_t *p)
{
    size_t  len;
    json_t *params;

    params = json_object();

    while (query != NULL && *query != '\0') {
        len = strcspn(query, "&");

        if (len > 0) {
            pd_params_pair(op, query, len, params, p);
        }

        query += len + (query[len] == '&');
    }

    pd_params_absent(op, params, p);

    return params;
}


int
pd_params_sift(const pd_operation_t *op, const json_t *query)
{
    size_t                i;
    const json_t         *value;
    const pd_parameter_t *par;

    for (i = 0; i < op->nparameters; i++) {
        par = &op->parameters[i];
        value = json_object_get(query, par->name);

        if (value != NULL && strcmp(par->name, "cursor") != 0
            && strcmp(par->name, "limit") != 0
            && !json_equal(value, par->schema->fallback)) {
            return 1;
        }
    }

    return 0;
}
