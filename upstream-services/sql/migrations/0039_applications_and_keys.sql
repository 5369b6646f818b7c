-- What a credential hands on, what an application's approval gives it, and
-- where an application goes from there.

-- ---- what a key may hold ----

-- Whatever its tier, a partner looks after its own.
CREATE OR REPLACE FUNCTION tier_scopes(tier text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['read:*', 'manage:partners', 'manage:applications',
                 'manage:keys', 'manage:clients']
        || CASE tier
               WHEN 'gold' THEN ARRAY['write:*', 'manage:*']
               WHEN 'silver' THEN ARRAY['write:*']
               ELSE '{}'
           END;

-- Of either what the other covers: all that both allow.
CREATE FUNCTION scopes_meet(a text[], b text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(
        SELECT s FROM unnest(a) AS s WHERE scopes_cover(b, s)
        UNION ALL
        SELECT s FROM unnest(b) AS s
        WHERE scopes_cover(a, s) AND s <> ALL (a));

-- A key is held to what bounds it: what it was before, or who makes it.
CREATE OR REPLACE FUNCTION api_keys_narrower(k api_keys, old api_keys)
    RETURNS void LANGUAGE plpgsql STABLE SET search_path = partner AS $$
DECLARE
    wide   constant text[] := '{development,staging,production}';
    beyond text;
    quota  integer;
BEGIN
    SELECT s INTO beyond FROM unnest(k.scopes) AS s
        WHERE NOT scopes_cover(old.scopes, s) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the key may not have the scope %', beyond
            USING ERRCODE = 'PD003';
    END IF;
    -- Without a limit of its own a key has the quota of the tier.
    SELECT tier_quota(p.tier) INTO quota
        FROM partners p WHERE p.id = k.partner_id;
    IF coalesce(k.rate_limit, quota) > coalesce(old.rate_limit, quota) THEN
        RAISE EXCEPTION 'the rate limit may be at most % calls an hour',
            coalesce(old.rate_limit, quota) USING ERRCODE = 'PD003';
    END IF;
    IF coalesce(k.expires_at, 'infinity')
       > coalesce(old.expires_at, 'infinity') THEN
        RAISE EXCEPTION 'the key must expire by %',
            to_char(old.expires_at AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            USING ERRCODE = 'PD003';
    END IF;
    IF array_position(wide, k.environment)
       > array_position(wide, old.environment) THEN
        RAISE EXCEPTION 'the environment may be % at most, not %',
            old.environment, k.environment USING ERRCODE = 'PD003';
    END IF;
    SELECT coalesce(n::text, 'everywhere') INTO beyond
        FROM unnest(coalesce(k.allowed_networks, ARRAY[NULL::cidr])) AS n
        WHERE old.allowed_networks IS NOT NULL
          AND NOT coalesce(n <<= ANY (old.allowed_networks), false)
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the key may not be good from %', beyond
            USING ERRCODE = 'PD003';
    END IF;
    IF old.application <> coalesce(k.application, '') THEN
        RAISE EXCEPTION 'the key must belong to application %',
            old.application USING ERRCODE = 'PD003';
    END IF;
END
$$;

-- Who makes it is a key, a client, or a token that names its partner itself,
-- of which scopes alone are known.
CREATE OR REPLACE FUNCTION api_keys_narrow(k api_keys) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = partner AS $$
DECLARE
    me     text := current_setting('partner.client', true);
    caller api_keys;
    beyond text;
BEGIN
    SELECT c.* INTO caller FROM api_keys c WHERE c.id = uuid_of(me);
    IF NOT FOUND THEN
        SELECT c.application, c.rate_limit, c.environment, c.allowed_networks
            INTO caller.application, caller.rate_limit, caller.environment,
                 caller.allowed_networks
            FROM clients c
            WHERE c.client_id = me AND c.partner_id = k.partner_id;
    END IF;
    caller.scopes := string_to_array(
        coalesce(current_setting('partner.scopes', true), ''), ' ');
    PERFORM api_keys_narrower(k, caller);
    SELECT format('tier %s does not have the scope %s', p.tier, s) INTO beyond
        FROM partners p, unnest(k.scopes) AS s
        WHERE p.id = k.partner_id
          AND NOT scopes_cover(tier_scopes(p.tier), s) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', beyond USING ERRCODE = 'PD003';
    END IF;
END
$$;

-- In production a credential of an application has what that was approved for;
-- of ids that the platform does not keep there is nothing to say.
CREATE FUNCTION application_scopes(application text, partner uuid,
                                   environment text, scopes text[])
    RETURNS text[] LANGUAGE sql STABLE
    RETURN coalesce(
        CASE WHEN application IS NOT NULL AND environment = 'production' THEN
            (SELECT scopes_meet(scopes, a.permissions)
             FROM applications a
             WHERE a.id = uuid_of(application) AND a.partner_id = partner)
        END, scopes);

CREATE FUNCTION application_permits(application text, partner uuid,
                                    environment text, scopes text[])
    RETURNS void LANGUAGE plpgsql STABLE SET search_path = partner AS $$
DECLARE
    has    text[] := application_scopes(application, partner, environment,
                                        scopes);
    beyond text;
BEGIN
    SELECT s INTO beyond FROM unnest(scopes) AS s WHERE s <> ALL (has) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'in production the application has no permission %',
            beyond USING ERRCODE = 'PD001';
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
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
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
    IF NEW.scopes <> OLD.scopes THEN
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
    END IF;
    OLD.last_used_at := NEW.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := greatest(OLD.version + 1, NEW.version);
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION clients_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- As a new key does: its partner's change of state must not miss it.
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended(NEW.partner_id::text, 0));
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
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
    IF (NEW.application, NEW.environment, NEW.scopes)
       IS DISTINCT FROM (OLD.application, OLD.environment, OLD.scopes) THEN
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
    END IF;
    OLD.last_used_at := NEW.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := greatest(OLD.version + 1, NEW.version);
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

-- As a policy of nginx names it.
CREATE FUNCTION category_name(category text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(lower(category), '[^a-z]+', '-', 'g');

CREATE OR REPLACE FUNCTION principal_json(k api_keys, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object(
        'id', k.id, 'partnerId', coalesce(k.partner_id::text, 'platform'),
        'tier', coalesce(p.tier, 'gold'),
        'category', category_name(p.category),
        'scopes', application_scopes(k.application, k.partner_id,
                                     k.environment, k.scopes),
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
        'category', category_name(p.category),
        'scopes', application_scopes(c.application, c.partner_id,
                                     c.environment, c.scopes),
        'status', lower(c.status),
        'partnerStatus', lower(p.status),
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version + p.version)
        || CASE WHEN c.application IS NULL THEN '{}'
                ELSE application_record(c.application, c.partner_id,
                                        c.environment) END)::json;

-- ---- where an application goes ----

ALTER TABLE applications ADD COLUMN suspended_from text;

SET LOCAL ROLE partner_serve;
SELECT set_config('partner.tenant', 'platform', true),
       set_config('partner.client', 'partnerd migrate', true);

UPDATE applications
    SET suspended_from = CASE WHEN published_at IS NOT NULL THEN 'Published'
                              WHEN approved_at IS NOT NULL THEN 'Approved'
                              ELSE 'Draft' END
    WHERE status = 'Suspended';
-- What gateways know of them says now what their application permits.
UPDATE api_keys k SET version = k.version + 1
    FROM applications a
    WHERE k.application = a.id::text AND k.environment = 'production'
      AND k.scopes <> scopes_meet(k.scopes, a.permissions);
UPDATE clients c SET version = c.version + 1
    FROM applications a
    WHERE c.application = a.id::text AND c.environment = 'production'
      AND c.scopes <> scopes_meet(c.scopes, a.permissions);

RESET ROLE;
SELECT set_config('partner.tenant', '', true),
       set_config('partner.client', '', true);

ALTER TABLE applications
    ADD CONSTRAINT applications_suspended
        CHECK ((status = 'Suspended') = (suspended_from IS NOT NULL)),
    DROP CONSTRAINT applications_sunset,
    ADD CONSTRAINT applications_sunset
        CHECK ((coalesce(suspended_from, status) = 'Deprecated')
               = (sunset_at IS NOT NULL));

CREATE OR REPLACE FUNCTION application_json(a applications) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', a.id, 'partnerId', a.partner_id, 'appName', a.name,
        'description', a.description, 'status', a.status,
        'statusReason', a.status_reason, 'suspendedFrom', a.suspended_from,
        'permissions', a.permissions,
        'dataAccess', a.data_access, 'securityInfo', a.security,
        'redirectUris', a.redirect_uris, 'webhookUrls', a.webhook_urls,
        'privacyPolicyUrl', a.privacy_policy, 'sunsetDate', a.sunset_at,
        'submittedAt', a.submitted_at, 'approvedAt', a.approved_at,
        'publishedAt', a.published_at, 'deprecatedAt', a.deprecated_at,
        'createdAt', a.created_at, 'updatedAt', a.updated_at);

-- Who takes an application from state to state: the platform, or its partner
-- as well.
CREATE OR REPLACE FUNCTION application_step(former text, next text)
    RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT s.who
    FROM (VALUES ('Draft',     'Submitted',  'partner'),
                 ('Rejected',  'Draft',      'partner'),
                 ('Rejected',  'Submitted',  'partner'),
                 ('Submitted', 'In Review',  'platform'),
                 ('Submitted', 'Approved',   'platform'),
                 ('Submitted', 'Rejected',   'platform'),
                 ('In Review', 'Approved',   'platform'),
                 ('In Review', 'Rejected',   'platform'),
                 ('Approved',  'Published',  'partner'),
                 ('Published', 'Deprecated', 'partner'),
                 ('any',       'Suspended',  'platform'),
                 ('Suspended', 'any',        'platform'))
         AS s (former, next, who)
    WHERE s.former IN ($1, 'any') AND s.next IN ($2, 'any')
$$;

-- What is suspended goes back to where it was, or on if it was approved: no
-- review is passed by.
CREATE FUNCTION applications_step_allowed(old applications, new applications)
    RETURNS void LANGUAGE plpgsql STABLE SET search_path = partner AS $$
DECLARE
    who text := application_step(old.status, new.status);
BEGIN
    IF new.status = old.status THEN
        RETURN;
    END IF;
    IF who IS NULL
       OR (old.status = 'Suspended' AND new.status <> old.suspended_from
           AND NOT (old.suspended_from IN ('Approved', 'Published')
                    AND new.status IN ('Published', 'Deprecated'))) THEN
        RAISE EXCEPTION 'an application that is % cannot become %',
            concat_ws(' from ', old.status, old.suspended_from), new.status
            USING ERRCODE = 'PD001';
    END IF;
    IF who = 'platform' AND NOT is_platform() THEN
        RAISE EXCEPTION 'an operator makes it %', new.status
            USING ERRCODE = 'PD003';
    END IF;
END
$$;

-- Its draft is its partner's.  What was approved serves on, and an operator,
-- who reviews what changes, changes it.
CREATE FUNCTION applications_change_allowed(old applications,
                                            new applications)
    RETURNS void LANGUAGE plpgsql STABLE SET search_path = partner AS $$
BEGIN
    IF old.status IN ('Draft', 'Rejected')
       OR (old.name, old.description, old.permissions, old.data_access,
           old.security, old.redirect_uris, old.webhook_urls,
           old.privacy_policy)
          IS NOT DISTINCT FROM
          (new.name, new.description, new.permissions, new.data_access,
           new.security, new.redirect_uris, new.webhook_urls,
           new.privacy_policy) THEN
        RETURN;
    END IF;
    IF coalesce(old.suspended_from, old.status) IN ('Submitted', 'In Review')
    THEN
        RAISE EXCEPTION 'an application that is % is not changed',
            old.status USING ERRCODE = 'PD001';
    END IF;
    IF NOT is_platform() THEN
        RAISE EXCEPTION 'an operator changes an application that is %',
            old.status USING ERRCODE = 'PD003';
    END IF;
    IF coalesce(old.suspended_from, old.status) <> 'Draft' THEN
        PERFORM applications_valid(new);
    END IF;
END
$$;

CREATE FUNCTION applications_valid(a applications) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = partner AS $$
DECLARE
    wrong text;
BEGIN
    SELECT string_agg(c.name || ' ' || c.wrong, '; ') INTO wrong
        FROM application_checks(a) c WHERE c.wrong IS NOT NULL;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'it does not pass its validation: %', wrong
            USING ERRCODE = 'PD001';
    END IF;
END
$$;

-- A sunset may be moved until it is there.
CREATE FUNCTION applications_sunset_allowed(old applications,
                                            new applications)
    RETURNS void LANGUAGE plpgsql STABLE SET search_path = partner AS $$
BEGIN
    IF new.sunset_at IS NOT DISTINCT FROM old.sunset_at THEN
        RETURN;
    END IF;
    IF old.sunset_passed OR old.sunset_at <= now() THEN
        RAISE EXCEPTION 'its sunset has passed' USING ERRCODE = 'PD001';
    END IF;
    PERFORM must_be_ahead(new.sunset_at, 'applications_ahead');
END
$$;

-- With its partner goes whatever it has.
CREATE FUNCTION applications_deletable(a applications) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = partner AS $$
BEGIN
    IF EXISTS (SELECT FROM partners
               WHERE id = a.partner_id AND deleted_at IS NOT NULL) THEN
        RETURN;
    END IF;
    IF a.status NOT IN ('Draft', 'Submitted', 'In Review', 'Rejected')
       AND NOT a.sunset_passed THEN
        RAISE EXCEPTION 'an application that is % is not deleted', a.status
            USING ERRCODE = 'PD001';
    END IF;
    IF EXISTS (SELECT FROM api_keys k
               WHERE k.partner_id = a.partner_id
                 AND k.application = a.id::text
                 AND api_key_status(k) IN ('Active', 'Rotated')) THEN
        RAISE EXCEPTION 'it still has keys that work'
            USING ERRCODE = 'PD001';
    END IF;
    IF EXISTS (SELECT FROM clients c
               WHERE c.partner_id = a.partner_id
                 AND c.application = a.id::text
                 AND c.status <> 'Revoked') THEN
        RAISE EXCEPTION 'it still has clients that are not revoked'
            USING ERRCODE = 'PD001';
    END IF;
END
$$;

-- What was rejected has no reason any more once it was suspended.
CREATE FUNCTION applications_stamp(old applications, new applications)
    RETURNS applications LANGUAGE plpgsql STABLE SET search_path = partner
AS $$
BEGIN
    new.suspended_from := CASE
        WHEN new.status <> 'Suspended' THEN NULL
        WHEN old.status = 'Rejected' THEN 'Draft'
        ELSE coalesce(old.suspended_from, old.status) END;
    IF new.status <> old.status
       AND new.status IS DISTINCT FROM old.suspended_from THEN
        CASE new.status
            WHEN 'Submitted' THEN new.submitted_at := now();
            WHEN 'Approved' THEN new.approved_at := now();
            WHEN 'Published' THEN
                new.published_at := coalesce(old.published_at, now());
            WHEN 'Deprecated' THEN
                new.deprecated_at := coalesce(old.deprecated_at, now());
            ELSE NULL;
        END CASE;
    END IF;
    new.version := old.version + 1;
    new.updated_at := now();
    RETURN new;
END
$$;

CREATE OR REPLACE FUNCTION applications_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    PERFORM applications_step_allowed(OLD, NEW);
    PERFORM applications_change_allowed(OLD, NEW);
    PERFORM applications_sunset_allowed(OLD, NEW);
    IF NEW.status <> OLD.status AND NEW.status IN ('Approved', 'Published')
    THEN
        PERFORM applications_valid(NEW);
    END IF;
    IF NEW.deleted_at IS DISTINCT FROM OLD.deleted_at THEN
        PERFORM applications_deletable(OLD);
    END IF;
    RETURN applications_stamp(OLD, NEW);
END
$$;

DROP TRIGGER applications_deprecate ON applications;
DROP FUNCTION applications_deprecate();

CREATE FUNCTION application_suspended_from(a applications) RETURNS text
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF a.suspended_from IS NULL THEN
        RAISE EXCEPTION 'an application that is % is not suspended', a.status
            USING ERRCODE = 'PD001';
    END IF;
    RETURN a.suspended_from;
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
       AND (NEW.status, NEW.permissions, NEW.sunset_at, NEW.sunset_passed)
           IS DISTINCT FROM
           (OLD.status, OLD.permissions, OLD.sunset_at, OLD.sunset_passed)
    THEN
        -- What gateways know of the application stands in its keys.
        UPDATE api_keys SET version = version + 1
            WHERE partner_id = NEW.partner_id AND application = NEW.id::text;
        UPDATE clients SET version = version + 1
            WHERE partner_id = NEW.partner_id AND application = NEW.id::text;
    END IF;
    RETURN NULL;
END
$$;

-- A partner takes along what it had.
CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE api_keys
        SET status = 'Revoked', revoked_at = now()
        WHERE partner_id = NEW.id AND status <> 'Revoked';
        UPDATE clients SET status = 'Revoked'
        WHERE partner_id = NEW.id AND status <> 'Revoked';
        UPDATE applications SET deleted_at = now()
        WHERE partner_id = NEW.id AND deleted_at IS NULL;
    END IF;
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner_credentials', 'partner_credentials.changed', NEW.id,
            NEW.id);
    RETURN NULL;
END
$$;

-- What partners deleted before have left behind.
SET LOCAL ROLE partner_serve;
SELECT set_config('partner.tenant', 'platform', true),
       set_config('partner.client', 'partnerd migrate', true);

UPDATE applications a SET deleted_at = p.deleted_at
    FROM partners p
    WHERE p.id = a.partner_id AND p.deleted_at IS NOT NULL
      AND a.deleted_at IS NULL;

RESET ROLE;
SELECT set_config('partner.tenant', '', true),
       set_config('partner.client', '', true);

-- ---- what is counted and told ----

-- Calls of the last 30 days.
CREATE FUNCTION call_counts(who text, app text DEFAULT NULL) RETURNS json
    LANGUAGE sql STABLE
    RETURN (SELECT json_build_object(
                'total', coalesce(sum(u.calls), 0),
                'errors', coalesce(sum(u.calls) FILTER (
                    WHERE u.outcome = 'server_error'), 0),
                'refused', coalesce(sum(u.calls) FILTER (
                    WHERE u.outcome = 'refused'), 0))
            FROM usage_counters u
            WHERE u.partner = who AND (app IS NULL OR u.application = app)
              AND u.hour >= now() - interval '30 days');

CREATE FUNCTION key_counts(who uuid, app text DEFAULT NULL) RETURNS json
    LANGUAGE sql STABLE
    RETURN (SELECT json_build_object(
                'total', count(*),
                'active', count(*) FILTER (
                    WHERE api_key_status(k) = 'Active'))
            FROM api_keys k
            WHERE k.partner_id = who
              AND (app IS NULL OR k.application = app));
