/*
 * The text of a usage counter; docs/architecture.md has the format.
 */

#include "../libpartner/lp_tier.h"
#include "ngx_partner_counter.h"


static u_char *
ngx_partner_counter_name(ngx_partner_names_t *names, u_char *p,
                         ngx_partner_name_t name)
{
    ngx_str_t text;

    if (name == 0) {
        return ngx_sprintf(p, "/-");
    }

    text = ngx_partner_names_get(names, name);

    return ngx_sprintf(p, "/%V", &text);
}


size_t
ngx_partner_counter_field(ngx_partner_names_t          *names,
                          const ngx_partner_usage_id_t *id, u_char *field)
{
    u_char *p;

    p = ngx_sprintf(field, "%uD", id->hour);
    p = ngx_partner_counter_name(names, p, id->partner);
    p = ngx_partner_counter_name(names, p, id->application);
    p = ngx_partner_counter_name(names, p, id->operation);
    p = ngx_sprintf(p, "/%V/%s/%uD", &ngx_partner_outcome_names[id->outcome],
                    lp_tier_name((lp_tier_t) id->tier), id->latency);

    return p - field;
}


/* Absolute values, which only grow: the reader keeps the greater. */
size_t
ngx_partner_counter_value(const lp_usage_t *values, u_char *value)
{
    u_char    *p;
    ngx_uint_t i;

    p = value;

    for (i = 0; i < LP_USAGE_VALUES; i++) {
        p = ngx_sprintf(p, i > 0 ? " %uL" : "%uL", values->n[i]);
    }

    return p - value;
}
