/*
 * What the gateway's stages share: configuration, the call record, verdicts.
 */

#ifndef NGX_HTTP_PARTNER_MODULE_H
#define NGX_HTTP_PARTNER_MODULE_H


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "../libpartner/lp_contract.h"
#include "../libpartner/lp_pepper.h"
#include "../libpartner/lp_ramp.h"
#include "../libpartner/lp_recent.h"
#include "../libpartner/lp_records.h"
#include "../libpartner/lp_redact.h"
#include "../libpartner/lp_redact_for.h"
#include "../libpartner/lp_redact_order.h"
#include "../libpartner/lp_redact_rule.h"
#include "../libpartner/lp_trace.h"
#include "ngx_partner_calls.h"
#include "ngx_partner_journal.h"
#include "ngx_partner_last_used.h"
#include "ngx_partner_lookup.h"
#include "ngx_partner_parking.h"
#include "ngx_partner_presence.h"
#include "ngx_partner_publisher.h"
#include "ngx_partner_registry.h"
#include "ngx_partner_revisions.h"
#include "ngx_partner_series.h"
#include "ngx_partner_usage.h"
#include "ngx_partner_zone.h"


#define NGX_HTTP_PARTNER_POLICIES 8 /* in one partner_limit */

/* Each may have the key's own limit beside it, and both a ramp's rehearsal. */
#define NGX_HTTP_PARTNER_LIMITS (4 * NGX_HTTP_PARTNER_POLICIES)

/* Which credentials a location takes. */
#define NGX_HTTP_PARTNER_AUTH_KEY    0x1
#define NGX_HTTP_PARTNER_AUTH_JWT    0x2
#define NGX_HTTP_PARTNER_AUTH_OPAQUE 0x4


/* Why a call was refused; ngx_http_partner_refuse.c says what that answers. */
typedef enum {
    NGX_HTTP_PARTNER_PASSED = 0,
    NGX_HTTP_PARTNER_MISSING_CREDENTIAL,
    NGX_HTTP_PARTNER_AMBIGUOUS_CREDENTIAL,
    NGX_HTTP_PARTNER_MALFORMED_CREDENTIAL,
    NGX_HTTP_PARTNER_UNKNOWN_CREDENTIAL,
    NGX_HTTP_PARTNER_EXPIRED_CREDENTIAL,
    NGX_HTTP_PARTNER_REVOKED_CREDENTIAL,
    NGX_HTTP_PARTNER_SUSPENDED_CREDENTIAL,
    NGX_HTTP_PARTNER_PARTNER_PENDING,
    NGX_HTTP_PARTNER_PARTNER_INACTIVE,
    NGX_HTTP_PARTNER_PARTNER_SUSPENDED,
    NGX_HTTP_PARTNER_APPLICATION_PENDING,
    NGX_HTTP_PARTNER_APPLICATION_SUSPENDED,
    NGX_HTTP_PARTNER_APPLICATION_DEPRECATED,
    NGX_HTTP_PARTNER_ENVIRONMENT_NOT_ALLOWED,
    NGX_HTTP_PARTNER_NETWORK_NOT_ALLOWED,
    NGX_HTTP_PARTNER_INSUFFICIENT_SCOPE,
    NGX_HTTP_PARTNER_MALFORMED_TOKEN,
    NGX_HTTP_PARTNER_ALGORITHM_NOT_ALLOWED,
    NGX_HTTP_PARTNER_UNKNOWN_ISSUER,
    NGX_HTTP_PARTNER_UNKNOWN_SIGNING_KEY,
    NGX_HTTP_PARTNER_INVALID_SIGNATURE,
    NGX_HTTP_PARTNER_WRONG_TYPE,
    NGX_HTTP_PARTNER_WRONG_AUDIENCE,
    NGX_HTTP_PARTNER_EXPIRED_TOKEN,
    NGX_HTTP_PARTNER_PREMATURE_TOKEN,
    NGX_HTTP_PARTNER_REVOKED_TOKEN,
    NGX_HTTP_PARTNER_CERTIFICATE_MISMATCH,
    NGX_HTTP_PARTNER_TOKEN_NOT_MAPPED,
    NGX_HTTP_PARTNER_KEYS_UNAVAILABLE,
    NGX_HTTP_PARTNER_INACTIVE_TOKEN,
    NGX_HTTP_PARTNER_INTROSPECTION_UNAVAILABLE,
    NGX_HTTP_PARTNER_UNKNOWN_TOKENS,
    NGX_HTTP_PARTNER_RATE_LIMITED,
    NGX_HTTP_PARTNER_CONCURRENCY_LIMITED,
    NGX_HTTP_PARTNER_OVERLOADED,
    NGX_HTTP_PARTNER_STORE_UNAVAILABLE,
    NGX_HTTP_PARTNER_LIMITER_UNAVAILABLE,
    NGX_HTTP_PARTNER_AMBIGUOUS_PATH,
    NGX_HTTP_PARTNER_UNKNOWN_OPERATION,
    NGX_HTTP_PARTNER_METHOD_NOT_ALLOWED,
    NGX_HTTP_PARTNER_NOT_REDACTABLE,
    NGX_HTTP_PARTNER_VERDICTS
} ngx_http_partner_verdict_t;

