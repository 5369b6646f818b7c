/*
 * What is sealed is opened where the schema marks it, by its subject's key and
 * in its own box; a key is gone when it was destroyed, and not before.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "durable.h"
#include "master.h"
#include "personal.h"
#include "unit.h"


static const char person[]
    = "{\"type\": \"object\", \"properties\": {"
      "  \"name\": {\"type\": \"string\", \"x-pii\": \"name\"},"
      "  \"phone\": {\"type\": [\"string\", \"null\"], \"x-pii\": true},"
      "  \"role\": {\"type\": \"string\"},"
      "  \"key\": {\"type\": \"string\", \"x-pii\": \"secret\"},"
      "  \"kept\": {\"type\": [\"object\", \"null\"], \"x-pii\": true},"
      "  \"more\": {\"type\": \"array\", \"items\": {\"type\": \"object\","
      "    \"properties\": {\"name\": {\"x-pii\": \"name\"}}}}}}";

typedef struct {
    char          dir[64], keys[96], master[96];
    json_t       *document;
    pd_schema_t  *schema;
    pd_subjects_t subjects;
    char          id[PD_SUBJECT_LEN + 1];
    uint8_t       key[PD_BOX_KEY];
} place_t;


static void
put(const char *path, const char *text, mode_t mode)
{
    FILE *f;

    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(path, mode), 0);
}


static int
open_place(void **state)
{
    place_t   *p;
    uint8_t    box[PD_SUBJECT_BOX];
    lp_error_t err;

    p = calloc(1, sizeof(place_t));
    (void) snprintf(p->dir, sizeof(p->dir), "/tmp/subjects.XXXXXX");

    if (p == NULL || mkdtemp(p->dir) == NULL) {
        return -1;
    }

    (void) snprintf(p->keys, sizeof(p->keys), "%s/keys", p->dir);
    (void) snprintf(p->master, sizeof(p->master), "%s/master", p->dir);
    put(p->master,
        "0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef\n",
        0600);

    p->document = json_loads(person, 0, NULL);
    p->schema = pd_schema_compile(p->document, p->document, &err);
    *state = p;

    return p->schema != NULL && mkdir(p->keys, 0700) == 0
                   && pd_subjects_open(&p->subjects, p->keys, p->master, &err)
                          == LP_OK
                   && pd_subject_make(&p->subjects, p->id, p->key, box) == 0
                   && pd_durable_create(p->keys, p->id, box, sizeof(box)) == 0
               ? 0
               : -1;
}


static int
close_place(void **state)
{
    place_t *p = *state;
    char     noted[128];

    (void) snprintf(noted, sizeof(noted), "%s/master.sha256", p->keys);
    (void) pd_subject_destroy(p->keys, p->id);
    (void) unlink(noted);
    (void) unlink(p->master);
    (void) rmdir(p->keys);
    (void) rmdir(p->dir);
    pd_schema_free(p->schema);
    json_decref(p->document);
    free(p);

    return 0;
}


/* What becomes of a text; NULL: nothing.  The caller frees it. */
static char *
opened_text(const place_t *p, const char *text, const pd_person_t *known)
{
    int              rc;
    char            *out;
    struct evbuffer *buffer;

    buffer = evbuffer_new();
    assert_non_null(buffer);
    rc = pd_personal_open(&p->subjects, p->schema, text, known, buffer);
    assert_int_equal(evbuffer_add(buffer, "", 1), 0);
    out = rc == 0 ? strdup((char *) evbuffer_pullup(buffer, -1)) : NULL;
    evbuffer_free(buffer);

    return out;
}


static json_t *
opened_with(const place_t *p, const json_t *sealed, const pd_person_t *known)
{
    char   *text, *out;
    json_t *json;

    text = json_dumps(sealed, 0);
    out = opened_text(p, text, known);
    json = out == NULL ? NULL : json_loads(out, 0, NULL);
    free(text);
    free(out);

    return json;
}


static json_t *
opened(const place_t *p, const json_t *sealed)
{
    static const pd_person_t nobody;

    return opened_with(p, sealed, &nobody);
}


static void
test_round(void **state)
{
    place_t *p = *state;
    json_t  *body, *plain, *back;

    plain = json_pack("{s:s, s:n, s:s, s:s}", "name", "Ada Z\xc3\xbc\"",
                      "phone", "role", "Legal", "key", "sk_1");
    body = json_deep_copy(plain);
    assert_int_equal(pd_personal_seal(p->schema, body, p->id, p->key), 0);

    assert_ptr_not_equal(
        strstr(json_string_value(json_object_get(body, "name")), p->id), NULL);
    assert_true(json_is_null(json_object_get(body, "phone")));
    assert_string_equal(json_string_value(json_object_get(body, "role")),
                        "Legal");
    assert_string_equal(json_string_value(json_object_get(body, "key")),
                        "sk_1");

    back = opened(p, body);
    assert_true(json_equal(back, plain));
    json_decref(back);
    json_decref(body);
    json_decref(plain);
}


