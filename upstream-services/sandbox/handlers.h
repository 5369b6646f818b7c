/*
 * The sandbox's operations.
 */

#ifndef SB_HANDLERS_H
#define SB_HANDLERS_H


#include "call.h"


void sb_rides(sb_call_t *call); /* a list, or the record that the tail names */
void sb_leads(sb_call_t *call);
void sb_policies(sb_call_t *call);
void sb_book(sb_call_t *call); /* POST /v1/rides */
void sb_products(sb_call_t *call);

void sb_echo(sb_call_t *call);
void sb_status(sb_call_t *call);

void sb_slow(sb_call_t *call);
void sb_slow_close(sb_server_t *server); /* forgets the answers that wait */

/* Routes a request of evhttp; `arg` is the sb_server_t. */
void sb_route(struct evhttp_request *req, void *arg);


#endif
