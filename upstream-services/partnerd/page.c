/*
 * Writes the contract as a page for people.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "lp_digest.h"
#include "page.h"
#include "wording.h"


#define PD_BASE64_LEN 44 /* of a SHA-256, RFC 4648 */

static const char pd_page_style[]
    = "body{font:16px/1.5 sans-serif;color:#1b1b1b;background:#fff;"
      "margin:0 auto;max-width:60rem;padding:1rem}"
      "a{color:#0b57a4}h2{border-top:2px solid #ccc;padding-top:1rem}"
      "code,pre{font:14px/1.5 monospace;background:#f3f3f3}"
      "pre{padding:.5rem;overflow-x:auto}"
      "table{border-collapse:collapse;width:100%}"
      "th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;"
      "vertical-align:top}small{color:#555}"
      ".deprecated h3{text-decoration:line-through}";


/* ---- text ---- */

static void
pd_page_char(char c, FILE *out)
{
    switch (c) {
    case '&':
        (void) fputs("&amp;", out);
        break;
    case '<':
        (void) fputs("&lt;", out);
        break;
    case '>':
        (void) fputs("&gt;", out);
        break;
    case '"':
        (void) fputs("&quot;", out);
        break;
    default:
        (void) fputc(c, out);
    }
}


/* For what stands inside <code> or a title already. */
static void
pd_page_plain(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        pd_page_char(*text, out);
    }
}


/* What stands `so` is code, as in docs/api.md; one without its pair is not. */
static void
pd_page_text(const char *text, FILE *out)
{
    unsigned code;

    for (code = 0; *text != '\0'; text++) {
        if (*text == '`' && (code || strchr(text + 1, '`') != NULL)) {
            (void) fputs(code ? "</code>" : "<code>", out);
            code = !code;
        } else {
            pd_page_char(*text, out);
        }
    }
}


static void
pd_page_paragraph(const char *text, FILE *out)
{
    if (text[0] != '\0') {
        (void) fputs("<p>", out);
        pd_page_text(text, out);
        (void) fputs("</p>\n", out);
    }
}


/* In the words of docs/api.md: what a schema allows, or, without one, what an
 * operation needs.  Without memory the page goes without them. */
static void
pd_page_words(const pd_schema_t *s, const pd_operation_t *op, FILE *out)
{
    char  *text;
    size_t len;
    FILE  *memory;

    memory = open_memstream(&text, &len);
    if (memory == NULL) {
        return;
    }

    if (s != NULL) {
        pd_wording_schema(s, memory);
    } else {
        pd_wording_scopes(op, memory);
    }

    if (fclose(memory) == 0) {
        pd_page_text(text, out);
    }

    free(text);
}


/* ---- an operation ---- */

static void
pd_page_row(const pd_input_t *input, FILE *out)
{
    (void) fprintf(out, "<tr><td>%s</td><td><code>", input->where);
    pd_page_plain(input->name, out);
    (void) fprintf(out, "</code></td><td>%s</td><td>",
                   input->required ? "yes" : "");
    pd_page_words(input->schema, NULL, out);
    (void) fprintf(out, "%s</td></tr>\n",
                   input->schema->personal ? " <small>Personal data.</small>"
                                           : "");
}


static void
pd_page_inputs(const pd_operation_t *op, FILE *out)
{
    size_t     i;
    pd_input_t input;

    if (!pd_wording_input(op, 0, &input)) {
        return;
    }

    (void) fputs("<table><thead><tr><th>In</th><th>Name</th><th>Required</th>"
                 "<th>Value</th></tr></thead><tbody>\n",
                 out);

    for (i = 0; pd_wording_input(op, i, &input); i++) {
        pd_page_row(&input, out);
    }

    (void) fputs("</tbody></table>\n", out);
}


static void
pd_page_example(const pd_operation_t *op, FILE *out)
{
    char         *text;
    const json_t *media;

    media = json_object_get(
        json_object_get(json_object_get(op->json, "requestBody"), "content"),
        PD_JSON);
    text = media == NULL
               ? NULL
               : json_dumps(json_object_get(media, "example"), JSON_INDENT(2));

    if (text != NULL) {
        (void) fputs("<pre>", out);
        pd_page_plain(text, out);
        (void) fputs("</pre>\n", out);
    }

    free(text);
}


/* `default` is every error; those are named by the codes below. */
static void
pd_page_answers(const pd_operation_t *op, const pd_catalogue_t *c, FILE *out)
{
    size_t      i;
    json_t     *response, *code;
    const char *status;

    (void) fputs("<dl>\n", out);

    json_object_foreach(json_object_get(op->json, "responses"), status,
                        response)
    {
        if (strcmp(status, "default") != 0) {
            (void) fprintf(out, "<dt>%s</dt><dd>", status);
            pd_page_text(pd_wording_text(response, "description"), out);
            (void) fputs("</dd>\n", out);
        }
    }

    (void) fputs("<dt>Errors</dt><dd>", out);

    json_array_foreach(json_object_get(op->json, "x-errors"), i, code)
    {
        (void) fprintf(out, "%s<a href=\"#error.%s\">%d %s</a>",
                       i > 0 ? ", " : "", json_string_value(code),
                       pd_catalogue_status(c, json_string_value(code)),
                       json_string_value(code));
    }

    (void) fputs("</dd>\n</dl>\n", out);
}


