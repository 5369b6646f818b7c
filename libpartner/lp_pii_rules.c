/*
 * Keeps what each path in the answers of an operation is marked with.
 */

#include <string.h>

#include "lp_pii_rules.h"


int
lp_pii_marked(const json_t *schema)
{
    const json_t *mark;

    mark = json_object_get(schema, "x-pii");

    return mark != NULL && !json_is_false(mark);
}


/*
 * A class becomes a word of directives and a label of metrics, so it is as
 * narrow as these; strchr() would find the zero at the end of the list.
 */
int
lp_pii_class_valid(const char *class, size_t len)
{
    size_t i;

    for (i = 0; i < len; i++) {
        if (class[i] == '\0' || strchr(LP_PII_PLAIN, class[i]) == NULL) {
            return 0;
        }
    }

    return len > 0 && len <= LP_PII_CLASS;
}


/* `true` marks without a class of its own. */
const char *
lp_pii_class(const json_t *mark)
{
    const char *class;

    class = json_is_true(mark) ? "personal" : json_string_value(mark);

    return class != NULL && lp_pii_class_valid(class, strlen(class)) ? class
                                                                     : NULL;
}


/* At most LP_PII_RULES, and only while a configuration is read. */
static const lp_pii_rule_t *
lp_pii_known(const lp_pii_t *pii, const char *path)
{
    size_t i;

    for (i = 0; i < pii->n; i++) {
        if (strcmp(pii->rules[i].path, path) == 0) {
            return &pii->rules[i];
        }
    }

    return NULL;
}


const char *
lp_pii_add(lp_pii_t *pii, const char *path, const char *class,
           lp_arena_t *arena)
{
    lp_pii_rule_t       *rule;
    const lp_pii_rule_t *known;

    known = lp_pii_known(pii, path);

    if (known != NULL) {
        return strcmp(known->class, class) == 0
                   ? NULL
                   : "another schema of the operation marks the same place "
                     "with another class; allowed: one class for one place "
                     "in the answers";
    }

    if (pii->n == LP_PII_RULES) {
        return "an operation has at most 256 marks of personal data";
    }

    rule = &pii->rules[pii->n];
    rule->path = lp_arena_text(arena, path, strlen(path));
    rule->class = lp_arena_text(arena, class, strlen(class));

    if (rule->path == NULL || rule->class == NULL) {
        return "no memory";
    }

    pii->n++;

    return NULL;
}
