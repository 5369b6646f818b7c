/*
 * `partnerd check peppers`: under which peppers keys stand that can be used,
 * so that it shows when an old one may leave the file.
 */

#include <stdio.h>
#include <string.h>

#include "db.h"
#include "log.h"
#include "pepper.h"
#include "verbs.h"


static const char pd_peppers_used[]
    = "SELECT pepper, count(*), max(coalesce(to_char(expires_at, "
      "  'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), 'never')) "
      "FROM api_keys WHERE status IN ('Active', 'Rotated') "
      "AND coalesce(expires_at, 'infinity') > now() "
      "GROUP BY pepper ORDER BY pepper";


/* What the file has to say of a pepper. */
static const char *
pd_pepper_place(const lp_peppers_t *peppers, const char *name)
{
    if (strcmp(lp_peppers_name(peppers, 0), name) == 0) {
        return "makes new keys";
    }

    return lp_peppers_have(peppers, name, strlen(name)) ? "is looked up"
                                                        : "IS MISSING";
}


/* -1: a key stands under a pepper that is not in the file. */
static int
pd_peppers_print(const lp_peppers_t *peppers, const PGresult *res)
{
    int         i, rc;
    const char *name;

    rc = 0;

    for (i = 0; i < PQntuples(res); i++) {
        name = PQgetvalue(res, i, 0);
        (void) printf("%s: %s keys, the last expires %s; %s\n", name,
                      PQgetvalue(res, i, 1), PQgetvalue(res, i, 2),
                      pd_pepper_place(peppers, name));

        if (!lp_peppers_have(peppers, name, strlen(name))) {
            rc = -1;
        }
    }

    return fflush(stdout) == 0 ? rc : -1;
}


/* As the worker, which sees the keys of all tenants. */
int
pd_check_peppers(const pd_options_t *o)
{
    int           rc;
    PGconn       *db;
    PGresult     *res;
    lp_error_t    err;
    lp_peppers_t *peppers;

    if (pd_pepper_load(&peppers, o->key_pepper, &err) != LP_OK) {
        pd_log(PD_ERROR, "check", "detail", err.text, NULL);
        return 1;
    }

    db = pd_db_open(o->database);
    res = db != NULL && pd_db_as(db, "SET ROLE partner_work") == 0
              ? pd_db_query(db, pd_peppers_used, 0, NULL)
              : NULL;
    rc = res == NULL ? -1 : pd_peppers_print(peppers, res);

    PQclear(res);
    PQfinish(db);
    lp_peppers_free(peppers);

    return rc == 0 ? 0 : 1;
}
