/*
 * The text of a usage counter, as it travels through Redis:
 *
 *     <hour>/<partner>/<application>/<operation>/<outcome>/<tier>/<latency>
 *     <values, in the order of lp_usage_value_t>
 */

#ifndef NGX_PARTNER_COUNTER_H
#define NGX_PARTNER_COUNTER_H


#include <ngx_config.h>
#include <ngx_core.h>

#include "../libpartner/lp_principal.h"
#include "ngx_partner_usage.h"


/* Bytes that a field and a value need at most. */
#define NGX_PARTNER_COUNTER_FIELD                                             \
    (NGX_INT32_LEN + 3 * (LP_ID_LEN + 1) + sizeof("/client_error")            \
     + sizeof("/silver/") + NGX_INT32_LEN)
#define NGX_PARTNER_COUNTER_VALUE (LP_USAGE_VALUES * (NGX_INT64_LEN + 1))


/* Both return the length; neither writes a zero behind. */
size_t ngx_partner_counter_field(ngx_partner_names_t          *names,
                                 const ngx_partner_usage_id_t *id,
                                 u_char                       *field);
size_t ngx_partner_counter_value(const lp_usage_t *values, u_char *value);


#endif
