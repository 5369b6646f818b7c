/*
 * Revocations of tokens, from Redis into shared memory:
 *
 *     partner:revoked    hash of 64 hex digits -> what lp_revocation.h has
 */

#include "ngx_partner_revocations.h"


/* How soon it is tried again after Redis gave no answer, in ms. */
#define NGX_PARTNER_REVOCATIONS_RETRY 250


/*
 * A page of the hash, of some such number: all at once would take longer than
 * a command may.  Redis guarantees that what stands there from the first page
 * to the last is in one of them.
 */
#define NGX_PARTNER_REVOCATIONS_PAGE "1000"


/* The transaction makes marker and page of one moment. */
static const char *const ngx_partner_revocations_script[][6] = {
    { "MULTI", NULL },
    { "GET", "partner:projection", NULL },
    { "HSCAN", "partner:revoked", "", "COUNT", NGX_PARTNER_REVOCATIONS_PAGE,
      NULL }, /* "": the cursor */
    { "EXEC", NULL },
};

static uint64_t
ngx_partner_revocations_subject(const u_char *digest)
{
    uint64_t subject;

    ngx_memcpy(&subject, digest, sizeof(subject));

    return subject;
}


/* All is read once more, when some of it may have run out. */
static void
ngx_partner_revocations_again(ngx_partner_revocations_t *revocations)
{
    if (!revocations->retry.timer_set) {
        ngx_add_timer(&revocations->retry, NGX_PARTNER_REVOCATIONS_RETRY);
    }
}


/* What there is no room for is doubted, and said once. */
static void
ngx_partner_revocations_add(ngx_partner_revocations_t      *revocations,
                            const ngx_partner_revocation_t *revocation)
{
    ngx_uint_t             full;
    ngx_partner_revoked_t *revoked;

    revoked = &revocations->tokens->shared->revoked;
    full = revoked->full;

    if (ngx_partner_revoked_add(revoked, revocation, ngx_time()) == NGX_OK) {
        return;
    }

    ngx_partner_revocations_again(revocations);

    if (!full) {
        ngx_log_error(NGX_LOG_ERR, revocations->log, 0,
                      "partner_jwt_zone \"%V\" has no room for another "
                      "revocation, it needs to be larger: until then no "
                      "token is accepted",
                      &revocations->tokens->memory.shm_zone->shm.name);
    }
}


void
ngx_partner_revocations_hear(void *data, const u_char *digest,
                             const lp_revocation_t *tokens)
{
    ngx_partner_revocation_t   revocation;
    ngx_partner_revocations_t *revocations;

    revocations = data;
    revocation.subject = ngx_partner_revocations_subject(digest);
    revocation.tokens = *tokens;

    ngx_partner_tokens_lock(revocations->tokens);
    ngx_partner_revocations_add(revocations, &revocation);
    ngx_partner_tokens_unlock(revocations->tokens);
}


void
ngx_partner_revocations_restored(void *data)
{
    ngx_partner_revocations_t *revocations;

    revocations = data;

    ngx_partner_tokens_lock(revocations->tokens);
    ngx_partner_revoked_clear(&revocations->tokens->shared->revoked);
    ngx_partner_tokens_unlock(revocations->tokens);

    ngx_partner_revocations_again(revocations);
}


/* What makes no sense is not passed over: it may be what was revoked. */
static ngx_int_t
ngx_partner_revocations_take(ngx_partner_revocations_t *revocations,
                             const redisReply          *page)
{
    size_t                   i;
    ngx_int_t                rc;
    ngx_partner_listed_t     listed;
    ngx_partner_revocation_t revocation;

    rc = NGX_OK;

    ngx_partner_tokens_lock(revocations->tokens);

    for (i = 0; i + 1 < page->elements; i += 2) {
        if (!ngx_partner_answer_revocation(page->element[i],
                                           page->element[i + 1], &listed)) {
            rc = NGX_ERROR;
            break;
        }

        revocation.subject = ngx_partner_revocations_subject(listed.digest);
        revocation.tokens = listed.tokens;
        ngx_partner_revocations_add(revocations, &revocation);
    }

    ngx_partner_tokens_unlock(revocations->tokens);

    if (rc != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, revocations->log, 0,
                      "redis: a field of partner:revoked makes no sense");
    }

    return rc;
}


static void ngx_partner_revocations_reply(void *data, redisReply *reply);

/* Of a transaction only the last answer says something. */
static void
ngx_partner_revocations_queued(void *data, redisReply *reply)
{
    (void) data;
    (void) reply;
}


