/*
 * The memory of a zone, and its lock.
 *
 * nginx gives a zone memory that a reload keeps, but not the binary that takes
 * this one's place (SIGUSR2).  So it stands in a file without a name
 * (memfd_create(2)), which that binary inherits and maps where it was: old and
 * new workers count in the same counters, and spend from the same buckets, as
 * they do in a reload.
 */

#ifndef NGX_PARTNER_MEMORY_H
#define NGX_PARTNER_MEMORY_H


#include <ngx_config.h>
#include <ngx_core.h>


/* The directives whose zones are such memory, each once in a configuration. */
#define NGX_PARTNER_ZONE_OF_ALL    "partner_zone"
#define NGX_PARTNER_ZONE_OF_TOKENS "partner_jwt_zone"

/* How what is in the memory begins. */
typedef struct {
    uint64_t     layout; /* a number of what is in it, and how */
    ngx_atomic_t holder; /* pid inside the lock, 0: nobody is */
    ngx_atomic_t heir;   /* pid of the last binary that inherited it */
} ngx_partner_memory_head_t;

typedef struct {
    ngx_shm_zone_t            *shm_zone;
    ngx_slab_pool_t           *shpool;
    ngx_partner_memory_head_t *head;
    const char                *directive; /* which the zone is of */
    ngx_fd_t                   fd;        /* -1: the next binary has no part */
    ngx_str_t                  handed;    /* what it is told of the file */
} ngx_partner_memory_t;


/*
 * While the configuration is read in which the `directive` stands, once;
 * `zone` is the zone's name.
 */
ngx_int_t ngx_partner_memory_create(ngx_partner_memory_t *memory,
                                    ngx_conf_t *cf, const char *directive,
                                    const ngx_str_t *zone);

/*
 * Once nginx has made the zone; `old` is that of the running configuration, or
 * NULL.  `layout` is a hash of the sizes of all that is in it, and has to be
 * another wherever a binary would read it otherwise.
 *
 * NGX_OK: `head` has what was counted.  NGX_DECLINED: the memory is new, and
 * `size` bytes from `head` on are zeros but for the layout.  NGX_ERROR: it is
 * laid out otherwise, or there is none; that was logged.
 */
ngx_int_t ngx_partner_memory_open(ngx_partner_memory_t       *memory,
                                  ngx_shm_zone_t             *shm_zone,
                                  const ngx_partner_memory_t *old,
                                  uint64_t layout, size_t *size);

/* Gives up what was inherited and no zone of the first configuration wants. */
ngx_int_t ngx_partner_memory_tidy(ngx_cycle_t *cycle);

/* Whether another binary lives that inherited it from the one of `master`. */
ngx_uint_t ngx_partner_memory_shared(const ngx_partner_memory_t *memory,
                                     ngx_pid_t                   master);

/*
 * The pid of the process that died inside the lock, 0: none did.  The lock of
 * a process that is gone is taken from it: its master would, unless that was
 * killed, too.
 */
ngx_pid_t ngx_partner_memory_lock(ngx_partner_memory_t *memory);
void      ngx_partner_memory_unlock(ngx_partner_memory_t *memory);


#endif