typedef enum {
    NGX_HTTP_PARTNER_LOCAL = 0,
    NGX_HTTP_PARTNER_STRICT,
    NGX_HTTP_PARTNER_LEASE
} ngx_http_partner_mode_t;

typedef enum {
    NGX_HTTP_PARTNER_ON_ERROR_DENY = 0,
    NGX_HTTP_PARTNER_ON_ERROR_LOCAL,
    NGX_HTTP_PARTNER_ON_ERROR_ALLOW
} ngx_http_partner_on_error_t;

typedef enum {
    NGX_HTTP_PARTNER_PER_PARTNER = 0,
    NGX_HTTP_PARTNER_PER_APPLICATION,
    NGX_HTTP_PARTNER_PER_KEY,
    NGX_HTTP_PARTNER_PER_CLIENT, /* of a key: the key */
    NGX_HTTP_PARTNER_PER_GROUP   /* the partner's calls of one group */
} ngx_http_partner_per_t;

typedef struct {
    ngx_msec_t latency;      /* the budget of the tier's objective */
    ngx_uint_t availability; /* in 1/1000 of a percent: 99990 is 99.99 % */
    ngx_uint_t mode;         /* ngx_http_partner_mode_t, or unset */
    ngx_uint_t on_error;     /* ngx_http_partner_on_error_t */
    ngx_msec_t lease;        /* cached principals count as verified, ms */
    ngx_msec_t stale;        /* and are served at all without Redis, ms */
    unsigned   set : 1;
} ngx_http_partner_tier_t;

/* The numbers of a policy, for one tier or for all. */
typedef struct {
    lp_rate_t rate;
    int64_t   quota;  /* tokens as configured, or calls in flight, */
    int64_t   window; /* per so many seconds; 0: at any moment */
    ngx_str_t text;   /* its member of the RateLimit-Policy field */
    unsigned  set : 1;
} ngx_http_partner_numbers_t;

typedef struct {
    ngx_str_t                  name;
    ngx_partner_name_t         ref;
    ngx_uint_t                 per; /* ngx_http_partner_per_t */
    ngx_http_partner_numbers_t numbers[LP_TIERS + 1]; /* last: any tier */
    unsigned                   plan : 1; /* the key's own rateLimit first */
    unsigned                   dry : 1;  /* decides, but refuses nobody */
    unsigned                   concurrency : 1; /* counts calls in flight */
} ngx_http_partner_policy_t;

/* How the limits of a partner that goes live grow. */
typedef struct {
    ngx_str_t          name;
    ngx_partner_name_t ref;
    lp_ramp_t          part; /* of the limits */
    ngx_uint_t         dry;  /* counts whom it would refuse */
} ngx_http_partner_ramp_t;

/* What partner_overload watches: an API behind some locations. */
typedef struct {
    ngx_str_t           name;
    ngx_partner_pool_t *shared;
} ngx_http_partner_pool_t;

typedef struct {
    ngx_str_t            name;
    lp_redact_profile_t *profile;
    ngx_str_t            keyed; /* a rule of it that needs keys */
    ngx_uint_t           index; /* among the profiles */
} ngx_http_partner_profile_t;

