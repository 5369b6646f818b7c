/*
 * `partnerd operator-key`: a credential for an operator, of one role.  The
 * first one of a platform can come from nowhere else.
 */

#include <stdio.h>
#include <string.h>

#include "db.h"
#include "log.h"
#include "mint.h"
#include "validate.h"
#include "verbs.h"


#define PD_OPERATOR_NAME 100 /* characters */


/* As an operator would: the same role, the same rules. */
static const char pd_operator_setup[]
    = "SET ROLE partner_serve;"
      "SELECT set_config('partner.tenant', 'platform', false),"
      "       set_config('partner.client', 'partnerd operator-key', false)";

static const char pd_operator_sql[]
    = "INSERT INTO api_keys (name, digest, prefix, scopes, pepper) "
      "VALUES ($1, decode($2, 'hex'), $3, ARRAY[$4], $5)";

/* As POST /api/keys has it.  It may be a person's, so it is not said. */
static int
pd_operator_name(const char *name)
{
    size_t  n;
    json_t *text;

    text = json_string(name);
    if (text == NULL) {
        (void) fputs("partnerd: name is not UTF-8\n", stderr);
        return -1;
    }

    json_decref(text);
    n = pd_characters(name);

    if (n >= 1 && n <= PD_OPERATOR_NAME) {
        return 0;
    }

    (void) fprintf(stderr,
                   "partnerd: name has %zu characters; allowed: 1 to %d\n", n,
                   PD_OPERATOR_NAME);

    return -1;
}


/*
 * The outbox row comes from the table's own trigger; the relay is woken for
 * it.
 */
static int
pd_operator_insert_key(PGconn *db, const pd_minted_t *m, const pd_options_t *o)
{
    PGresult   *res;
    const char *values[]
        = { o->name, m->digest, m->prefix, o->role, m->pepper };

    res = pd_db_query(db, pd_operator_sql, 5, values);
    if (res == NULL) {
        return -1;
    }
    PQclear(res);

    return pd_db_run(db, "NOTIFY partner_outbox");
}


static int
pd_operator_wrong(const char *detail)
{
    pd_log(PD_ERROR, "operator-key", "detail", detail, NULL);

    return -1;
}


/*
 * It is shown once and kept nowhere, so it counts only once it is written: a
 * key that nobody has is not left behind.
 */
static int
pd_operator_store(PGconn *db, const pd_minted_t *m, const pd_options_t *o)
{
    if (pd_db_as(db, pd_operator_setup) != 0 || pd_db_run(db, "BEGIN") != 0
        || pd_operator_insert_key(db, m, o) != 0) {
        return -1;
    }

    if (printf("%s\n", m->key) < 0 || fflush(stdout) != 0) {
        return pd_operator_wrong("the key cannot be written to standard "
                                 "output; none was made");
    }

    return pd_db_run(db, "COMMIT") == 0
               ? 0
               : pd_operator_wrong("the key that was written may be of no "
                                   "use: make another one");
}


int
pd_operator_key(const pd_options_t *o)
{
    int         rc;
    PGconn     *db;
    pd_minted_t m;

    if (pd_operator_name(o->name) != 0) {
        return PD_USAGE;
    }

    if (pd_mint_for("operator-key", o->key_pepper, &m) != 0) {
        return 1;
    }

    db = pd_db_open(o->database);
    rc = db == NULL ? -1 : pd_operator_store(db, &m, o);
    PQfinish(db);

    if (rc == 0) {
        pd_log(PD_INFO, "operator-key", "prefix", m.prefix, "role", o->role,
               NULL);
    }

    pd_minted_wipe(&m);

    return rc == 0 ? 0 : 1;
}