/* Below a mark all is opened, elsewhere nothing, however sealed it looks. */
static void
test_places(void **state)
{
    place_t    *p = *state;
    json_t     *body, *all, *back;
    const char *sealed;

    body = json_pack("{s:s}", "name", "Ada");
    assert_int_equal(pd_personal_seal(p->schema, body, p->id, p->key), 0);
    sealed = json_string_value(json_object_get(body, "name"));

    all = json_pack("{s:s, s:s, s:{s:[s, {s:s}]}, s:[{s:s, s:s}]}", "role",
                    sealed, "unknown", sealed, "kept", "a", sealed, "b",
                    sealed, "more", "name", sealed, "other", sealed);
    back = opened(p, all);
    json_decref(all);

    all = json_pack("{s:s, s:s, s:{s:[s, {s:s}]}, s:[{s:s, s:s}]}", "role",
                    sealed, "unknown", sealed, "kept", "a", "Ada", "b", "Ada",
                    "more", "name", "Ada", "other", sealed);
    assert_true(json_equal(back, all));

    json_decref(all);
    json_decref(back);
    json_decref(body);
}


/* The text with `with` in the place of each @. */
static char *
with(const char *text, const char *with)
{
    char  *out;
    FILE  *f;
    size_t n;

    f = open_memstream(&out, &n);
    assert_non_null(f);

    for (; *text != '\0'; text++) {
        assert_true(*text == '@' ? fputs(with, f) >= 0
                                 : fputc(*text, f) != EOF);
    }

    assert_int_equal(fclose(f), 0);

    return out;
}


/* But for what is opened, an answer is what PostgreSQL wrote, to the byte; NULL
 * here: that is no JSON. */
static void
test_text(void **state)
{
    size_t             i;
    char              *sealed, *plain, *out;
    place_t           *p = *state;
    json_t            *body;
    static pd_person_t nobody;

    static const char *const texts[][2] = {
        { "{\"name\":\"@\"}", "{\"name\":\"@\"}" },
        { " {\"role\" : 10.00,\n \"name\" : \"@\" ,\"b\":1e2}\n",
          " {\"role\" : 10.00,\n \"name\" : \"@\" ,\"b\":1e2}\n" },
        { "{\"kept\":[[],{},\"@\",[{\"\":\"@\"}],null,-1,true]}",
          "{\"kept\":[[],{},\"@\",[{\"\":\"@\"}],null,-1,true]}" },
        { "{\"a\\\"}]\":\"{\\\\\",\"name\":\"@\",\"name\":\"@\"}",
          "{\"a\\\"}]\":\"{\\\\\",\"name\":\"@\",\"name\":\"@\"}" },
        { "{\"more\":[{\"name\":\"@\"},{\"role\":1,\"name\":\"@\"}]}",
          "{\"more\":[{\"name\":\"@\"},{\"role\":1,\"name\":\"@\"}]}" },
        { "123456789012345678901234567890", NULL },
        { "[]", NULL },
    };

    /* Not a member that is marked: as they were. */
    static const char *const shut[] = {
        "\"@\"",
        "{\"nam\":\"@\",\"names\":\"@\",\"@\":1,\"name\":{\"@\":1}}",
        "{\"role\":{\"name\":\"@\"},\"more\":{\"name\":\"@\"}}",
        "[{\"name\":\"@\"}]",
        "{\"name\":\" @\",\"phone\":\"\\\"@\"}",
    };

    static const char *const no_json[] = {
        "{\"name\":\"@",     "{\"name\":\"@\\", "{\"name\":\"@\\\"",
        "{\"name\"",         "{\"name\":",      "{\"name\" \"@\"}",
        "{\"name\":\"@\"",   "{\"name\":1",     "{\"name\":\"@\" \"a\":1}",
        "{\"kept\":[\"@\"}", "{name:\"@\"}",    "[",
    };

    body = json_pack("{s:s}", "name", "Z\xc3\xbc \"\\\n\x01/");
    assert_int_equal(pd_personal_seal(p->schema, body, p->id, p->key), 0);

    for (i = 0; i < UNIT_LEN(texts); i++) {
        sealed = with(texts[i][0],
                      json_string_value(json_object_get(body, "name")));
        plain = with(texts[i][texts[i][1] != NULL],
                     "Z\xc3\xbc \\\"\\\\\\u000a\\u0001/");
        out = opened_text(p, sealed, &nobody);
        assert_string_equal(out, plain);
        free(out);
        free(plain);
        free(sealed);
    }

    for (i = 0; i < UNIT_LEN(shut); i++) {
        sealed
            = with(shut[i], json_string_value(json_object_get(body, "name")));
        out = opened_text(p, sealed, &nobody);
        assert_string_equal(out, sealed);
        free(out);
        free(sealed);
    }

    for (i = 0; i < UNIT_LEN(no_json); i++) {
        sealed = with(no_json[i],
                      json_string_value(json_object_get(body, "name")));
        assert_null(opened_text(p, sealed, &nobody));
        free(sealed);
    }

    json_decref(body);
}