/* Who gets another profile. */
typedef struct {
    ngx_http_partner_profile_t *profile; /* NULL: sees everything */
    lp_redact_for_t             whom;
} ngx_http_partner_redact_rule_t;

/* One operation of a contract, as the stages use it. */
typedef struct {
    ngx_str_t             id;
    ngx_str_t             group;     /* limit group; empty when none */
    ngx_partner_name_t    group_ref; /* 0 when none */
    const lp_operation_t *declared;  /* scopes, x-pii, x-cache */

    lp_redact_profile_t     **marked; /* by profile; NULL: no marks */
    ngx_partner_calls_place_t calls;
} ngx_http_partner_operation_t;

typedef struct ngx_http_partner_question_s ngx_http_partner_question_t;

/* What a worker needs to ask Redis for decisions, and knows of how it does. */
typedef struct {
    char        script[40]; /* SHA-1 in hexadecimal */
    u_char      node[16];   /* names this gateway's leases */
    ngx_queue_t free[2];    /* questions of up to 4 buckets, and of more */
    ngx_queue_t lent;       /* answered ones with a lease, oldest first */
    ngx_event_t sweep;      /* gives back what was not spent */
    ngx_event_t probe;      /* while the breaker is open */
    ngx_uint_t  failures;   /* since the last success */
    unsigned    open : 1;   /* the breaker: nobody waits for Redis */
} ngx_http_partner_asker_t;

typedef struct ngx_http_partner_jwt_s  ngx_http_partner_jwt_t;
typedef struct ngx_http_partner_ways_s ngx_http_partner_ways_t;

typedef struct {
    lp_contract_t                *compiled;
    ngx_http_partner_operation_t *operations; /* by their numbers */
    ngx_str_t                     prefix;
    ngx_uint_t                    unknown; /* 1: paths without one pass */
    ngx_uint_t                    marked;  /* places of answers, by x-pii */
} ngx_http_partner_contract_t;

typedef struct {
    ngx_partner_zone_t       *zone;
    ngx_partner_redis_conf_t *redis_conf; /* NULL: works without Redis */
    lp_peppers_t             *peppers;    /* by which keys are digested */
    ngx_partner_registry_t   *registry;   /* NULL: none */
    ngx_http_partner_jwt_t   *jwt;        /* NULL: no tokens */
    ngx_http_partner_tier_t   tiers[LP_TIERS];
    ngx_array_t               policies;  /* of ngx_http_partner_policy_t * */
    ngx_array_t               contracts; /* of ngx_http_partner_contract_t * */
    ngx_array_t               profiles;  /* of ngx_http_partner_profile_t * */
    ngx_http_partner_profile_t *marked;  /* for marks alone, or NULL */
    ngx_array_t                *pairs;   /* to compare, in _redact_for.c */
    ngx_array_t                 pools;   /* of ngx_http_partner_pool_t * */
    ngx_array_t                 ramps;   /* of ngx_http_partner_ramp_t */
    ngx_array_t                 slos;    /* of ngx_http_partner_slo_t */
    lp_keyring_t               *keyring; /* NULL: nothing is encrypted */
    ngx_int_t                   request_id; /* index of the variable */
    unsigned used : 1;          /* some location asks for something */
    unsigned leaving : 1;       /* this worker ends: calls wait on */
    unsigned safe_errors : 1;   /* some server does */
    unsigned server_timing : 1; /* some location does */

    /* a worker's own */
    lp_digest_t                *digest;
    lp_recent_t                *recent_keys;
    lp_recent_t                *recent_subjects; /* of tokens */
    ngx_partner_journal_conf_t *journal_conf; /* NULL: counted in the zone */
    ngx_partner_journals_t      journals;
    ngx_partner_usage_t         usage;
    ngx_partner_series_t       *series;     /* NGX_PARTNER_SERIES of them */
    time_t                      metered_at; /* s; when a call last asked for */
    uint32_t                    hour;       /* this one */
    uint32_t                    seat;  /* of this worker's tallies; 0: none */
    ngx_partner_calls_place_t   calls; /* of no operation */
    ngx_partner_redis_t         redis;
    ngx_http_partner_asker_t    asker;
    ngx_partner_lookup_t        lookup;
    ngx_partner_revisions_t     revisions;
    ngx_partner_presence_t      presence;
    ngx_partner_publisher_t     publisher;
    ngx_partner_last_used_t     last_used;
} ngx_http_partner_main_conf_t;

