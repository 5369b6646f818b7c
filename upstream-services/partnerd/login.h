/*
 * Where Redis is, and as whom to log in.
 */

#ifndef PD_LOGIN_H
#define PD_LOGIN_H


#include "lp_redis_address.h"
#include "options.h"


#define PD_PASSWORD_MAX 512 /* bytes, with the final zero */


typedef struct {
    lp_redis_address_t address;
    char               user[128];                 /* "": the default one */
    char               password[PD_PASSWORD_MAX]; /* "": none */
} pd_login_t;


/*
 * Reads --redis, --redis-user and the password's file.  LP_INVALID: the error
 * names what is wrong, and never the password.
 */
int pd_login_load(pd_login_t *login, const pd_options_t *o, lp_error_t *err);

/* The password, once nobody connects any more. */
void pd_login_wipe(pd_login_t *login);


#endif
