/*
 * Directive parameters of the form name=value, read by a table.
 */

#ifndef NGX_HTTP_PARTNER_OPTION_H
#define NGX_HTTP_PARTNER_OPTION_H


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct ngx_http_partner_option_s ngx_http_partner_option_t;

/*
 * Stores the value into `field`.  NGX_ERROR: it is wrong, and the caller says
 * what is allowed.
 */
typedef ngx_int_t (*ngx_http_partner_option_pt)(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);

struct ngx_http_partner_option_s {
    ngx_str_t                  name; /* length 0 ends the table */
    ngx_http_partner_option_pt set;
    size_t                     offset;
    ngx_int_t                  min;
    ngx_int_t                  max;
    const char                *allowed;
    const ngx_str_t           *words; /* of an enumeration; ends empty */
};


/*
 * Applies the parameters from number `first` on to the structure.  An unknown
 * name or a repeated one is logged, a wrong value with its name, each with what
 * is allowed; NGX_CONF_ERROR then.
 */
char *ngx_http_partner_options(ngx_conf_t *cf, ngx_uint_t first,
                               const ngx_http_partner_option_t *table,
                               void                            *structure);

/* Times with units (nginx' own syntax) as ngx_msec_t; a bare number: only 0. */
ngx_int_t ngx_http_partner_option_msec(ngx_conf_t *cf, ngx_str_t *value,
                                       const ngx_http_partner_option_t *option,
                                       void                            *field);

/* Whole numbers, as ngx_uint_t. */
ngx_int_t ngx_http_partner_option_number(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);

/* One of `words`, as its number, ngx_uint_t. */
ngx_int_t ngx_http_partner_option_word(ngx_conf_t *cf, ngx_str_t *value,
                                       const ngx_http_partner_option_t *option,
                                       void                            *field);

/* One or more tiers, as a bit each, ngx_uint_t. */
ngx_int_t ngx_http_partner_option_tiers(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);

/* An identifier, ngx_str_t. */
#define NGX_HTTP_PARTNER_NAME_ALLOWED                                         \
    "1 to 63 letters, digits, \"-\", \"_\" and \".\""

ngx_int_t ngx_http_partner_option_name(ngx_conf_t *cf, ngx_str_t *value,
                                       const ngx_http_partner_option_t *option,
                                       void                            *field);

/* "99.99%" in 1/1000 of a percent, as ngx_uint_t. */
#define NGX_HTTP_PARTNER_PERCENT_ALLOWED                                      \
    "a percentage with at most three decimals, such as 99.99%"

ngx_int_t ngx_http_partner_option_percent(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);

/*
 * "zone=NAME:SIZE", the first argument of directives that make one; the name
 * points into the argument.  NGX_ERROR: another form, or fewer than `least`
 * bytes.
 */
ngx_int_t ngx_http_partner_option_zone(ngx_str_t *value, ssize_t least,
                                       ngx_str_t *name, ssize_t *size);


#endif
