CREATE OR REPLACE FUNCTION before_time(key text) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN coalesce(key::timestamptz, 'infinity');

CREATE OR REPLACE FUNCTION before_id(key text) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(key::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');

CREATE INDEX api_keys_newest ON api_keys (created_at DESC, id DESC);
CREATE INDEX applications_newest ON applications (created_at DESC, id DESC);
CREATE INDEX clients_newest ON clients (created_at DESC, id DESC);

DROP INDEX applications_of_partner, clients_of_partner,
    api_keys_of_all, applications_of_all, clients_of_all;
