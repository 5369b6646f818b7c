/*
 * Keeps the gateways that told of themselves.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateways.h"


#define PD_OVERTAKING 500 /* milliseconds; heartbeats are further apart */


static int
pd_gateway_is_id(const char *text, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (!isxdigit((unsigned char) text[i])) {
            return 0;
        }
    }

    return len == PD_GATEWAY_ID;
}


/* A fleet is a few dozen: no table is worth keeping. */
static size_t
pd_gateways_find(const pd_gateways_t *g, const char *id)
{
    size_t i;

    for (i = 0; i < g->n; i++) {
        if (memcmp(g->all[i].id, id, PD_GATEWAY_ID) == 0) {
            break;
        }
    }

    return i;
}


/* -1: a value is no number of milliseconds, or one that a time could not be
 * added to. */
static int64_t
pd_gateway_longest(const json_t *tiers)
{
    int64_t     longest;
    json_t     *value;
    const char *name;

    longest = -1;

    json_object_foreach((json_t *) tiers, name, value)
    {
        if (!json_is_integer(value) || json_integer_value(value) < 0
            || json_integer_value(value) > INT32_MAX) {
            return -1;
        }

        if (json_integer_value(value) > longest) {
            longest = json_integer_value(value);
        }
    }

    return longest;
}


/*
 * ASCII alone, since a name that is cut inside a character is no JSON; without
 * its name the gateway would still be one that may not obey.
 */
static void
pd_gateway_node(char node[PD_GATEWAY_NODE + 1], const char *text)
{
    size_t i;

    for (i = 0; i < PD_GATEWAY_NODE && text[i] != '\0'; i++) {
        node[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
    }

    node[i] = '\0';
}


/*
 * A record whose strings are missing, or whose numbers are none, is refused:
 * nobody could wait for such a gateway.
 */
static int
pd_gateway_read(pd_gateway_t *gateway, json_t *root)
{
    const char *id, *node;
    json_int_t  revision, lifetime;
    json_t     *lease, *stale;

    if (json_unpack(root, "{s:s, s:s, s:I, s:I, s:o, s:o}", "id", &id, "node",
                    &node, "revision", &revision, "lifetime", &lifetime,
                    "revocationLease", &lease, "stale", &stale)
            != 0
        || !pd_gateway_is_id(id, strlen(id)) || revision < 0 || lifetime < 0
        || lifetime > INT32_MAX) {
        return -1;
    }

    (void) snprintf(gateway->id, sizeof(gateway->id), "%s", id);
    pd_gateway_node(gateway->node, node);
    gateway->revision = revision;
    gateway->lifetime = lifetime;
    gateway->lease = pd_gateway_longest(lease);
    gateway->stale = pd_gateway_longest(stale);

    return gateway->lease < 0 || gateway->stale < 0 ? -1 : 0;
}


/* Order means nothing here. */
static void
pd_gateways_drop(pd_gateways_t *g, size_t i)
{
    if (i < g->n) {
        g->all[i] = g->all[--g->n];
    }
}


/*
 * Who was not heard for as long as it said itself is gone, and its leases with
 * it.
 */
static void
pd_gateways_prune(pd_gateways_t *g, int64_t now)
{
    size_t i;

    for (i = g->n; i > 0; i--) {
        if (g->all[i - 1].heard + g->all[i - 1].lifetime <= now) {
            pd_gateways_drop(g, i - 1);
        }
    }
}


/* Two workers of a gateway may speak at once, and overtake each other; only a
 * restored platform makes it obey less than it did. */
static void
pd_gateway_renew(pd_gateway_t *known, const pd_gateway_t *gateway)
{
    int64_t revision;

    revision = known->revision > gateway->revision
                       && gateway->heard - known->heard < PD_OVERTAKING
                   ? known->revision
                   : gateway->revision;

    *known = *gateway;
    known->revision = revision;
}


/* What Redis has kept may be older than what was heard meanwhile. */
static int
pd_gateways_put(pd_gateways_t *g, const pd_gateway_t *gateway)
{
    size_t        i;
    pd_gateway_t *all;

    i = pd_gateways_find(g, gateway->id);

    if (i == g->n) {
        all = g->n == PD_GATEWAYS_MAX
                  ? NULL
                  : realloc(g->all, (g->n + 1) * sizeof(pd_gateway_t));
        if (all == NULL) {
            return -1;
        }

        g->all = all;
        g->all[g->n++] = *gateway;

    } else if (g->all[i].heard <= gateway->heard) {
        pd_gateway_renew(&g->all[i], gateway);
    }

    return 0;
}


/* An id alone is a farewell: the gateway ended in order and serves nobody. */
int
pd_gateways_hear(pd_gateways_t *g, const char *text, size_t len, int64_t age,
                 int64_t now)
{
    int          rc;
    json_t      *root;
    pd_gateway_t gateway = { .heard = now - age };

    if (pd_gateway_is_id(text, len)) {
        pd_gateways_drop(g, pd_gateways_find(g, text));
        return 0;
    }

    root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    rc = pd_gateway_read(&gateway, root);
    json_decref(root);

    if (rc != 0) {
        return -1;
    }

    pd_gateways_prune(g, now);

    return pd_gateways_put(g, &gateway);
}


void
pd_gateways_free(pd_gateways_t *g)
{
    free(g->all);
    *g = (pd_gateways_t){ 0 };
}


int64_t
pd_gateways_lease(const pd_gateways_t *g, int64_t now)
{
    size_t  i;
    int64_t lease;

    lease = 0;

    for (i = 0; i < g->n; i++) {
        if (g->all[i].heard + g->all[i].lifetime > now
            && g->all[i].lease > lease) {
            lease = g->all[i].lease;
        }
    }

    return lease;
}


static void
pd_gateway_name(const pd_gateway_t *gateway, int64_t now, json_t *names)
{
    (void) json_array_append_new(
        names, json_pack("{s:s, s:s, s:I, s:I, s:I}", "id", gateway->id,
                         "node", gateway->node, "silentMs",
                         (json_int_t) (now - gateway->heard),
                         "revocationLeaseMs", (json_int_t) gateway->lease,
                         "staleMs", (json_int_t) gateway->stale));
}


/*
 * `due` is when the last of them has lost its lease, and so cannot serve what
 * was revoked.
 */
size_t
pd_gateways_behind(const pd_gateways_t *g, int64_t revision, int64_t now,
                   int64_t *due, json_t *names)
{
    size_t              i, behind;
    int64_t             out;
    const pd_gateway_t *gateway;

    behind = 0;
    out = now;

    for (i = 0; i < g->n; i++) {
        gateway = &g->all[i];

        if (gateway->revision >= revision
            || gateway->heard + gateway->lifetime <= now) {
            continue;
        }

        behind++;
        out = gateway->heard + gateway->lease > out
                  ? gateway->heard + gateway->lease
                  : out;

        if (names != NULL) {
            pd_gateway_name(gateway, now, names);
        }
    }

    if (due != NULL) {
        *due = out;
    }

    return behind;
}
