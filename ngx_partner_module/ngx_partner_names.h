/*
 * Interned strings: partner ids, application ids, scope sets and policy names
 * are stored once, are never freed and never move, so a reference is enough to
 * compare, to count by and to print.
 */

#ifndef NGX_PARTNER_NAMES_H
#define NGX_PARTNER_NAMES_H


#include <ngx_config.h>
#include <ngx_core.h>


typedef uint32_t ngx_partner_name_t; /* 0: no name, or no room */

typedef struct {
    u_char   *arena;
    uint32_t *index; /* open addressing; 0: free */
    uint32_t  mask;
    uint32_t  size; /* bytes in the arena */
    uint32_t  used;
    uint32_t  count;
} ngx_partner_names_t;


/* Takes `size` zeroed bytes for good. */
void ngx_partner_names_init(ngx_partner_names_t *names, u_char *mem,
                            size_t size);

/* Under the zone lock.  0 when the text is empty or there is no room. */
ngx_partner_name_t ngx_partner_names_intern(ngx_partner_names_t *names,
                                            const char *text, size_t len);

/*
 * The same for names that callers bring, of whom there may be any number: they
 * may take half of the room, the rest is for those that the platform gives.
 */
ngx_partner_name_t ngx_partner_names_admit(ngx_partner_names_t *names,
                                           const char *text, size_t len);

/* Needs no lock.  0 when the text was never interned. */
ngx_partner_name_t ngx_partner_names_find(ngx_partner_names_t *names,
                                          const char *text, size_t len);

/* Needs no lock; the text lives as long as the zone. */
ngx_str_t ngx_partner_names_get(ngx_partner_names_t *names,
                                ngx_partner_name_t   name);


#endif
