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
#include <sys/resource.h>

#include "deposits.h"
#include "durable.h"


/* What several wait for, a journalling file system writes at once: eight at a
 * time were twelve times as fast as one after the other (ext4). */
#define PD_DEPOSIT_THREADS 8

/* Files that one thread takes at once while none waits for the disk. */
#define PD_DEPOSIT_SHARE 16


STAILQ_HEAD(pd_files_s, pd_deposit_s);


/* `lock` guards what stands behind it; all before it is of the loop. */
struct pd_deposits_s {
    const char       *dir;
    int               fd; /* eventfd: a thread's word to the loop */
    struct event     *readable;
    struct event     *handover;
    struct pd_files_s put;  /* since the last handover */
    unsigned          nput; /* of them */
    unsigned          held; /* that were put, and not answered */
    unsigned          most; /* that may be */
    pthread_t         threads[PD_DEPOSIT_THREADS];
    unsigned          running; /* of them */
    pthread_mutex_t   lock;
    pthread_cond_t    more;
    struct pd_files_s waiting;
    unsigned          n;    /* that wait */
    unsigned          idle; /* threads */
    unsigned          slow; /* the disk made the last one wait */
    struct pd_files_s settled;
    unsigned          closing;
};


/* ---- in a thread ---- */

/* A fair share of what waits; where nobody waits for the disk, what others
 * would be woken for is done sooner than they come. */
static void
pd_deposits_take(pd_deposits_t *d, struct pd_files_s *files)
{
    unsigned      share;
    pd_deposit_t *f;

    share = d->slow ? (d->n + PD_DEPOSIT_THREADS - 1) / PD_DEPOSIT_THREADS
                    : PD_DEPOSIT_SHARE;

    while (share-- > 0 && (f = STAILQ_FIRST(&d->waiting)) != NULL) {
        STAILQ_REMOVE_HEAD(&d->waiting, link);
        STAILQ_INSERT_TAIL(files, f, link);
        d->n--;
    }
}


/* Times that this thread gave its processor away to wait. */
static long
pd_deposits_waits(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nvcsw : -1;
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
pd_deposits_settle(pd_deposits_t *d, struct pd_files_s *files, unsigned slow)
{
    int first;

    static const uint64_t one = 1;

    (void) pthread_mutex_lock(&d->lock);
    d->slow = slow;
    first = STAILQ_EMPTY(&d->settled);
    STAILQ_CONCAT(&d->settled, files);
    (void) pthread_mutex_unlock(&d->lock);

    if (first && write(d->fd, &one, sizeof(one)) != (ssize_t) sizeof(one)) {
        abort();
    }
}


/* Each wakes the next, for as long as something waits. */
static void
pd_deposits_next(pd_deposits_t *d, struct pd_files_s *files)
{
    int next;

    (void) pthread_mutex_lock(&d->lock);

    while (STAILQ_EMPTY(&d->waiting) && !d->closing) {
        d->idle++;
        (void) pthread_cond_wait(&d->more, &d->lock);
        d->idle--;
    }

    pd_deposits_take(d, files);
    next = d->slow && d->n > 0 && d->idle > 0;
    (void) pthread_mutex_unlock(&d->lock);

    if (next) {
        (void) pthread_cond_signal(&d->more);
    }
}


static void *
pd_deposits_run(void *arg)
{
    long              waits;
    pd_deposits_t    *d = arg;
    struct pd_files_s files;

    STAILQ_INIT(&files);

    for (;;) {
        pd_deposits_next(d, &files);

        if (STAILQ_EMPTY(&files)) {
            return NULL;
        }

        waits = pd_deposits_waits();
        pd_deposits_write(d->dir, &files);
        pd_deposits_settle(d, &files, pd_deposits_waits() != waits);
    }
}


/* ---- in the loop ---- */

/* The lock is held. */
static void
pd_deposits_move(pd_deposits_t *d)
{
    STAILQ_CONCAT(&d->waiting, &d->put);
    d->n += d->nput;
    d->nput = 0;
}


/* Of what one turn of the loop has put: one thread is woken, which wakes the
 * next. */
static void
pd_deposits_hand_over(evutil_socket_t fd, short what, void *arg)
{
    int            wake;
    pd_deposits_t *d = arg;

    (void) fd;
    (void) what;

    (void) pthread_mutex_lock(&d->lock);
    pd_deposits_move(d);
    wake = d->slow ? d->idle > 0 : d->idle == d->running;
    (void) pthread_mutex_unlock(&d->lock);

    if (wake) {
        (void) pthread_cond_signal(&d->more);
    }
}


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
        d->held--;
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
    pd_deposits_move(d);
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
    d->slow = 1;
    STAILQ_INIT(&d->put);
    STAILQ_INIT(&d->waiting);
    STAILQ_INIT(&d->settled);
    (void) pthread_mutex_init(&d->lock, NULL);
    (void) pthread_cond_init(&d->more, NULL);

    d->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    d->readable = d->fd < 0 ? NULL
                            : event_new(base, d->fd, EV_READ | EV_PERSIST,
                                        pd_deposits_told, d);
    d->handover = event_new(base, -1, 0, pd_deposits_hand_over, d);

    if (d->readable == NULL || d->handover == NULL
        || event_add(d->readable, NULL) != 0 || pd_deposits_start(d) != 0) {
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

    if (d->handover != NULL) {
        event_free(d->handover);
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
    if (d->held == d->most) {
        return -1;
    }

    STAILQ_INSERT_TAIL(&d->put, file, link);
    d->nput++;
    d->held++;
    event_active(d->handover, 0, 0);

    return 0;
}