/* Where a location takes keys from, beside `Authorization: Bearer`. */
typedef struct {
    ngx_str_t  header; /* lower case; empty: from no other */
    ngx_uint_t header_hash;
    ngx_str_t  query; /* an argument's name; empty: from none */
} ngx_http_partner_key_place_t;

typedef struct {
    ngx_str_t                    file; /* where the block begins */
    ngx_uint_t                   line;
    ngx_uint_t                   auth;  /* NGX_HTTP_PARTNER_AUTH_* */
    ngx_http_partner_key_place_t place; /* goes with `auth` */
    ngx_uint_t       environment; /* lp_environment_t; LP_ENVIRONMENTS: any */
    ngx_msec_t       stale;       /* ms; unset: as the tier has it */
    lp_scope_need_t *scopes;      /* NULL: none is required */
    ngx_http_partner_contract_t *contract;
    ngx_array_t                 *limits;   /* of ngx_http_partner_policy_t * */
    ngx_array_t                 *flights;  /* the same, of calls in flight */
    ngx_http_partner_pool_t     *overload; /* NULL: it bears all that come */
    ngx_http_partner_profile_t  *redact;   /* who meets no rule */
    ngx_array_t                 *redact_rules; /* ..._redact_rule_t; or NULL */
    ngx_uint_t                   redact_other; /* pass what is not JSON */
    ngx_uint_t                   redact_no_streams; /* of documents */
    ngx_flag_t                   safe_errors;       /* of a server */
    ngx_uint_t                   trace; /* ngx_http_partner_tracing_t */
    ngx_uint_t trace_sample; /* of those that start, in 1/1000 of a percent */
    ngx_flag_t server_timing;
    ngx_flag_t meter;
    unsigned   auth_said : 1; /* here or further out */
    unsigned   scopes_set : 1;
    unsigned   contract_set : 1;
    unsigned   limits_set : 1;
    unsigned   overload_set : 1;
    unsigned   overload_dry : 1;
    unsigned   redact_set : 1;   /* here or further out */
    unsigned   redact_marks : 1; /* alone: nobody chose a profile */
} ngx_http_partner_loc_conf_t;

/* What is said of an error; `detail` says what the caller can do. */
typedef struct {
    ngx_uint_t  status;
    const char *code;
    const char *title;
    const char *detail;
} ngx_http_partner_problem_t;

/* One bucket of a decision. */
typedef struct {
    ngx_http_partner_policy_t        *policy;
    const ngx_http_partner_numbers_t *numbers;
    ngx_http_partner_numbers_t        own; /* made from the key's rateLimit */
    ngx_uint_t                        per; /* ngx_http_partner_per_t */
    unsigned                          planned : 1;   /* the key's rateLimit */
    unsigned                          dry : 1;       /* refuses nobody */
    unsigned                          rehearsed : 1; /* by a ramp's dry run */
    lp_decision_t                     decision;
} ngx_http_partner_limit_t;

typedef struct {
    ngx_http_partner_limit_t *limits; /* NULL: none applied */
    ngx_uint_t                n;
    ngx_uint_t                restrictive; /* index of the one reported */
    unsigned                  known : 1;   /* decided, so there is a state */
    unsigned                  failed : 1;  /* Redis gave no decision */
    unsigned                  dry : 1;     /* a dry run would have refused */
} ngx_http_partner_decision_t;

/* What is known of a token on the way to its principal. */
typedef struct {
    ngx_str_t            text;
    u_char               tag[LP_TAG_LEN];
    ngx_partner_parked_t parked;
    ngx_msec_t           asked_at; /* for a key that is not known, ms */
    ngx_partner_name_t   scopes;
    uint64_t             client;     /* its issuer's; 0: a record says whose */
    const ngx_str_t     *unmapped;   /* the claim that names nobody, or NULL */
    unsigned             opaque : 1; /* its issuer is asked */
    unsigned             asked : 1;  /* waited for keys, */
    unsigned             asked_key : 1;     /* for one key more, */
    unsigned             asked_revoked : 1; /* for what was revoked */
    unsigned             narrowed : 1;      /* to the scopes of the token */
    unsigned             waited : 1;        /* for its client's record, */
    unsigned             rejudged : 1;      /* and was judged once more */
} ngx_http_partner_bearer_t;

