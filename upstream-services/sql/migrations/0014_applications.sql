-- Applications of partners and the states that they walk through.

CREATE TABLE applications (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    partner_id    uuid NOT NULL CONSTRAINT applications_partner
                  REFERENCES partners,
    name          text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    description   text CHECK (char_length(description) <= 2000),
    permissions   text[] NOT NULL
                  CHECK (cardinality(permissions) BETWEEN 1 AND 32),
    data_access   jsonb NOT NULL DEFAULT '{}',
    security      jsonb NOT NULL DEFAULT '{}',
    redirect_uris text[] NOT NULL DEFAULT '{}',
    webhook_urls  text[] NOT NULL DEFAULT '{}',
    privacy_policy text CHECK (char_length(privacy_policy) <= 2000),
    status        text NOT NULL DEFAULT 'Draft'
                  CHECK (status IN ('Draft', 'Submitted', 'In Review',
                                    'Approved', 'Rejected', 'Published',
                                    'Suspended', 'Deprecated')),
    status_reason text CHECK (char_length(status_reason) <= 500),
    sunset_at     timestamptz,
    sunset_passed boolean NOT NULL DEFAULT false, -- and gateways were told
    submitted_at  timestamptz,
    approved_at   timestamptz,
    published_at  timestamptz,
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    deleted_at    timestamptz,
    CONSTRAINT applications_no_admin CHECK (NOT 'admin' = ANY (permissions)),
    CONSTRAINT applications_reason
        CHECK (status NOT IN ('Rejected', 'Suspended')
               OR status_reason IS NOT NULL),
    CONSTRAINT applications_sunset
        CHECK ((status = 'Deprecated') = (sunset_at IS NOT NULL))
);

CREATE UNIQUE INDEX applications_name
    ON applications (partner_id, lower(name)) WHERE deleted_at IS NULL;
CREATE INDEX applications_newest ON applications (created_at DESC, id DESC);
CREATE INDEX applications_due ON applications (sunset_at)
    WHERE sunset_at IS NOT NULL AND NOT sunset_passed;

ALTER TABLE applications ENABLE ROW LEVEL SECURITY;
ALTER TABLE applications FORCE ROW LEVEL SECURITY;
CREATE POLICY applications_own ON applications TO partner_serve
    USING ((SELECT is_platform()) OR partner_id = (SELECT tenant()))
    WITH CHECK (is_platform() OR partner_id = tenant());
CREATE POLICY applications_work ON applications TO partner_work
    USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON applications TO partner_serve;
GRANT SELECT, UPDATE (sunset_passed) ON applications TO partner_work;
GRANT UPDATE (version) ON api_keys TO partner_work;
GRANT UPDATE (version) ON clients TO partner_work;

