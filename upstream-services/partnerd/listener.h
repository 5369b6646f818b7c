/*
 * The Unix socket on which partnerd answers.
 */

#ifndef PD_LISTENER_H
#define PD_LISTENER_H


#include "lp_error.h"


/*
 * Binds and listens at unix:/path, mode 0660; a socket that nobody answers on
 * is taken over.  Returns the descriptor, or -1: the error names the option.
 */
int pd_listener_open(const char *option, const char *address, lp_error_t *err);

/* Removes the socket of a process that ends. */
void pd_listener_remove(const char *address);


#endif
