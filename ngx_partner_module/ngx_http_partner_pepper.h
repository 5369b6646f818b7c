/*
 * By which of several digests a key is known, see lp_pepper.h.
 */

#ifndef NGX_HTTP_PARTNER_PEPPER_H
#define NGX_HTTP_PARTNER_PEPPER_H


#include "ngx_http_partner_module.h"


/* The digests of a key of which none was known when it came. */
struct ngx_http_partner_ways_s {
    size_t n;
    size_t tried; /* looked up so far, the one of the call among them */
    u_char digests[LP_PEPPERS][LP_DIGEST_LEN];
};


/* What keys are looked up by where no file of peppers is named. */
ngx_int_t ngx_http_partner_pepper_default(ngx_conf_t                   *cf,
                                          ngx_http_partner_main_conf_t *pmcf);

/*
 * The digest of the key that the call brought.  NGX_OK: it is the only one, or
 * known here by now.  NGX_DECLINED: the first of several that are not.
 */
ngx_int_t ngx_http_partner_pepper_digest(ngx_http_request_t      *r,
                                         ngx_http_partner_call_t *call,
                                         const ngx_str_t         *key);

/* The call's key under the next digest, to be looked up; 0: there is none. */
ngx_uint_t ngx_http_partner_pepper_next(ngx_http_partner_call_t *call);


#endif
