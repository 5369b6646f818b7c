/*
 * The text of a usage counter, both ways; docs/architecture.md has the format.
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


/* The next word up to `end`, or NULL; `*pos` moves behind it. */
static ngx_int_t
ngx_partner_counter_word(u_char **pos, u_char *last, u_char end,
                         ngx_str_t *word)
{
    u_char *p;

    p = ngx_strlchr(*pos, last, end);

    if (p == NULL) {
        p = last;
    }

    word->data = *pos;
    word->len = p - *pos;
    *pos = (p == last) ? last : p + 1;

    return (word->len != 0) ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_partner_counter_read_value(const char *text, size_t len,
                               lp_usage_t *values)
{
    off_t      n;
    u_char    *p, *last;
    uint64_t  *to;
    ngx_str_t  word;
    ngx_uint_t i;

    p = (u_char *) text;
    last = p + len;
    to = (uint64_t *) values; /* four numbers, in the order of the format */

    for (i = 0; i < sizeof(*values) / sizeof(uint64_t); i++) {

        if (ngx_partner_counter_word(&p, last, ' ', &word) != NGX_OK) {
            return NGX_ERROR;
        }

        n = ngx_atoof(word.data, word.len);

        if (n == NGX_ERROR) {
            return NGX_ERROR;
        }

        to[i] = (uint64_t) n;
    }

    return NGX_OK;
}
