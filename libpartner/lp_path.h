/*
 * Paths into a JSON document, compiled to an automaton whose states are bits:
 * `$.rides[*].rider.phone`, `$..email`, `$.list[3]`, `$['odd name'].*`.
 */

#ifndef LP_PATH_H
#define LP_PATH_H


#include <stddef.h>
#include <stdint.h>

#include "lp_error.h"


#define LP_PATH_STEPS    64 /* of a set; paths share what they begin with */
#define LP_PATH_NAME_LEN 64 /* bytes of a member name, unescaped */
#define LP_PATH_NO_MATCH (-1)


typedef enum {
    LP_PATH_NAME, /* a member of that name */
    LP_PATH_INDEX,
    LP_PATH_ANY /* member or element */
} lp_path_kind_t;

typedef struct {
    lp_path_kind_t kind;
    uint32_t       index;
    int            tag;  /* of the path that ends here, or LP_PATH_NO_MATCH */
    uint64_t       next; /* what is expected below, by any path through here */
    size_t         len;
    uint8_t        name[LP_PATH_NAME_LEN];
} lp_path_step_t;

/* Zeroed at first.  Bit i of a state: step i may match the next child. */
typedef struct {
    unsigned       n;
    uint64_t       first;    /* what is expected below the document */
    uint64_t       descends; /* steps that any number of levels may precede */
    lp_path_step_t steps[LP_PATH_STEPS];
} lp_paths_t;


/*
 * `tag`, not negative, names the path; the smallest wins where several match.
 * LP_INVALID: no path, with the place in err->text.
 */
int lp_paths_add(lp_paths_t *paths, const char *text, size_t len, int tag,
                 lp_error_t *err);

/*
 * The state below a child: of an object, with its name or NULL when that is no
 * name of these paths, or of an array.  `fold`: ASCII case does not matter.
 * *tag is that of the path that leads to the child.
 */
uint64_t lp_paths_member(const lp_paths_t *paths, uint64_t state,
                         const uint8_t *name, size_t len, int fold, int *tag);
uint64_t lp_paths_element(const lp_paths_t *paths, uint64_t state,
                          uint32_t index, int *tag);

/*
 * The step as lp_paths_add() reads it, ".name" or "['odd name']", without the
 * point of a descent; what does not fit into `size` bytes, with a zero, is cut.
 * Returns how many it wrote.
 */
size_t lp_path_step_text(const lp_path_step_t *step, char *out, size_t size);


#endif
