/*
 * One rotation at a time, beside what creates and erases keys meanwhile: the
 * moments that matter are made certain, by a renameat2() and a poll() of
 * the test's own.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "durable.h"
#include "master.h"
#include "unit.h"
#include "verbs.h"


#define OLD                                                                   \
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
#define NEW                                                                   \
    "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"

static char          dir[] = "/tmp/partnerd_rotate.XXXXXX";
static char          keys[64], master[64], place[128], kept[64];
static char          id[PD_SUBJECT_LEN + 1];
static uint8_t       key[PD_BOX_KEY];
static pd_options_t  options;
static pd_subjects_t subjects;
static unsigned      erase, pauses, exchange;


/* Somebody is erased right before the exchange; what was to be exchanged is
 * kept under another name, to be looked at. */
int
renameat2(int from_dir, const char *from, int to_dir, const char *to,
          unsigned flags)
{
    if (erase) {
        assert_int_equal(link(from, kept), 0);
        assert_int_equal(pd_durable_remove(keys, id), 0);
    }

    return (int) syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}


/* A rotation exchanges the two right before what was overwritten goes. */
int
unlink(const char *path)
{
    char new[sizeof(place) + sizeof(PD_SUBJECT_NEW)];

    if (exchange) {
        exchange = 0;
        (void) snprintf(new, sizeof(new), "%s" PD_SUBJECT_NEW, place);
        (void) syscall(SYS_renameat2, AT_FDCWD, new, AT_FDCWD, place,
                       RENAME_EXCHANGE);
    }

    return (int) syscall(SYS_unlink, path);
}


/* A rotation waits: with the last pause the data of a new key is there. */
int
poll(struct pollfd *fds, nfds_t n, int timeout)
{
    (void) fds;
    (void) n;
    (void) timeout;

    return pauses > 0 && --pauses == 0 ? rename(kept, place) : 0;
}


static void
masters(const char *text)
{
    FILE *f;

    f = fopen(master, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod(master, 0600), 0);
}


static void
make_key(void)
{
    uint8_t    box[PD_SUBJECT_BOX];
    lp_error_t err;

    masters(OLD NEW);
    assert_int_equal(pd_subjects_open(&subjects, keys, master, &err), LP_OK);
    assert_int_equal(pd_subject_make(&subjects, id, key, box), 0);
    assert_int_equal(pd_durable_create(keys, id, box, sizeof(box)), 0);
    (void) snprintf(place, sizeof(place), "%s/%s", keys, id);
    masters(NEW OLD);
}


static int
set_up(void **state)
{
    (void) state;

    if (mkdtemp(dir) == NULL) {
        return -1;
    }

    (void) snprintf(keys, sizeof(keys), "%s/keys", dir);
    (void) snprintf(master, sizeof(master), "%s/master", dir);
    (void) snprintf(kept, sizeof(kept), "%s/kept", dir);
    options.subject_keys = keys;
    options.master_key = master;

    return mkdir(keys, 0700);
}


static int
tear_down(void **state)
{
    char noted[96];

    (void) state;
    (void) snprintf(noted, sizeof(noted), "%s/master.sha256", keys);
    (void) unlink(noted);
    (void) unlink(master);

    return rmdir(keys) == 0 && rmdir(dir) == 0 ? 0 : -1;
}


/* Whoever comes while one is at work is refused, and nothing has changed. */
static void
test_two(void **state)
{
    int     fd;
    uint8_t found[PD_BOX_KEY];
    size_t  under;

    (void) state;
    make_key();
    fd = open(keys, O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(pd_rotate_master_key(&options), 1);
    assert_int_equal(pd_master_key(&subjects, id, found, &under), 0);
    assert_int_equal(under, 0);
    assert_int_equal(close(fd), 0);

    assert_int_equal(pd_rotate_master_key(&options), 0);
    assert_int_equal(pd_master_key(&subjects, id, found, &under), 0);
    assert_int_equal(under, 1);
    assert_memory_equal(found, key, sizeof(key));
    assert_int_equal(pd_subject_destroy(keys, id), 0);
}


/* What is no key yet is read once more. */
static void
test_deposit(void **state)
{
    size_t  under;
    uint8_t found[PD_BOX_KEY];

    (void) state;
    make_key();
    assert_int_equal(rename(place, kept), 0);
    assert_int_equal(pd_durable_create(keys, id, "", 0), 0);
    pauses = 2;

    assert_int_equal(pd_rotate_master_key(&options), 0);
    assert_int_equal(pauses, 0);
    assert_int_equal(pd_master_key(&subjects, id, found, &under), 0);
    assert_int_equal(under, 1);
    assert_int_equal(pd_subject_destroy(keys, id), 0);
}


/* What was kept under another name is looked at, and removed. */
static void
assert_overwritten(const char *name)
{
    char   box[PD_SUBJECT_BOX];
    FILE  *f;
    size_t i;

    f = fopen(name, "r");
    assert_non_null(f);
    assert_int_equal(fread(box, 1, sizeof(box), f), sizeof(box));
    assert_int_equal(fclose(f), 0);
    assert_int_equal(unlink(name), 0);

    for (i = 0; i < sizeof(box); i++) {
        assert_int_equal(box[i], 0);
    }
}


static void
test_erased(void **state)
{
    uint8_t found[PD_BOX_KEY];

    (void) state;
    make_key();
    erase = 1;
    assert_int_equal(pd_rotate_master_key(&options), 0);
    erase = 0;
    assert_int_equal(pd_subject_key(&subjects, id, found), PD_SUBJECT_GONE);
    assert_int_equal(access(place, F_OK), -1);

    assert_overwritten(kept);
}


/* Of an erasure beside a rotation neither box stays, whichever name it had. */
static void
test_exchanged(void **state)
{
    char new[sizeof(id) + sizeof(PD_SUBJECT_NEW)];
    char    from[sizeof(place) + sizeof(PD_SUBJECT_NEW)];
    char    other[sizeof(kept) + 2];
    uint8_t box[PD_SUBJECT_BOX];

    (void) state;
    make_key();
    (void) snprintf(new, sizeof(new), "%s" PD_SUBJECT_NEW, id);
    (void) snprintf(from, sizeof(from), "%s" PD_SUBJECT_NEW, place);
    (void) snprintf(other, sizeof(other), "%s.2", kept);
    memset(box, 'n', sizeof(box));
    assert_int_equal(pd_durable_create(keys, new, box, sizeof(box)), 0);
    assert_int_equal(link(place, kept), 0);
    assert_int_equal(link(from, other), 0);

    exchange = 1;
    assert_int_equal(pd_subject_destroy(keys, id), 0);
    assert_int_equal(exchange, 0);
    assert_int_equal(access(place, F_OK), -1);
    assert_int_equal(access(from, F_OK), -1);
    assert_overwritten(kept);
    assert_overwritten(other);
}


int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two),
        cmocka_unit_test(test_deposit),
        cmocka_unit_test(test_erased),
        cmocka_unit_test(test_exchanged),
    };

    return cmocka_run_group_tests_name("rotate", tests, set_up, tear_down);
}
