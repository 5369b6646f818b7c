/*
 * The control of the sanitizer build: `overrun 64;` makes a location answer
 * 204 after writing 64 bytes to a pool block of 64; `overrun 64 1;` writes
 * one more.  It is never part of a product.
 */

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>


typedef struct {
    size_t size;  /* of the block */
    size_t extra; /* bytes written behind it */
} ngx_http_overrun_loc_conf_t;


static ngx_int_t ngx_http_overrun_handler(ngx_http_request_t *r);
static char *ngx_http_overrun(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static void *ngx_http_overrun_create_loc_conf(ngx_conf_t *cf);


/* clang-format off */
static ngx_command_t ngx_http_overrun_commands[] = {

    { ngx_string("overrun"),
      NGX_HTTP_LOC_CONF|NGX_CONF_TAKE12,
      ngx_http_overrun,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};
/* clang-format on */


static ngx_http_module_t ngx_http_overrun_module_ctx
    = { .create_loc_conf = ngx_http_overrun_create_loc_conf };


ngx_module_t ngx_http_overrun_module = { NGX_MODULE_V1,
                                         &ngx_http_overrun_module_ctx,
                                         ngx_http_overrun_commands,
                                         NGX_HTTP_MODULE,
                                         NULL,
                                         NULL,
                                         NULL,
                                         NULL,
                                         NULL,
                                         NULL,
                                         NULL,
                                         NGX_MODULE_V1_PADDING };


static ngx_int_t
ngx_http_overrun_handler(ngx_http_request_t *r)
{
    size_t                       i;
    u_char                      *block;
    volatile u_char             *p;
    ngx_http_overrun_loc_conf_t *olcf;

    olcf = ngx_http_get_module_loc_conf(r, ngx_http_overrun_module);

    block = ngx_pnalloc(r->pool, olcf->size);
    if (block == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* Volatile, so that no compiler drops or foresees the stores. */
    p = block;

    for (i = 0; i < olcf->size + olcf->extra; i++) {
        p[i] = 'x';
    }

    return NGX_HTTP_NO_CONTENT;
}


static char *
ngx_http_overrun(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_int_t                    size, extra;
    ngx_str_t                   *value;
    ngx_http_core_loc_conf_t    *clcf;
    ngx_http_overrun_loc_conf_t *olcf = conf;

    value = cf->args->elts;
    size = ngx_atoi(value[1].data, value[1].len);
    extra = cf->args->nelts > 2 ? ngx_atoi(value[2].data, value[2].len) : 0;

    if (size == NGX_ERROR || extra == NGX_ERROR) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"overrun\" takes numbers of bytes");
        return NGX_CONF_ERROR;
    }

    olcf->size = size;
    olcf->extra = extra;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    clcf->handler = ngx_http_overrun_handler;

    return NGX_CONF_OK;
}


static void *
ngx_http_overrun_create_loc_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_overrun_loc_conf_t));
}
