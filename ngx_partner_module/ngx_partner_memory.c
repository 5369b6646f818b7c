/*
 * The memory of a zone, and how the next binary comes by it.
 */

#include "ngx_partner_memory.h" /* first: nginx asks for memfd_create() */

#include <openssl/rand.h>
#include <sys/mman.h>

#include "ngx_partner_alive.h"


#define NGX_PARTNER_MEMORY_SPIN 2048 /* as ngx_shmtx_lock() has it */
#define NGX_PARTNER_MEMORY_NAP  100  /* us */

/*
 * There are addresses in the memory, so the next binary needs it where it was.
 * Where the kernel puts it by itself a library may lie by then; in these 2^44
 * bytes nothing does: they are between program and libraries, and above what
 * the address sanitizer keeps.  A machine without them chooses others.
 */
#define NGX_PARTNER_MEMORY_FROM ((uint64_t) 1 << 45)
#define NGX_PARTNER_MEMORY_SPAN ((uint64_t) 1 << 44)


static void
ngx_partner_memory_close(void *data)
{
    ngx_partner_memory_t *memory = data;

    if (memory->fd != NGX_INVALID_FILE) {
        (void) ngx_close_file(memory->fd);
    }
}


/*
 * The next binary sees of the environment what the configuration says, as with
 * "env", and so what is added to that: DIRECTIVE=FILE:ZONE.
 */
ngx_int_t
ngx_partner_memory_create(ngx_partner_memory_t *memory, ngx_conf_t *cf,
                          const char *directive, const ngx_str_t *zone)
{
    size_t              len;
    u_char             *text;
    ngx_str_t          *variable;
    ngx_core_conf_t    *ccf;
    ngx_pool_cleanup_t *cleanup;

    ccf = (ngx_core_conf_t *) ngx_get_conf(cf->cycle->conf_ctx,
                                           ngx_core_module);
    len = ngx_strlen(directive);

    cleanup = ngx_pool_cleanup_add(cf->pool, 0);
    text = ngx_pcalloc(cf->pool, len + NGX_INT32_LEN + zone->len + 3);
    variable = ngx_array_push(&ccf->env);

    if (cleanup == NULL || text == NULL || variable == NULL) {
        return NGX_ERROR;
    }

    variable->data = text;
    variable->len = len;

    memory->directive = directive;
    memory->fd = NGX_INVALID_FILE;
    memory->handed.data = ngx_sprintf(text, "%s=", directive);
    memory->handed.len = NGX_INT32_LEN + zone->len + 1;

    cleanup->handler = ngx_partner_memory_close;
    cleanup->data = memory;

    return NGX_OK;
}


/* The memory is in that file, and the next binary is told so. */
static void
ngx_partner_memory_hand(ngx_partner_memory_t *memory, ngx_fd_t fd)
{
    memory->fd = fd;

    if (fd != NGX_INVALID_FILE) {
        (void) ngx_snprintf(memory->handed.data, memory->handed.len, "%d:%V",
                            fd, &memory->shm_zone->shm.name);
    }
}


/* Puts the file in the place of nginx' own memory; `fixed`: right there. */
static ngx_int_t
ngx_partner_memory_map(ngx_partner_memory_t *memory, ngx_fd_t fd, void *where,
                       int fixed)
{
    u_char    *addr;
    ngx_shm_t *shm;

    shm = &memory->shm_zone->shm;
    addr = mmap(where, shm->size, PROT_READ | PROT_WRITE, MAP_SHARED | fixed,
                fd, 0);

    if (addr == MAP_FAILED) {
        return NGX_ERROR;
    }

    if (fixed && addr != where) { /* a kernel before 4.17 */
        (void) munmap(addr, shm->size);
        ngx_set_errno(NGX_EEXIST);
        return NGX_ERROR;
    }

    ngx_shm_free(shm);
    shm->addr = addr;
    memory->shpool = (ngx_slab_pool_t *) addr;
    ngx_partner_memory_hand(memory, fd);

    return NGX_OK;
}


/* The name of the zone whose file the binary before has handed on, or NULL. */
static const char *
ngx_partner_memory_told(const char *directive, ngx_fd_t *fd)
{
    const char *text, *colon;

    text = (ngx_inherited && ngx_is_init_cycle(ngx_cycle)) ? getenv(directive)
                                                           : NULL;
    colon = (text != NULL) ? strchr(text, ':') : NULL;

    if (colon == NULL) {
        return NULL;
    }

    *fd = (ngx_fd_t) ngx_atoi((u_char *) text, (size_t) (colon - text));

    return colon + 1;
}


