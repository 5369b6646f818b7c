/*
 * Redis' answers, taken apart.
 */

#include <arpa/inet.h>
#include <string.h>

#include "ngx_partner_answers.h"

#include "../libpartner/lp_error.h"


#define NGX_PARTNER_BUCKET_ANSWER                                             \
    4 /* numbers of a bucket, but for a lease's */


/* Words of a text, one blank between two. */
typedef struct {
    const char *p;
    const char *end;
} ngx_partner_words_t;


static int
ngx_partner_is_array(const redisReply *reply, size_t elements)
{
    return reply != NULL && reply->type == REDIS_REPLY_ARRAY
           && reply->elements == elements;
}


static int
ngx_partner_is_string(const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_STRING;
}


/* A word of digits alone, below 2^63. */
static int
ngx_partner_word_number(ngx_partner_words_t *words, int64_t *number)
{
    int         ok;
    const char *begin;

    ok = 1;
    begin = words->p;

    for (*number = 0; words->p < words->end && *words->p != ' '; words->p++) {
        ok = ok && *words->p >= '0' && *words->p <= '9'
             && !__builtin_mul_overflow(*number, 10, number)
             && !__builtin_add_overflow(*number, *words->p - '0', number);
    }

    ok = ok && words->p > begin;

    if (words->p < words->end) {
        words->p++;
        ok = ok && words->p < words->end; /* a blank has a word behind it */
    }

    return ok;
}


static int
ngx_partner_word_digest(ngx_partner_words_t *words,
                        uint8_t              digest[LP_DIGEST_LEN])
{
    if (words->end - words->p <= LP_DIGEST_HEX
        || words->p[LP_DIGEST_HEX] != ' '
        || lp_digest_from_hex(words->p, LP_DIGEST_HEX, digest) != LP_OK) {
        return 0;
    }

    words->p += LP_DIGEST_HEX + 1;

    return 1;
}


static int
ngx_partner_word_is(ngx_partner_words_t *words, const char *word)
{
    size_t len;

    len = strlen(word);

    if ((size_t) (words->end - words->p) < len
        || memcmp(words->p, word, len) != 0) {
        return 0;
    }

    words->p += len;

    return 1;
}


int
ngx_partner_answer_record(const redisReply *reply, const redisReply **record,
                          const redisReply **marker)
{
    if (!ngx_partner_is_array(reply, 2)) {
        return 0;
    }

    *record
        = ngx_partner_is_string(reply->element[0]) ? reply->element[0] : NULL;
    *marker
        = ngx_partner_is_string(reply->element[1]) ? reply->element[1] : NULL;

    return 1;
}


const char *
ngx_partner_answer_peppers(const redisReply *marker, size_t *len)
{
    const char *blank;

    blank = memchr(marker->str, ' ', marker->len);

    if (blank == NULL) {
        return NULL;
    }

    *len = (size_t) (marker->str + marker->len - blank) - 1;

    return blank + 1;
}


static int
ngx_partner_answer_decision(redisReply *const *element,
                            lp_decision_t     *decision)
{
    size_t i;

    for (i = 0; i < NGX_PARTNER_BUCKET_ANSWER; i++) {
        if (element[i]->integer > LP_BUCKET_MAX
            || element[i]->integer < (i == 2 ? -1 : 0)) {
            return 0;
        }
    }

    decision->admitted = element[0]->integer != 0;
    decision->remaining = element[1]->integer;
    decision->retry_after = element[2]->integer;
    decision->reset = element[3]->integer;

    return 1;
}


int
ngx_partner_answer_limits(const redisReply *reply, size_t n, int leasing,
                          lp_decision_t *decisions, int64_t *granted)
{
    size_t             i, each;
    redisReply *const *element;

    each = NGX_PARTNER_BUCKET_ANSWER + (leasing != 0);

    if (!ngx_partner_is_array(reply, 2 + n * each)) {
        return 0;
    }

    for (i = 0; i < reply->elements; i++) {
        if (reply->element[i]->type != REDIS_REPLY_INTEGER) {
            return 0;
        }
    }

    element = reply->element + 2; /* behind Redis' clock */

    for (i = 0; i < n; i++, element += each) {
        granted[i] = leasing ? element[NGX_PARTNER_BUCKET_ANSWER]->integer : 0;

        if (!ngx_partner_answer_decision(element, &decisions[i])
            || granted[i] < 0 || granted[i] > LP_BUCKET_MAX) {
            return 0;
        }
    }

    return 1;
}


int
ngx_partner_answer_revocations(const redisReply  *reply,
                               const redisReply **cursor,
                               const redisReply **pairs)
{
    const redisReply *page;

    if (!ngx_partner_is_array(reply, 2)
        || !ngx_partner_is_string(reply->element[0])
        || !ngx_partner_is_array(reply->element[1], 2)) {
        return 0;
    }

    page = reply->element[1];

    if (!ngx_partner_is_string(page->element[0])
        || page->element[0]->len > NGX_PARTNER_CURSOR_LEN
        || page->element[1]->type != REDIS_REPLY_ARRAY
        || page->element[1]->elements % 2 != 0) {
        return 0;
    }

    *cursor = page->element[0];
    *pairs = page->element[1];

    return 1;
}


