/*
 * The gateways that are known, each as it last told of itself: which revision
 * it obeys, and how long it may serve without being heard of.
 */

#ifndef PD_GATEWAYS_H
#define PD_GATEWAYS_H


#include <stddef.h>
#include <stdint.h>
#include <jansson.h>


#define PD_GATEWAYS_MAX 4096 /* more are not taken in */
#define PD_GATEWAY_ID   16   /* hexadecimal digits: the incarnation */
#define PD_GATEWAY_NODE 63   /* bytes of its name that are shown */


typedef struct {
    char    id[PD_GATEWAY_ID + 1];
    char    node[PD_GATEWAY_NODE + 1];
    int64_t revision;
    int64_t lease;    /* milliseconds; the longest of its tiers */
    int64_t stale;    /* the same */
    int64_t lifetime; /* milliseconds after `heard` until it is forgotten */
    int64_t heard;    /* pd_clock() */
} pd_gateway_t;

/* Zeroed at first. */
typedef struct {
    pd_gateway_t *all; /* owned */
    size_t        n;
} pd_gateways_t;


/*
 * Takes in what a gateway told `age` milliseconds ago: its record, or its id
 * alone when it leaves.  -1: it makes no sense, or there is no room.
 */
int pd_gateways_hear(pd_gateways_t *g, const char *text, size_t len,
                     int64_t age, int64_t now);

void pd_gateways_free(pd_gateways_t *g);

/* Milliseconds: the longest lease of those that live. */
int64_t pd_gateways_lease(const pd_gateways_t *g, int64_t now);

/*
 * How many that live do not obey the revision yet.  `*due`, if asked for, is
 * when the lease of the last of them has run out; `names`, if there is one,
 * gets an object for each.
 */
size_t pd_gateways_behind(const pd_gateways_t *g, int64_t revision,
                          int64_t now, int64_t *due, json_t *names);


#endif
