/*
 * A private Redis on a Unix socket in a directory of its own, as a cmocka
 * group fixture.
 */

#ifndef UNIT_REDIS_H
#define UNIT_REDIS_H


#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <hiredis/hiredis.h>

#include "unit.h"


#define UNIT_REDIS_MS 10000 /* that Redis may take to answer */


typedef struct {
    pid_t         pid;
    char          dir[64];
    char          socket[96];
    redisContext *redis;
} unit_redis_t;

static inline int64_t
unit_redis_ms(void)
{
    struct timespec ts;

    (void) clock_gettime(CLOCK_MONOTONIC, &ts);

    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


static inline void
unit_redis_connect(unit_redis_t *s)
{
    int64_t         deadline = unit_redis_ms() + UNIT_REDIS_MS;
    struct timespec pause = { 0, 5000000 };

    for (;;) {
        s->redis = redisConnectUnix(s->socket);
        assert_non_null(s->redis);

        if (s->redis->err == 0) {
            return;
        }

        redisFree(s->redis);
        s->redis = NULL;
        assert_true(unit_redis_ms() < deadline);
        (void) nanosleep(&pause, NULL);
    }
}


static inline int
unit_redis_start(void **state)
{
    static unit_redis_t s;

    const char *tmp = getenv("TMPDIR");

    (void) snprintf(s.dir, sizeof(s.dir), "%.40s/bucket.XXXXXX",
                    tmp != NULL ? tmp : "/tmp");
    assert_non_null(mkdtemp(s.dir));
    (void) snprintf(s.socket, sizeof(s.socket), "%s/redis.sock", s.dir);

    s.pid = fork();
    assert_int_not_equal(s.pid, -1);

    if (s.pid == 0) {
        (void) execlp("redis-server", "redis-server", "--port", "0",
                      "--unixsocket", s.socket, "--dir", s.dir, "--save", "",
                      "--appendonly", "no", "--loglevel", "warning",
                      "--logfile", "redis.log", (char *) NULL);
        _exit(127);
    }

    *state = &s;
    unit_redis_connect(&s);

    return 0;
}


static inline int
unit_redis_stop(void **state)
{
    int           status;
    char          path[96];
    unit_redis_t *s = *state;

    redisFree(s->redis);
    assert_int_equal(kill(s->pid, SIGTERM), 0);
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);

    (void) snprintf(path, sizeof(path), "%s/redis.log", s->dir);
    (void) unlink(path);
    (void) unlink(s->socket);

    return rmdir(s->dir);
}


/* Any answer but an error will do. */
static inline void
unit_redis_command(unit_redis_t *s, const char *format, ...)
{
    va_list     args;
    redisReply *reply;

    va_start(args, format);
    reply = redisvCommand(s->redis, format, args);
    va_end(args);

    assert_non_null(reply);
    assert_int_not_equal(reply->type, REDIS_REPLY_ERROR);
    freeReplyObject(reply);
}


#endif