/*
 * The call record: one for a main request, on its pool, found again after
 * internal redirects have wiped the contexts.
 */
typedef struct {
    ngx_http_request_t           *request;
    ngx_http_partner_main_conf_t *pmcf;
    ngx_http_partner_loc_conf_t  *location;  /* whose stages ran last */
    ngx_http_partner_operation_t *operation; /* NULL: none is known */
    const char                   *allow;     /* methods that the path has */
    const lp_scope_need_t        *lacking;   /* what was not met */
    ngx_uint_t                    stage;
    ngx_http_partner_verdict_t    verdict;
    ngx_partner_principal_t       principal;
    const lp_cidr_set_t          *networks; /* of a key of the registry */
    u_char                        digest[LP_DIGEST_LEN];
    ngx_http_partner_ways_t      *ways; /* NULL: it is the only one */
    ngx_partner_waiter_t          waiter;
    ngx_partner_parked_t         *arrival;  /* NULL: it never waited so */
    ngx_http_partner_bearer_t    *token;    /* NULL: a key */
    ngx_int_t                     found;    /* how the look-up ended */
    ngx_http_partner_question_t  *question; /* on its way to Redis */
    ngx_http_partner_decision_t   decision;
    ngx_http_partner_pool_t      *pool;    /* that it was let into */
    ngx_partner_pooled_t         *pooled;  /* and how */
    ngx_uint_t                    flights; /* in flight it counts as */
    uint32_t                      flight[NGX_HTTP_PARTNER_POLICIES];
    struct timespec               started;
    uint64_t                      stages_us; /* since then: let through, */
    uint64_t                      body_us;   /* its body came; 0: not seen, */
    uint64_t                      answered_us; /* the answer was made; 0: */
    uint64_t                      total_us;    /* not; it was logged */
    off_t                         owed;  /* bytes of a body, as announced */
    lp_trace_t                   *trace; /* NULL: nobody asked for it */
    uint64_t                      redactions;
    uint32_t                      by_class[LP_REDACT_CLASSES]; /* of them */
    unsigned                      digested : 1;
    unsigned                      looked_up : 1;
    unsigned                      identified : 1;
    unsigned                      debited : 1;
    unsigned                      flying : 1; /* counted in flight */
    unsigned                      passed : 1; /* reached the proxy */
    unsigned                      within : 1; /* led on, in one location */
    unsigned                      waiting : 1;
    unsigned                      doubtful : 1; /* waited since identified */
    unsigned                      refused : 1;  /* its fields are set */
    unsigned                      ending : 1;   /* and those of its end */
    unsigned                      trace_started : 1; /* not the caller's */
    unsigned                      announced : 1;     /* the body has begun */
} ngx_http_partner_call_t;

/*
 * A stage: NGX_OK goes on, NGX_AGAIN waits for ngx_http_partner_resume(),
 * NGX_DECLINED refuses with call->verdict, NGX_ERROR fails.  It runs again
 * from its top after a wait.
 */
typedef ngx_int_t (*ngx_http_partner_stage_pt)(ngx_http_request_t      *r,
                                               ngx_http_partner_call_t *call);


extern ngx_module_t ngx_http_partner_module;


/*
 * _call.c: the record of this request, or NULL; one that is made, NULL: no
 * memory; its waits end, and nobody calls it back; microseconds since then.
 */
ngx_http_partner_call_t *ngx_http_partner_call(ngx_http_request_t *r);
ngx_http_partner_call_t *ngx_http_partner_call_create(ngx_http_request_t *r);
void     ngx_http_partner_call_cancel(ngx_http_partner_call_t *call);
uint64_t ngx_http_partner_elapsed(const struct timespec *since);

/* _call.c: how long one of that tier is served here unasked, ms */
ngx_msec_t ngx_http_partner_stale(const ngx_http_partner_call_t *call,
                                  ngx_uint_t                     tier);

/* _access.c */
ngx_int_t ngx_http_partner_access_handler(ngx_http_request_t *r);
void      ngx_http_partner_resume(ngx_http_partner_call_t *call);