/* What the binary before has handed on, or -1: nothing of this zone. */
static ngx_fd_t
ngx_partner_memory_handed(const ngx_partner_memory_t *memory)
{
    ngx_fd_t         fd;
    const char      *text;
    const ngx_str_t *name;

    text = ngx_partner_memory_told(memory->directive, &fd);
    name = &memory->shm_zone->shm.name;

    return (text != NULL && ngx_strlen(text) == name->len
            && ngx_memcmp(text, name->data, name->len) == 0)
               ? fd
               : NGX_INVALID_FILE;
}


static ngx_int_t
ngx_partner_memory_other(const ngx_partner_memory_t *memory)
{
    ngx_log_error(NGX_LOG_EMERG, memory->shm_zone->shm.log, 0,
                  "%s \"%V\" has another size in the nginx that runs, or was "
                  "laid out by another version of the module: restart nginx, "
                  "or give it another name, which loses what it counts",
                  memory->directive, &memory->shm_zone->shm.name);

    return NGX_ERROR;
}


/* NGX_DECLINED: there is nothing. */
static ngx_int_t
ngx_partner_memory_inherit(ngx_partner_memory_t *memory)
{
    size_t          size;
    ngx_fd_t        fd;
    ngx_slab_pool_t pool;
    ngx_file_info_t info;

    fd = ngx_partner_memory_handed(memory);

    if (fd == NGX_INVALID_FILE) {
        return NGX_DECLINED;
    }

    size = memory->shm_zone->shm.size;

    if (ngx_fd_info(fd, &info) == NGX_FILE_ERROR
        || (size_t) ngx_file_size(&info) != size
        || pread(fd, &pool, sizeof(pool), 0) != sizeof(pool)
        || (u_char *) pool.data < (u_char *) pool.addr
        || (u_char *) pool.data >= (u_char *) pool.addr + size) {
        return ngx_partner_memory_other(memory);
    }

    if (ngx_partner_memory_map(memory, fd, pool.addr, MAP_FIXED_NOREPLACE)
        != NGX_OK) {
        ngx_log_error(NGX_LOG_EMERG, memory->shm_zone->shm.log, ngx_errno,
                      "%s \"%V\": mmap() failed to put the memory of the "
                      "nginx that runs where it is there; try again",
                      memory->directive, &memory->shm_zone->shm.name);
        return NGX_ERROR;
    }

    (void) unsetenv(memory->directive); /* or _tidy would give it up */

    return NGX_OK;
}


ngx_int_t
ngx_partner_memory_tidy(ngx_cycle_t *cycle)
{
    ngx_fd_t   fd;
    ngx_uint_t i;

    static const char *const directives[]
        = { NGX_PARTNER_ZONE_OF_ALL, NGX_PARTNER_ZONE_OF_TOKENS };

    (void) cycle;

    for (i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
        if (ngx_partner_memory_told(directives[i], &fd) != NULL) {
            (void) ngx_close_file(fd);
        }
    }

    return NGX_OK;
}


