DROP INDEX outbox_pending;
ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;
ALTER TABLE api_keys DROP CONSTRAINT api_keys_allowed_networks_check;

CREATE OR REPLACE FUNCTION outbox_obey(entity uuid, partner_id uuid)
    RETURNS bigint
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('credential', 'credential.obeyed', entity, partner_id);
    RETURN (pg_current_xact_id()::text)::bigint;
END
$$;

CREATE OR REPLACE FUNCTION api_keys_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.partner_id IS NOT NULL THEN
        -- A partner's change of state waits for this key to be there, or
        -- this key for the change: partners_touch_keys reaches it, or the
        -- relay reads the new state.
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended(NEW.partner_id::text, 0));
    END IF;
    IF NOT is_platform() AND tenant() IS NOT NULL
       AND (TG_OP = 'INSERT' OR NEW.scopes <> OLD.scopes
            OR NEW.rate_limit IS DISTINCT FROM OLD.rate_limit
            OR NEW.expires_at IS DISTINCT FROM OLD.expires_at)
    THEN
        PERFORM api_keys_narrow(NEW);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.status IN ('Revoked', 'Expired')
           AND NEW.status <> OLD.status THEN
            RAISE EXCEPTION 'a key that is % cannot become %', OLD.status,
                NEW.status USING ERRCODE = 'PD001';
        END IF;
        IF NEW.digest <> OLD.digest
           OR NEW.partner_id IS DISTINCT FROM OLD.partner_id THEN
            RAISE EXCEPTION 'a key keeps its digest and its partner'
                USING ERRCODE = 'PD001';
        END IF;
        IF NEW IS DISTINCT FROM OLD THEN
            NEW.version := greatest(OLD.version + 1, NEW.version);
        END IF;
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    UPDATE api_keys SET version = version + 1 WHERE partner_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION api_key_json(k api_keys) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', k.id, 'partnerId', k.partner_id, 'appId', k.application,
        'name', k.name, 'keyPrefix', k.prefix, 'scopes', k.scopes,
        'rateLimit', k.rate_limit, 'environment', k.environment,
        'status', CASE
            WHEN k.status IN ('Active', 'Rotated') AND k.expires_at <= now()
            THEN 'Expired' ELSE k.status END,
        'expiresAt', k.expires_at, 'revokedAt', k.revoked_at,
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
        'expiresAt', to_char(k.expires_at AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'rateLimit', k.rate_limit, 'version', k.version);

CREATE OR REPLACE FUNCTION projected(entity uuid)
    RETURNS TABLE (digest text, version bigint, record text)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT encode(k.digest, 'hex'), k.version, principal_json(k, p)::text
        FROM api_keys k LEFT JOIN partners p ON p.id = k.partner_id
        WHERE k.id = entity
        UNION ALL
        SELECT encode(r.digest, 'hex'), NULL,
               coalesce(floor(extract(epoch FROM r.issued_until)), 0)
               || ' ' || coalesce(ceil(extract(epoch FROM r.expires_at)), 0)
        FROM token_revocations r
        WHERE r.id = entity;
    END;

DROP FUNCTION outbox_obey(uuid, uuid, text);
DROP FUNCTION networks(text);
DROP FUNCTION client_json(clients);
DROP FUNCTION api_keys_narrower(api_keys, api_keys);
DROP FUNCTION api_keys_rotate_by(api_keys);
DROP FUNCTION principal_json(clients, partners);
DROP FUNCTION in_order(timestamptz, timestamptz, text);
ALTER TABLE api_keys DROP COLUMN allowed_networks;
ALTER TABLE api_keys DROP COLUMN last_used_at;
DROP TABLE clients;

-- Events that the version before does not know; an owner sees none of them.
ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY;
DELETE FROM outbox WHERE topic IN ('client');
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;

ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check
    CHECK (topic IN ('partner', 'credential', 'revocation'));

CREATE INDEX outbox_pending ON outbox (id)
    WHERE topic IN ('credential', 'revocation') AND relayed_at IS NULL;
DROP FUNCTION clients_guard();
DROP FUNCTION clients_event();
DROP FUNCTION api_key_status(api_keys);