/* the stages, each in its own file; the second and the fourth for tokens */
ngx_int_t ngx_http_partner_credential(ngx_http_request_t      *r,
                                      ngx_http_partner_call_t *call);
ngx_int_t ngx_http_partner_jwt(ngx_http_request_t      *r,
                               ngx_http_partner_call_t *call);
ngx_int_t ngx_http_partner_principal(ngx_http_request_t      *r,
                                     ngx_http_partner_call_t *call);
ngx_int_t ngx_http_partner_narrow(ngx_http_request_t      *r,
                                  ngx_http_partner_call_t *call);
ngx_int_t ngx_http_partner_operation(ngx_http_request_t      *r,
                                     ngx_http_partner_call_t *call);
ngx_int_t ngx_http_partner_scope(ngx_http_request_t      *r,
                                 ngx_http_partner_call_t *call);
ngx_int_t ngx_http_partner_limit(ngx_http_request_t      *r,
                                 ngx_http_partner_call_t *call);

/*
 * _operation.c: the operation that the request's own path and method name,
 * NULL where none is needed; for another method `allow` has those of the path.
 */
ngx_http_partner_verdict_t ngx_http_partner_operation_find(
    ngx_http_request_t *r, const ngx_http_partner_contract_t *contract,
    ngx_http_partner_operation_t **operation, const char **allow);

/*
 * _arrival.c: NGX_AGAIN while this worker reaches Redis for the first time:
 * the stage runs again once it has, or could not.
 */
ngx_int_t ngx_http_partner_await_redis(ngx_http_partner_call_t *call);

/*
 * _query.c: the values that an argument has, and one of them; and away with
 * them from what is logged and proxied, which invalidates those found.
 */
ngx_uint_t ngx_http_partner_query_find(ngx_http_request_t *r,
                                       const ngx_str_t    *name,
                                       ngx_str_t          *token);
ngx_int_t  ngx_http_partner_query_mask(ngx_http_request_t *r,
                                       const ngx_str_t    *name);

/* _ending.c: whether the sunset of who calls has come; fields that tell it */
ngx_uint_t ngx_http_partner_has_ended(const ngx_http_partner_call_t *call);
ngx_int_t  ngx_http_partner_ending_headers(ngx_http_request_t      *r,
                                           ngx_http_partner_call_t *call);
/* Whether the gateway's Deprecation or Sunset stands for an upstream's. */
ngx_uint_t ngx_http_partner_ending_replace(ngx_http_request_t    *r,
                                           const ngx_table_elt_t *theirs);

/* _network.c: whether the call comes from where its key may be used */
ngx_http_partner_verdict_t ngx_http_partner_network(
    ngx_http_request_t *r, ngx_http_partner_call_t *call);

/* _limit_headers.c: limit fields of the answer; `refused` adds Retry-After */
ngx_int_t ngx_http_partner_limit_headers(ngx_http_request_t      *r,
                                         ngx_http_partner_call_t *call,
                                         ngx_uint_t               refused);

/* _limit_local.c: decides in shared memory; 1/share of the limits is ours */
void ngx_http_partner_limit_local(ngx_http_partner_call_t *call,
                                  ngx_uint_t               share);

/*
 * _flight.c: calls in flight, counted against policies with concurrency=.
 * NGX_BUSY: as many are as may be; NGX_ERROR: the zone has no place for more
 */
ngx_int_t ngx_http_partner_flight_begin(ngx_http_partner_call_t *call);
void      ngx_http_partner_flight_end(ngx_http_partner_call_t *call);

/* _refuse.c: what ACCESS returns for call->verdict; is the caller known? */
ngx_int_t  ngx_http_partner_refuse(ngx_http_request_t      *r,
                                   ngx_http_partner_call_t *call);
ngx_int_t  ngx_http_partner_send_refusal(ngx_http_request_t      *r,
                                         ngx_http_partner_call_t *call);
ngx_uint_t ngx_http_partner_verdict_known(ngx_http_partner_verdict_t verdict);
const ngx_http_partner_problem_t *ngx_http_partner_verdict_problem(
    ngx_http_partner_verdict_t verdict);

/* _problem.c: RFC 9457 */
ngx_int_t ngx_http_partner_send_problem(
    ngx_http_request_t *r, const ngx_http_partner_problem_t *problem);
