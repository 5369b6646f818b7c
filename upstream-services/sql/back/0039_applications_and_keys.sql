DROP FUNCTION call_counts(text, text);
DROP FUNCTION key_counts(uuid, text);

CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE api_keys
        SET status = 'Revoked', revoked_at = now()
        WHERE partner_id = NEW.id AND status <> 'Revoked';
        UPDATE clients SET status = 'Revoked'
        WHERE partner_id = NEW.id AND status <> 'Revoked';
    END IF;
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner_credentials', 'partner_credentials.changed', NEW.id,
            NEW.id);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION applications_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id, payload)
    VALUES ('application',
            CASE
                WHEN TG_OP = 'INSERT' THEN 'application.created'
                WHEN NEW.deleted_at IS DISTINCT FROM OLD.deleted_at
                THEN 'application.deleted'
                WHEN NEW.sunset_passed AND NOT OLD.sunset_passed
                THEN 'application.sunset'
                WHEN NEW.status = OLD.status THEN 'application.updated'
                ELSE 'application.'
                     || replace(lower(NEW.status), ' ', '_')
            END, NEW.id, NEW.partner_id,
            jsonb_build_object('status', NEW.status,
                               'version', NEW.version));
    IF TG_OP = 'UPDATE'
       AND (NEW.status <> OLD.status
            OR NEW.sunset_passed <> OLD.sunset_passed) THEN
        -- What gateways know of the application stands in its keys.
        UPDATE api_keys SET version = version + 1
            WHERE partner_id = NEW.partner_id AND application = NEW.id::text;
        UPDATE clients SET version = version + 1
            WHERE partner_id = NEW.partner_id AND application = NEW.id::text;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION applications_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
DECLARE
    wrong text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status THEN
        IF application_step(OLD.status, NEW.status) IS NULL THEN
            RAISE EXCEPTION 'an application that is % cannot become %',
                OLD.status, NEW.status USING ERRCODE = 'PD001';
        END IF;
        IF application_step(OLD.status, NEW.status) = 'platform'
           AND NOT is_platform() THEN
            RAISE EXCEPTION 'an operator makes it %', NEW.status
                USING ERRCODE = 'PD003';
        END IF;
    END IF;
    IF NEW.status = 'Approved' AND OLD.status <> 'Approved' THEN
        SELECT string_agg(c.name || ' ' || c.wrong, '; ') INTO wrong
            FROM application_checks(NEW) c WHERE c.wrong IS NOT NULL;
        IF wrong IS NOT NULL THEN
            RAISE EXCEPTION 'it does not pass its validation: %', wrong
                USING ERRCODE = 'PD001';
        END IF;
        NEW.approved_at := now();
    ELSIF NEW.status = 'Submitted' AND OLD.status <> 'Submitted' THEN
        NEW.submitted_at := now();
    ELSIF NEW.status = 'Published' AND OLD.status <> 'Published' THEN
        NEW.published_at := coalesce(OLD.published_at, now());
    ELSIF NEW.status = 'Deprecated' AND OLD.status <> 'Deprecated' THEN
        PERFORM must_be_ahead(NEW.sunset_at, 'applications_ahead');
    END IF;
    IF NEW.deleted_at IS DISTINCT FROM OLD.deleted_at THEN
        IF OLD.status NOT IN ('Draft', 'Submitted', 'In Review', 'Rejected')
           AND NOT OLD.sunset_passed THEN
            RAISE EXCEPTION 'an application that is % is not deleted',
                OLD.status USING ERRCODE = 'PD001';
        END IF;
        IF EXISTS (SELECT FROM api_keys k
                   WHERE k.partner_id = OLD.partner_id
                     AND k.application = OLD.id::text
                     AND api_key_status(k) IN ('Active', 'Rotated')) THEN
            RAISE EXCEPTION 'it still has keys that work'
                USING ERRCODE = 'PD001';
        END IF;
    END IF;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION applications_deprecate() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    NEW.deprecated_at := now();
    RETURN NEW;
END
$$;

-- Before the guard, in the order of names.
CREATE TRIGGER applications_deprecate BEFORE UPDATE ON applications
    FOR EACH ROW
    WHEN (NEW.status = 'Deprecated' AND OLD.status <> 'Deprecated')
    EXECUTE FUNCTION applications_deprecate();

DROP FUNCTION application_suspended_from(applications);
DROP FUNCTION applications_stamp(applications, applications);
DROP FUNCTION applications_deletable(applications);
DROP FUNCTION applications_sunset_allowed(applications, applications);
DROP FUNCTION applications_change_allowed(applications, applications);
DROP FUNCTION applications_valid(applications);
DROP FUNCTION applications_step_allowed(applications, applications);

