-- OAuth clients, whose tokens name no partner, have records like keys; and of
-- both the networks that they may call from, and when they were last used.

ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check
    CHECK (topic IN ('partner', 'credential', 'client', 'revocation'));

DROP INDEX outbox_pending;
CREATE INDEX outbox_pending ON outbox (id)
    WHERE topic IN ('credential', 'client', 'revocation')
      AND relayed_at IS NULL;

-- A relay from before knows no clients: their events are of a topic that it
-- leaves alone.
DROP FUNCTION outbox_obey(uuid, uuid);
CREATE FUNCTION outbox_obey(entity uuid, partner_id uuid,
                            topic text DEFAULT 'credential') RETURNS bigint
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES (topic, topic || '.obeyed', entity, partner_id);
    RETURN (pg_current_xact_id()::text)::bigint;
END
$$;

-- A list of networks as the API takes it; NULL: from anywhere.
CREATE FUNCTION networks(list text) RETURNS cidr[]
    LANGUAGE sql STABLE
    RETURN CASE WHEN list IS NOT NULL THEN
        ARRAY(SELECT n::cidr FROM jsonb_array_elements_text(list::jsonb) AS n)
    END;

CREATE TABLE clients (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client_id    text NOT NULL CONSTRAINT clients_client_id UNIQUE
                 CHECK (client_id ~ '^[A-Za-z0-9._-]{1,63}$'),
    partner_id   uuid NOT NULL CONSTRAINT clients_partner REFERENCES partners,
    application  text CHECK (application ~ '^[A-Za-z0-9._-]{1,63}$'),
    name         text CHECK (char_length(name) BETWEEN 1 AND 100),
    scopes       text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 32),
    rate_limit   integer                    -- calls an hour
                 CHECK (rate_limit BETWEEN 1 AND 2500000),
    environment  text NOT NULL DEFAULT 'production'
                 CHECK (environment IN ('development', 'staging',
                                        'production')),
    allowed_networks cidr[] CHECK (cardinality(allowed_networks) <= 1000),
    status       text NOT NULL DEFAULT 'Active'
                 CHECK (status IN ('Active', 'Suspended', 'Revoked')),
    version      bigint NOT NULL DEFAULT 1, -- the projection keeps the newest
    last_used_at timestamptz,               -- roughly; no change of the client
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT clients_admin_is_the_platform CHECK (NOT 'admin' = ANY (scopes))
);

CREATE INDEX clients_newest ON clients (created_at DESC, id DESC);
CREATE INDEX clients_of_partner ON clients (partner_id);

-- Which partner another issuer's client speaks for is the platform's to say.
ALTER TABLE clients ENABLE ROW LEVEL SECURITY;
ALTER TABLE clients FORCE ROW LEVEL SECURITY;
CREATE POLICY clients_own ON clients FOR SELECT TO partner_serve
    USING ((SELECT is_platform()) OR partner_id = (SELECT tenant()));
CREATE POLICY clients_platform ON clients TO partner_serve
    USING ((SELECT is_platform())) WITH CHECK (is_platform());
CREATE POLICY clients_work ON clients TO partner_work
    USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON clients TO partner_serve;
GRANT SELECT, UPDATE (last_used_at) ON clients TO partner_work;

CREATE FUNCTION clients_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- As a new key does: its partner's change of state must not miss it.
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended(NEW.partner_id::text, 0));
        RETURN NEW;
    END IF;
    IF OLD.status = 'Revoked' AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'a client that is Revoked cannot become %', NEW.status
            USING ERRCODE = 'PD001';
    END IF;
    IF NEW.client_id <> OLD.client_id OR NEW.partner_id <> OLD.partner_id THEN
        RAISE EXCEPTION 'a client keeps its id and its partner'
            USING ERRCODE = 'PD001';
    END IF;
    OLD.last_used_at := NEW.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := greatest(OLD.version + 1, NEW.version);
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER clients_guard BEFORE INSERT OR UPDATE ON clients
    FOR EACH ROW EXECUTE FUNCTION clients_guard();

CREATE FUNCTION clients_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id, payload)
    VALUES ('client',
            CASE
                WHEN TG_OP = 'INSERT' THEN 'client.created'
                WHEN NEW.status = OLD.status THEN 'client.changed'
                WHEN NEW.status = 'Active' THEN 'client.activated'
                ELSE 'client.' || lower(NEW.status)
            END,
            NEW.id, NEW.partner_id,
            jsonb_build_object('status', NEW.status,
                               'version', NEW.version));
    RETURN NULL;
END
$$;

CREATE TRIGGER clients_created AFTER INSERT ON clients
    FOR EACH ROW EXECUTE FUNCTION clients_event();
CREATE TRIGGER clients_changed AFTER UPDATE ON clients
    FOR EACH ROW WHEN (OLD.version <> NEW.version)
    EXECUTE FUNCTION clients_event();

-- A client as the API shows it.
CREATE FUNCTION client_json(c clients) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', c.id, 'clientId', c.client_id, 'partnerId', c.partner_id,
        'appId', c.application, 'name', c.name, 'scopes', c.scopes,
        'rateLimit', c.rate_limit, 'environment', c.environment,
        'allowedNetworks', c.allowed_networks, 'status', c.status,
        'lastUsedAt', c.last_used_at, 'createdAt', c.created_at,
        'updatedAt', c.updated_at);

-- What keys lack.

ALTER TABLE api_keys
    ADD COLUMN allowed_networks cidr[]
        CHECK (cardinality(allowed_networks) <= 1000),
    ADD COLUMN last_used_at timestamptz;    -- roughly; no change of the key

GRANT UPDATE (last_used_at) ON api_keys TO partner_work;

