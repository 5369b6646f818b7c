/*
 * One record of each collection, from its number.  A new reference, or NULL
 * for no memory.
 */

#ifndef SB_RECORDS_H
#define SB_RECORDS_H


#include <jansson.h>
#include <stdint.h>


#define SB_RECORDS 10000 /* in each collection, numbered from 1 */


typedef json_t *(*sb_record_pt)(uint64_t seed, uint64_t number);

json_t *sb_ride(uint64_t seed, uint64_t number);
json_t *sb_lead(uint64_t seed, uint64_t number);
json_t *sb_policy(uint64_t seed, uint64_t number);


#endif
