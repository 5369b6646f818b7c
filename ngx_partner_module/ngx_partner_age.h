/*
 * How long ago something was, by nginx's cached monotonic clock.
 */

#ifndef NGX_PARTNER_AGE_H
#define NGX_PARTNER_AGE_H


#include <ngx_config.h>
#include <ngx_core.h>


/*
 * In ms, of a time that any worker may have taken: the clock of another may be
 * a step ahead of ours, and that is now.
 */
static ngx_inline ngx_msec_t
ngx_partner_age(uint64_t then)
{
    ngx_msec_int_t age;

    age = (ngx_msec_int_t) (ngx_current_msec - (ngx_msec_t) then);

    return (age > 0) ? (ngx_msec_t) age : 0;
}


#endif
