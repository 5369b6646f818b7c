/*
 * Tests of reading a folder, all of its files or none, and a file of secrets.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "durable.h"
#include "file.h"
#include "unit.h"


static char dir[] = "/tmp/partnerd_file.XXXXXX";


static void
put(unsigned i)
{
    char name[16];

    (void) snprintf(name, sizeof(name), "%04u.sql", i);
    assert_int_equal(pd_durable_write(dir, name, "", 0), 0);
}


static void
test_list(void **state)
{
    unsigned   i;
    lp_error_t err;
    pd_files_t files;

    (void) state;

    for (i = 0; i < PD_FILES_MAX; i++) {
        put(i);
    }

    assert_int_equal(pd_files_list(&files, dir, ".sql", &err), LP_OK);
    assert_int_equal(files.n, PD_FILES_MAX);
    assert_string_equal(pd_file_name(files.paths[7]), "0007.sql");
    pd_files_free(&files);

    put(PD_FILES_MAX);
    assert_int_equal(pd_files_list(&files, dir, ".sql", &err), LP_INVALID);
    assert_non_null(strstr(err.text, "more than 512"));
    pd_files_free(&files);
}


/* Of `n` bytes. */
static void
secret(const char *name, size_t n, mode_t mode)
{
    char  path[64];
    char *text = calloc(1, n + 1);

    assert_non_null(text);
    memset(text, 'x', n);
    assert_int_equal(pd_durable_write(dir, name, text, n), 0);
    (void) snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_int_equal(chmod(path, mode), 0);
    free(text);
}


static void
test_secret(void **state)
{
    char       path[64], *text;
    size_t     i, len;
    lp_error_t err;

    static const struct {
        const char *name;
        size_t      n;
        mode_t      mode;
        const char *wrong; /* behind the path; NULL: nothing */
    } files[] = {
        { "empty", 0, 0600, NULL },
        { "closed", PD_SECRET_MAX, 0440, NULL },
        { "large", PD_SECRET_MAX + 1, 0600, "is larger than 64 KiB" },
        { "readable", 1, 0604, "is open to others; chmod o= it" },
        { "writable", 1, 0602, "is open to others; chmod o= it" },
        { "none", 0, 0, "No such file or directory" },
    };

    (void) state;

    for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (files[i].mode != 0) {
            secret(files[i].name, files[i].n, files[i].mode);
        }

        (void) snprintf(path, sizeof(path), "%s/%s", dir, files[i].name);
        text = pd_file_secret("--option", path, &len, &err);
        (void) unlink(path);

        if (files[i].wrong == NULL) {
            assert_non_null(text);
            assert_int_equal(len, files[i].n);
            OPENSSL_clear_free(text, len);
        } else {
            assert_null(text);
            assert_memory_equal(err.text, "--option /tmp/", 14);
            assert_string_equal(strstr(err.text, ": ") + 2, files[i].wrong);
        }
    }
}


static int
set_up(void **state)
{
    (void) state;

    return mkdtemp(dir) == NULL ? -1 : 0;
}


static int
tear_down(void **state)
{
    char     path[64];
    unsigned i;

    (void) state;

    for (i = 0; i <= PD_FILES_MAX; i++) {
        (void) snprintf(path, sizeof(path), "%s/%04u.sql", dir, i);
        (void) unlink(path);
    }

    return rmdir(dir);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_secret),
    };

    return cmocka_run_group_tests_name("file", tests, set_up, tear_down);
}
