/*
 * Interned strings: partner ids, application ids, scope sets and policy names
 * are stored once, are never freed and never move, so a reference is enough to
 * compare, to count by and to print.
 */

#ifndef NGX_PARTNER_NAMES_H
#define NGX_PARTNER_NAMES_H


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_PARTNER_NAMES_OWNERS 1024 /* powers of two */
#define NGX_PARTNER_NAMES_WAYS   16   /* accounts that an owner may have */

/* Of the room, what the names of one owner may take. */
#define NGX_PARTNER_NAMES_SHARE 8


typedef uint32_t ngx_partner_name_t; /* 0: no name, or no room */

/*
 * What one owner has taken.  There are more owners than accounts: a new one
 * gets that of its set with the least on it, and what is on it (Metwally,
 * Agrawal, El Abbadi, 2005).  So nobody is charged less than it took, nor more
 * than that and a small part of what all of the set took: one that fills its
 * share is the last to lose its account, and no other answers for it.
 */
typedef struct {
    uint32_t owner; /* bits of a hash that the set does not go by */
    unsigned bytes : 30;
    unsigned full : 1; /* a name was refused, */
    unsigned told : 1; /* and the log has it */
} ngx_partner_account_t;

typedef struct {
    u_char               *arena;
    uint32_t             *index; /* open addressing; 0: free */
    uint32_t              mask;
    uint32_t              size;    /* bytes in the arena */
    uint32_t              used;    /* of them */
    uint32_t              count;   /* names */
    uint32_t              most;    /* names that the index takes */
    ngx_atomic_t          refused; /* for want of room, since the start */
    ngx_partner_account_t all;     /* its bytes are `used` */
    ngx_partner_account_t owners[NGX_PARTNER_NAMES_OWNERS];
} ngx_partner_names_t;

/* Who answers for a name, by a text that is the owner's alone; empty: nobody,
 * for what the configuration or the platform itself names. */
typedef ngx_str_t ngx_partner_owner_t;


/* Takes `size` zeroed bytes for good. */
void ngx_partner_names_init(ngx_partner_names_t *names, u_char *mem,
                            size_t size);

/* Under the zone lock.  0 when the text is empty or there is no room. */
ngx_partner_name_t ngx_partner_names_intern(ngx_partner_names_t *names,
                                            const char *text, size_t len);

/*
 * The same, on the account of who has it: a partner with very many applications
 * shall not take the room of all others.  A name that is there already costs
 * nothing, whoever brings it.
 */
ngx_partner_name_t ngx_partner_names_own(ngx_partner_names_t       *names,
                                         const ngx_partner_owner_t *owner,
                                         const char *text, size_t len);

/*
 * The same for names that callers bring, of whom there may be any number: all
 * together may take half of the room, the rest is for those that the platform
 * gives.
 */
ngx_partner_name_t ngx_partner_names_admit(ngx_partner_names_t       *names,
                                           const ngx_partner_owner_t *owner,
                                           const char *text, size_t len);

/*
 * Under the zone lock, after a name was refused: what the log has to be told
 * now.  NGX_BUSY: that this owner's share is taken.  NGX_ERROR: that there is
 * no room for anybody's.  NGX_OK: nothing, it was told.
 */
ngx_int_t ngx_partner_names_untold(ngx_partner_names_t       *names,
                                   const ngx_partner_owner_t *owner);

/* Needs no lock.  0 when the text was never interned. */
ngx_partner_name_t ngx_partner_names_find(ngx_partner_names_t *names,
                                          const char *text, size_t len);

/* Needs no lock; the text lives as long as the zone. */
ngx_str_t ngx_partner_names_get(ngx_partner_names_t *names,
                                ngx_partner_name_t   name);


#endif
