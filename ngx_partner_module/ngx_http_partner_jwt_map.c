/*
 * Whom the claims of a token name: its client, partner, application, tier and
 * scopes, in names of the zone.
 */

#include "ngx_http_partner_jwt.h"


/* Whom the claims name. */
typedef struct {
    lp_text_t client;
    lp_text_t partner;
    lp_text_t application;
    lp_text_t tier;
    lp_tier_t level;
    char      scopes[LP_SCOPE_SET_LEN];
    size_t    scopes_len;
} ngx_http_partner_named_t;


/* An id from the claim that the configuration names; NGX_DECLINED: none. */
static ngx_int_t
ngx_http_partner_jwt_claim(const lp_jwt_t *jwt, const ngx_str_t *claim,
                           lp_text_t *text)
{
    const lp_node_t *node;

    text->len = 0;

    if (claim->len == 0) {
        return NGX_OK;
    }

    node = lp_tree_find(&jwt->claims, (char *) claim->data);

    if (node == NULL) {
        return NGX_OK;
    }

    *text = node->text;

    return (node->kind == LP_NODE_STRING && lp_id_plain(text->text, text->len))
               ? NGX_OK
               : NGX_DECLINED;
}


/* partnerd takes this partner for its operators. */
static ngx_uint_t
ngx_http_partner_jwt_platform(lp_text_t partner)
{
    return partner.len == sizeof(LP_PLATFORM) - 1
           && ngx_memcmp(partner.text, LP_PLATFORM, partner.len) == 0;
}


/*
 * The client, or NGX_DECLINED.  Whom `sub` names may be a user who chose that
 * name (RFC 9068, section 5; RFC 8725, section 2.8): it stands for a client
 * only where the issuer says itself whose it is, and never finds the record of
 * the client of that name.
 */
static ngx_int_t
ngx_http_partner_jwt_client(ngx_http_partner_bearer_t       *bearer,
                            const ngx_http_partner_issuer_t *issuer,
                            const lp_jwt_t *jwt, lp_text_t *client)
{
    ngx_uint_t recorded;

    static const ngx_str_t claims[] = {
        ngx_string("client_id, azp or sub"),
        ngx_string("client_id or azp"),
    };

    recorded = issuer->partner_claim.len == 0;
    bearer->unmapped = &claims[recorded];
    *client = jwt->client;

    if (client->len == 0 && !recorded) {
        *client = jwt->sub;
    }

    return lp_id_plain(client->text, client->len) ? NGX_OK : NGX_DECLINED;
}


/* NGX_DECLINED, and which claim it is that names nobody. */
static ngx_int_t
ngx_http_partner_jwt_read(ngx_http_partner_bearer_t       *bearer,
                          const ngx_http_partner_issuer_t *issuer,
                          const lp_jwt_t *jwt, ngx_http_partner_named_t *named)
{
    ngx_uint_t i;

    static const ngx_str_t scopes = ngx_string("scope or scp");

    const struct {
        const ngx_str_t *claim;
        lp_text_t       *text;
    } claims[] = {
        { &issuer->partner_claim, &named->partner },
        { &issuer->application_claim, &named->application },
        { &issuer->tier_claim, &named->tier },
    };

    if (ngx_http_partner_jwt_client(bearer, issuer, jwt, &named->client)
        != NGX_OK) {
        return NGX_DECLINED;
    }

    for (i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
        bearer->unmapped = claims[i].claim;

        if (ngx_http_partner_jwt_claim(jwt, claims[i].claim, claims[i].text)
            != NGX_OK) {
            return NGX_DECLINED;
        }
    }

    bearer->unmapped = &issuer->tier_claim;
    named->level = (named->tier.len > 0)
                       ? lp_tier_parse(named->tier.text, named->tier.len)
                       : (lp_tier_t) issuer->tier;

    if (named->level == LP_TIERS) {
        return NGX_DECLINED;
    }

    bearer->unmapped = &issuer->partner_claim;

    if ((issuer->partner_claim.len > 0 && named->partner.len == 0)
        || ngx_http_partner_jwt_platform(named->partner)) {
        return NGX_DECLINED;
    }

    bearer->unmapped = &scopes;

    return lp_jwt_scopes(jwt, named->scopes, &named->scopes_len) == LP_OK
               ? NGX_OK
               : NGX_DECLINED;
}


/*
 * NGX_ERROR: no room.  Names are never taken back, so only one that is new
 * needs the lock.
 */
static ngx_int_t
ngx_http_partner_jwt_intern(ngx_http_partner_call_t   *call,
                            const ngx_partner_owner_t *owner, const char *text,
                            size_t len, ngx_partner_name_t *name)
{
    ngx_partner_zone_t  *zone;
    ngx_partner_names_t *names;

    zone = call->pmcf->zone;
    names = &zone->shared->names;
    *name = (len > 0) ? ngx_partner_names_find(names, text, len) : 0;

    if (*name != 0 || len == 0) {
        return NGX_OK;
    }

    ngx_partner_zone_lock(zone);
    *name = ngx_partner_names_admit(names, owner, text, len);

    if (*name == 0) {
        ngx_partner_zone_crowded(zone, owner, 1,
                                 call->request->connection->log);
    }

    ngx_partner_zone_unlock(zone);

    return (*name != 0) ? NGX_OK : NGX_ERROR;
}


/* Who answers for its names: the partner that it names, else its client. */
static ngx_partner_owner_t
ngx_http_partner_jwt_owner(const ngx_http_partner_named_t *named)
{
    lp_text_t           text;
    ngx_partner_owner_t owner;

    text = (named->partner.len > 0) ? named->partner : named->client;
    owner.data = (u_char *) text.text;
    owner.len = text.len;

    return owner;
}


ngx_int_t
ngx_http_partner_jwt_map(ngx_http_partner_call_t   *call,
                         ngx_http_partner_issuer_t *issuer,
                         const lp_jwt_t *jwt, ngx_partner_token_t *token)
{
    ngx_uint_t               i;
    ngx_partner_owner_t      owner;
    ngx_http_partner_named_t named;

    if (ngx_http_partner_jwt_read(call->token, issuer, jwt, &named)
        != NGX_OK) {
        return NGX_DECLINED;
    }

    token->id_len = (uint8_t) named.client.len;
    ngx_memcpy(token->id, named.client.text, named.client.len);
    token->tier = (uint8_t) named.level;

    owner = ngx_http_partner_jwt_owner(&named);

    const struct {
        const char         *text;
        size_t              len;
        ngx_partner_name_t *name;
    } names[] = {
        { named.partner.text, named.partner.len, &token->partner },
        { named.application.text, named.application.len, &token->application },
        { named.scopes, named.scopes_len, &token->scopes },
    };

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (ngx_http_partner_jwt_intern(call, &owner, names[i].text,
                                        names[i].len, names[i].name)
            != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}