/* As nginx does with the memory that it gives. */
static ngx_int_t
ngx_partner_memory_pool(ngx_slab_pool_t *pool, size_t size)
{
    pool->addr = pool;
    pool->end = (u_char *) pool + size;
    pool->min_shift = 3;

    if (ngx_shmtx_create(&pool->mutex, &pool->lock, NULL) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_slab_init(pool);

    return NGX_OK;
}


/* NGX_DECLINED: it stays what nginx has given, as errno says. */
static ngx_int_t
ngx_partner_memory_make(ngx_partner_memory_t *memory)
{
    size_t    size;
    ngx_fd_t  fd;
    uint64_t  where;
    ngx_err_t err;

    size = memory->shm_zone->shm.size;
    fd = memfd_create(memory->directive, MFD_ALLOW_SEALING);

    if (fd == NGX_INVALID_FILE) {
        return NGX_DECLINED;
    }

    /*
     * Workers have the file too, and one that shrank would end all processes.
     * The address is one that nobody knows, as the kernel's own are.
     */

    if (ftruncate(fd, (off_t) size) == -1
        || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
               == -1
        || RAND_bytes((u_char *) &where, sizeof(where)) != 1) {
        goto failed;
    }

    where = NGX_PARTNER_MEMORY_FROM + where % NGX_PARTNER_MEMORY_SPAN;
    where -= where % ngx_pagesize;

    if (ngx_partner_memory_map(memory, fd, (void *) (uintptr_t) where, 0)
        == NGX_OK) {
        return ngx_partner_memory_pool(memory->shpool, size);
    }

failed:

    err = ngx_errno;
    (void) ngx_close_file(fd);
    ngx_set_errno(err);

    return NGX_DECLINED;
}


static ngx_int_t
ngx_partner_memory_begin(ngx_partner_memory_t *memory, uint64_t layout,
                         size_t *size)
{
    ngx_int_t rc;

    rc = ngx_partner_memory_make(memory);

    if (rc == NGX_DECLINED) {
        ngx_log_error(NGX_LOG_WARN, memory->shm_zone->shm.log, ngx_errno,
                      "%s \"%V\" has no file of its own: another binary "
                      "could not inherit it, and would begin to count anew",
                      memory->directive, &memory->shm_zone->shm.name);
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    *size = memory->shpool->pfree * ngx_pagesize;
    memory->head = ngx_slab_alloc(memory->shpool, *size);

    if (memory->head == NULL) {
        return NGX_ERROR;
    }

#if (NGX_DEBUG_MALLOC)
    /* elsewhere it is fresh from mmap(), and touching it would cost memory */
    ngx_memzero(memory->head, *size);
#endif

    memory->head->layout = layout;
    memory->shpool->data = memory->head;

    return NGX_DECLINED;
}


ngx_int_t
ngx_partner_memory_open(ngx_partner_memory_t *memory, ngx_shm_zone_t *shm_zone,
                        const ngx_partner_memory_t *old, uint64_t layout,
                        size_t *size)
{
    ngx_fd_t  fd;
    ngx_int_t rc;

    memory->shm_zone = shm_zone;
    memory->shpool = (ngx_slab_pool_t *) shm_zone->shm.addr;
    layout += sizeof(ngx_slab_pool_t); /* which is in it, too */

    if (old == NULL) {
        rc = ngx_partner_memory_inherit(memory);

    } else {
        rc = NGX_OK;
        fd = dup(old->fd);

        if (fd == NGX_INVALID_FILE && old->fd != NGX_INVALID_FILE) {
            ngx_log_error(NGX_LOG_ERR, shm_zone->shm.log, ngx_errno,
                          "%s \"%V\": dup() failed, another binary could not "
                          "inherit it",
                          memory->directive, &shm_zone->shm.name);
        }

        ngx_partner_memory_hand(memory, fd);
    }

    if (rc == NGX_DECLINED) {
        return ngx_partner_memory_begin(memory, layout, size);
    }

    if (rc == NGX_OK) {
        memory->head = memory->shpool->data;

        if (memory->head->layout != layout) {
            return ngx_partner_memory_other(memory);
        }
    }

    if (rc == NGX_OK && old == NULL) {
        memory->head->heir = (ngx_atomic_t) ngx_pid;
    }

    return rc;
}


ngx_uint_t
ngx_partner_memory_shared(const ngx_partner_memory_t *memory, ngx_pid_t master)
{
    ngx_pid_t heir;

    heir = (ngx_pid_t) memory->head->heir;

    return heir != 0 && heir != master && ngx_partner_alive((uint32_t) heir);
}


ngx_pid_t
ngx_partner_memory_lock(ngx_partner_memory_t *memory)
{
    ngx_pid_t    died, owner;
    ngx_uint_t   n;
    ngx_shmtx_t *mutex;

    mutex = &memory->shpool->mutex;

    for (n = 1; !ngx_shmtx_trylock(mutex); n++) {

        if (n % NGX_PARTNER_MEMORY_SPIN != 0) {
            ngx_cpu_pause();
            continue;
        }

        owner = (ngx_pid_t) *mutex->lock;

        if (owner != 0 && !ngx_partner_alive((uint32_t) owner)) {
            (void) ngx_shmtx_force_unlock(mutex, owner);

        } else {
            (void) usleep(NGX_PARTNER_MEMORY_NAP);
        }
    }

    /* set and cleared inside: who finds it set comes after a death between */
    died = (ngx_pid_t) memory->head->holder;
    memory->head->holder = (ngx_atomic_t) ngx_pid;
    ngx_memory_barrier();

    return died;
}


void
ngx_partner_memory_unlock(ngx_partner_memory_t *memory)
{
    ngx_memory_barrier();
    memory->head->holder = 0;
    ngx_shmtx_unlock(&memory->shpool->mutex);
}
