/*
 * Applications that come to an end: their callers are told so in each answer
 * (Deprecation, RFC 9745; Sunset, RFC 8594), and are refused from the sunset
 * on, whether or not a message says that it has come.
 */

#include "ngx_http_partner_module.h"


#define NGX_HTTP_PARTNER_DATE (sizeof("Mon, 28 Sep 1970 06:00:00 GMT") - 1)


static ngx_partner_ending_t
ngx_http_partner_ending(const ngx_http_partner_call_t *call)
{
    return ngx_partner_principal_ending(&call->principal,
                                        &call->pmcf->zone->shared->names);
}


/* By nginx' cached time: a second more or less is nothing to a sunset. */
ngx_uint_t
ngx_http_partner_has_ended(const ngx_http_partner_call_t *call)
{
    ngx_partner_ending_t ending;

    ending = ngx_http_partner_ending(call);

    return ending.sunset != 0 && ending.sunset <= (int64_t) ngx_time();
}


/* A date of RFC 9651, section 3.3.7: @ and seconds since the epoch. */
static ngx_int_t
ngx_http_partner_deprecation_header(ngx_http_request_t *r, int64_t since)
{
    ngx_str_t value;

    value.data = ngx_pnalloc(r->pool, NGX_INT64_LEN + 1);

    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_sprintf(value.data, "@%L", since) - value.data;

    return ngx_http_partner_add_header(r, "Deprecation",
                                       sizeof("Deprecation") - 1, &value);
}


/* An HTTP date (RFC 8594, section 3), unlike that of Deprecation. */
static ngx_int_t
ngx_http_partner_sunset_header(ngx_http_request_t *r, int64_t sunset)
{
    ngx_str_t value;

    value.data = ngx_pnalloc(r->pool, NGX_HTTP_PARTNER_DATE);

    if (value.data == NULL) {
        return NGX_ERROR;
    }

    value.len = ngx_http_time(value.data, (time_t) sunset) - value.data;

    return ngx_http_partner_add_header(r, "Sunset", sizeof("Sunset") - 1,
                                       &value);
}


/* Once an answer, whoever asks first: the access phase, or a refusal. */
ngx_int_t
ngx_http_partner_ending_headers(ngx_http_request_t      *r,
                                ngx_http_partner_call_t *call)
{
    ngx_partner_ending_t ending;

    if (!call->identified || call->principal.ending == 0 || call->ending) {
        return NGX_OK;
    }

    call->ending = 1;
    ending = ngx_http_partner_ending(call);

    if (ending.deprecated != 0
        && ngx_http_partner_deprecation_header(r, ending.deprecated)
               != NGX_OK) {
        return NGX_ERROR;
    }

    return (ending.sunset != 0)
               ? ngx_http_partner_sunset_header(r, ending.sunset)
               : NGX_OK;
}


/* That of the gateway, which gives its fields a 1. */
static ngx_table_elt_t *
ngx_http_partner_ending_own(ngx_http_request_t    *r,
                            const ngx_table_elt_t *theirs)
{
    ngx_uint_t       i;
    ngx_list_part_t *part;
    ngx_table_elt_t *h;

    for (part = &r->headers_out.headers.part; part != NULL;
         part = part->next) {
        h = part->elts;

        for (i = 0; i < part->nelts; i++) {
            if (h[i].hash == 1 && h[i].key.len == theirs->key.len
                && ngx_strncasecmp(h[i].key.data, theirs->key.data,
                                   h[i].key.len)
                       == 0) {
                return &h[i];
            }
        }
    }

    return NULL;
}


/* Seconds since the epoch; NGX_ERROR: no such date. */
static time_t
ngx_http_partner_ending_date(const ngx_table_elt_t *h)
{
    if (h->key.len == sizeof("Sunset") - 1) {
        return ngx_parse_http_time(h->value.data, h->value.len);
    }

    return (h->value.len > 1 && h->value.data[0] == '@')
               ? ngx_atotm(h->value.data + 1, h->value.len - 1)
               : NGX_ERROR;
}


/* Each is one Item (RFC 9745, section 2; RFC 8594, section 3), and what ends
 * first ends the call: of an application and of the API's own operation. */
ngx_uint_t
ngx_http_partner_ending_replace(ngx_http_request_t    *r,
                                const ngx_table_elt_t *theirs)
{
    time_t           at;
    ngx_table_elt_t *own;

    own = ngx_http_partner_ending_own(r, theirs);

    if (own == NULL) {
        return 0;
    }

    at = ngx_http_partner_ending_date(theirs);

    if (at != NGX_ERROR && at < ngx_http_partner_ending_date(own)) {
        own->hash = 0;
        return 0;
    }

    return 1;
}