static void
test_not_opened(void **state)
{
    size_t   i, len;
    char     text[512];
    place_t *p = *state;
    json_t  *body, *wrong, *back;

    body = json_pack("{s:s}", "name", "Ada");
    assert_int_equal(pd_personal_seal(p->schema, body, p->id, p->key), 0);
    (void) snprintf(text, sizeof(text), "%s",
                    json_string_value(json_object_get(body, "name")));
    len = strlen(text);

    /* Each digit of the box counts, and so does its end. */
    for (i = len - 60; i < len; i += 9) {
        text[i] = text[i] == '0' ? '1' : '0';
        wrong = json_pack("{s:s}", "name", text);
        assert_null(opened(p, wrong));
        json_decref(wrong);
        text[i] = json_string_value(json_object_get(body, "name"))[i];
    }

    text[len - 2] = '\0';
    wrong = json_pack("{s:s}", "name", text);
    assert_null(opened(p, wrong));
    json_decref(wrong);

    /* What was never sealed is what it is. */
    wrong = json_pack("{s:s}", "name", "sealed:of old");
    back = opened(p, wrong);
    assert_true(json_equal(back, wrong));
    json_decref(wrong);
    json_decref(back);
    json_decref(body);
}


static void
test_erased(void **state)
{
    place_t    *p = *state;
    json_t     *body, *back;
    uint8_t     key[PD_BOX_KEY];
    pd_person_t known;

    body = json_pack("{s:s, s:s}", "name", "Ada", "role", "Legal");
    assert_int_equal(pd_personal_seal(p->schema, body, p->id, p->key), 0);
    assert_int_equal(pd_subject_key(&p->subjects, p->id, key),
                     PD_SUBJECT_KNOWN);
    assert_memory_equal(key, p->key, sizeof(key));

    assert_int_equal(pd_subject_destroy(p->keys, p->id), 0);
    assert_int_equal(pd_subject_destroy(p->keys, p->id), 0);
    assert_int_equal(pd_subject_key(&p->subjects, p->id, key),
                     PD_SUBJECT_GONE);
    back = opened(p, body);
    assert_true(json_is_null(json_object_get(back, "name")));
    assert_string_equal(json_string_value(json_object_get(back, "role")),
                        "Legal");
    json_decref(back);

    /* One that is damaged is not one that is gone. */
    assert_int_equal(pd_durable_create(p->keys, p->id, "short", 5), 0);
    assert_int_equal(pd_subject_key(&p->subjects, p->id, key),
                     PD_SUBJECT_ERROR);
    assert_null(opened(p, body));

    /* Nor is one that is at hand read. */
    memcpy(known.id, p->id, sizeof(known.id));
    memcpy(known.key, p->key, sizeof(known.key));
    back = opened_with(p, body, &known);
    assert_string_equal(json_string_value(json_object_get(back, "name")),
                        "Ada");
    json_decref(back);
    json_decref(body);
}


/* A name that is not one of ours never becomes part of a path. */
static void
test_elsewhere(void **state)
{
    char        text[128];
    size_t      i;
    place_t    *p = *state;
    json_t     *body, *back;
    const char *box;

    static const char *const names[] = {
        "../../../../../../../../../etc/shadow",
        "0123456789abcdef0123456789abcdef0123",
        "01234567-89ab-4def-8123-456789abcde/",
    };

    box = "00000000000000000000000000000000000000000000000000000000000000";

    for (i = 0; i < UNIT_LEN(names); i++) {
        (void) snprintf(text, sizeof(text), "sealed:%.36s:%s", names[i], box);
        body = json_pack("{s:s}", "name", text);
        back = opened(p, body);
        assert_true(json_equal(back, body));
        json_decref(back);
        json_decref(body);
    }

    assert_int_equal(pd_durable_create(p->keys, "../other", "", 0), -1);
    assert_int_equal(errno, EINVAL);
}


/*
 * A rotation puts another file in the place and overwrites the one that a
 * reader has open by then, which here is a pipe, so that it is certain.
 */
static void
test_moved(void **state)
{
    int      status, fd;
    char     place[160], aside[160];
    pid_t    child;
    place_t *p = *state;
    uint8_t  key[PD_BOX_KEY];

    (void) snprintf(place, sizeof(place), "%s/%s", p->keys, p->id);
    (void) snprintf(aside, sizeof(aside), "%s/aside", p->keys);
    assert_int_equal(rename(place, aside), 0);
    assert_int_equal(mkfifo(place, 0600), 0);

    child = fork();

    if (child == 0) {
        fd = open(place, O_WRONLY);
        _exit(fd >= 0 && rename(aside, place) == 0 && close(fd) == 0 ? 0 : 1);
    }

    assert_int_equal(pd_subject_key(&p->subjects, p->id, key),
                     PD_SUBJECT_KNOWN);
    assert_memory_equal(key, p->key, sizeof(key));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),     cmocka_unit_test(test_places),
        cmocka_unit_test(test_text),      cmocka_unit_test(test_not_opened),
        cmocka_unit_test(test_elsewhere), cmocka_unit_test(test_moved),
        cmocka_unit_test(test_erased),
    };

    return cmocka_run_group_tests(tests, open_place, close_place);
}
