/*
 * What the gateway's services in shared memory need of nginx, for tests of
 * them without nginx: one file of a test includes it.
 */

#ifndef UNIT_NGINX_H
#define UNIT_NGINX_H


#include <ngx_config.h>
#include <ngx_core.h>


static ngx_time_t    unit_time = { .sec = 1 };
volatile ngx_time_t *ngx_cached_time = &unit_time;
ngx_pid_t            ngx_pid = 1;


/* FNV-1a: any hash will do. */
uint32_t
ngx_murmur_hash2(u_char *data, size_t len)
{
    uint32_t hash;

    for (hash = 2166136261u; len > 0; len--) {
        hash = (hash ^ *data++) * 16777619u;
    }

    return hash ^ hash >> 15;
}


#endif
