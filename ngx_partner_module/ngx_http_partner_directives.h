/*
 * The handlers that the command table names, each in the file of its subject.
 */

#ifndef NGX_HTTP_PARTNER_DIRECTIVES_H
#define NGX_HTTP_PARTNER_DIRECTIVES_H


#include "ngx_http_partner_module.h"


#define NGX_HTTP_PARTNER_STALE_MAX (24 * 60 * 60 * 1000) /* ms */


char *ngx_http_partner_journal_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                         void *conf);
char *ngx_http_partner_zone_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                      void *conf);
char *ngx_http_partner_redis_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                       void *conf);
char *ngx_http_partner_keys_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                      void *conf);
char *ngx_http_partner_pepper_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                        void *conf);
char *ngx_http_partner_tier_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                      void *conf);
char *ngx_http_partner_policy_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                        void *conf);
char *ngx_http_partner_profile_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                         void *conf);
char *ngx_http_partner_auth_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                      void *conf);
char *ngx_http_partner_environment_directive(ngx_conf_t    *cf,
                                             ngx_command_t *cmd, void *conf);
char *ngx_http_partner_stale_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                       void *conf);
char *ngx_http_partner_scope_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                       void *conf);
char *ngx_http_partner_limit_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                       void *conf);
char *ngx_http_partner_redact_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                        void *conf);
char *ngx_http_partner_redact_keys_directive(ngx_conf_t    *cf,
                                             ngx_command_t *cmd, void *conf);
char *ngx_http_partner_redact_for_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                            void *conf);

/* _profile.c: the profile of that name, or NULL; a new one without rules */
ngx_http_partner_profile_t *ngx_http_partner_profile_find(
    ngx_http_partner_main_conf_t *pmcf, const ngx_str_t *name);
ngx_http_partner_profile_t *ngx_http_partner_profile_add(
    ngx_conf_t *cf, ngx_http_partner_main_conf_t *pmcf, const ngx_str_t *name);

/*
 * _marks.c: a rule for what contracts mark, NGX_DECLINED when it is none; the
 * profile of a location for which none was chosen.
 */
ngx_int_t ngx_http_partner_marks_default(ngx_conf_t                  *cf,
                                         ngx_http_partner_loc_conf_t *conf);

/* _redact_for.c: rules and profile of a location, or those from outside */
ngx_int_t ngx_http_partner_redact_merge(ngx_conf_t                  *cf,
                                        ngx_http_partner_loc_conf_t *conf,
                                        ngx_http_partner_loc_conf_t *prev);


#endif
