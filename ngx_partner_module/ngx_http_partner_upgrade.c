/*
 * Whether another binary serves in this one's stead, on a zone of its own.
 */

#include "ngx_http_partner_metrics.h"


/*
 * The master that was replaced has its pid in the file of the old one, and the
 * new one has its own.
 */
ngx_uint_t
ngx_http_partner_upgraded(const ngx_partner_memory_t *memory)
{
    u_char           pid[NGX_INT64_LEN];
    ssize_t          n;
    ngx_fd_t         fd;
    ngx_file_info_t  info;
    ngx_core_conf_t *ccf;

    if (ngx_partner_memory_shared(memory, ngx_parent)) {
        return 0; /* it counts where this one does */
    }

    ccf = (ngx_core_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx,
                                           ngx_core_module);

    fd = ngx_open_file(ccf->oldpid.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (fd == NGX_INVALID_FILE) {
        return 0; /* as ever but in an upgrade */
    }

    n = ngx_read_fd(fd, pid, sizeof(pid));
    (void) ngx_close_file(fd);

    while (n > 0 && (pid[n - 1] < '0' || pid[n - 1] > '9')) {
        n--;
    }

    return n > 0 && ngx_atoi(pid, (size_t) n) == (ngx_int_t) ngx_parent
           && ngx_file_info(ccf->pid.data, &info) != NGX_FILE_ERROR;
}
