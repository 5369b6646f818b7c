/*
 * Tests of reading a folder: all of its files, or none.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    };

    return cmocka_run_group_tests_name("file", tests, set_up, tear_down);
}
