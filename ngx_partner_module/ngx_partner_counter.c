/*
 * The text of a usage counter; docs/architecture.md has the format.
 */

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
    p = ngx_sprintf(p, "/%V", &ngx_partner_outcome_names[id->outcome]);

    return p - field;
}


size_t
ngx_partner_counter_value(const lp_usage_t *values, u_char *value)
{
    u_char *p;

    p = ngx_sprintf(value, "%uL %uL %uL %uL", values->calls,
                    values->request_bytes, values->response_bytes,
                    values->upstream_us);

    return p - value;
}
