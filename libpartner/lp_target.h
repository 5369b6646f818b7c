/*
 * The path of a request: whether all who read it see the same one.
 */

#ifndef LP_TARGET_H
#define LP_TARGET_H


#include <stddef.h>


/*
 * Whether every server reads the same segments in this path: it begins with a
 * slash, no segment but the last is empty, none is "." or "..", and there is
 * neither a ";" (which some cut off) nor a "\" (which some take for a slash),
 * a "#" or a control.
 *
 * `encoded`: the path is as it was sent.  All that counts for what its
 * percent-encodings stand for as well, and one of them stands for a slash in
 * no segment.
 */
int lp_target_plain(const char *path, size_t len, int encoded);


#endif