ngx_int_t ngx_http_partner_problem_handler(ngx_http_request_t *r);

/* _status.c: a content handler */
ngx_int_t ngx_http_partner_status_handler(ngx_http_request_t *r);

/* _variables.c; a value fills `text`, NGX_DECLINED: there is none */
typedef ngx_int_t (*ngx_http_partner_value_pt)(ngx_http_request_t      *r,
                                               ngx_http_partner_call_t *call,
                                               ngx_str_t               *text);

ngx_int_t ngx_http_partner_add_variables(ngx_conf_t *cf);
ngx_int_t ngx_http_partner_id_value(ngx_http_request_t      *r,
                                    ngx_http_partner_call_t *call,
                                    ngx_str_t               *text);
ngx_int_t ngx_http_partner_app_value(ngx_http_request_t      *r,
                                     ngx_http_partner_call_t *call,
                                     ngx_str_t               *text);
ngx_int_t ngx_http_partner_scopes_value(ngx_http_request_t      *r,
                                        ngx_http_partner_call_t *call,
                                        ngx_str_t               *text);
ngx_int_t ngx_http_partner_client_value(ngx_http_request_t      *r,
                                        ngx_http_partner_call_t *call,
                                        ngx_str_t               *text);
ngx_int_t ngx_http_partner_tier_value(ngx_http_request_t      *r,
                                      ngx_http_partner_call_t *call,
                                      ngx_str_t               *text);

/*
 * _check.c: which directive asks for somebody who calls, or NULL; and mistakes
 * of a merged location, where `said` is what it asked for by itself.
 */
const char *ngx_http_partner_asked(const ngx_http_partner_loc_conf_t *conf);
ngx_int_t   ngx_http_partner_check(ngx_conf_t                        *cf,
                                   const ngx_http_partner_loc_conf_t *conf,
                                   const char                        *said);

/* _cached.c: $partner_cache_key; the contract's word on what is kept */
ngx_int_t ngx_http_partner_cache_key_value(ngx_http_request_t      *r,
                                           ngx_http_partner_call_t *call,
                                           ngx_str_t               *text);
void      ngx_http_partner_cached_init(void);

/* _replaced.c: fields of an upstream's answer that the gateway's replace */
void ngx_http_partner_replaced_init(void);

/* _safe.c: logs without personal data */
ngx_int_t ngx_http_partner_safe_add_variables(ngx_conf_t *cf);
ngx_int_t ngx_http_partner_safe_handler(ngx_http_request_t *r);
char     *ngx_http_partner_safe_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                          void *conf);

/* _identity.c: whether a field is the gateway's alone; strips it, sends it */
ngx_uint_t ngx_http_partner_is_identity(const ngx_str_t *lowcase);
ngx_uint_t ngx_http_partner_names_identity(const ngx_str_t *name);
void       ngx_http_partner_identity_init(void);
ngx_int_t  ngx_http_partner_identity_handler(ngx_http_request_t *r);
ngx_int_t  ngx_http_partner_identity_send(ngx_http_request_t      *r,
                                          ngx_http_partner_call_t *call);

/* _headers.c: one more field of the answer; the value is kept, not copied */
ngx_int_t ngx_http_partner_add_header(ngx_http_request_t *r, const char *name,
                                      size_t name_len, ngx_str_t *value);

/* _worker.c: what a worker process starts and stops */
ngx_int_t ngx_http_partner_init_worker(ngx_cycle_t *cycle);
void      ngx_http_partner_exit_worker(ngx_cycle_t *cycle);
void      ngx_http_partner_exit_master(ngx_cycle_t *cycle);

/* _accept.c */
ngx_int_t ngx_http_partner_accept(ngx_cycle_t *cycle);

/* _contract.c: partner_contract; what of it belongs into the zone */
char *ngx_http_partner_contract_directive(ngx_conf_t *cf, ngx_command_t *cmd,
                                          void *conf);
ngx_int_t ngx_http_partner_contract_bind(ngx_http_partner_main_conf_t *pmcf);

/* _journal.c: once the zone is there; NGX_ERROR: nothing to count in */
ngx_int_t ngx_http_partner_journal_open(ngx_http_partner_main_conf_t *pmcf,
                                        ngx_log_t                    *log);


#endif
