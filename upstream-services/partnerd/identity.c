/*
 * Reads who calls, and decides whether they may.
 */

#include <stdio.h>
#include <string.h>

#include "format.h"
#include "identity.h"
#include "lp_scope.h"


#define PD_UUID_LEN 36


/* Visible ASCII, and whatever is named beyond it. */
static int
pd_identity_clean(const char *text, const char *beyond)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char) *text <= 0x20 || (unsigned char) *text >= 0x7f) {
            if (strchr(beyond, *text) == NULL) {
                return 0;
            }
        }
    }

    return 1;
}


/*
 * What is too long or unclean is dropped whole: half an id would be another's.
 */
static void
pd_identity_take(char *out, size_t size, pd_header_pt header, void *ctx,
                 const char *name, const char *beyond)
{
    size_t      len;
    const char *value;

    out[0] = '\0';
    value = header(ctx, name);
    len = value == NULL ? size : strlen(value);

    if (len < size && pd_identity_clean(value, beyond)) {
        memcpy(out, value, len + 1);
    }
}


/*
 * Only nginx reaches the socket, and it strips these fields of a client's
 * request before it sets its own.
 */
void
pd_identity_read(pd_identity_t *id, pd_header_pt header, void *ctx)
{
    pd_identity_take(id->partner, sizeof(id->partner), header, ctx,
                     "X-Partner-Id", "");
    pd_identity_take(id->application, sizeof(id->application), header, ctx,
                     "X-Partner-App", "");
    pd_identity_take(id->client, sizeof(id->client), header, ctx,
                     "X-Partner-Client", "");
    pd_identity_take(id->tier, sizeof(id->tier), header, ctx, "X-Partner-Tier",
                     "");
    pd_identity_take(id->scopes, sizeof(id->scopes), header, ctx,
                     "X-Partner-Scopes", " ");
    pd_identity_take(id->request, sizeof(id->request), header, ctx,
                     "X-Request-Id", "");
}


/* All scopes of one alternative. */
static int
pd_identity_covers(const pd_identity_t *id, const json_t *scopes)
{
    size_t  i;
    json_t *scope;

    json_array_foreach(scopes, i, scope)
    {
        if (!lp_scope_set_covers(id->scopes, strlen(id->scopes),
                                 json_string_value(scope),
                                 json_string_length(scope))) {
            return 0;
        }
    }

    return 1;
}


/* "admin, or manage:keys": any of the alternatives is enough. */
static void
pd_identity_needed(const pd_operation_t *op, char *out, size_t size)
{
    size_t  i, n, len;
    json_t *scope;

    out[0] = '\0';
    len = 0;

    for (i = 0; i < op->nscopes; i++) {
        json_array_foreach(op->scopes[i], n, scope)
        {
            len += (size_t) snprintf(out + len, size - len, "%s%s",
                                     n > 0 ? " and " : (i > 0 ? ", or " : ""),
                                     json_string_value(scope));

            if (len >= size) {
                return;
            }
        }
    }
}


int
pd_identity_may(const pd_identity_t *id, const pd_operation_t *op,
                pd_problem_t *p)
{
    char   needed[160];
    size_t i;

    if (op->open) {
        return PD_OK;
    }

    if (id->partner[0] == '\0') {
        return pd_problem(p, "missing_credential", "%s",
                          "send Authorization: Bearer sk_... to the gateway");
    }

    for (i = 0; i < op->nscopes; i++) {
        if (pd_identity_covers(id, op->scopes[i])) {
            return PD_OK;
        }
    }

    pd_identity_needed(op, needed, sizeof(needed));

    return pd_problem(p, "insufficient_scope", "needed: %s", needed);
}


/*
 * What has the length of a UUID is cast to one by the policies, so it has to
 * be one; "platform" and other lengths are no tenant's.
 */
const char *
pd_identity_tenant(const pd_identity_t *id)
{
    size_t len;

    len = strlen(id->partner);

    return len != PD_UUID_LEN
                   || pd_format_find("uuid")->matches(id->partner, len)
               ? id->partner
               : "";
}


json_t *
pd_identity_json(const pd_identity_t *id)
{
    const char *tenant;

    tenant = pd_identity_tenant(id);

    return json_pack("{s:s, s:s?, s:s, s:s, s:s}", "partner", id->partner,
                     "tenant", strlen(tenant) == PD_UUID_LEN ? tenant : NULL,
                     "application", id->application, "client", id->client,
                     "tier", id->tier);
}
