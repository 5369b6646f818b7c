/*
 * Fields of an upstream's answer that would contradict the gateway's own: what
 * it says of limits where the gateway has limits, kept in a cache or fresh, of
 * an end that comes later, and X-Partner-*, which is between the two of them.
 */

#include "ngx_http_partner_module.h"


static ngx_http_output_header_filter_pt ngx_http_next_header_filter;

static const ngx_str_t ngx_http_partner_limit_fields[] = {
    ngx_string("X-RateLimit-Limit"),
    ngx_string("X-RateLimit-Remaining"),
    ngx_string("X-RateLimit-Reset"),
    ngx_string("RateLimit-Policy"),
    ngx_string("RateLimit"),
    ngx_string("RateLimit-Limit"), /* of drafts before */
    ngx_string("RateLimit-Remaining"),
    ngx_string("RateLimit-Reset"),
    ngx_null_string,
};

static const ngx_str_t ngx_http_partner_ending_fields[] = {
    ngx_string("Deprecation"),
    ngx_string("Sunset"),
    ngx_null_string,
};

static const ngx_str_t ngx_http_partner_retry_field
    = ngx_string("Retry-After");


static ngx_uint_t
ngx_http_partner_is_field(const ngx_table_elt_t *h, const ngx_str_t *name)
{
    return h->key.len == name->len
           && ngx_strncasecmp(h->key.data, name->data, name->len) == 0;
}


static ngx_uint_t
ngx_http_partner_is_one_of(const ngx_table_elt_t *h, const ngx_str_t *names)
{
    for (/* void */; names->len != 0; names++) {
        if (ngx_http_partner_is_field(h, names)) {
            return 1;
        }
    }

    return 0;
}


/* An error's Retry-After is the API's to say (RFC 9110, section 10.2.3). */
static ngx_uint_t
ngx_http_partner_is_limit_field(const ngx_table_elt_t *h, ngx_uint_t status)
{
    return ngx_http_partner_is_one_of(h, ngx_http_partner_limit_fields)
           || (status < NGX_HTTP_SPECIAL_RESPONSE
               && ngx_http_partner_is_field(h, &ngx_http_partner_retry_field));
}


static void
ngx_http_partner_replace(ngx_http_request_t *r, ngx_uint_t limited,
                         ngx_uint_t ending)
{
    u_char           first;
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &r->headers_out.headers.part; part != NULL;
         part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {

            /* nginx' own modules, as this one, give what they add a 1 */

            if (h[i].hash <= 1 || h[i].key.len == 0) {
                continue;
            }

            first = h[i].key.data[0] | 0x20;

            if (first != 'x' && first != 'r' && !ending) {
                continue;
            }

            if (ngx_http_partner_names_identity(&h[i].key)
                || (limited
                    && ngx_http_partner_is_limit_field(&h[i],
                                                       r->headers_out.status))
                || (ending
                    && ngx_http_partner_is_one_of(
                        &h[i], ngx_http_partner_ending_fields)
                    && ngx_http_partner_ending_replace(r, &h[i]))) {
                h[i].hash = 0;
            }
        }
    }
}


static ngx_int_t
ngx_http_partner_replaced_filter(ngx_http_request_t *r)
{
    ngx_http_partner_call_t     *call;
    ngx_http_partner_loc_conf_t *plcf;

    if (r != r->main || r->upstream == NULL) {
        return ngx_http_next_header_filter(r);
    }

    call = ngx_http_partner_call(r);

    if (call != NULL) {
        plcf = ngx_http_get_module_loc_conf(r, ngx_http_partner_module);
        ngx_http_partner_replace(
            r, plcf->limits != NULL || call->decision.n != 0, call->ending);
    }

    return ngx_http_next_header_filter(r);
}


void
ngx_http_partner_replaced_init(void)
{
    ngx_http_next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = ngx_http_partner_replaced_filter;
}
