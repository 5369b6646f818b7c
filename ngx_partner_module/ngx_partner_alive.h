/*
 * Whether a process is there, whoever it belongs to: a number that another has
 * got by now is alive.  `pid` is above 0.
 */

#ifndef NGX_PARTNER_ALIVE_H
#define NGX_PARTNER_ALIVE_H


#include <errno.h>
#include <signal.h>
#include <stdint.h>


static inline int
ngx_partner_alive(uint32_t pid)
{
    return kill((pid_t) pid, 0) == 0 || errno == EPERM;
}


#endif
