/*
 * Any bytes as the documents of a contract, a zero byte between them: partnerd
 * names what is wrong with them, and what it loads it can serve.
 */

#include "fuzz_partnerd.h"
#include "validate.h"


#define DOCUMENTS 3


static const char *const files[DOCUMENTS]
    = { "common.json", "a.json", "b.json" };

/* In memory: a disk would write each document down. */
static char dir[] = "/dev/shm/fuzz-contract.XXXXXX";


static void
put(const char *name, const uint8_t *data, size_t len)
{
    char  path[64];
    FILE *f;

    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);
    f = fopen(path, "w");
    FUZZ_CHECK(f != NULL);
    FUZZ_CHECK(fwrite(data, 1, len, f) == len);
    FUZZ_CHECK(fclose(f) == 0);
}


/* The last takes what is left; where nothing is left, there is no file. */
static void
enter(const uint8_t *data, size_t len)
{
    int            i;
    size_t         n;
    const uint8_t *zero;

    for (i = 0; i < DOCUMENTS && (len > 0 || i == 0); i++) {
        zero = len == 0 ? NULL : memchr(data, '\0', len);
        n = zero == NULL || i == DOCUMENTS - 1 ? len : (size_t) (zero - data);
        put(files[i], data, n);
        n += n < len;
        data += n;
        len -= n;
    }
}


/* The folder itself stays until the end. */
static void
leave(void)
{
    int  i;
    char path[64];

    for (i = 0; i < DOCUMENTS; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
        (void) unlink(path);
    }
}


static void
end(void)
{
    leave();
    (void) rmdir(dir);
}


/* Whatever a schema is, any value can be held against it. */
static void
check_schema(const pd_schema_t *s)
{
    size_t       i;
    json_t      *value;
    pd_problem_t p = { 0 };

    static const char *const values[]
        = { "null",          "{}",       "{\"a\": [1, 1, {\"a\": \"x\"}]}",
            "[[\"\", 0.5]]", "\"text\"", "-1",
            "true" };

    for (i = 0; s != NULL && i < sizeof(values) / sizeof(values[0]); i++) {
        value = json_loads(values[i], JSON_DECODE_ANY, NULL);
        FUZZ_CHECK(pd_validate(s, value, "pointer", "", &p) == PD_OK
                   || p.errors != NULL);
        pd_validate_defaults(s, value);
        json_decref(value);
    }

    pd_problem_clear(&p);
}


static void
check_operation(const pd_contract_t *c, const pd_operation_t *op)
{
    size_t i;

    FUZZ_CHECK(pd_contract_find(c, op->id) == op);
    FUZZ_CHECK(op->method < PD_METHODS);
    FUZZ_CHECK(op->open == (op->nscopes == 0));
    FUZZ_CHECK(op->status >= 200 && op->status < 300);
    check_schema(op->body);
    check_schema(op->answer);

    for (i = 0; i < op->nparameters; i++) {
        FUZZ_CHECK(op->parameters[i].name != NULL);
        check_schema(op->parameters[i].schema);
    }
}


int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    int           rc;
    size_t        i;
    lp_error_t    err = { .text = "" };
    pd_contract_t c;
    static int    made;

    if (!made) {
        FUZZ_CHECK(mkdtemp(dir) != NULL && atexit(end) == 0);
        made = 1;
    }

    enter(data, len);
    rc = pd_contract_load(&c, dir, &err);
    leave();

    if (rc != LP_OK) {
        FUZZ_CHECK(err.text[0] != '\0');
        return 0;
    }

    for (i = 0; i < c.noperations; i++) {
        check_operation(&c, &c.operations[i]);
    }

    pd_contract_free(&c);

    return 0;
}
