/*
 * Writes small files durably beside the event loop.
 */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/eventfd.h>

#include "deposits.h"
#include "durable.h"


/* What several wait for, a journalling file system writes at once: eight at a
 * time were twelve times as fast as one after the other (ext4). */
#define PD_DEPOSIT_THREADS 8


STAILQ_HEAD(pd_files_s, pd_deposit_s);


/* `lock` guards the lists, their number and `closing`; all else is of the
 * loop. */
struct pd_deposits_s {
    const char       *dir;
    int               fd; /* eventfd: a thread's word to the loop */
    struct event     *readable;
    pthread_t         threads[PD_DEPOSIT_THREADS];
    unsigned          running; /* of them */
    pthread_mutex_t   lock;
    pthread_cond_t    more;
    struct pd_files_s waiting;
    unsigned          n;    /* that wait */
    unsigned          most; /* that may */
    struct pd_files_s settled;
    unsigned          closing;
};


/* ---- in a thread ---- */

/* A fair share of what waits, and at least one. */
static void
pd_deposits_take(pd_deposits_t *d, struct pd_files_s *files)
{
    unsigned      share;
    pd_deposit_t *f;

    share = 1 + d->n / PD_DEPOSIT_THREADS;

    while (share-- > 0 && (f = STAILQ_FIRST(&d->waiting)) != NULL) {
        STAILQ_REMOVE_HEAD(&d->waiting, link);
        STAILQ_INSERT_TAIL(files, f, link);
        d->n--;
    }
}


/* All data first, then the names of all: one write of the folder is waited
 * for, however many there are. */
static void
pd_deposits_write(const char *dir, struct pd_files_s *files)
{
    int           settled;
    pd_deposit_t *f;

    for (f = STAILQ_FIRST(files); f != NULL; f = STAILQ_NEXT(f, link)) {
        f->error
            = pd_durable_write(dir, f->name, f->data, f->len) == 0 ? 0 : errno;
    }

    settled = pd_durable_settle(dir) == 0 ? 0 : errno;

    for (f = STAILQ_FIRST(files); f != NULL; f = STAILQ_NEXT(f, link)) {
        f->error = f->error != 0 ? f->error : settled;

        if (f->error != 0 && f->error != EEXIST) {
            (void) pd_durable_unlink(dir, f->name);
        }
    }
}


/* Told behind the lock, which the loop takes at once; and of the first alone,
 * for it takes whatever is settled by then. */
static void
pd_deposits_settle(pd_deposits_t *d, struct pd_files_s *files)
{
    int first;

    static const uint64_t one = 1;

    (void) pthread_mutex_lock(&d->lock);
    first = STAILQ_EMPTY(&d->settled);
    STAILQ_CONCAT(&d->settled, files);
    (void) pthread_mutex_unlock(&d->lock);

    if (first && write(d->fd, &one, sizeof(one)) != (ssize_t) sizeof(one)) {
        abort();
    }
}


static void *
pd_deposits_run(void *arg)
{
    pd_deposits_t    *d = arg;
    struct pd_files_s files;

    STAILQ_INIT(&files);

    for (;;) {
        (void) pthread_mutex_lock(&d->lock);

        while (STAILQ_EMPTY(&d->waiting) && !d->closing) {
            (void) pthread_cond_wait(&d->more, &d->lock);
        }

        pd_deposits_take(d, &files);
        (void) pthread_mutex_unlock(&d->lock);

        if (STAILQ_EMPTY(&files)) {
            return NULL;
        }

        pd_deposits_write(d->dir, &files);
        pd_deposits_settle(d, &files);
    }
}


/* ---- in the loop ---- */

static void
pd_deposits_answer(pd_deposits_t *d)
{
    pd_deposit_t     *f;
    struct pd_files_s files;

    STAILQ_INIT(&files);
    (void) pthread_mutex_lock(&d->lock);
    STAILQ_CONCAT(&files, &d->settled);
    (void) pthread_mutex_unlock(&d->lock);

    while ((f = STAILQ_FIRST(&files)) != NULL) {
        STAILQ_REMOVE_HEAD(&files, link);
        f->done(f, f->error);
    }
}


static void
pd_deposits_told(evutil_socket_t fd, short what, void *arg)
{
    uint64_t n;

    (void) what;

    if (read(fd, &n, sizeof(n)) == (ssize_t) sizeof(n)) {
        pd_deposits_answer(arg);
    }
}


/* Signals are the loop's: the threads are born with all of them blocked. */
static int
pd_deposits_start(pd_deposits_t *d)
{
    sigset_t all, former;

    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &former);

    while (d->running < PD_DEPOSIT_THREADS
           && pthread_create(&d->threads[d->running], NULL, pd_deposits_run, d)
                  == 0) {
        d->running++;
    }

    (void) pthread_sigmask(SIG_SETMASK, &former, NULL);

    return d->running == PD_DEPOSIT_THREADS ? 0 : -1;
}


static void
pd_deposits_end(pd_deposits_t *d)
{
    (void) pthread_mutex_lock(&d->lock);
    d->closing = 1;
    (void) pthread_cond_broadcast(&d->more);
    (void) pthread_mutex_unlock(&d->lock);

    while (d->running > 0) {
        (void) pthread_join(d->threads[--d->running], NULL);
    }
}


pd_deposits_t *
pd_deposits_create(struct event_base *base, const char *dir, unsigned waiting)
{
    pd_deposits_t *d;

    d = calloc(1, sizeof(pd_deposits_t));
    if (d == NULL) {
        return NULL;
    }

    d->dir = dir;
    d->most = PD_DEPOSIT_THREADS + waiting;
    STAILQ_INIT(&d->waiting);
    STAILQ_INIT(&d->settled);
    (void) pthread_mutex_init(&d->lock, NULL);
    (void) pthread_cond_init(&d->more, NULL);

    d->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    d->readable = d->fd < 0 ? NULL
                            : event_new(base, d->fd, EV_READ | EV_PERSIST,
                                        pd_deposits_told, d);

    if (d->readable == NULL || event_add(d->readable, NULL) != 0
        || pd_deposits_start(d) != 0) {
        pd_deposits_free(d);
        return NULL;
    }

    return d;
}


void
pd_deposits_free(pd_deposits_t *d)
{
    if (d == NULL) {
        return;
    }

    pd_deposits_end(d);
    pd_deposits_answer(d);

    if (d->readable != NULL) {
        event_free(d->readable);
    }

    if (d->fd >= 0) {
        (void) close(d->fd);
    }

    (void) pthread_cond_destroy(&d->more);
    (void) pthread_mutex_destroy(&d->lock);
    free(d);
}


int
pd_deposits_put(pd_deposits_t *d, pd_deposit_t *file)
{
    int rc;

    (void) pthread_mutex_lock(&d->lock);
    rc = d->n < d->most ? 0 : -1;

    if (rc == 0) {
        STAILQ_INSERT_TAIL(&d->waiting, file, link);
        d->n++;
    }

    (void) pthread_mutex_unlock(&d->lock);

    if (rc == 0) {
        (void) pthread_cond_signal(&d->more);
    }

    return rc;
}
