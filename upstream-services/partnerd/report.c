/*
 * `partnerd report`: a partner's signed report of a month, on standard output.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bind.h"
#include "db.h"
#include "format.h"
#include "log.h"
#include "signer.h"
#include "verbs.h"


/* As an operator would: the same role, the same rules. */
static const char pd_report_setup[]
    = "SET ROLE partner_serve;"
      "SELECT set_config('partner.tenant', 'platform', false)";


static int
pd_report_wrong(const char *detail)
{
    pd_log(PD_ERROR, "report", "detail", detail, NULL);

    return -1;
}


static int
pd_report_option(const char *name, const char *value, const char *allowed)
{
    char detail[192];

    (void) snprintf(detail, sizeof(detail), "--%s is \"%.40s\"; allowed: %s",
                    name, value, allowed);

    return pd_report_wrong(detail);
}


static int
pd_report_partner(const char *partner)
{
    const pd_format_t *uuid;

    uuid = pd_format_find("uuid");

    return uuid != NULL && uuid->matches(partner, strlen(partner))
               ? 0
               : pd_report_option("partner", partner,
                                  "the id of a partner, a UUID");
}


/* Written so, months are in the order of their texts. */
static int
pd_report_month(const char *month)
{
    long      number;
    char      now[16], again[16];
    time_t    t;
    struct tm utc;

    if (month[0] == '\0') {
        return 0;
    }

    number = strlen(month) == 7 ? strtol(month + 5, NULL, 10) : 0;
    again[0] = '\0';

    if (number >= 1 && number <= 12) {
        (void) snprintf(again, sizeof(again), "20%.2s-%02ld", month + 2,
                        number);
    }

    if (strspn(month, "0123456789") != 4 || strcmp(again, month) != 0) {
        return pd_report_option("month", month, "2000-01 to the last month");
    }

    t = time(NULL);
    (void) strftime(now, sizeof(now), "%Y-%m", gmtime_r(&t, &utc));

    return strcmp(month, now) < 0
               ? 0
               : pd_report_option("month", month, "a month that has ended");
}


static int
pd_report_print(const pd_signer_t *signer, const PGresult *res)
{
    int   rc;
    char *jws;

    if (PQntuples(res) == 0) {
        return pd_report_wrong("there is no such partner");
    }

    jws = pd_signer_sign(signer, PQgetvalue(res, 0, 0));
    rc = jws != NULL && printf("%s\n", jws) > 0 && fflush(stdout) == 0
             ? 0
             : pd_report_wrong("cannot be signed or written");
    free(jws);

    return rc;
}


/*
 * The statement of the operation slo.report itself, so that the command and
 * the API cannot differ.
 */
static int
pd_report_make(const pd_options_t *o, const pd_signer_t *signer,
               const pd_statement_t *statement)
{
    int         rc;
    PGconn     *db;
    json_t     *inputs[PD_SOURCES] = { NULL };
    PGresult   *res;
    pd_values_t values = { .n = 0 };

    inputs[PD_FROM_PATH] = json_pack("{s:s}", "partnerId", o->partner);
    inputs[PD_FROM_QUERY] = o->month[0] == '\0'
                                ? json_object()
                                : json_pack("{s:s}", "month", o->month);

    rc = pd_bind(&values, statement, inputs);
    db = rc == 0 ? pd_db_open(o->database) : NULL;
    res = db != NULL && pd_db_as(db, pd_report_setup) == 0
              ? pd_db_query(db, statement->sql, (int) values.n, values.values)
              : NULL;
    rc = res == NULL ? -1 : pd_report_print(signer, res);

    PQclear(res);
    PQfinish(db);
    pd_values_clear(&values);
    json_decref(inputs[PD_FROM_PATH]);
    json_decref(inputs[PD_FROM_QUERY]);

    return rc;
}


static int
pd_report_with(const pd_options_t *o, const pd_signer_t *signer)
{
    int                   rc;
    char                  dir[4096];
    lp_error_t            err;
    pd_queries_t          queries = { .n = 0 };
    const pd_statement_t *statement;

    if (o->partner[0] == '\0' || signer->key == NULL) {
        return pd_report_wrong("needs --partner and --report-key");
    }

    (void) snprintf(dir, sizeof(dir), "%s/queries", o->sql);

    if (pd_queries_load(&queries, dir, &err) != LP_OK) {
        return pd_report_wrong(err.text);
    }

    statement = pd_queries_find(&queries, "slo.report");
    rc = statement == NULL ? pd_report_wrong("there is no such statement")
                           : pd_report_make(o, signer, statement);
    pd_queries_free(&queries);

    return rc;
}


int
pd_report(const pd_options_t *o)
{
    int         rc;
    lp_error_t  err;
    pd_signer_t signer;

    if ((o->partner[0] != '\0' && pd_report_partner(o->partner) != 0)
        || pd_report_month(o->month) != 0) {
        return PD_USAGE;
    }

    if (pd_signer_load(&signer, o->report_key, &err) != LP_OK) {
        (void) pd_report_wrong(err.text);
        return 1;
    }

    rc = pd_report_with(o, &signer);
    pd_signer_free(&signer);

    return rc == 0 ? 0 : 1;
}
