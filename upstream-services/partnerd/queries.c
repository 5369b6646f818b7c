/*
 * Reads named SQL statements and numbers their parameters.
 */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "queries.h"


#define PD_MARK     "-- name: "
#define PD_MARK_LEN (sizeof(PD_MARK) - 1)
#define PD_SCAN     " scan\n"
#define PD_SCAN_LEN (sizeof(PD_SCAN) - 1)


typedef struct {
    pd_statement_t *statement;
    FILE           *out;
    lp_error_t     *err;
} pd_rewrite_t;


/* In the order of pd_source_t. */
static const char *const pd_source_names[]
    = { "path", "query", "body",        "given",   "cursor", "identity",
        "key",  "match", "idempotency", "subject", "work" };


const char *
pd_source_name(pd_source_t source)
{
    return pd_source_names[source];
}


/* PD_SOURCES when there is no such source. */
static pd_source_t
pd_source_parse(const char *name, size_t len)
{
    unsigned s;

    for (s = 0; s < PD_SOURCES; s++) {
        if (strlen(pd_source_names[s]) == len
            && memcmp(pd_source_names[s], name, len) == 0) {
            break;
        }
    }

    return (pd_source_t) s;
}


/* The number ($n) of the binding, new or known; 0 when there is no room. */
static size_t
pd_statement_bind(pd_statement_t *s, pd_source_t source, const char *name,
                  size_t len)
{
    size_t i;

    for (i = 0; i < s->nbindings; i++) {
        if (s->bindings[i].source == source
            && strlen(s->bindings[i].name) == len
            && memcmp(s->bindings[i].name, name, len) == 0) {
            return i + 1;
        }
    }

    if (i == PD_BINDINGS) {
        return 0;
    }

    s->sources |= 1U << source;
    s->bindings[i].source = source;
    s->bindings[i].name = strndup(name, len);
    if (s->bindings[i].name == NULL) {
        return 0;
    }

    return ++s->nbindings;
}


/* `p` is behind the colon; returns what follows the parameter, or NULL. */
static const char *
pd_rewrite_parameter(pd_rewrite_t *r, const char *p)
{
    size_t      len, n;
    const char *name;
    pd_source_t source;

    name = p + strcspn(p, ".");
    source = pd_source_parse(p, (size_t) (name - p));
    name += *name == '.';

    for (len = 0; isalnum((unsigned char) name[len]) || name[len] == '_';) {
        len++;
    }

    n = source == PD_SOURCES || len == 0
            ? 0
            : pd_statement_bind(r->statement, source, name, len);

    if (n == 0) {
        (void) lp_error(r->err, "",
                        "%s: parameter :%.20s is not source.name, "
                        "or is the %dth",
                        r->statement->name, p, PD_BINDINGS + 1);
        return NULL;
    }

    (void) fprintf(r->out, "$%zu", n);

    return name + len;
}


/* The end of quoted text or of a comment that begins here; else `p`. */
static const char *
pd_skip(const char *p, const char *end)
{
    char        quote;
    const char *q;

    if (*p == '\'' || *p == '"') {
        quote = *p;
        q = memchr(p + 1, quote, (size_t) (end - p) - 1);
        return q == NULL ? end : q + 1;
    }

    if (*p == '-' && p + 1 < end && p[1] == '-') {
        q = memchr(p, '\n', (size_t) (end - p));
        return q == NULL ? end : q;
    }

    return p;
}


/* Comments are dropped: what stands before the next name is about that one. */
static int
pd_rewrite(pd_rewrite_t *r, const char *p, const char *end)
{
    const char *next;

    while (p < end) {
        next = pd_skip(p, end);

        if (next > p) {
            if (*p != '-') {
                (void) fwrite(p, 1, (size_t) (next - p), r->out);
            }
            p = next;

        } else if (*p == ':' && p[1] == ':') {
            (void) fputs("::", r->out);
            p += 2;

        } else if (*p == ':' && isalpha((unsigned char) p[1])) {
            p = pd_rewrite_parameter(r, p + 1);
            if (p == NULL) {
                return LP_INVALID;
            }

        } else {
            (void) fputc(*p++, r->out);
        }
    }

    return LP_OK;
}