static void
pd_page_operation(const pd_operation_t *op, const pd_catalogue_t *c, FILE *out)
{
    int deprecated;

    deprecated = op->ending.deprecation[0] != '\0';

    (void) fprintf(out, "<article id=\"%s\"%s>\n<h3><code>%s ", op->id,
                   deprecated ? " class=\"deprecated\"" : "",
                   pd_method_name(op->method));
    pd_page_plain(op->path, out);
    (void) fputs("</code></h3>\n<p>", out);
    pd_page_text(pd_wording_text(op->json, "summary"), out);
    (void) fprintf(out, " (<code>%s</code>).", op->id);

    if (deprecated) {
        (void) fputs(" <strong>", out);
        pd_wording_ending(op, out);
        (void) fputs("</strong>", out);
    }

    (void) fputs("<br>", out);
    pd_page_words(NULL, op, out);
    (void) fputs("</p>\n", out);

    pd_page_paragraph(pd_wording_text(op->json, "description"), out);
    pd_page_inputs(op, out);
    pd_page_example(op, out);
    pd_page_answers(op, c, out);
    (void) fputs("</article>\n", out);
}


/* ---- the page ---- */

/* The versions of a resource stand side by side: each is a tag. */
static void
pd_page_contents(const pd_contract_t *contract, FILE *out)
{
    size_t                t, i;
    json_t               *tag;
    const pd_operation_t *op;

    (void) fputs("<nav>\n", out);

    json_array_foreach(json_object_get(contract->document, "tags"), t, tag)
    {
        (void) fprintf(out, "<h4><a href=\"#tag.%zu\">", t);
        pd_page_plain(pd_wording_text(tag, "name"), out);
        (void) fputs("</a></h4>\n<ul>\n", out);

        for (i = 0; i < contract->noperations; i++) {
            op = &contract->operations[i];

            if (pd_wording_tagged(op, pd_wording_text(tag, "name"))) {
                (void) fprintf(out, "<li><a href=\"#%s\">", op->id);
                pd_page_text(pd_wording_text(op->json, "summary"), out);
                (void) fputs("</a></li>\n", out);
            }
        }

        (void) fputs("</ul>\n", out);
    }

    (void) fputs("<h4><a href=\"#errors\">Errors</a></h4>\n</nav>\n", out);
}


static void
pd_page_operations(const pd_contract_t *contract, const pd_catalogue_t *c,
                   FILE *out)
{
    size_t  t, i;
    json_t *tag;

    json_array_foreach(json_object_get(contract->document, "tags"), t, tag)
    {
        (void) fprintf(out, "<section id=\"tag.%zu\">\n<h2>", t);
        pd_page_plain(pd_wording_text(tag, "name"), out);
        (void) fputs("</h2>\n", out);

        for (i = 0; i < contract->noperations; i++) {
            if (pd_wording_tagged(&contract->operations[i],
                                  pd_wording_text(tag, "name"))) {
                pd_page_operation(&contract->operations[i], c, out);
            }
        }

        (void) fputs("</section>\n", out);
    }
}


static void
pd_page_errors(const pd_catalogue_t *c, FILE *out)
{
    json_t     *entry;
    const char *code;

    (void) fputs("<section id=\"errors\">\n<h2>Errors</h2>\n<table><thead><tr>"
                 "<th>Code</th><th>Status</th><th>When</th></tr></thead>"
                 "<tbody>\n",
                 out);

    json_object_foreach(json_object_get(c->root, "problems"), code, entry)
    {
        (void) fprintf(out,
                       "<tr id=\"error.%s\"><td><code>%s</code></td>"
                       "<td>%d</td><td>",
                       code, code, pd_catalogue_status(c, code));
        pd_page_text(pd_wording_text(entry, "when"), out);
        (void) fputs("</td></tr>\n", out);
    }

    (void) fputs("</tbody></table>\n</section>\n", out);
}


/* Nothing is loaded, sent or framed; of styles the page's own is known by its
 * digest (Content Security Policy Level 3, section 2.3.1). */
static int
pd_page_policy(pd_page_t *page)
{
    uint8_t       digest[LP_DIGEST_LEN];
    unsigned char text[PD_BASE64_LEN + 1];

    if (lp_digest_once(pd_page_style, sizeof(pd_page_style) - 1, digest)
        != LP_OK) {
        return -1;
    }

    (void) EVP_EncodeBlock(text, digest, sizeof(digest));
    (void) snprintf(page->policy, sizeof(page->policy),
                    "default-src 'none'; style-src 'sha256-%s'; base-uri "
                    "'none'; form-action 'none'; frame-ancestors 'none'",
                    text);

    return 0;
}


/* Made once, at start: the contract of a running process does not change. */
int
pd_page_write(pd_page_t *page, const pd_contract_t *contract,
              const pd_catalogue_t *c)
{
    FILE         *out;
    size_t        len;
    const json_t *info;

    out = open_memstream(&page->html, &len);
    if (out == NULL) {
        return -1;
    }

    info = json_object_get(contract->document, "info");

    (void) fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                 "<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                 "content=\"width=device-width\">\n<title>",
                 out);
    pd_page_plain(pd_wording_text(info, "title"), out);
    (void) fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>",
                   pd_page_style);
    pd_page_plain(pd_wording_text(info, "title"), out);
    (void) fprintf(out, " <small>%s</small></h1>\n",
                   pd_wording_text(info, "version"));
    pd_page_paragraph(pd_wording_text(info, "description"), out);
    (void) fputs("<p>The same for programs: <a href=\"/api/openapi.json\">"
                 "OpenAPI 3.1</a>.</p>\n",
                 out);
    pd_page_contents(contract, out);
    (void) fputs("<main>\n", out);
    pd_page_operations(contract, c, out);
    pd_page_errors(c, out);
    (void) fputs("</main>\n</body>\n</html>\n", out);

    return ferror(out) == 0 && fclose(out) == 0 ? pd_page_policy(page) : -1;
}


void
pd_page_free(pd_page_t *page)
{
    free(page->html);
}
