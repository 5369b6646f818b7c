/*
 * The answer to what takes access away, kept until the gateways obey.
 */

#ifndef PD_PARK_H
#define PD_PARK_H


#include "request.h"


/*
 * Takes the body, which is sent with 200 once every living gateway obeys the
 * transaction that the result names, and otherwise with 202 and those that do
 * not.
 */
void pd_request_park(pd_request_t *r, struct evbuffer *body,
                     const PGresult *res);


#endif
