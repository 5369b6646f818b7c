/*
 * Small files that are written to disk while the event loop goes on: threads
 * wait for the disk, several at once, which a file system writes together.
 */

#ifndef PD_DEPOSITS_H
#define PD_DEPOSITS_H


#include <stddef.h>
#include <sys/queue.h>
#include <event2/event.h>


typedef struct pd_deposit_s pd_deposit_t;

/*
 * Belongs to its caller, who keeps it and all that it points to until `done`
 * was called, exactly once, in the thread of the event loop.
 */
struct pd_deposit_s {
    const char *name; /* of a new file in the folder */
    const void *data;
    size_t      len;
    /* `error` is an errno; 0: file and name are on disk.  EEXIST: the file
     * that was there before is as it was.  Else there is no such file. */
    void (*done)(pd_deposit_t *d, int error);
    void *ctx;

    STAILQ_ENTRY(pd_deposit_s) link; /* from here on the threads' */
    int error;
};

typedef struct pd_deposits_s pd_deposits_t;


/* NULL: no memory, descriptor or threads.  `dir` stays the caller's; `waiting`
 * files may be there beside those that threads can begin with at once. */
pd_deposits_t *pd_deposits_create(struct event_base *base, const char *dir,
                                  unsigned waiting);

/* Waits for the disk, and answers what it still holds. */
void pd_deposits_free(pd_deposits_t *d);

/* Never answers from within this call.  -1: too many wait, and it will not be
 * answered. */
int pd_deposits_put(pd_deposits_t *d, pd_deposit_t *file);


#endif