-- A partner narrows its keys; what a key may do is widened by the platform.
CREATE FUNCTION api_keys_narrower(k api_keys, old api_keys) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = partner AS $$
DECLARE
    beyond text;
    quota  integer;
BEGIN
    SELECT s INTO beyond FROM unnest(k.scopes) AS s
        WHERE NOT scopes_cover(old.scopes, s) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the key does not hold %', beyond
            USING ERRCODE = 'PD003';
    END IF;
    SELECT tier_quota(p.tier) INTO quota
        FROM partners p WHERE p.id = k.partner_id;
    IF coalesce(k.rate_limit, quota) > coalesce(old.rate_limit, quota) THEN
        RAISE EXCEPTION 'the rate limit may be at most % calls an hour',
            coalesce(old.rate_limit, quota) USING ERRCODE = 'PD003';
    END IF;
    IF coalesce(k.expires_at, 'infinity')
       > coalesce(old.expires_at, 'infinity') THEN
        RAISE EXCEPTION 'the key would expire later than it does now'
            USING ERRCODE = 'PD003';
    END IF;
END
$$;

CREATE OR REPLACE FUNCTION api_keys_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.partner_id IS NOT NULL THEN
            -- A partner's change of state waits for this key to be there, or
            -- this key for the change: partners_touch_keys reaches it, or the
            -- relay reads the new state.
            PERFORM pg_advisory_xact_lock_shared(
                hashtextextended(NEW.partner_id::text, 0));
        END IF;
        IF NOT is_platform() AND tenant() IS NOT NULL THEN
            PERFORM api_keys_narrow(NEW);
        END IF;
        PERFORM must_be_ahead(NEW.expires_at, 'api_keys_ahead');
        RETURN NEW;
    END IF;
    IF OLD.status IN ('Revoked', 'Expired') AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'a key that is % cannot become %', OLD.status,
            NEW.status USING ERRCODE = 'PD001';
    END IF;
    IF NEW.digest <> OLD.digest
       OR NEW.partner_id IS DISTINCT FROM OLD.partner_id THEN
        RAISE EXCEPTION 'a key keeps its digest and its partner'
            USING ERRCODE = 'PD001';
    END IF;
    IF NOT is_platform() AND tenant() IS NOT NULL THEN
        PERFORM api_keys_narrower(NEW, OLD);
    END IF;
    OLD.last_used_at := NEW.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := greatest(OLD.version + 1, NEW.version);
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION api_key_status(k api_keys) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE WHEN k.status IN ('Active', 'Rotated')
                     AND k.expires_at <= now()
                THEN 'Expired' ELSE k.status END;

-- Rotation is advised after 90 days.
CREATE FUNCTION api_keys_rotate_by(k api_keys) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN CASE WHEN api_key_status(k) = 'Active'
                THEN k.created_at + interval '90 days' END;

CREATE OR REPLACE FUNCTION api_key_json(k api_keys) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', k.id, 'partnerId', k.partner_id, 'appId', k.application,
        'name', k.name, 'keyPrefix', k.prefix, 'scopes', k.scopes,
        'rateLimit', k.rate_limit, 'environment', k.environment,
        'allowedNetworks', k.allowed_networks,
        'status', api_key_status(k),
        'expiresAt', k.expires_at, 'revokedAt', k.revoked_at,
        'rotateBy', api_keys_rotate_by(k), 'lastUsedAt', k.last_used_at,
        'createdAt', k.created_at);

CREATE OR REPLACE FUNCTION principal_json(k api_keys, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', k.id, 'partnerId', coalesce(k.partner_id::text, 'platform'),
        'applicationId', k.application, 'tier', coalesce(p.tier, 'gold'),
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', k.scopes,
        'status', CASE WHEN k.status = 'Rotated' AND k.expires_at IS NOT NULL
                       THEN 'active' ELSE lower(k.status) END,
        'partnerStatus', coalesce(lower(p.status), 'active'),
        'environment', k.environment,
        'allowedNetworks', k.allowed_networks,
        'expiresAt', to_char(k.expires_at AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'rateLimit', k.rate_limit, 'version', k.version);

CREATE FUNCTION principal_json(c clients, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', c.client_id, 'partnerId', c.partner_id,
        'applicationId', c.application, 'tier', p.tier,
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', c.scopes,
        'status', CASE WHEN c.status = 'Active' THEN 'active'
                       ELSE 'revoked' END,
        'partnerStatus', lower(p.status), 'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version);

CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    UPDATE api_keys SET version = version + 1 WHERE partner_id = NEW.id;
    UPDATE clients SET version = version + 1 WHERE partner_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION projected(entity uuid)
    RETURNS TABLE (digest text, version bigint, record text)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT encode(k.digest, 'hex'), k.version, principal_json(k, p)::text
        FROM api_keys k LEFT JOIN partners p ON p.id = k.partner_id
        WHERE k.id = entity
        UNION ALL
        SELECT encode(sha256(convert_to('client:' || c.client_id, 'UTF8')),
                      'hex'), c.version, principal_json(c, p)::text
        FROM clients c JOIN partners p ON p.id = c.partner_id
        WHERE c.id = entity
        UNION ALL
        SELECT encode(r.digest, 'hex'), NULL,
               coalesce(floor(extract(epoch FROM r.issued_until)), 0)
               || ' ' || coalesce(ceil(extract(epoch FROM r.expires_at)), 0)
        FROM token_revocations r
        WHERE r.id = entity;
    END;

CREATE FUNCTION in_order(low timestamptz, high timestamptz, name text)
    RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF low > high THEN
        RAISE EXCEPTION 'a period ends before it begins'
            USING ERRCODE = 'invalid_parameter_value', CONSTRAINT = name;
    END IF;
    RETURN true;
END
$$;
