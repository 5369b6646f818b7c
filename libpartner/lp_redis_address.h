/*
 * Where Redis is, as a directive of the gateway and an option of partnerd say:
 *
 *     unix:/path
 *     host[:port]
 *     sentinel:name@host[:port],host[:port]...
 */

#ifndef LP_REDIS_ADDRESS_H
#define LP_REDIS_ADDRESS_H


#include <stddef.h>
#include <stdint.h>

#include "lp_error.h"


#define LP_REDIS_PATH      107 /* bytes of a Unix socket's path */
#define LP_REDIS_HOST      253 /* characters of a DNS name */
#define LP_REDIS_MASTER    63
#define LP_REDIS_ENDPOINTS 8

#define LP_REDIS_ALLOWED                                                      \
    "HOST[:PORT], unix:/PATH or sentinel:NAME@HOST[:PORT],HOST[:PORT]"


typedef struct {
    char     host[LP_REDIS_HOST + 1]; /* IPv6 without its brackets */
    uint16_t port;
} lp_redis_endpoint_t;

typedef struct {
    char                path[LP_REDIS_PATH + 1];     /* "": not a socket */
    char                master[LP_REDIS_MASTER + 1]; /* "": no Sentinels */
    lp_redis_endpoint_t endpoints[LP_REDIS_ENDPOINTS];
    size_t              n; /* of them: Redis itself, or the Sentinels */
} lp_redis_address_t;


/* LP_INVALID: `err->text` says what is allowed; resolves no name. */
int lp_redis_address_parse(lp_redis_address_t *a, const char *text, size_t len,
                           lp_error_t *err);


#endif
