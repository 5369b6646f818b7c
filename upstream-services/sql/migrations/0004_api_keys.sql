-- API keys: the digest only, never the key.

CREATE TABLE api_keys (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    partner_id  uuid CONSTRAINT api_keys_partner REFERENCES partners,
                                            -- NULL: the platform's operators
    application text CHECK (application ~ '^[A-Za-z0-9._-]{1,63}$'),
    name        text CHECK (char_length(name) BETWEEN 1 AND 100),
    digest      bytea NOT NULL CONSTRAINT api_keys_digest UNIQUE
                CHECK (octet_length(digest) = 32),
    prefix      text NOT NULL CHECK (char_length(prefix) = 8),
    scopes      text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 32),
    rate_limit  integer                     -- calls an hour
                CHECK (rate_limit BETWEEN 1 AND 2500000),
    environment text NOT NULL DEFAULT 'production'
                CHECK (environment IN ('development', 'staging',
                                       'production')),
    status      text NOT NULL DEFAULT 'Active'
                CHECK (status IN ('Active', 'Rotated', 'Revoked', 'Expired')),
    expires_at  timestamptz CONSTRAINT api_keys_expires_at
                CHECK (expires_at < '9999-12-31Z'), -- four digits a year
    revoked_at  timestamptz,
    version     bigint NOT NULL DEFAULT 1,  -- the projection keeps the newest
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT api_keys_admin_is_the_platform
        CHECK (partner_id IS NULL OR NOT 'admin' = ANY (scopes))
);

CREATE INDEX api_keys_newest ON api_keys (created_at DESC, id DESC);
CREATE INDEX api_keys_of_partner
    ON api_keys (partner_id, created_at DESC, id DESC);

ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY api_keys_own ON api_keys TO partner_serve
    USING ((SELECT is_platform()) OR partner_id = (SELECT tenant()))
    WITH CHECK (is_platform() OR partner_id = tenant());
CREATE POLICY api_keys_work ON api_keys TO partner_work
    USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON api_keys TO partner_serve;
GRANT SELECT ON api_keys TO partner_work;

-- A partner may only narrow what it was given: the scopes of the credential
-- that calls, the calls an hour of its tier or of that key, and its time.
CREATE FUNCTION api_keys_narrow(k api_keys) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = partner AS $$
DECLARE
    granted text[] := string_to_array(
        coalesce(current_setting('partner.scopes', true), ''), ' ');
    beyond  text;
    caller  api_keys;
    quota   integer;
    ceiling integer;
BEGIN
    SELECT s INTO beyond FROM unnest(k.scopes) AS s
        WHERE NOT scopes_cover(granted, s) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the calling credential does not hold %', beyond
            USING ERRCODE = 'PD003';
    END IF;
    SELECT c.* INTO caller FROM api_keys c
        WHERE c.id::text = current_setting('partner.client', true);
    SELECT tier_quota(p.tier) INTO quota
        FROM partners p WHERE p.id = k.partner_id;
    ceiling := coalesce(caller.rate_limit, quota);
    -- Without a limit of its own a key has the quota of the tier.
    IF coalesce(k.rate_limit, quota) > ceiling THEN
        RAISE EXCEPTION 'the rate limit may be at most % calls an hour',
            ceiling USING ERRCODE = 'PD003';
    END IF;
    IF coalesce(k.expires_at, 'infinity')
       > coalesce(caller.expires_at, 'infinity') THEN
        RAISE EXCEPTION 'the key must expire by %',
            to_char(caller.expires_at AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            USING ERRCODE = 'PD003';
    END IF;
END
$$;

CREATE FUNCTION api_keys_guard() RETURNS trigger
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

CREATE TRIGGER api_keys_guard BEFORE INSERT OR UPDATE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION api_keys_guard();

CREATE FUNCTION api_keys_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id, payload)
    VALUES ('credential',
            CASE
                WHEN TG_OP = 'INSERT' THEN 'credential.created'
                WHEN NEW.status <> OLD.status AND NEW.status = 'Revoked'
                THEN 'credential.revoked'
                ELSE 'credential.changed'
            END,
            NEW.id, NEW.partner_id,
            jsonb_build_object('status', NEW.status,
                               'version', NEW.version));
    RETURN NULL;
END
$$;

CREATE TRIGGER api_keys_created AFTER INSERT ON api_keys
    FOR EACH ROW EXECUTE FUNCTION api_keys_event();
CREATE TRIGGER api_keys_changed AFTER UPDATE ON api_keys
    FOR EACH ROW WHEN (OLD.version <> NEW.version)
    EXECUTE FUNCTION api_keys_event();

-- What a key may do follows its partner's state and tier, so a change of
-- these is a change of each of its keys.
CREATE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    UPDATE api_keys SET version = version + 1 WHERE partner_id = NEW.id;
    RETURN NULL;
END
$$;

CREATE TRIGGER partners_touch_keys AFTER UPDATE ON partners
    FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.tier <> NEW.tier)
    EXECUTE FUNCTION partners_touch_keys();

-- A key as the API shows it.
CREATE FUNCTION api_key_json(k api_keys) RETURNS json
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

-- A key as the gateway reads it (libpartner/lp_principal.h).
CREATE FUNCTION principal_json(k api_keys, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', k.id, 'partnerId', coalesce(k.partner_id::text, 'platform'),
        'applicationId', k.application, 'tier', coalesce(p.tier, 'gold'),
        'scopes', k.scopes, 'status', lower(k.status),
        'partnerStatus', coalesce(lower(p.status), 'active'),
        'environment', k.environment,
        'expiresAt', to_char(k.expires_at AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'rateLimit', k.rate_limit, 'version', k.version);