CREATE OR REPLACE FUNCTION application_step(former text, next text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN (former, next) IN (
            ('Draft', 'Submitted'), ('Rejected', 'Draft'),
            ('Rejected', 'Submitted'), ('Approved', 'Published'),
            ('Published', 'Deprecated')) THEN 'partner'
        WHEN (former, next) IN (
            ('Submitted', 'In Review'), ('Submitted', 'Approved'),
            ('In Review', 'Approved'), ('Submitted', 'Rejected'),
            ('In Review', 'Rejected'), ('Approved', 'Suspended'),
            ('Published', 'Suspended'), ('Suspended', 'Published'),
            ('Suspended', 'Deprecated')) THEN 'platform'
    END;

CREATE OR REPLACE FUNCTION application_json(a applications) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', a.id, 'partnerId', a.partner_id, 'appName', a.name,
        'description', a.description, 'status', a.status,
        'statusReason', a.status_reason, 'permissions', a.permissions,
        'dataAccess', a.data_access, 'securityInfo', a.security,
        'redirectUris', a.redirect_uris, 'webhookUrls', a.webhook_urls,
        'privacyPolicyUrl', a.privacy_policy, 'sunsetDate', a.sunset_at,
        'submittedAt', a.submitted_at, 'approvedAt', a.approved_at,
        'publishedAt', a.published_at, 'deprecatedAt', a.deprecated_at,
        'createdAt', a.created_at, 'updatedAt', a.updated_at);

ALTER TABLE applications
    DROP CONSTRAINT applications_suspended,
    DROP CONSTRAINT applications_sunset;

-- What was Deprecated stays suspended, and has no sunset there.
SET LOCAL ROLE partner_serve;
SELECT set_config('partner.tenant', 'platform', true),
       set_config('partner.client', 'partnerd migrate', true);

UPDATE applications SET sunset_at = NULL
    WHERE suspended_from = 'Deprecated';

RESET ROLE;
SELECT set_config('partner.tenant', '', true),
       set_config('partner.client', '', true);

ALTER TABLE applications
    DROP COLUMN suspended_from,
    ADD CONSTRAINT applications_sunset
        CHECK ((status = 'Deprecated') = (sunset_at IS NOT NULL));

CREATE OR REPLACE FUNCTION principal_json(k api_keys, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object(
        'id', k.id, 'partnerId', coalesce(k.partner_id::text, 'platform'),
        'tier', coalesce(p.tier, 'gold'),
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', k.scopes,
        'status', CASE WHEN k.status = 'Rotated' AND k.expires_at IS NOT NULL
                       THEN 'active' ELSE lower(k.status) END,
        'partnerStatus', coalesce(lower(p.status), 'active'),
        'environment', k.environment,
        'allowedNetworks', k.allowed_networks,
        'expiresAt', rfc3339(k.expires_at),
        'rateLimit', k.rate_limit,
        'version', k.version + coalesce(p.version, 0))
        || CASE WHEN k.application IS NULL THEN '{}'
                ELSE application_record(k.application, k.partner_id,
                                        k.environment) END)::json;

CREATE OR REPLACE FUNCTION principal_json(c clients, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object(
        'id', c.client_id, 'partnerId', c.partner_id, 'tier', p.tier,
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', c.scopes, 'status', lower(c.status),
        'partnerStatus', lower(p.status),
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version + p.version)
        || CASE WHEN c.application IS NULL THEN '{}'
                ELSE application_record(c.application, c.partner_id,
                                        c.environment) END)::json;

DROP FUNCTION category_name(text);

CREATE OR REPLACE FUNCTION clients_guard() RETURNS trigger
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

DROP FUNCTION application_permits(text, uuid, text, text[]);
DROP FUNCTION application_scopes(text, uuid, text, text[]);

CREATE OR REPLACE FUNCTION api_keys_narrow(k api_keys) RETURNS void
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
        WHERE c.id = uuid_of(current_setting('partner.client', true));
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

CREATE OR REPLACE FUNCTION api_keys_narrower(k api_keys, old api_keys) RETURNS void
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

DROP FUNCTION scopes_meet(text[], text[]);

CREATE OR REPLACE FUNCTION tier_scopes(tier text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE tier
        WHEN 'gold' THEN ARRAY['read:*', 'write:*', 'manage:*']
        WHEN 'silver' THEN ARRAY['read:*', 'write:*']
        ELSE ARRAY['read:*']
    END;
