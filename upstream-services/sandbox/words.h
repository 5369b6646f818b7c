/*
 * The words that records are made of.  Everyone is invented: mail goes to the
 * reserved domains of RFC 2606, and telephone numbers are of ranges that are
 * set aside for fiction.
 */

#ifndef SB_WORDS_H
#define SB_WORDS_H


#include "random.h"


extern const sb_words_t sb_given_names;
extern const sb_words_t sb_family_names;
extern const sb_words_t sb_mail_names; /* ASCII, one for the local part */
extern const sb_words_t sb_mail_domains;
extern const sb_words_t sb_phone_ranges; /* all but their last two digits */
extern const sb_words_t sb_streets;
extern const sb_words_t sb_cities;
extern const sb_words_t sb_countries;
extern const sb_words_t sb_currencies;
extern const sb_words_t sb_relations;
extern const sb_words_t sb_vehicles;
extern const sb_words_t sb_card_brands;
extern const sb_words_t sb_companies;
extern const sb_words_t sb_remarks; /* quotes, backslashes, controls, emoji */


#endif
