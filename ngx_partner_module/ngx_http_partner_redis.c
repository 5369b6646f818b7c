/*
 * The directive partner_redis: where Redis is, and as whom to log in.
 */

#include "ngx_http_partner_directives.h"
#include "ngx_http_partner_option.h"
#include "ngx_partner_text.h"


static ngx_int_t ngx_http_partner_option_text(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);
static ngx_int_t ngx_http_partner_option_secret(
    ngx_conf_t *cf, ngx_str_t *value, const ngx_http_partner_option_t *option,
    void *field);

#define ngx_http_partner_in_redis(field)                                      \
    offsetof(ngx_partner_redis_conf_t, field)


/* clang-format off */

static const ngx_http_partner_option_t ngx_http_partner_redis_options[] = {

    { ngx_string("timeout"), ngx_http_partner_option_msec,
      ngx_http_partner_in_redis(timeout), 1, 60000,
      "a time with its unit, from 1ms to 60s", NULL },

    { ngx_string("connect_timeout"), ngx_http_partner_option_msec,
      ngx_http_partner_in_redis(connect_timeout), 1, 60000,
      "a time with its unit, from 1ms to 60s", NULL },

    { ngx_string("waiting"), ngx_http_partner_option_number,
      ngx_http_partner_in_redis(waiting), 1, 1000000,
      "a number from 1 to 1000000", NULL },

    { ngx_string("nodes"), ngx_http_partner_option_number,
      ngx_http_partner_in_redis(nodes), 1, 1000,
      "a number from 1 to 1000", NULL },

    { ngx_string("last_used"), ngx_http_partner_option_msec,
      ngx_http_partner_in_redis(last_used), 1000, 86400000,
      "a time with its unit, from 1s to 1d", NULL },

    { ngx_string("db"), ngx_http_partner_option_number,
      ngx_http_partner_in_redis(db), 0, 1023,
      "a number from 0 to 1023", NULL },

    { ngx_string("user"), ngx_http_partner_option_text,
      ngx_http_partner_in_redis(user), 1, 127,
      "the name of an ACL user", NULL },

    { ngx_string("password_file"), ngx_http_partner_option_secret,
      ngx_http_partner_in_redis(password), 1, 511,
      "a file with one line of 1 to 511 bytes that is closed to others",
      NULL },

    { ngx_null_string, NULL, 0, 0, 0, NULL, NULL }
};

/* clang-format on */


/* An argument of a directive ends in a zero already. */
static ngx_int_t
ngx_http_partner_option_text(ngx_conf_t *cf, ngx_str_t *value,
                             const ngx_http_partner_option_t *option,
                             void                            *field)
{
    (void) cf;

    if ((ngx_int_t) value->len < option->min
        || (ngx_int_t) value->len > option->max) {
        return NGX_ERROR;
    }

    *(ngx_str_t *) field = *value;

    return NGX_OK;
}


/* One line, without its end. */
static ngx_int_t
ngx_http_partner_secret_line(ngx_str_t *line)
{
    while (line->len > 0
           && (line->data[line->len - 1] == LF
               || line->data[line->len - 1] == CR)) {
        line->len--;
    }

    line->data[line->len] = '\0';

    return line->len > 0 && ngx_strlen(line->data) == line->len
                   && ngx_strchr(line->data, LF) == NULL
               ? NGX_OK
               : NGX_ERROR;
}


/* Read by the master, so that workers need not be able to. */
static ngx_int_t
ngx_http_partner_option_secret(ngx_conf_t *cf, ngx_str_t *value,
                               const ngx_http_partner_option_t *option,
                               void                            *field)
{
    ngx_str_t  path, text, line;
    ngx_str_t *secret = field;

    path = *value;

    /* with CR and LF */

    if (ngx_conf_full_name(cf->cycle, &path, 1) != NGX_OK
        || ngx_partner_text_secret(cf, "partner_redis: password_file", &path,
                                   (size_t) option->max + 2, &text)
               != NGX_OK) {
        return NGX_ERROR;
    }

    line = text;
    ngx_str_null(secret);

    if (ngx_http_partner_secret_line(&line) == NGX_OK
        && line.len <= (size_t) option->max) {
        secret->len = line.len;
        secret->data = ngx_pcalloc(cf->pool, line.len + 1);
    }

    if (secret->data != NULL) {
        ngx_memcpy(secret->data, line.data, line.len);
    }

    ngx_explicit_memzero(text.data, text.len);

    return secret->data != NULL ? NGX_OK : NGX_ERROR;
}


