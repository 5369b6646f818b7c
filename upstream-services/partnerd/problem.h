/*
 * What went wrong with one request: a code of the catalogue, a sentence, and
 * every mistake that was found.
 */

#ifndef PD_PROBLEM_H
#define PD_PROBLEM_H


#include <jansson.h>


#define PD_OK      0
#define PD_REFUSED (-1) /* the problem says why */

#define PD_MISTAKES    64  /* reported for one request */
#define PD_MISTAKE_MAX 480 /* bytes of one, which may be a list */


/* Zeroed: no problem.  Ends with pd_problem_clear(). */
typedef struct {
    const char *code;        /* static; NULL: no problem */
    char        detail[256]; /* "": none */
    json_t     *errors;      /* array, owned; NULL: none */
    size_t      more;        /* mistakes that `errors` has no room for */
} pd_problem_t;


/*
 * Sets code and detail, unless a code is set: the first problem counts.  The
 * plain one has no detail.  Both return PD_REFUSED.
 */
int pd_problem_plain(pd_problem_t *p, const char *code);
int pd_problem(pd_problem_t *p, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Adds a mistake: `kind` is "pointer" or "parameter", `where` its JSON
 * pointer or name.  Beyond PD_MISTAKES they are counted, which a detail then
 * says.
 */
void pd_problem_add(pd_problem_t *p, const char *kind, const char *where,
                    const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

void pd_problem_clear(pd_problem_t *p);


#endif
