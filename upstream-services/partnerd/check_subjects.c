/*
 * `partnerd check subjects`: which keys of persons no row has, and with
 * --remove their end.  A write leaves one behind where `serve` died between
 * the key and the commit, or the answer of the commit was lost.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>

#include "clock.h"
#include "db.h"
#include "format.h"
#include "log.h"
#include "subject.h"
#include "verbs.h"


#define PD_KEYS_FIRST 1024 /* room at the beginning */
#define PD_KEYS_PAUSE 50   /* milliseconds between two looks */


/* 37 bytes a file: a million of them are no burden. */
typedef struct {
    char id[PD_SUBJECT_LEN]; /* without an end */
    char used;
} pd_key_file_t;

typedef struct {
    const char    *dir;
    PGconn        *db;
    time_t         before; /* what was written later is young */
    pd_key_file_t *files;  /* in order */
    size_t         n, room;
    size_t         young, used;
} pd_keys_t;


/* The trail is kept for good, and has whom a table has no more. */
static const struct {
    const char *setup, *ids;
} pd_keys_rows[] = {
    { "SET ROLE partner_serve;"
      "SELECT set_config('partner.tenant', 'platform', false)",
      "SELECT id FROM subjects" },
    { "SET ROLE partner_work",
      "SELECT subject::text FROM erasures "
      "UNION ALL SELECT entity::text FROM audit "
      "UNION ALL SELECT (regexp_matches(t, "
      "                  'sealed:([0-9a-f-]{36}):', 'g'))[1] "
      "FROM (SELECT before::text FROM audit "
      "      UNION ALL SELECT after::text FROM audit "
      "      UNION ALL SELECT answer::text FROM idempotency_keys) s (t) "
      "WHERE t LIKE '%sealed:%'" },
};

static const char pd_keys_primary[]
    = "SELECT pg_snapshot_xmax(pg_current_snapshot()), pg_is_in_recovery()";

static const char pd_keys_ended[]
    = "SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8";


static int
pd_keys_wrong(const char *detail)
{
    pd_log(PD_ERROR, "check", "detail", detail, NULL);

    return -1;
}


/* ---- the folder ---- */

static int
pd_keys_add(pd_keys_t *k, const char *id)
{
    size_t         room;
    pd_key_file_t *files;

    if (k->n == k->room) {
        room = k->room == 0 ? PD_KEYS_FIRST : 2 * k->room;
        files = reallocarray(k->files, room, sizeof(pd_key_file_t));
        if (files == NULL) {
            return pd_keys_wrong("no memory");
        }
        k->files = files;
        k->room = room;
    }

    memcpy(k->files[k->n].id, id, PD_SUBJECT_LEN);
    k->files[k->n++].used = 0;

    return 0;
}


/* One that was erased since it was listed is none any more. */
static int
pd_keys_entry(pd_keys_t *k, int fd, const char *name)
{
    struct stat st;

    if (strlen(name) != PD_SUBJECT_LEN
        || !pd_format_find("uuid")->matches(name, PD_SUBJECT_LEN)) {
        return 0;
    }

    if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return errno == ENOENT ? 0 : pd_keys_wrong(strerror(errno));
    }

    if (st.st_mtime >= k->before) {
        k->young++;
        return 0;
    }

    return pd_keys_add(k, name);
}


static int
pd_keys_compare(const void *a, const void *b)
{
    return memcmp(a, b, PD_SUBJECT_LEN);
}


static int
pd_keys_list(pd_keys_t *k)
{
    int            rc;
    DIR           *dir;
    struct dirent *entry;

    dir = opendir(k->dir);
    if (dir == NULL) {
        return pd_keys_wrong(strerror(errno));
    }

    rc = 0;

    while (rc == 0 && (entry = readdir(dir)) != NULL) {
        rc = pd_keys_entry(k, dirfd(dir), entry->d_name);
    }

    (void) closedir(dir);

    if (rc == 0 && k->n > 0) {
        qsort(k->files, k->n, sizeof(pd_key_file_t), pd_keys_compare);
    }

    return rc;
}


/* ---- the rows ---- */

/*
 * Until what was under way when the folder had been listed is seen or undone: a
 * commit that waits for its standby is neither, however old its key is.  Of a
 * standby nobody knows what it does not have yet.
 */