/*
 * hiredis would resolve a name itself and block on it, so a name is resolved
 * here, once, and hiredis is given the address.
 */
static ngx_int_t
ngx_http_partner_redis_resolve(ngx_conf_t                   *cf,
                               const lp_redis_endpoint_t    *named,
                               ngx_partner_redis_endpoint_t *endpoint)
{
    size_t    len;
    u_char    text[LP_REDIS_HOST + sizeof("[]:65535")];
    ngx_url_t u;

    ngx_memzero(&u, sizeof(ngx_url_t));
    u.url.data = text;
    u.url.len
        = ngx_sprintf(text,
                      strchr(named->host, ':') != NULL ? "[%s]:%ud" : "%s:%ud",
                      named->host, (ngx_uint_t) named->port)
          - text;

    if (ngx_parse_url(cf->pool, &u) != NGX_OK || u.naddrs == 0) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "partner_redis: %s in \"%V\"",
                           u.err != NULL ? u.err : "invalid address", &u.url);
        return NGX_ERROR;
    }

    len = ngx_sock_ntop(u.addrs[0].sockaddr, u.addrs[0].socklen,
                        (u_char *) endpoint->host, NGX_PARTNER_REDIS_HOST - 1,
                        0);
    endpoint->host[len] = '\0';
    endpoint->port = named->port;

    return NGX_OK;
}


static ngx_int_t
ngx_http_partner_redis_text(ngx_conf_t *cf, const char *text, ngx_str_t *copy)
{
    copy->len = ngx_strlen(text);
    copy->data = ngx_pnalloc(cf->pool, copy->len + 1);

    if (copy->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(copy->data, text, copy->len + 1);

    return NGX_OK;
}


/*
 * What stands before the '@' of a URL may be a password (RFC 3986,
 * section 3.2.1).
 */
static void
ngx_http_partner_redis_invalid(ngx_conf_t *cf, const ngx_str_t *url,
                               const char *why)
{
    char *text, *scheme, *host;

    text = (char *) url->data;
    scheme = strstr(text, "://");
    host = (scheme != NULL) ? strrchr(scheme, '@') : NULL;

    if (host == NULL) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "partner_redis: invalid address \"%V\", %s", url,
                           why);
        return;
    }

    ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                       "partner_redis: invalid address \"%*s...%s\", %s",
                       (size_t) (scheme + 3 - text), text, host, why);
}


static char *
ngx_http_partner_redis_address(ngx_conf_t *cf, ngx_str_t *url,
                               ngx_partner_redis_conf_t *redis)
{
    size_t             i;
    lp_error_t         err;
    lp_redis_address_t address;

    if (lp_redis_address_parse(&address, (char *) url->data, url->len, &err)
        != LP_OK) {
        ngx_http_partner_redis_invalid(cf, url, err.text);
        return NGX_CONF_ERROR;
    }

    if (ngx_http_partner_redis_text(cf, address.path, &redis->path) != NGX_OK
        || ngx_http_partner_redis_text(cf, address.master, &redis->master)
               != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    redis->nendpoints = address.n;

    for (i = 0; i < address.n; i++) {
        if (ngx_http_partner_redis_resolve(cf, &address.endpoints[i],
                                           &redis->endpoints[i])
            != NGX_OK) {
            return NGX_CONF_ERROR;
        }
    }

    return NGX_CONF_OK;
}


char *
ngx_http_partner_redis_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                 void *conf)
{
    ngx_str_t                    *args;
    ngx_partner_redis_conf_t     *redis;
    ngx_http_partner_main_conf_t *pmcf = conf;

    (void) cmd;

    if (pmcf->redis_conf != NULL) {
        return "is duplicate";
    }

    redis = ngx_pcalloc(cf->pool, sizeof(ngx_partner_redis_conf_t));

    if (redis == NULL) {
        return NGX_CONF_ERROR;
    }

    redis->timeout = 50;
    redis->connect_timeout = 100;
    redis->waiting = 1024;
    redis->nodes = 1;
    redis->last_used = 60000;

    args = cf->args->elts;
    pmcf->redis_conf = redis;
    pmcf->used = 1;

    if (ngx_http_partner_redis_address(cf, &args[1], redis) != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (ngx_http_partner_options(cf, 2, ngx_http_partner_redis_options, redis)
        != NGX_CONF_OK) {
        return NGX_CONF_ERROR;
    }

    if (redis->user.len != 0 && redis->password.len == 0) {
        ngx_conf_log_error(
            NGX_LOG_EMERG, cf, 0,
            "partner_redis: user=%V needs password_file=", &redis->user);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}
