-- Lists are planned once for all who ask.  A partner's own have the partner
-- first; those of all are of a condition that only operators' lists name, so
-- that no plan walks through everybody's rows for the few of one.  It would
-- where the former indexes were left: they go, last of all, and where the
-- version before still serves, it sorts for operators.
CREATE INDEX applications_of_partner
    ON applications (partner_id, created_at DESC, id DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX clients_of_partner
    ON clients (partner_id, created_at DESC, id DESC);

CREATE INDEX api_keys_of_all ON api_keys (created_at DESC, id DESC)
    WHERE created_at > '-infinity';
CREATE INDEX applications_of_all ON applications (created_at DESC, id DESC)
    WHERE created_at > '-infinity' AND deleted_at IS NULL;
CREATE INDEX clients_of_all ON clients (created_at DESC, id DESC)
    WHERE created_at > '-infinity';

-- Where a page begins is looked up in an index only if PostgreSQL trusts the
-- expression not to tell what row-level security hides: CASE it does, COALESCE
-- it does not.
CREATE OR REPLACE FUNCTION before_time(key text) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN CASE WHEN key IS NULL THEN 'infinity' ELSE key::timestamptz END;

CREATE OR REPLACE FUNCTION before_id(key text) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN key IS NULL THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'
                ELSE key::uuid END;

DROP INDEX api_keys_newest, applications_newest, clients_newest;