int
ngx_partner_answer_revocation(const redisReply *field, const redisReply *value,
                              ngx_partner_listed_t *listed)
{
    return ngx_partner_is_string(field) && ngx_partner_is_string(value)
           && lp_digest_from_hex(field->str, field->len, listed->digest)
                  == LP_OK
           && lp_revocation_parse(&listed->tokens, value->str, value->len)
                  == 0;
}


ngx_partner_said_t
ngx_partner_answer_said(const redisReply *reply, const char **text,
                        size_t *len)
{
    const redisReply *type, *body;

    if (!ngx_partner_is_array(reply, 3)
        || !ngx_partner_is_string(reply->element[0])) {
        return NGX_PARTNER_OTHER;
    }

    type = reply->element[0];
    body = reply->element[2];

    if (strcmp(type->str, "subscribe") == 0) {
        return NGX_PARTNER_SUBSCRIBED;
    }

    if (strcmp(type->str, "message") != 0 || !ngx_partner_is_string(body)) {
        return NGX_PARTNER_OTHER;
    }

    *text = body->str;
    *len = body->len;

    return NGX_PARTNER_MESSAGE;
}


/* The last word, of the letters of an id. */
static int
ngx_partner_word_id(ngx_partner_words_t *words, char id[LP_ID_LEN + 1])
{
    size_t len;

    len = (size_t) (words->end - words->p);

    if (len == 0 || len > LP_ID_LEN) {
        return 0;
    }

    memcpy(id, words->p, len);
    id[len] = '\0';
    words->p = words->end;

    return lp_id_plain(id, len);
}


/* Any but the one that closes nothing. */
static int
ngx_partner_word_status(ngx_partner_words_t *words,
                        lp_partner_status_t *status)
{
    const char *blank;

    blank = memchr(words->p, ' ', (size_t) (words->end - words->p));

    if (blank == NULL) {
        return 0;
    }

    *status = lp_partner_status_parse(words->p, (size_t) (blank - words->p));
    words->p = blank + 1;

    return *status != LP_PARTNER_STATUSES && *status != LP_PARTNER_ACTIVE;
}


int
ngx_partner_answer_change(const char *text, size_t len,
                          ngx_partner_change_t *change)
{
    int64_t             number;
    ngx_partner_words_t words = { text, text + len };

    memset(change, 0, sizeof(ngx_partner_change_t));

    if (!ngx_partner_word_number(&words, &number)) {
        return 0;
    }

    change->revision = (uint64_t) number;

    if (words.p == words.end) {
        return 1;
    }

    if (ngx_partner_word_is(&words, "partner ")) {
        change->version = 1;

        return ngx_partner_word_id(&words, change->partner);
    }

    if (ngx_partner_word_is(&words, "closing ")) {
        change->version = 1;

        return ngx_partner_word_status(&words, &change->closing)
               && ngx_partner_word_id(&words, change->partner);
    }

    change->revoked = ngx_partner_word_is(&words, "revoked ");

    if (!ngx_partner_word_digest(&words, change->digest)) {
        return 0;
    }

    if (change->revoked) {
        change->version = 1;

        return lp_revocation_parse(&change->tokens, words.p,
                                   (size_t) (words.end - words.p))
               == 0;
    }

    return ngx_partner_word_number(&words, &change->version)
           && change->version != 0 && words.p == words.end;
}


/* hiredis would resolve a name itself, and block on it. */
static int
ngx_partner_is_address(const char *host)
{
    uint8_t address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, address) == 1
           || inet_pton(AF_INET6, host, address) == 1;
}


int
ngx_partner_answer_master(const redisReply *reply,
                          char host[NGX_PARTNER_HOST_LEN + 1], uint16_t *port)
{
    int64_t             number;
    const redisReply   *name, *text;
    ngx_partner_words_t words;

    if (!ngx_partner_is_array(reply, 2)) {
        return 0; /* nil: this Sentinel knows no such master */
    }

    name = reply->element[0];
    text = reply->element[1];

    if (!ngx_partner_is_string(name) || !ngx_partner_is_string(text)
        || (size_t) name->len > NGX_PARTNER_HOST_LEN) {
        return 0;
    }

    words = (ngx_partner_words_t){ text->str, text->str + text->len };

    if (!ngx_partner_word_number(&words, &number) || words.p != words.end
        || number < 1 || number > 65535) {
        return 0;
    }

    memcpy(host, name->str, name->len);
    host[name->len] = '\0';
    *port = (uint16_t) number;

    return strlen(host) == (size_t) name->len && ngx_partner_is_address(host);
}


int
ngx_partner_answer_usage(const redisReply *field, const redisReply *value,
                         lp_usage_t *values)
{
    size_t              i;
    int64_t             number;
    ngx_partner_words_t words;

    if (!ngx_partner_is_string(field) || !ngx_partner_is_string(value)) {
        return 0;
    }

    words = (ngx_partner_words_t){ value->str, value->str + value->len };

    for (i = 0; i < LP_USAGE_VALUES; i++) {

        if (!ngx_partner_word_number(&words, &number)) {
            return 0;
        }

        values->n[i] = (uint64_t) number;
    }

    return words.p == words.end;
}
