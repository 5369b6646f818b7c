/*
 * What is said before a number, for forms that are not data by themselves.
 */

#ifndef LP_DETECT_CUE_H
#define LP_DETECT_CUE_H


#include "lp_detect.h"


/*
 * Of those classes (bits, 1 << lp_detect_class_t) the ones that a word in the
 * few bytes before `at` announces; none where a word right before it says that
 * the number counts something.
 */
unsigned lp_detect_said(const uint8_t *text, size_t at, unsigned classes);


#endif