-- What applications of a tier may ask for.
CREATE FUNCTION tier_scopes(tier text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE tier
        WHEN 'gold' THEN ARRAY['read:*', 'write:*', 'manage:*']
        WHEN 'silver' THEN ARRAY['read:*', 'write:*']
        ELSE ARRAY['read:*']
    END;

-- An address that a browser is sent to: TLS, or the user's own machine
-- (RFC 8252, section 7.3), and no fragment (RFC 6749, section 3.1.2).
CREATE FUNCTION redirect_uri_is_safe(uri text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN uri ~ ('^(https://[^/?#@\s]+'
                  || '|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)'
                  || '(/[^#\s]*)?(\?[^#\s]*)?$');

CREATE FUNCTION url_has_tls(url text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN url ~ '^https://[^/?#@\s]+([/?#]\S*)?$';

-- The security validation: one row a check, with what is wrong.
CREATE FUNCTION application_checks(a applications)
    RETURNS TABLE (name text, wrong text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT 'permissions',
               (SELECT 'beyond tier ' || p.tier || ': '
                       || string_agg(s, ', ' ORDER BY s)
                FROM partners p, unnest(a.permissions) AS s
                WHERE p.id = a.partner_id
                  AND NOT scopes_cover(tier_scopes(p.tier), s)
                GROUP BY p.tier)
        UNION ALL
        SELECT 'redirectUris',
               (SELECT 'neither https nor loopback, or with a fragment: '
                       || string_agg(u, ', ')
                FROM unnest(a.redirect_uris) AS u
                WHERE NOT redirect_uri_is_safe(u))
        UNION ALL
        SELECT 'webhookUrls',
               (SELECT 'without TLS: ' || string_agg(u, ', ')
                FROM unnest(a.webhook_urls) AS u WHERE NOT url_has_tls(u))
        UNION ALL
        SELECT 'certifications',
               CASE
                   WHEN jsonb_array_length(coalesce(
                            a.security -> 'certifications', '[]')) = 0
                   THEN 'there is none'
                   ELSE (SELECT 'expired: '
                                || string_agg(c ->> 'name', ', ')
                         FROM jsonb_array_elements(
                                  a.security -> 'certifications') AS c
                         WHERE (c ->> 'expiresOn')::date
                               <= (now() AT TIME ZONE 'UTC')::date)
               END
        UNION ALL
        SELECT 'paymentCards',
               (SELECT 'category ' || p.category || ' needs PCI DSS'
                FROM partners p
                WHERE p.id = a.partner_id
                  AND p.category = 'Payments & Wallets'
                  AND NOT EXISTS (
                      SELECT FROM jsonb_array_elements(coalesce(
                                 a.security -> 'certifications', '[]')) AS c
                      WHERE c ->> 'name' ILIKE 'PCI DSS%'))
        UNION ALL
        SELECT 'privacyPolicy',
               CASE
                   WHEN a.privacy_policy IS NULL THEN 'there is none'
                   WHEN NOT url_has_tls(a.privacy_policy) THEN 'without TLS'
               END;
    END;

CREATE FUNCTION application_validation_json(a applications) RETURNS json
    LANGUAGE sql STABLE
    BEGIN ATOMIC
        SELECT json_build_object(
            'applicationId', a.id, 'status', a.status,
            'passed', bool_and(c.wrong IS NULL),
            'checks', json_agg(json_build_object(
                'name', c.name, 'passed', c.wrong IS NULL,
                'detail', c.wrong)))
        FROM application_checks(a) c;
    END;

-- Who takes an application from state to state, the platform or its partner
-- as well.
CREATE FUNCTION application_step(former text, next text) RETURNS text
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

CREATE FUNCTION applications_guard() RETURNS trigger
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

CREATE TRIGGER applications_guard BEFORE INSERT OR UPDATE ON applications
    FOR EACH ROW EXECUTE FUNCTION applications_guard();
CREATE TRIGGER applications_partner_is_there BEFORE INSERT ON applications
    FOR EACH ROW EXECUTE FUNCTION partner_is_there('applications_partner');

ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check
    CHECK (topic IN ('partner', 'application', 'credential', 'client',
                     'revocation'));

CREATE FUNCTION applications_event() RETURNS trigger
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

CREATE TRIGGER applications_created AFTER INSERT ON applications
    FOR EACH ROW EXECUTE FUNCTION applications_event();
CREATE TRIGGER applications_changed AFTER UPDATE ON applications
    FOR EACH ROW WHEN (OLD.version <> NEW.version)
    EXECUTE FUNCTION applications_event();

-- A partner reaches its clients through its applications alone, which give
-- them newer versions and nothing else.
CREATE POLICY clients_touched ON clients FOR UPDATE TO partner_serve
    USING (partner_id = (SELECT tenant()))
    WITH CHECK (partner_id = tenant());

CREATE FUNCTION clients_are_the_platforms() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    OLD.version := NEW.version;
    IF NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an operator changes clients' USING ERRCODE = 'PD003';
    END IF;
    RETURN NEW;
END
$$;

-- Before the guard, in the order of names.
CREATE TRIGGER clients_are_the_platforms BEFORE UPDATE ON clients
    FOR EACH ROW WHEN (tenant() IS NOT NULL)
    EXECUTE FUNCTION clients_are_the_platforms();

CREATE FUNCTION application_json(a applications) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', a.id, 'partnerId', a.partner_id, 'appName', a.name,
        'description', a.description, 'status', a.status,
        'statusReason', a.status_reason, 'permissions', a.permissions,
        'dataAccess', a.data_access, 'securityInfo', a.security,
        'redirectUris', a.redirect_uris, 'webhookUrls', a.webhook_urls,
        'privacyPolicyUrl', a.privacy_policy, 'sunsetDate', a.sunset_at,
        'submittedAt', a.submitted_at, 'approvedAt', a.approved_at,
        'publishedAt', a.published_at, 'createdAt', a.created_at,
        'updatedAt', a.updated_at);

CREATE FUNCTION uuid_of(name text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        THEN name::uuid
    END;

-- What gateways make of a key's application.  Ids of applications that the
-- platform does not keep say nothing; what is not production needs no
-- approval.
CREATE FUNCTION application_state(application text, partner uuid,
                                  environment text) RETURNS text
    LANGUAGE sql STABLE
    RETURN coalesce((
        SELECT CASE
            WHEN a.status = 'Suspended' THEN 'suspended'
            WHEN a.sunset_passed THEN 'deprecated'
            WHEN environment <> 'production'
                 OR a.status IN ('Approved', 'Published', 'Deprecated')
            THEN 'active'
            ELSE 'pending'
        END
        FROM applications a
        WHERE a.id = uuid_of(application)
          AND a.partner_id = partner), 'active');

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
        'applicationStatus',
        application_state(k.application, k.partner_id, k.environment),
        'environment', k.environment,
        'allowedNetworks', k.allowed_networks,
        'expiresAt', to_char(k.expires_at AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'rateLimit', k.rate_limit, 'version', k.version);

CREATE OR REPLACE FUNCTION principal_json(c clients, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', c.client_id, 'partnerId', c.partner_id,
        'applicationId', c.application, 'tier', p.tier,
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', c.scopes,
        'status', CASE WHEN c.status = 'Active' THEN 'active'
                       ELSE 'revoked' END,
        'partnerStatus', lower(p.status),
        'applicationStatus',
        application_state(c.application, c.partner_id, c.environment),
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version);
