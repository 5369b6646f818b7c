/*
 * Collects what went wrong with one request.
 */

#include <stdarg.h>
#include <stdio.h>

#include "problem.h"


/*
 * The first mistake names the answer; what follows from it would only confuse.
 */
int
pd_problem(pd_problem_t *p, const char *code, const char *fmt, ...)
{
    va_list args;

    if (p->code != NULL) {
        return PD_REFUSED;
    }

    p->code = code;

    va_start(args, fmt);
    (void) vsnprintf(p->detail, sizeof(p->detail), fmt, args);
    va_end(args);

    return PD_REFUSED;
}


int
pd_problem_plain(pd_problem_t *p, const char *code)
{
    return pd_problem(p, code, "%s", "");
}


void
pd_problem_add(pd_problem_t *p, const char *kind, const char *where,
               const char *fmt, ...)
{
    char    text[PD_MISTAKE_MAX];
    va_list args;
    json_t *mistake;

    if (p->errors == NULL) {
        p->errors = json_array();
    }

    if (json_array_size(p->errors) >= PD_MISTAKES) {
        p->more++;
        return;
    }

    va_start(args, fmt);
    (void) vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);

    /* Text that was cut inside a character is no JSON string: leave it out. */
    mistake = json_pack("{s:s, s:s}", kind, where, "detail", text);
    if (mistake == NULL) {
        mistake = json_pack("{s:s, s:s}", kind, "", "detail",
                            "is not as the contract has it");
    }

    (void) json_array_append_new(p->errors, mistake);
}


/* Codes and details are texts of the program and of the structure. */
void
pd_problem_clear(pd_problem_t *p)
{
    json_decref(p->errors);
    *p = (pd_problem_t){ 0 };
}
