-- Who changed what: a row a change, written by the change's own transaction
-- and chained by one job, in the order in which the job comes to see them.

CREATE TABLE audit (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position   bigint CONSTRAINT audit_position UNIQUE CHECK (position > 0),
    hash       bytea CHECK (octet_length(hash) = 32),
    at         timestamptz NOT NULL DEFAULT now(),
    tenant     text NOT NULL,   -- whose credential: a partner's, "platform"
    actor      text NOT NULL,   -- the credential; of what is no call, the role
    request    text NOT NULL,
    resource   text NOT NULL,
    entity     uuid NOT NULL,
    partner_id uuid,            -- whose row; NULL: the platform's own
    action     text NOT NULL
               CHECK (action IN ('created', 'changed', 'deleted')),
    before     json,            -- json, not jsonb: the text that was hashed
    after      json,
    CONSTRAINT audit_chained CHECK ((position IS NULL) = (hash IS NULL))
);

-- Numbers are given out of commit order, so what is not chained yet bears a
-- mark of its own: a row that commits late is found, whatever its number.
CREATE INDEX audit_unchained ON audit (id) WHERE position IS NULL;
CREATE INDEX audit_of_partner ON audit (partner_id, position);
CREATE INDEX audit_of_entity ON audit (entity, position);

-- Where the chain ends.  The job moves it from the end that it has read, so
-- of two jobs at once one fails.
CREATE TABLE audit_head (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint NOT NULL DEFAULT 0,
    hash     bytea NOT NULL
             DEFAULT decode(repeat('00', 32), 'hex')
             CHECK (octet_length(hash) = 32)
);
INSERT INTO audit_head DEFAULT VALUES;

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['audit', 'audit_head'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format(
            'CREATE POLICY %I ON %I FOR SELECT TO partner_serve
                 USING ((SELECT is_platform()))', t || '_read', t);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO partner_work
                 USING (true) WITH CHECK (true)', t || '_work', t);
        EXECUTE format('GRANT SELECT, UPDATE (position, hash) ON %I
                            TO partner_work', t);
        EXECUTE format('GRANT SELECT ON %I TO partner_serve', t);
    END LOOP;
END
$$;

-- For audit_change alone, which is its owner's: nobody else may insert.
CREATE POLICY audit_append ON audit FOR INSERT WITH CHECK (true);

-- A row without what is secret, and without what changes by itself.
CREATE FUNCTION audit_record(r jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN r - ARRAY['digest', 'version', 'updated_at', 'last_used_at'];

-- The members of one record that another does not have, or has otherwise.
CREATE FUNCTION audit_beside(r jsonb, other jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}')
            FROM jsonb_each(r) AS m
            WHERE m.value IS DISTINCT FROM other -> m.key);

-- Runs as its owner, so that whoever changes a row can write nothing else
-- here.  Of a change there is what differs, of the rest all.
CREATE FUNCTION audit_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = partner, pg_temp AS $$
DECLARE
    old_row jsonb := audit_record(to_jsonb(OLD));
    new_row jsonb := audit_record(to_jsonb(NEW));
    whole   jsonb := coalesce(new_row, old_row);
    former  jsonb := old_row;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF new_row = old_row THEN
            RETURN NULL;
        END IF;
        old_row := audit_beside(former, new_row);
        new_row := audit_beside(new_row, former);
    END IF;
    INSERT INTO audit (tenant, actor, request, resource, entity, partner_id,
                       action, before, after)
    VALUES (coalesce(current_setting('partner.tenant', true), ''),
            coalesce(nullif(current_setting('partner.client', true), ''),
                     nullif(current_setting('role'), 'none'), session_user),
            coalesce(current_setting('partner.request', true), ''),
            TG_ARGV[0], (whole ->> 'id')::uuid,
            (whole ->> CASE TG_ARGV[0] WHEN 'partners' THEN 'id'
                       ELSE 'partner_id' END)::uuid,
            CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE'
                THEN 'changed' ELSE 'deleted' END,
            old_row, new_row);
    RETURN NULL;
END
$$;

DO $$
DECLARE
    t text[];
BEGIN
    FOREACH t SLICE 1 IN ARRAY ARRAY[
        ['partners', 'partners'], ['partner_contacts', 'contacts'],
        ['partner_agreements', 'agreements'],
        ['applications', 'applications'], ['api_keys', 'keys'],
        ['clients', 'clients'], ['token_revocations', 'revocations']] LOOP
        EXECUTE format(
            'CREATE TRIGGER %I AFTER INSERT OR UPDATE OR DELETE ON %I
                 FOR EACH ROW EXECUTE FUNCTION audit_change(%L)',
            t[1] || '_audit', t[1], t[2]);
    END LOOP;
END
$$;

-- What is hashed, as libpq hands it out whatever the session's settings are.
CREATE VIEW audit_text WITH (security_invoker) AS
    SELECT id, position, encode(hash, 'hex') AS hash,
           to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
               AS at,
           tenant, actor, request, resource, entity, partner_id, action,
           before, after
    FROM audit;
GRANT SELECT ON audit_text TO partner_serve, partner_work;

CREATE FUNCTION audit_json(a audit_text) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'position', a.position, 'at', a.at, 'tenant', a.tenant,
        'actor', a.actor, 'requestId', a.request, 'resource', a.resource,
        'entityId', a.entity, 'partnerId', a.partner_id, 'action', a.action,
        'before', a.before, 'after', a.after, 'hash', a.hash);
