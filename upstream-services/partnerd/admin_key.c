/*
 * `partnerd admin-key`: the first credential of a platform, for an operator.
 */

#include <stdio.h>

#include "db.h"
#include "log.h"
#include "mint.h"
#include "verbs.h"


/* As an operator would: the same role, the same rules. */
static const char pd_admin_setup[]
    = "SET ROLE partner_serve;"
      "SELECT set_config('partner.tenant', 'platform', false),"
      "       set_config('partner.client', 'partnerd admin-key', false)";

static const char pd_admin_insert[]
    = "INSERT INTO api_keys (name, digest, prefix, scopes) "
      "VALUES ('operator', decode($1, 'hex'), $2, '{admin}')";


static int
pd_admin_store(PGconn *db, const pd_minted_t *m)
{
    PGresult   *res;
    const char *values[] = { m->digest, m->prefix };

    if (pd_db_run(db, pd_admin_setup) != 0) {
        return -1;
    }

    res = pd_db_query(db, pd_admin_insert, 2, values);
    if (res == NULL) {
        return -1;
    }
    PQclear(res);

    return pd_db_run(db, "NOTIFY partner_outbox");
}


int
pd_admin_key(const pd_options_t *o)
{
    int         rc;
    PGconn     *db;
    pd_minted_t m;

    if (pd_mint(&m) != 0) {
        pd_log(PD_ERROR, "admin-key", "detail", "no randomness", NULL);
        return 1;
    }

    db = pd_db_open(o->database);
    rc = db == NULL ? -1 : pd_admin_store(db, &m);
    PQfinish(db);

    if (rc == 0) {
        rc = printf("%s\n", m.key) > 0 ? fflush(stdout) : -1;
        pd_log(PD_INFO, "admin-key", "prefix", m.prefix, NULL);
    }

    pd_minted_wipe(&m);

    return rc == 0 ? 0 : 1;
}