static int
pd_keys_settled(const pd_keys_t *k, long deadline)
{
    int         ended;
    int64_t     end;
    PGresult   *res, *look;
    const char *values[1];

    res = pd_db_query(k->db, pd_keys_primary, 0, NULL);
    if (res == NULL) {
        return -1;
    }

    if (PQgetvalue(res, 0, 1)[0] == 't') {
        PQclear(res);
        return pd_keys_wrong("the database is a standby: ask the primary");
    }

    values[0] = PQgetvalue(res, 0, 0);
    end = pd_clock() + deadline;

    for (;;) {
        look = pd_db_query(k->db, pd_keys_ended, 1, values);
        ended = look == NULL ? -1 : PQgetvalue(look, 0, 0)[0] == 't';
        PQclear(look);

        if (ended != 0 || pd_clock() >= end) {
            break;
        }

        (void) poll(NULL, 0, PD_KEYS_PAUSE);
    }

    PQclear(res);

    return ended > 0    ? 0
           : ended == 0 ? pd_keys_wrong("a transaction does not end that may "
                                        "have a row for a key")
                        : -1;
}


static void
pd_keys_use(pd_keys_t *k, const char *id)
{
    pd_key_file_t *file;

    file = strlen(id) != PD_SUBJECT_LEN || k->n == 0
               ? NULL
               : bsearch(id, k->files, k->n, sizeof(pd_key_file_t),
                         pd_keys_compare);

    if (file != NULL && !file->used) {
        file->used = 1;
        k->used++;
    }
}


/* Row by row as they arrive: the trail may be larger than memory. */
static int
pd_keys_read(pd_keys_t *k, const char *sql)
{
    int            rc;
    PGresult      *res;
    ExecStatusType status;

    if (PQsendQuery(k->db, sql) != 1 || PQsetSingleRowMode(k->db) != 1) {
        return pd_keys_wrong(PQerrorMessage(k->db));
    }

    rc = 0;

    while ((res = PQgetResult(k->db)) != NULL) {
        status = PQresultStatus(res);

        if (status == PGRES_SINGLE_TUPLE) {
            pd_keys_use(k, PQgetvalue(res, 0, 0));
        } else if (status != PGRES_TUPLES_OK) {
            rc = pd_keys_wrong(PQerrorMessage(k->db));
        }

        PQclear(res);
    }

    return rc;
}


/* Each database has a row for some of its keys: another one must not look as
 * if all were to go. */
static int
pd_keys_match(pd_keys_t *k, const pd_options_t *o)
{
    size_t i;

    k->db = pd_db_open(o->database);
    if (k->db == NULL || pd_keys_settled(k, o->deadline) != 0) {
        return -1;
    }

    for (i = 0; i < sizeof(pd_keys_rows) / sizeof(pd_keys_rows[0]); i++) {
        if (pd_db_as(k->db, pd_keys_rows[i].setup) != 0
            || pd_keys_read(k, pd_keys_rows[i].ids) != 0) {
            return -1;
        }
    }

    return k->n > 0 && k->used == 0 && o->remove
               ? pd_keys_wrong("the database has a row of none of these keys: "
                               "is it theirs?  None was removed")
               : 0;
}


/* ---- the answer ---- */

static int
pd_keys_print(const pd_keys_t *k, const pd_options_t *o)
{
    int    rc;
    char   id[PD_SUBJECT_LEN + 1];
    size_t i;

    rc = k->n == k->used || o->remove ? 0 : -1;

    for (i = 0; i < k->n; i++) {
        if (k->files[i].used) {
            continue;
        }

        (void) snprintf(id, sizeof(id), "%.*s", PD_SUBJECT_LEN,
                        k->files[i].id);
        (void) puts(id);

        if (o->remove && pd_subject_destroy(k->dir, id) != 0) {
            rc = -1;
        }
    }

    (void) printf("%zu keys without a row%s, %zu with one; %zu younger than "
                  "%ld minutes, left alone\n",
                  k->n - k->used,
                  !o->remove || k->n == k->used ? ""
                  : rc == 0                     ? ", removed"
                                                : ", not all removed",
                  k->used, k->young, o->older_than);

    return fflush(stdout) == 0 ? rc : -1;
}


/* The folder first: a row comes behind its key. */
int
pd_check_subjects(const pd_options_t *o)
{
    int       rc;
    pd_keys_t k = {
        .dir = o->subject_keys,
        .before = time(NULL) - o->older_than * 60,
    };

    rc = k.dir[0] == '\0'
             ? pd_keys_wrong("--subject-keys is missing: the folder to check")
         : pd_keys_list(&k) == 0 && pd_keys_match(&k, o) == 0
             ? pd_keys_print(&k, o)
             : -1;

    PQfinish(k.db);
    free(k.files);

    return rc == 0 ? 0 : 1;
}