/* `p` is at the name; the statement goes on until `end`. */
static int
pd_queries_add(pd_queries_t *q, const char *p, const char *end,
               const char *file, lp_error_t *err)
{
    int             rc;
    size_t          len, size;
    pd_rewrite_t    r = { .err = err };
    pd_statement_t *s;

    s = calloc(1, sizeof(pd_statement_t));
    if (s == NULL || q->n == PD_STATEMENTS) {
        free(s);
        return lp_error(err, "", "%s: more than %d statements", file,
                        PD_STATEMENTS);
    }

    s->number = (unsigned) q->n;
    q->statements[q->n++] = s;

    len = strcspn(p, " \t\r\n");
    s->scan = strncmp(p + len, PD_SCAN, PD_SCAN_LEN) == 0;
    if (len == 0 || len > PD_STATEMENT_LEN
        || (!s->scan && strcspn(p, "\n") != len)) {
        return lp_error(err, "", "%s: \"%.64s\" is no name", file, p);
    }

    if (pd_queries_find(q, strndupa(p, len)) != NULL) {
        return lp_error(err, "", "%s: %.*s is there twice", file, (int) len,
                        p);
    }

    memcpy(s->name, p, len);
    r.statement = s;
    r.out = open_memstream(&s->sql, &size);
    if (r.out == NULL) {
        return lp_error(err, "", "%s: no memory", file);
    }

    rc = pd_rewrite(&r, p + strcspn(p, "\n"), end);

    if (fclose(r.out) != 0) {
        return lp_error(err, "", "%s: no memory", file);
    }

    return rc;
}


/* Text before the first name is the file's own comment. */
int
pd_queries_parse(pd_queries_t *q, const char *text, const char *file,
                 lp_error_t *err)
{
    const char *p, *next;

    p = strncmp(text, PD_MARK, PD_MARK_LEN) == 0 ? text
                                                 : strstr(text, "\n" PD_MARK);
    if (p == NULL) {
        return lp_error(err, "", "%s has no line \"" PD_MARK "...\"", file);
    }

    for (; p != NULL; p = next) {
        p += PD_MARK_LEN + (*p == '\n');
        next = strstr(p, "\n" PD_MARK);

        if (pd_queries_add(q, p, next == NULL ? p + strlen(p) : next, file,
                           err)
            != LP_OK) {
            return LP_INVALID;
        }
    }

    return LP_OK;
}


int
pd_queries_load(pd_queries_t *q, const char *dir, lp_error_t *err)
{
    int        rc;
    char      *text;
    size_t     i;
    pd_files_t files;

    q->n = 0;
    rc = pd_files_list(&files, dir, ".sql", err);

    for (i = 0; rc == LP_OK && i < files.n; i++) {
        text = pd_file_read(files.paths[i], err);
        rc = text == NULL ? LP_INVALID
                          : pd_queries_parse(
                              q, text, pd_file_name(files.paths[i]), err);
        free(text);
    }

    pd_files_free(&files);

    if (rc != LP_OK) {
        pd_queries_free(q);
    }

    return rc;
}


/* Also what a failed load has left. */
void
pd_queries_free(pd_queries_t *q)
{
    pd_statement_t *s;

    while (q->n > 0) {
        s = q->statements[--q->n];

        while (s->nbindings > 0) {
            free(s->bindings[--s->nbindings].name);
        }

        free(s->sql);
        free(s);
    }
}


const pd_statement_t *
pd_queries_find(const pd_queries_t *q, const char *name)
{
    size_t i;

    for (i = 0; i < q->n; i++) {
        if (strcmp(q->statements[i]->name, name) == 0) {
            return q->statements[i];
        }
    }

    return NULL;
}