/* Asks for the page at the cursor; NGX_ERROR: Redis cannot be asked. */
static ngx_int_t
ngx_partner_revocations_page(ngx_partner_revocations_t *revocations)
{
    int                       argc;
    size_t                    i, lens[5];
    const char               *argv[5];
    const char *const        *step;
    ngx_partner_redis_done_pt done;

    const size_t steps = sizeof(ngx_partner_revocations_script)
                         / sizeof(ngx_partner_revocations_script[0]);

    for (i = 0; i < steps; i++) {
        step = ngx_partner_revocations_script[i];
        done = (i + 1 == steps) ? ngx_partner_revocations_reply
                                : ngx_partner_revocations_queued;

        for (argc = 0; step[argc] != NULL; argc++) {
            argv[argc]
                = (*step[argc] != '\0') ? step[argc] : revocations->cursor;
            lens[argc] = ngx_strlen(argv[argc]);
        }

        if (ngx_partner_redis_command(revocations->redis, done, revocations,
                                      argc, argv, lens)
            == NULL) {

            if (i != 0) {

                /* what follows on it would only be queued by Redis */
                ngx_partner_redis_drop(revocations->redis);
            }

            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* NGX_AGAIN: another page was asked for. */
static ngx_int_t
ngx_partner_revocations_next(ngx_partner_revocations_t *revocations,
                             redisReply                *reply)
{
    const redisReply *cursor, *pairs;

    if (!ngx_partner_answer_revocations(reply, &cursor, &pairs)
        || ngx_partner_revocations_take(revocations, pairs) != NGX_OK
        || revocations->tokens->shared->revoked.full) {
        return NGX_ERROR;
    }

    ngx_memcpy(revocations->cursor, cursor->str, cursor->len);
    revocations->cursor[cursor->len] = '\0';

    if (ngx_strcmp(revocations->cursor, "0") == 0) {
        return NGX_OK;
    }

    return (ngx_partner_revocations_page(revocations) == NGX_OK) ? NGX_AGAIN
                                                                 : NGX_ERROR;
}


static void
ngx_partner_revocations_reply(void *data, redisReply *reply)
{
    ngx_int_t                  rc;
    ngx_partner_revocations_t *revocations;

    revocations = data;
    rc = ngx_partner_revocations_next(revocations, reply);

    if (rc == NGX_AGAIN) {
        return;
    }

    revocations->reading = 0;

    if (rc == NGX_OK) {
        ngx_partner_tokens_lock(revocations->tokens);
        ngx_partner_revoked_end(&revocations->tokens->shared->revoked,
                                revocations->doubts, revocations->epoch,
                                revocations->began);
        ngx_partner_tokens_unlock(revocations->tokens);
    }

    if (!ngx_partner_revocations_known(revocations)) {
        ngx_partner_revocations_again(revocations);
    }

    ngx_partner_parking_release(&revocations->parking, ngx_current_msec);
}


void
ngx_partner_revocations_read(ngx_partner_revocations_t *revocations)
{
    if (revocations->reading || !revocations->channel->ready) {
        return;
    }

    /* before the question: what is missed from here on moves the epoch, and
     * what is read does not count then */
    revocations->epoch = revocations->zone->shared->epoch;
    revocations->began = ngx_current_msec;
    revocations->cursor[0] = '0';
    revocations->cursor[1] = '\0';

    if (ngx_partner_revocations_page(revocations) != NGX_OK) {
        return;
    }

    revocations->reading = 1;

    ngx_partner_tokens_lock(revocations->tokens);
    revocations->doubts = ngx_partner_revoked_begin(
        &revocations->tokens->shared->revoked, ngx_time());
    ngx_partner_tokens_unlock(revocations->tokens);
}


ngx_uint_t
ngx_partner_revocations_known(ngx_partner_revocations_t *revocations)
{
    const ngx_partner_revoked_t *revoked;

    revoked = &revocations->tokens->shared->revoked;

    return !revoked->full && !ngx_partner_revoked_set_back(revoked, ngx_time())
           && revoked->epoch == revocations->zone->shared->epoch;
}


/* Keeps them at hand before the first token asks for them. */
static void
ngx_partner_revocations_timer(ngx_event_t *event)
{
    ngx_partner_revocations_t *revocations;

    revocations = event->data;

    if (!ngx_partner_revocations_known(revocations)) {
        ngx_partner_revocations_read(revocations);
    }

    if (!ngx_partner_revocations_known(revocations) && !revocations->reading) {
        ngx_add_timer(event, NGX_PARTNER_REVOCATIONS_RETRY);

        /* Redis cannot be asked, which is an answer to those who wait */
        ngx_partner_parking_release(&revocations->parking, ngx_current_msec);
    }
}


void
ngx_partner_revocations_start(ngx_partner_revocations_t *revocations,
                              ngx_uint_t                 waiting)
{
    ngx_partner_parking_init(&revocations->parking, waiting);

    revocations->retry.handler = ngx_partner_revocations_timer;
    revocations->retry.data = revocations;
    revocations->retry.log = revocations->log;
    revocations->retry.cancelable = 1;

    ngx_add_timer(&revocations->retry, 1);
}


void
ngx_partner_revocations_stop(ngx_partner_revocations_t *revocations)
{
    if (revocations->retry.timer_set) {
        ngx_del_timer(&revocations->retry);
    }
}
