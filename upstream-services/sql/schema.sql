-- PostgreSQL 15


CREATE SCHEMA partner;

CREATE TYPE partner.listed AS (
    item json,
    keys json
);

CREATE TABLE partner.api_keys (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    partner_id uuid,
    application text,
    name text,
    digest bytea NOT NULL,
    prefix text NOT NULL,
    scopes text[] NOT NULL,
    rate_limit integer,
    environment text DEFAULT 'production'::text NOT NULL,
    status text DEFAULT 'Active'::text NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    allowed_networks cidr[],
    last_used_at timestamp with time zone,
    pepper text DEFAULT 'plain'::text NOT NULL,
    CONSTRAINT api_keys_expires_at CHECK ((expires_at < '9999-12-31 00:00:00+00'::timestamp with time zone))
);

ALTER TABLE ONLY partner.api_keys FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.api_key_status(k partner.api_keys) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE WHEN (((k).status = ANY (ARRAY['Active'::text, 'Rotated'::text])) AND ((k).expires_at <= now())) THEN 'Expired'::text ELSE (k).status END;

CREATE FUNCTION partner.api_keys_rotate_by(k partner.api_keys) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    RETURN CASE WHEN (partner.api_key_status(k) = 'Active'::text) THEN LEAST(((k).created_at + '90 days'::interval), (k).expires_at) ELSE NULL::timestamp with time zone END;

CREATE FUNCTION partner.api_key_json(k partner.api_keys) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object('id', (k).id, 'partnerId', (k).partner_id, 'appId', (k).application, 'name', (k).name, 'keyPrefix', (k).prefix, 'scopes', (k).scopes, 'rateLimit', (k).rate_limit, 'environment', (k).environment, 'allowedNetworks', (k).allowed_networks, 'status', partner.api_key_status(k), 'expiresAt', (k).expires_at, 'revokedAt', (k).revoked_at, 'rotateBy', partner.api_keys_rotate_by(k), 'lastUsedAt', (k).last_used_at, 'createdAt', (k).created_at);

CREATE FUNCTION partner.api_key_well_formed(k partner.api_keys) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
BEGIN
    RETURN octet_length(k.digest) = 32
       AND char_length(k.prefix) = 8
       AND k.pepper ~ '^([0-9a-f]{16}|plain)$'
       AND char_length(k.name) BETWEEN 1 AND 100
       AND k.application ~ '^[A-Za-z0-9._-]{1,63}$'
       AND cardinality(k.scopes) BETWEEN 1 AND 32
       AND (k.partner_id IS NULL OR NOT k.scopes && partner.operator_roles())
       AND k.rate_limit BETWEEN 1 AND 2500000
       AND k.environment IN ('development', 'staging', 'production')
       AND cardinality(k.allowed_networks) <= 1000
       AND k.status IN ('Active', 'Rotated', 'Revoked', 'Expired');
END
$_$;

CREATE FUNCTION partner.api_keys_event() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO partner.outbox (topic, event, entity, partner_id, payload)
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

CREATE FUNCTION partner.api_keys_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hold(NEW.partner_id, NEW.application);
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
    IF (NEW.scopes, NEW.rate_limit, NEW.allowed_networks)
       IS DISTINCT FROM (OLD.scopes, OLD.rate_limit, OLD.allowed_networks)
    THEN
        IF api_key_status(OLD) IN ('Revoked', 'Expired') THEN
            RAISE EXCEPTION 'a key that is % is not changed any more',
                api_key_status(OLD) USING ERRCODE = 'PD001';
        END IF;
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

CREATE FUNCTION partner.api_keys_narrow(k partner.api_keys) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    me     text := current_setting('partner.client', true);
    caller api_keys;
    tier   text;
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
    SELECT p.tier INTO tier FROM partners p WHERE p.id = k.partner_id;
    beyond := scope_beyond(tier_scopes(tier), k.scopes);
    IF tier IS NOT NULL AND beyond IS NOT NULL THEN
        RAISE EXCEPTION 'tier % does not have the scope %', tier, beyond
            USING ERRCODE = 'PD003';
    END IF;
END
$$;

CREATE FUNCTION partner.api_keys_narrower(k partner.api_keys, old partner.api_keys) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    wide   constant text[] := '{development,staging,production}';
    beyond text := scope_beyond(old.scopes, k.scopes);
    quota  integer;
BEGIN
    IF beyond IS NOT NULL THEN
        RAISE EXCEPTION 'the key may not have the scope %', beyond
            USING ERRCODE = 'PD003';
    END IF;
    IF k.rate_limit IS DISTINCT FROM old.rate_limit THEN
        -- Without a limit of its own a key has the quota of the tier.
        SELECT tier_quota(p.tier) INTO quota
            FROM partners p WHERE p.id = k.partner_id;
        IF coalesce(k.rate_limit, quota) > coalesce(old.rate_limit, quota) THEN
            RAISE EXCEPTION 'the rate limit may be at most % calls an hour',
                coalesce(old.rate_limit, quota) USING ERRCODE = 'PD003';
        END IF;
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
    IF old.allowed_networks IS NOT NULL THEN
        SELECT coalesce(n::text, 'everywhere') INTO beyond
            FROM unnest(coalesce(k.allowed_networks, ARRAY[NULL::cidr])) AS n
            WHERE NOT coalesce(n <<= ANY (old.allowed_networks), false)
            LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'the key may not be good from %', beyond
                USING ERRCODE = 'PD003';
        END IF;
    END IF;
    IF old.application <> coalesce(k.application, '') THEN
        RAISE EXCEPTION 'the key must belong to application %',
            old.application USING ERRCODE = 'PD003';
    END IF;
END
$$;

CREATE FUNCTION partner.api_keys_rotatable(k partner.api_keys) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'partner'
    AS $$
DECLARE
    state text := api_key_json(k) ->> 'status';
BEGIN
    IF state <> 'Active' THEN
        RAISE EXCEPTION 'a key that is % cannot become Rotated', state
            USING ERRCODE = 'PD001';
    END IF;
    RETURN true;
END
$$;

CREATE FUNCTION partner.host_is_public(host text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (host ~ '^\['::text) THEN ((host ~ '^\[[23][0-9a-f]{3}:[0-9a-f:]+\]$'::text) AND (host !~ '^\[(2002|2001:(0?db8|0{0,4})):'::text)) WHEN (host ~ '^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$'::text) THEN (NOT ((host)::inet <<= ANY (ARRAY['0.0.0.0/8'::inet, '10.0.0.0/8'::inet, '100.64.0.0/10'::inet, '127.0.0.0/8'::inet, '169.254.0.0/16'::inet, '172.16.0.0/12'::inet, '192.0.0.0/24'::inet, '192.0.2.0/24'::inet, '192.168.0.0/16'::inet, '198.18.0.0/15'::inet, '198.51.100.0/24'::inet, '203.0.113.0/24'::inet, '224.0.0.0/3'::inet]))) ELSE ((host ~ '\.'::text) AND (host !~ '(^|\.)(\d+|0x[0-9a-f]*)$'::text) AND (host !~ '\.(localhost|local|internal)$'::text)) END;

CREATE FUNCTION partner.url_wrong(url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (url ~ '[\s\\]'::text) THEN 'has a blank or a backslash'::text WHEN (url !~* '^https://'::text) THEN 'is not https'::text WHEN (url ~ '^\w+://[^/?#]*@'::text) THEN 'has a user name or a password'::text WHEN (url !~ '^\w+://[^/?#:]'::text) THEN 'has no host'::text ELSE NULL::text END;

CREATE FUNCTION partner.redirect_uri_wrong(uri text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (uri ~ '#'::text) THEN 'has a fragment'::text WHEN (uri ~* '^http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?([/?]\S*)?$'::text) THEN NULL::text WHEN (partner.url_wrong(uri) = 'is not https'::text) THEN 'is neither https nor loopback'::text ELSE partner.url_wrong(uri) END;

CREATE FUNCTION partner.scopes_cover(granted text[], scope text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    g text;
BEGIN
    FOREACH g IN ARRAY coalesce(granted, '{}') LOOP
        IF g = scope
           OR (right(g, 2) = ':*' AND starts_with(scope, left(g, -1))) THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

CREATE FUNCTION partner.tier_scopes(tier text) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (ARRAY['read:*'::text, 'manage:partners'::text, 'manage:applications'::text, 'manage:keys'::text, 'manage:clients'::text] || CASE tier WHEN 'gold'::text THEN ARRAY['write:*'::text, 'manage:*'::text] WHEN 'silver'::text THEN ARRAY['write:*'::text] ELSE '{}'::text[] END);

CREATE FUNCTION partner.url_shown(url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(url, '^(\w+://)[^/?#]*@'::text, '\1***@'::text);

CREATE FUNCTION partner.webhook_url_wrong(url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN COALESCE(partner.url_wrong(url), CASE WHEN (NOT partner.host_is_public(lower(rtrim("substring"(url, '^\w+://(\[[^]/?#]*\]|[^/?#:]*)'::text), '.'::text)))) THEN 'has a host that is not public'::text ELSE NULL::text END);

CREATE TABLE partner.applications (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    partner_id uuid NOT NULL,
    name text NOT NULL,
    description text,
    permissions text[] NOT NULL,
    data_access jsonb DEFAULT '{}'::jsonb NOT NULL,
    security jsonb DEFAULT '{}'::jsonb NOT NULL,
    redirect_uris text[] DEFAULT '{}'::text[] NOT NULL,
    webhook_urls text[] DEFAULT '{}'::text[] NOT NULL,
    privacy_policy text,
    status text DEFAULT 'Draft'::text NOT NULL,
    status_reason text,
    sunset_at timestamp with time zone,
    sunset_passed boolean DEFAULT false NOT NULL,
    submitted_at timestamp with time zone,
    approved_at timestamp with time zone,
    published_at timestamp with time zone,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    deprecated_at timestamp with time zone,
    suspended_from text
);

ALTER TABLE ONLY partner.applications FORCE ROW LEVEL SECURITY;

CREATE TABLE partner.partners (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    name text NOT NULL,
    type text NOT NULL,
    category text,
    tier text DEFAULT 'basic'::text NOT NULL,
    status text DEFAULT 'Pending'::text NOT NULL,
    status_reason text,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    onboarding text DEFAULT 'Onboarding'::text NOT NULL,
    live_at timestamp with time zone,
    deleted_at timestamp with time zone,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT partners_category_check CHECK ((category = ANY (ARRAY['Payments & Wallets'::text, 'Fleet Management'::text, 'Urban Transit Systems'::text, 'Safety & Insurance'::text, 'Loyalty & Offers'::text]))),
    CONSTRAINT partners_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200))),
    CONSTRAINT partners_onboarding_check CHECK ((onboarding = ANY (ARRAY['Onboarding'::text, 'API Contracting'::text, 'Staging Validation'::text, 'Go-Live'::text, 'Monitoring & Compliance'::text]))),
    CONSTRAINT partners_status_check CHECK ((status = ANY (ARRAY['Pending'::text, 'Active'::text, 'Inactive'::text, 'Suspended'::text]))),
    CONSTRAINT partners_status_reason_check CHECK ((char_length(status_reason) <= 500)),
    CONSTRAINT partners_suspended_for_a_reason CHECK (((status <> 'Suspended'::text) OR (status_reason IS NOT NULL))),
    CONSTRAINT partners_tier_check CHECK ((tier = ANY (ARRAY['basic'::text, 'silver'::text, 'gold'::text]))),
    CONSTRAINT partners_type_check CHECK ((type = ANY (ARRAY['Technology'::text, 'Service'::text, 'Data'::text, 'Channel'::text, 'Strategic'::text, 'Verification'::text])))
);

ALTER TABLE ONLY partner.partners FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.application_checks(a partner.applications) RETURNS TABLE(name text, wrong text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT 'permissions'::text,
     ( SELECT ((('beyond tier '::text || p.tier) || ': '::text) || string_agg(s.s, ', '::text ORDER BY s.s))
            FROM partner.partners p,
             unnest((application_checks.a).permissions) s(s)
           WHERE ((p.id = (application_checks.a).partner_id) AND (NOT partner.scopes_cover(partner.tier_scopes(p.tier), s.s)))
           GROUP BY p.tier)
 UNION ALL
  SELECT 'redirectUris'::text,
     ( SELECT string_agg(((partner.url_shown(u.u) || ' '::text) || partner.redirect_uri_wrong(u.u)), ', '::text) AS string_agg
            FROM unnest((application_checks.a).redirect_uris) u(u)) AS string_agg
 UNION ALL
  SELECT 'webhookUrls'::text,
     ( SELECT string_agg(((partner.url_shown(u.u) || ' '::text) || partner.webhook_url_wrong(u.u)), ', '::text) AS string_agg
            FROM unnest((application_checks.a).webhook_urls) u(u)) AS string_agg
 UNION ALL
  SELECT 'certifications'::text,
         CASE
             WHEN (jsonb_array_length(COALESCE(((application_checks.a).security -> 'certifications'::text), '[]'::jsonb)) = 0) THEN 'at least one is needed'::text
             ELSE ( SELECT ('expired: '::text || string_agg((c.value ->> 'name'::text), ', '::text))
                FROM jsonb_array_elements(((application_checks.a).security -> 'certifications'::text)) c(value)
               WHERE (((c.value ->> 'expiresOn'::text))::date <= ((now() AT TIME ZONE 'UTC'::text))::date))
         END
 UNION ALL
  SELECT 'paymentCards'::text,
     ( SELECT (('category '::text || p.category) || ' needs PCI DSS'::text)
            FROM partner.partners p
           WHERE ((p.id = (application_checks.a).partner_id) AND (p.category = 'Payments & Wallets'::text) AND (NOT (EXISTS ( SELECT
                    FROM jsonb_array_elements(COALESCE(((application_checks.a).security -> 'certifications'::text), '[]'::jsonb)) c(value)
                   WHERE ((c.value ->> 'name'::text) ~~* 'PCI DSS%'::text))))))
 UNION ALL
  SELECT 'privacyPolicy'::text,
         CASE
             WHEN ((application_checks.a).privacy_policy IS NULL) THEN 'there is none'::text
             ELSE ((partner.url_shown((application_checks.a).privacy_policy) || ' '::text) || partner.url_wrong((application_checks.a).privacy_policy))
         END AS "case";
END;

CREATE FUNCTION partner.application_is_there() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
DECLARE
    there boolean;
BEGIN
    SELECT a.deleted_at IS NULL INTO there FROM applications a
        WHERE a.id = uuid_of(NEW.application)
          AND a.partner_id = NEW.partner_id;
    IF NOT coalesce(there,
                    EXISTS (SELECT FROM api_keys k
                            WHERE k.partner_id = NEW.partner_id
                              AND k.application = NEW.application)) THEN
        RAISE EXCEPTION 'the partner has no such application'
            USING ERRCODE = 'foreign_key_violation',
                  CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION partner.application_json(a partner.applications) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object('id', (a).id, 'partnerId', (a).partner_id, 'appName', (a).name, 'description', (a).description, 'status', (a).status, 'statusReason', (a).status_reason, 'suspendedFrom', (a).suspended_from, 'permissions', (a).permissions, 'dataAccess', (a).data_access, 'securityInfo', (a).security, 'redirectUris', (a).redirect_uris, 'webhookUrls', (a).webhook_urls, 'privacyPolicyUrl', (a).privacy_policy, 'sunsetDate', (a).sunset_at, 'submittedAt', (a).submitted_at, 'approvedAt', (a).approved_at, 'publishedAt', (a).published_at, 'deprecatedAt', (a).deprecated_at, 'createdAt', (a).created_at, 'updatedAt', (a).updated_at);

CREATE FUNCTION partner.uuid_of(name text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'::text) THEN (name)::uuid ELSE NULL::uuid END;

CREATE FUNCTION partner.application_named(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (partner.uuid_of(lower(name)) IS NULL) THEN name ELSE lower(name) END;

CREATE FUNCTION partner.application_obey(a partner.applications) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id, payload)
    VALUES ('partner_credentials', 'partner_credentials.obeyed',
            a.partner_id, a.partner_id,
            jsonb_build_object('application', a.id));
    RETURN pg_current_xact_id()::text::bigint;
END
$$;

CREATE FUNCTION partner.application_permits(application text, partner uuid, environment text, scopes text[]) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    has    text[] := application_scopes(application, partner, environment,
                                        scopes);
    beyond text;
BEGIN
    IF scopes <@ has THEN
        RETURN;
    END IF;
    SELECT s INTO beyond FROM unnest(scopes) AS s WHERE s <> ALL (has) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'in production the application has no permission %',
            beyond USING ERRCODE = 'PD001';
    END IF;
END
$$;

CREATE FUNCTION partner.rfc3339(at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char((at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS"Z"'::text);

CREATE FUNCTION partner.application_record(application text, partner uuid, environment text) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object('applicationId', application) || COALESCE((SELECT jsonb_strip_nulls(jsonb_build_object('applicationStatus', CASE WHEN (a.status = 'Suspended'::text) THEN 'suspended'::text WHEN a.sunset_passed THEN 'deprecated'::text WHEN (a.deleted_at IS NOT NULL) THEN 'suspended'::text WHEN ((application_record.environment <> 'production'::text) OR (a.status = ANY (ARRAY['Approved'::text, 'Published'::text, 'Deprecated'::text]))) THEN 'active'::text ELSE 'pending'::text END, 'applicationDeprecatedAt', partner.rfc3339(a.deprecated_at), 'applicationSunsetAt', partner.rfc3339(a.sunset_at))) AS jsonb_strip_nulls FROM partner.applications a WHERE ((a.id = partner.uuid_of(application_record.application)) AND (a.partner_id = application_record.partner))), '{}'::jsonb));

CREATE FUNCTION partner.application_scopes(application text, partner uuid, environment text, scopes text[]) RETURNS text[]
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    approved text[];
BEGIN
    IF application IS NOT NULL AND environment = 'production' THEN
        SELECT a.permissions INTO approved FROM partner.applications a
            WHERE a.id = partner.uuid_of(application)
              AND a.partner_id = partner;
        IF FOUND THEN
            RETURN partner.scopes_meet(scopes, approved);
        END IF;
    END IF;
    RETURN scopes;
END
$$;

CREATE FUNCTION partner.application_step(former text, next text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
BEGIN
    RETURN (
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
        LIMIT 1);
END
$_$;

CREATE FUNCTION partner.application_suspended_from(a partner.applications) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF a.suspended_from IS NULL THEN
        RAISE EXCEPTION 'an application that is % is not suspended', a.status
            USING ERRCODE = 'PD001';
    END IF;
    RETURN a.suspended_from;
END
$$;

CREATE FUNCTION partner.application_validation_json(a partner.applications) RETURNS json
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT json_build_object('applicationId', (application_validation_json.a).id, 'status', (application_validation_json.a).status, 'passed', bool_and((c.wrong IS NULL)), 'checks', json_agg(json_build_object('name', c.name, 'passed', (c.wrong IS NULL), 'detail', c.wrong))) AS json_build_object
    FROM partner.application_checks(application_validation_json.a) c(name, wrong);
END;

CREATE FUNCTION partner.application_well_formed(a partner.applications) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN char_length(a.name) BETWEEN 1 AND 200
       AND char_length(a.description) <= 2000
       AND cardinality(a.permissions) BETWEEN 1 AND 32
       AND NOT a.permissions && partner.operator_roles()
       AND char_length(a.privacy_policy) <= 2000
       AND a.status IN ('Draft', 'Submitted', 'In Review', 'Approved',
                        'Rejected', 'Published', 'Suspended', 'Deprecated')
       AND char_length(a.status_reason) <= 500
       AND (a.status NOT IN ('Rejected', 'Suspended')
            OR a.status_reason IS NOT NULL)
       AND (a.status = 'Suspended') = (a.suspended_from IS NOT NULL)
       AND (coalesce(a.suspended_from, a.status) = 'Deprecated')
           = (a.sunset_at IS NOT NULL);
END
$$;

CREATE FUNCTION partner.applications_change_allowed(old partner.applications, new partner.applications) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
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

CREATE FUNCTION partner.applications_deletable(a partner.applications) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'partner'
    AS $$
BEGIN
    IF a.sunset_at <= now()
       OR EXISTS (SELECT FROM partners
                  WHERE id = a.partner_id AND deleted_at IS NOT NULL) THEN
        RETURN;
    END IF;
    IF a.status NOT IN ('Draft', 'Submitted', 'In Review', 'Rejected') THEN
        RAISE EXCEPTION 'an application that is % is deleted after its sunset',
            a.status USING ERRCODE = 'PD001';
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

CREATE FUNCTION partner.applications_event() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
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
        INSERT INTO outbox (topic, event, entity, partner_id, payload)
        VALUES ('partner_credentials', 'partner_credentials.changed',
                NEW.partner_id, NEW.partner_id,
                jsonb_build_object('application', NEW.id));
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION partner.applications_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hold(NEW.partner_id, NULL);
        RETURN NEW;
    END IF;
    IF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock(
        hashtextextended(OLD.partner_id::text || OLD.id, 0));
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

CREATE FUNCTION partner.applications_stamp(old partner.applications, new partner.applications) RETURNS partner.applications
    LANGUAGE plpgsql STABLE
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

CREATE FUNCTION partner.applications_step_allowed(old partner.applications, new partner.applications) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    who text;
BEGIN
    IF new.status = old.status THEN
        RETURN;
    END IF;
    who := application_step(old.status, new.status);
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

CREATE FUNCTION partner.applications_sunset_allowed(old partner.applications, new partner.applications) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
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

CREATE FUNCTION partner.applications_valid(a partner.applications) RETURNS void
    LANGUAGE plpgsql STABLE
    SET search_path TO 'partner'
    AS $$
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

CREATE FUNCTION partner.audit_beside(r jsonb, other jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}')
            FROM jsonb_each(r) AS m
            WHERE m.value IS DISTINCT FROM other -> m.key);
END
$$;

CREATE FUNCTION partner.audit_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'partner', 'pg_temp'
    AS $$
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

CREATE TABLE partner.audit (
    id bigint NOT NULL,
    "position" bigint,
    hash bytea,
    at timestamp with time zone DEFAULT now() NOT NULL,
    tenant text NOT NULL,
    actor text NOT NULL,
    request text NOT NULL,
    resource text NOT NULL,
    entity uuid NOT NULL,
    partner_id uuid,
    action text NOT NULL,
    before json,
    after json,
    CONSTRAINT audit_chained CHECK ((("position" IS NULL) = (hash IS NULL))),
    CONSTRAINT audit_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT audit_position_check CHECK (("position" > 0))
);

ALTER TABLE ONLY partner.audit FORCE ROW LEVEL SECURITY;

CREATE VIEW partner.audit_text WITH (security_invoker='true') AS
 SELECT audit.id,
    audit."position",
    encode(audit.hash, 'hex'::text) AS hash,
    to_char((audit.at AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'::text) AS at,
    audit.tenant,
    audit.actor,
    audit.request,
    audit.resource,
    audit.entity,
    audit.partner_id,
    audit.action,
    audit.before,
    audit.after
   FROM partner.audit;

CREATE FUNCTION partner.audit_json(a partner.audit_text) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object('position', (a)."position", 'at', (a).at, 'tenant', (a).tenant, 'actor', (a).actor, 'requestId', (a).request, 'resource', (a).resource, 'entityId', (a).entity, 'partnerId', (a).partner_id, 'action', (a).action, 'before', (a).before, 'after', (a).after, 'hash', (a).hash);

CREATE FUNCTION partner.audit_record(r jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (r - ARRAY['digest'::text, 'version'::text, 'updated_at'::text, 'last_used_at'::text]);

CREATE FUNCTION partner.before_id(key text) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (key IS NULL) THEN 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid ELSE (key)::uuid END;

CREATE FUNCTION partner.before_time(key text) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    RETURN CASE WHEN (key IS NULL) THEN 'infinity'::timestamp with time zone ELSE (key)::timestamp with time zone END;

CREATE FUNCTION partner.billable(outcome text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN (outcome = ANY (ARRAY['ok'::text, 'client_error'::text]));

CREATE TABLE partner.usage_counters (
    incarnation text NOT NULL,
    hour timestamp with time zone NOT NULL,
    partner text NOT NULL,
    application text NOT NULL,
    operation text NOT NULL,
    outcome text NOT NULL,
    calls bigint NOT NULL,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    upstream_us bigint NOT NULL,
    tier text DEFAULT '-'::text NOT NULL,
    latency_ms integer DEFAULT 0 NOT NULL,
    promised bigint DEFAULT 0 NOT NULL,
    in_time bigint DEFAULT 0 NOT NULL,
    CONSTRAINT usage_counters_calls_check CHECK ((calls >= 0)),
    CONSTRAINT usage_counters_in_time_check CHECK ((in_time >= 0)),
    CONSTRAINT usage_counters_latency_ms_check CHECK ((latency_ms >= 0)),
    CONSTRAINT usage_counters_outcome_check CHECK ((outcome = ANY (ARRAY['ok'::text, 'client_error'::text, 'server_error'::text, 'refused'::text, 'aborted'::text]))),
    CONSTRAINT usage_counters_promised_check CHECK ((promised >= 0)),
    CONSTRAINT usage_counters_request_bytes_check CHECK ((request_bytes >= 0)),
    CONSTRAINT usage_counters_response_bytes_check CHECK ((response_bytes >= 0)),
    CONSTRAINT usage_counters_tier_check CHECK ((tier = ANY (ARRAY['-'::text, 'basic'::text, 'silver'::text, 'gold'::text]))),
    CONSTRAINT usage_counters_upstream_us_check CHECK ((upstream_us >= 0))
);

ALTER TABLE ONLY partner.usage_counters FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.call_counts(who text, app text DEFAULT NULL::text) RETURNS json
    LANGUAGE sql STABLE
    RETURN (SELECT json_build_object('total', COALESCE(sum(u.calls), (0)::numeric), 'errors', COALESCE(sum(u.calls) FILTER (WHERE (u.outcome = 'server_error'::text)), (0)::numeric), 'refused', COALESCE(sum(u.calls) FILTER (WHERE (u.outcome = 'refused'::text)), (0)::numeric)) AS json_build_object FROM partner.usage_counters u WHERE ((u.partner = call_counts.who) AND ((call_counts.app IS NULL) OR (u.application = call_counts.app)) AND (u.hour >= (now() - '30 days'::interval))));

CREATE FUNCTION partner.category_name(category text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(lower(category), '[^a-z]+'::text, '-'::text, 'g'::text);

CREATE FUNCTION partner.operator_roles() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['admin'::text, 'finance'::text, 'support'::text, 'auditor'::text];

CREATE TABLE partner.clients (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    client_id text NOT NULL,
    partner_id uuid NOT NULL,
    application text,
    name text,
    scopes text[] NOT NULL,
    rate_limit integer,
    environment text DEFAULT 'production'::text NOT NULL,
    allowed_networks cidr[],
    status text DEFAULT 'Active'::text NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    last_used_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT clients_allowed_networks_check CHECK ((cardinality(allowed_networks) <= 1000)),
    CONSTRAINT clients_application_check CHECK ((application ~ '^[A-Za-z0-9._-]{1,63}$'::text)),
    CONSTRAINT clients_client_id_check CHECK ((client_id ~ '^[A-Za-z0-9._-]{1,63}$'::text)),
    CONSTRAINT clients_environment_check CHECK ((environment = ANY (ARRAY['development'::text, 'staging'::text, 'production'::text]))),
    CONSTRAINT clients_name_check CHECK (((char_length(name) >= 1) AND (char_length(name) <= 100))),
    CONSTRAINT clients_rate_limit_check CHECK (((rate_limit >= 1) AND (rate_limit <= 2500000))),
    CONSTRAINT clients_roles_are_the_platforms CHECK ((NOT (scopes && partner.operator_roles()))),
    CONSTRAINT clients_scopes_check CHECK (((cardinality(scopes) >= 1) AND (cardinality(scopes) <= 32))),
    CONSTRAINT clients_status_check CHECK ((status = ANY (ARRAY['Active'::text, 'Suspended'::text, 'Revoked'::text])))
);

ALTER TABLE ONLY partner.clients FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.client_json(c partner.clients) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object('id', (c).id, 'clientId', (c).client_id, 'partnerId', (c).partner_id, 'appId', (c).application, 'name', (c).name, 'scopes', (c).scopes, 'rateLimit', (c).rate_limit, 'environment', (c).environment, 'allowedNetworks', (c).allowed_networks, 'status', (c).status, 'lastUsedAt', (c).last_used_at, 'createdAt', (c).created_at, 'updatedAt', (c).updated_at);

CREATE FUNCTION partner.clients_are_the_platforms() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    OLD.version := NEW.version;
    IF NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an operator changes clients' USING ERRCODE = 'PD003';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION partner.clients_event() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
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

CREATE FUNCTION partner.clients_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hold(NEW.partner_id, NEW.application);
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
    IF OLD.status = 'Revoked'
       AND (NEW.application, NEW.environment, NEW.scopes, NEW.name,
            NEW.rate_limit, NEW.allowed_networks)
           IS DISTINCT FROM
           (OLD.application, OLD.environment, OLD.scopes, OLD.name,
            OLD.rate_limit, OLD.allowed_networks) THEN
        RAISE EXCEPTION 'a client that is Revoked is not changed any more'
            USING ERRCODE = 'PD001';
    END IF;
    IF (NEW.application, NEW.environment, NEW.scopes)
       IS DISTINCT FROM (OLD.application, OLD.environment, OLD.scopes) THEN
        PERFORM hold(NEW.partner_id, NEW.application);
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
    END IF;
    OLD.last_used_at := NEW.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := greatest(OLD.version + 1, NEW.version);
        NEW.updated_at := now();
    END IF;
    IF NEW.application IS DISTINCT FROM OLD.application THEN
        PERFORM hold(OLD.partner_id, OLD.application);
        NEW.version := NEW.version
            + coalesce((SELECT a.version FROM applications a
                        WHERE a.id = uuid_of(OLD.application)
                          AND a.partner_id = OLD.partner_id), 0);
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION partner.credential_version(version bigint, application text, p partner.partners) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN ((version + COALESCE((p).version, (0)::bigint)) + COALESCE((SELECT a.version FROM partner.applications a WHERE ((a.id = partner.uuid_of(credential_version.application)) AND (a.partner_id = (credential_version.p).id))), (0)::bigint));

CREATE TABLE partner.erasures (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    subject uuid NOT NULL,
    partner_id uuid NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    destroyed_at timestamp with time zone,
    CONSTRAINT erasures_reason_check CHECK (((char_length(reason) >= 1) AND (char_length(reason) <= 200)))
);

ALTER TABLE ONLY partner.erasures FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.erasure_json(e partner.erasures) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object('id', (e).id, 'subjectId', (e).subject, 'partnerId', (e).partner_id, 'reason', (e).reason, 'createdAt', (e).created_at, 'destroyedAt', (e).destroyed_at);

CREATE FUNCTION partner.erasures_effect() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    UPDATE partner_contacts SET is_primary = false
    WHERE id = NEW.subject AND is_primary;
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner', 'partner.subject_erased', NEW.subject, NEW.partner_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION partner.hold(partner uuid, application text) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(
        hashtextextended(partner::text, 0));
    IF application IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended(partner::text || application, 0));
    END IF;
    RETURN true;
END
$$;

CREATE FUNCTION partner.in_order(low timestamp with time zone, high timestamp with time zone, name text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF low > high THEN
        RAISE EXCEPTION 'a period ends before it begins'
            USING ERRCODE = 'invalid_parameter_value', CONSTRAINT = name;
    END IF;
    RETURN true;
END
$$;

CREATE FUNCTION partner.is_platform() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN COALESCE((current_setting('partner.tenant'::text, true) = 'platform'::text), false);

CREATE FUNCTION partner.kept(key text, asked text, secret text, given json, version bigint) RETURNS json
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF key IS NULL THEN
        RETURN given;
    END IF;
    INSERT INTO partner.idempotency_keys AS i
        (digest, request, sealed, answer, version)
    VALUES (decode(key, 'hex'), decode(asked, 'hex'), secret, given,
            kept.version)
    ON CONFLICT ON CONSTRAINT idempotency_keys_once DO UPDATE SET
        request = excluded.request, sealed = excluded.sealed,
        answer = excluded.answer, version = excluded.version,
        created_at = excluded.created_at
    WHERE i.created_at < now() - interval '24 hours';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'it was answered before' USING ERRCODE = 'PD010';
    END IF;
    RETURN given;
END
$$;

CREATE FUNCTION partner.kept(key text, asked text, secret text, given json) RETURNS json
    LANGUAGE sql
    SET search_path TO 'partner'
    RETURN partner.kept(key, asked, secret, given, NULL::bigint);

CREATE FUNCTION partner.key_counts(who uuid, app text DEFAULT NULL::text) RETURNS json
    LANGUAGE sql STABLE
    RETURN (SELECT json_build_object('total', count(*), 'active', count(*) FILTER (WHERE (partner.api_key_status(k.*) = 'Active'::text))) AS json_build_object FROM partner.api_keys k WHERE ((k.partner_id = key_counts.who) AND ((key_counts.app IS NULL) OR (k.application = key_counts.app))));

CREATE FUNCTION partner.key_peppers() RETURNS text
    LANGUAGE sql STABLE
    AS $$
    WITH RECURSIVE each AS (
        (SELECT k.pepper, coalesce(k.expires_at, 'infinity'::timestamptz) AS ends
         FROM partner.api_keys k
         WHERE k.status IN ('Active', 'Rotated')
         ORDER BY k.pepper DESC,
                  coalesce(k.expires_at, 'infinity'::timestamptz) DESC
         LIMIT 1)
        UNION ALL
        SELECT n.* FROM each e, LATERAL (
            SELECT k.pepper, coalesce(k.expires_at, 'infinity'::timestamptz)
            FROM partner.api_keys k
            WHERE k.status IN ('Active', 'Rotated') AND k.pepper < e.pepper
            ORDER BY k.pepper DESC,
                     coalesce(k.expires_at, 'infinity'::timestamptz) DESC
            LIMIT 1) n
    )
    SELECT coalesce(string_agg(pepper, ' ' ORDER BY pepper), '')
    FROM each WHERE ends > now()
$$;

CREATE FUNCTION partner.later(a timestamp with time zone, b timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN ((a IS NOT NULL) AND (b IS NOT NULL)) THEN GREATEST(a, b) ELSE NULL::timestamp with time zone END;

CREATE FUNCTION partner.must_be_ahead(at timestamp with time zone, name text) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF at <= now() THEN
        RAISE EXCEPTION 'a time has passed already'
            USING ERRCODE = 'check_violation', CONSTRAINT = name;
    END IF;
END
$$;

CREATE FUNCTION partner.networks(list text) RETURNS cidr[]
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF list IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(SELECT n::cidr
                 FROM jsonb_array_elements_text(list::jsonb) AS n);
END
$$;

CREATE FUNCTION partner.onboarding_number(stage text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position(ARRAY['Onboarding'::text, 'API Contracting'::text, 'Staging Validation'::text, 'Go-Live'::text, 'Monitoring & Compliance'::text], stage);

CREATE FUNCTION partner.onboarding_after(stage text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (ARRAY['API Contracting'::text, 'Staging Validation'::text, 'Go-Live'::text, 'Monitoring & Compliance'::text])[partner.onboarding_number(stage)];

CREATE FUNCTION partner.onboarding_late(p partner.partners) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (COALESCE((p).live_at, now()) > (p).due_at);

CREATE FUNCTION partner.onboarding_missing(partner uuid, stage text) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$ SELECT NULL::text WHERE false $$;

CREATE FUNCTION partner.onboarding_time(tier text) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE tier WHEN 'gold'::text THEN '7 days'::interval WHEN 'silver'::text THEN '14 days'::interval ELSE '28 days'::interval END;

CREATE FUNCTION partner.outbox_obey(entity uuid, partner_id uuid, topic text DEFAULT 'credential'::text) RETURNS bigint
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES (topic, topic || '.obeyed', entity, partner_id);
    RETURN (pg_current_xact_id()::text)::bigint;
END
$$;

CREATE FUNCTION partner.outbox_topic(topic text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN topic IN ('partner', 'application', 'credential', 'client',
                     'revocation', 'partner_credentials');
END
$$;

CREATE FUNCTION partner.paged(found partner.listed[], size integer) RETURNS TABLE(data json, next json)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
 SELECT COALESCE(json_agg(f.item ORDER BY f.n) FILTER (WHERE (f.n <= paged.size)), '[]'::json) AS "coalesce",
     (json_agg(f.keys) FILTER (WHERE ((f.n = paged.size) AND (cardinality(paged.found) > paged.size))) -> 0)
    FROM unnest(paged.found) WITH ORDINALITY f(item, keys, n);
END;

CREATE TABLE partner.partner_agreements (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    partner_id uuid NOT NULL,
    type text NOT NULL,
    terms jsonb NOT NULL,
    effective_on date NOT NULL,
    expires_on date,
    signed_on date,
    signed_by text,
    version bigint DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    signer uuid,
    CONSTRAINT partner_agreements_period CHECK ((expires_on > effective_on)),
    CONSTRAINT partner_agreements_signed CHECK (((signed_on IS NULL) = (signed_by IS NULL))),
    CONSTRAINT partner_agreements_type_check CHECK ((type = ANY (ARRAY['Master Services'::text, 'Data Processing'::text, 'Revenue Share'::text, 'Service Level'::text, 'Non-Disclosure'::text])))
);

ALTER TABLE ONLY partner.partner_agreements FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.partner_agreement_json(a partner.partner_agreements) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object('id', (a).id, 'partnerId', (a).partner_id, 'agreementType', (a).type, 'status', CASE WHEN ((a).expires_on <= ((now() AT TIME ZONE 'UTC'::text))::date) THEN 'Expired'::text WHEN ((a).signed_on IS NULL) THEN 'Draft'::text WHEN ((a).effective_on > ((now() AT TIME ZONE 'UTC'::text))::date) THEN 'Signed'::text ELSE 'In Force'::text END, 'terms', (a).terms, 'effectiveDate', (a).effective_on, 'expirationDate', (a).expires_on, 'signedDate', (a).signed_on, 'signedBy', (a).signed_by, 'signerId', (a).signer, 'createdAt', (a).created_at);

CREATE FUNCTION partner.partner_agreements_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
DECLARE
    same partner_agreements;
BEGIN
    IF OLD.signed_on IS NOT NULL AND TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an agreement that is signed is not withdrawn'
            USING ERRCODE = 'PD001';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF NOT is_platform() AND tenant() IS NOT NULL THEN
        same := OLD;
        same.signed_on := NEW.signed_on;
        same.signed_by := NEW.signed_by;
        same.signer := NEW.signer;
        IF NEW IS DISTINCT FROM same THEN
            RAISE EXCEPTION 'a partner signs an agreement, and no more'
                USING ERRCODE = 'PD003';
        END IF;
    END IF;
    IF OLD.signed_on IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an agreement that is signed does not change'
            USING ERRCODE = 'PD001';
    END IF;
    IF NEW.signed_on IS NOT NULL AND OLD.signed_on IS NULL
       AND NEW.expires_on <= (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'an agreement that is Expired is not signed'
            USING ERRCODE = 'PD001';
    END IF;
    IF NEW.signed_on > (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'it is signed in the future'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'partner_agreements_signed_on';
    END IF;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END
$$;

CREATE TABLE partner.partner_contacts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    partner_id uuid NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    phone text,
    role text NOT NULL,
    is_primary boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT partner_contacts_role_check CHECK ((role = ANY (ARRAY['Business'::text, 'Technical'::text, 'Security'::text, 'Billing'::text, 'Legal'::text])))
);

ALTER TABLE ONLY partner.partner_contacts FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.partner_contact_json(c partner.partner_contacts) RETURNS json
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN json_build_object(
        'id', c.id, 'partnerId', c.partner_id, 'contactName', c.name,
        'email', c.email, 'phone', c.phone, 'role', c.role,
        'isPrimary', c.is_primary,
        'erasedAt', (SELECT e.created_at FROM partner.erasures e
                     WHERE e.subject = c.id),
        'createdAt', c.created_at);
END
$$;

CREATE FUNCTION partner.partner_contacts_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    NEW.is_primary := NEW.is_primary AND NEW.deleted_at IS NULL;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION partner.partner_is_there() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    IF EXISTS (SELECT FROM partners
               WHERE id = NEW.partner_id AND deleted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'there is no such partner'
            USING ERRCODE = 'foreign_key_violation',
                  CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION partner.partner_json(p partner.partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object('id', (p).id, 'partnerName', (p).name, 'partnerType', (p).type, 'category', (p).category, 'tier', (p).tier, 'status', (p).status, 'statusReason', (p).status_reason, 'onboarding', json_build_object('stage', (p).onboarding, 'dueAt', (p).due_at, 'liveAt', (p).live_at, 'late', partner.onboarding_late(p)), 'createdAt', (p).created_at, 'updatedAt', (p).updated_at);

CREATE TABLE partner.partners_leaving (
    partner_id uuid NOT NULL,
    actor text NOT NULL,
    request text NOT NULL
);

ALTER TABLE ONLY partner.partners_leaving FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.partner_leaves(l partner.partners_leaving) RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
DECLARE
    who uuid := l.partner_id;
BEGIN
    PERFORM set_config('partner.tenant', 'platform', true),
            set_config('partner.client', l.actor, true),
            set_config('partner.request', l.request, true),
            pg_advisory_xact_lock(hashtextextended(who::text, 0));
    UPDATE api_keys SET status = 'Revoked', revoked_at = now()
        WHERE id IN (SELECT id FROM api_keys
                     WHERE partner_id = who
                       AND status NOT IN ('Revoked', 'Expired')
                     ORDER BY id LIMIT 100 FOR NO KEY UPDATE);
    UPDATE clients SET status = 'Revoked'
        WHERE id IN (SELECT id FROM clients
                     WHERE partner_id = who AND status <> 'Revoked'
                     ORDER BY id LIMIT 100 FOR NO KEY UPDATE);
    UPDATE applications SET deleted_at = now()
        WHERE id IN (SELECT id FROM applications
                     WHERE partner_id = who AND deleted_at IS NULL
                     ORDER BY id LIMIT 100 FOR NO KEY UPDATE);
    DELETE FROM partners_leaving
    WHERE partner_id = who
      AND NOT EXISTS (SELECT FROM api_keys
                      WHERE partner_id = who
                        AND status NOT IN ('Revoked', 'Expired'))
      AND NOT EXISTS (SELECT FROM clients
                      WHERE partner_id = who AND status <> 'Revoked')
      AND NOT EXISTS (SELECT FROM applications
                      WHERE partner_id = who AND deleted_at IS NULL);
END
$$;

CREATE FUNCTION partner.partner_open_items(partner uuid) RETURNS SETOF text
    LANGUAGE sql STABLE
    AS $$ SELECT NULL::text WHERE false $$;

CREATE FUNCTION partner.partner_records_event() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    r record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    signed boolean := TG_TABLE_NAME = 'partner_agreements'
                      AND to_jsonb(r) ->> 'signed_on' IS NOT NULL;
BEGIN
    INSERT INTO partner.outbox (topic, event, entity, partner_id)
    VALUES ('partner',
            CASE TG_TABLE_NAME || ' ' || TG_OP
                WHEN 'partner_contacts INSERT' THEN 'partner.contact_added'
                WHEN 'partner_contacts UPDATE' THEN 'partner.contact_changed'
                WHEN 'partner_agreements INSERT'
                THEN 'partner.agreement_created'
                WHEN 'partner_agreements DELETE'
                THEN 'partner.agreement_withdrawn'
                ELSE CASE WHEN signed THEN 'partner.agreement_signed'
                          ELSE 'partner.agreement_changed' END
            END, r.id, r.partner_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION partner.partner_records_hold() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    PERFORM hold(NEW.partner_id, NULL);
    -- What the statement saw of it may be older than the wait.
    IF EXISTS (SELECT FROM partners p
               WHERE p.id = NEW.partner_id AND p.deleted_at IS NULL) THEN
        RETURN NEW;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION partner.partners_event() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id, payload)
    VALUES ('partner',
            CASE
                WHEN TG_OP = 'INSERT' THEN 'partner.created'
                WHEN NEW.deleted_at IS DISTINCT FROM OLD.deleted_at
                THEN 'partner.deleted'
                WHEN NEW.onboarding <> OLD.onboarding
                THEN 'partner.onboarding_advanced'
                WHEN NEW.status = OLD.status THEN 'partner.updated'
                WHEN NEW.status = 'Active' THEN 'partner.activated'
                WHEN NEW.status = 'Suspended' THEN 'partner.suspended'
                ELSE 'partner.deactivated'
            END,
            NEW.id, NEW.id,
            jsonb_build_object('status', NEW.status, 'tier', NEW.tier,
                               'onboarding', NEW.onboarding,
                               'version', NEW.version));
    RETURN NULL;
END
$$;

CREATE FUNCTION partner.partners_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
DECLARE
    same partners;
    lacks text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'Pending' THEN
            RAISE EXCEPTION 'a new partner is Pending, not %', NEW.status
                USING ERRCODE = 'PD001';
        END IF;
        NEW.due_at := NEW.created_at + onboarding_time(NEW.tier);
        RETURN NEW;
    END IF;
    IF NOT is_platform() AND tenant() IS NOT NULL THEN
        same := OLD;
        same.name := NEW.name;
        IF NEW IS DISTINCT FROM same THEN
            RAISE EXCEPTION 'a partner changes its name alone'
                USING ERRCODE = 'PD003';
        END IF;
    END IF;
    IF OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL THEN
        RAISE EXCEPTION 'a partner that is deleted stays so'
            USING ERRCODE = 'PD001';
    END IF;
    IF OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(NEW.id::text, 0));
        SELECT string_agg(item, ', ' ORDER BY item) INTO lacks
        FROM partner_open_items(NEW.id) AS item;
        IF lacks IS NOT NULL THEN
            RAISE EXCEPTION 'a partner is not deleted before these are closed: %',
                lacks USING ERRCODE = 'PD001';
        END IF;
    END IF;
    IF NEW.status <> OLD.status AND NEW.deleted_at IS NULL
       AND (OLD.status, NEW.status) NOT IN (
           ('Pending', 'Active'), ('Pending', 'Suspended'),
           ('Active', 'Suspended'), ('Active', 'Inactive'),
           ('Suspended', 'Active'), ('Suspended', 'Inactive'),
           ('Inactive', 'Active'))
    THEN
        RAISE EXCEPTION 'a partner that is % cannot become %',
            OLD.status, NEW.status USING ERRCODE = 'PD001';
    END IF;
    IF NEW.onboarding <> OLD.onboarding THEN
        IF onboarding_number(NEW.onboarding)
           <> onboarding_number(OLD.onboarding) + 1 THEN
            RAISE EXCEPTION 'behind % comes %, not %', OLD.onboarding,
                coalesce(onboarding_after(OLD.onboarding), 'nothing'),
                NEW.onboarding USING ERRCODE = 'PD001';
        END IF;
        SELECT string_agg(item, ', ' ORDER BY item) INTO lacks
        FROM onboarding_missing(NEW.id, NEW.onboarding) AS item;
        IF lacks IS NOT NULL THEN
            RAISE EXCEPTION 'before % it lacks: %', NEW.onboarding, lacks
                USING ERRCODE = 'PD001';
        END IF;
        IF NEW.onboarding = 'Go-Live' THEN
            NEW.live_at := now();
        END IF;
    END IF;
    -- What is over is held against the tier of its day.
    IF NEW.tier <> OLD.tier AND OLD.live_at IS NULL THEN
        NEW.due_at := NEW.created_at + onboarding_time(NEW.tier);
    END IF;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION partner.partners_revoke_tokens() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    IF NEW.status = 'Active' AND NEW.deleted_at IS NULL THEN
        UPDATE token_revocations SET suspended = false
        WHERE digest = sha256(convert_to(E'partner\n' || NEW.id, 'UTF8'))
          AND suspended;
        RETURN NULL;
    END IF;
    INSERT INTO token_revocations AS r
        (type, subject, digest, issued_until, suspended, reason)
    VALUES ('partner', NEW.id::text, '',
            CASE WHEN NEW.deleted_at IS NULL
                 THEN date_trunc('second', now()) END,
            NEW.deleted_at IS NULL,
            CASE WHEN NEW.deleted_at IS NULL THEN 'the partner was suspended'
                 ELSE 'the partner was deleted' END)
    ON CONFLICT ON CONSTRAINT token_revocations_digest DO UPDATE SET
        issued_until = later(r.issued_until, excluded.issued_until),
        expires_at = NULL, suspended = excluded.suspended,
        reason = excluded.reason;
    RETURN NULL;
END
$$;

CREATE FUNCTION partner.partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
DECLARE
    leaving partners_leaving;
BEGIN
    IF NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL THEN
        INSERT INTO partners_leaving (partner_id, actor, request)
        VALUES (NEW.id,
                coalesce(nullif(current_setting('partner.client', true), ''),
                         nullif(current_setting('role'), 'none'),
                         session_user),
                coalesce(current_setting('partner.request', true), ''))
        RETURNING * INTO leaving;
        PERFORM partner_leaves(leaving);
    END IF;
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner_credentials', 'partner_credentials.changed', NEW.id,
            NEW.id);
    RETURN NULL;
END
$$;

CREATE FUNCTION partner.principal_json(k partner.api_keys, p partner.partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN ((jsonb_build_object('id', (k).id, 'partnerId', COALESCE(((k).partner_id)::text, 'platform'::text), 'tier', COALESCE((p).tier, 'gold'::text), 'category', partner.category_name((p).category), 'scopes', partner.application_scopes((k).application, (k).partner_id, (k).environment, (k).scopes), 'status', CASE WHEN (((k).status = 'Rotated'::text) AND ((k).expires_at IS NOT NULL)) THEN 'active'::text ELSE lower((k).status) END, 'partnerStatus', COALESCE(lower((p).status), 'active'::text), 'environment', (k).environment, 'allowedNetworks', (k).allowed_networks, 'expiresAt', partner.rfc3339((k).expires_at), 'rateLimit', (k).rate_limit, 'version', partner.credential_version((k).version, (k).application, p)) || CASE WHEN ((k).application IS NULL) THEN '{}'::jsonb ELSE partner.application_record((k).application, (k).partner_id, (k).environment) END))::json;

CREATE FUNCTION partner.principal_json(c partner.clients, p partner.partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN ((jsonb_build_object('id', (c).client_id, 'partnerId', (c).partner_id, 'tier', (p).tier, 'category', partner.category_name((p).category), 'scopes', partner.application_scopes((c).application, (c).partner_id, (c).environment, (c).scopes), 'status', lower((c).status), 'partnerStatus', lower((p).status), 'environment', (c).environment, 'allowedNetworks', (c).allowed_networks, 'rateLimit', (c).rate_limit, 'version', partner.credential_version((c).version, (c).application, p)) || CASE WHEN ((c).application IS NULL) THEN '{}'::jsonb ELSE partner.application_record((c).application, (c).partner_id, (c).environment) END))::json;

CREATE TABLE partner.token_revocations (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    type text NOT NULL,
    issuer text,
    subject text NOT NULL,
    digest bytea NOT NULL,
    issued_until timestamp with time zone,
    expires_at timestamp with time zone,
    reason text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    suspended boolean DEFAULT false NOT NULL,
    version bigint DEFAULT floor((EXTRACT(epoch FROM clock_timestamp()) * (1000000)::numeric)) NOT NULL,
    CONSTRAINT token_revocations_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT token_revocations_expires_at CHECK ((expires_at < '9999-12-31 00:00:00+00'::timestamp with time zone)),
    CONSTRAINT token_revocations_issued_until CHECK (((issued_until >= '1970-01-02 00:00:00+00'::timestamp with time zone) AND (issued_until <= '9999-12-31 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT token_revocations_issuer CHECK (((type = ANY (ARRAY['client'::text, 'partner'::text])) OR (issuer IS NOT NULL))),
    CONSTRAINT token_revocations_issuer_check CHECK (((char_length(issuer) >= 1) AND (char_length(issuer) <= 512))),
    CONSTRAINT token_revocations_no_issuer CHECK (((type <> 'partner'::text) OR (issuer IS NULL))),
    CONSTRAINT token_revocations_reason_check CHECK ((char_length(reason) <= 500)),
    CONSTRAINT token_revocations_subject_check CHECK (((char_length(subject) >= 1) AND (char_length(subject) <= 512))),
    CONSTRAINT token_revocations_suspended CHECK (((NOT suspended) OR ((type = 'partner'::text) AND (expires_at IS NULL)))),
    CONSTRAINT token_revocations_type_check CHECK ((type = ANY (ARRAY['token'::text, 'client'::text, 'partner'::text, 'key'::text])))
);

ALTER TABLE ONLY partner.token_revocations FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.projected(entity uuid) RETURNS TABLE(digest text, version bigint, record text)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
 SELECT encode(k.digest, 'hex'::text) AS encode,
     partner.credential_version(k.version, k.application, p.*) AS credential_version,
     (partner.principal_json(k.*, p.*))::text AS principal_json
    FROM (partner.api_keys k
      LEFT JOIN partner.partners p ON ((p.id = k.partner_id)))
   WHERE (k.id = projected.entity)
 UNION ALL
  SELECT encode(sha256(convert_to(('client:'::text || c.client_id), 'UTF8'::name)), 'hex'::text) AS encode,
     partner.credential_version(c.version, c.application, p.*) AS credential_version,
     (partner.principal_json(c.*, p.*))::text AS principal_json
    FROM (partner.clients c
      JOIN partner.partners p ON ((p.id = c.partner_id)))
   WHERE (c.id = projected.entity)
 UNION ALL
  SELECT encode(r.digest, 'hex'::text) AS encode,
     NULL::bigint,
     ((
         CASE
             WHEN r.suspended THEN (0)::numeric
             ELSE COALESCE(floor(EXTRACT(epoch FROM r.issued_until)), (0)::numeric)
         END || ' '::text) || COALESCE(ceil(EXTRACT(epoch FROM r.expires_at)), (r.version)::numeric))
    FROM partner.token_revocations r
   WHERE (r.id = projected.entity);
END;

CREATE FUNCTION partner.scope_beyond(granted text[], scopes text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
DECLARE
    s text;
BEGIN
    FOREACH s IN ARRAY coalesce(scopes, '{}') LOOP
        IF NOT partner.scopes_cover(granted, s) THEN
            RETURN s;
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

CREATE FUNCTION partner.scopes_meet(a text[], b text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN ARRAY(
        SELECT s FROM unnest(a) AS s WHERE partner.scopes_cover(b, s)
        UNION ALL
        SELECT s FROM unnest(b) AS s
        WHERE partner.scopes_cover(a, s) AND s <> ALL (a));
END
$$;

CREATE FUNCTION partner.sealed(value text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
BEGIN
    RETURN value LIKE 'sealed:________-____-____-____-____________:%'
           AND length(value) >= 100
           AND substr(value, 45) !~ '[^0-9A-F]';
END
$$;

CREATE FUNCTION partner.slo_budgets(who text) RETURNS json
    LANGUAGE sql STABLE
    SET search_path TO 'partner'
    AS $$
    WITH hours AS MATERIALIZED (
        SELECT c.*, (extract(epoch FROM date_trunc('hour', now()) - c.hour)
                     / 3600)::integer AS age
        FROM slo_counts(who, date_trunc('hour', now()) - interval '719 hours',
                        now() + interval '1 hour') c
    ), sums AS (
        SELECT o.tier, o.latency_ms, o.latency_share, o.availability,
               w.name, w.slots,
               coalesce(sum(h.promised), 0)::bigint AS calls,
               coalesce(sum(h.promised - CASE
                   WHEN h.latency_ms <= o.latency_ms THEN h.in_time
                   ELSE 0 END), 0)::bigint AS slow,
               coalesce(sum(h.failed), 0)::bigint AS failed
        FROM slo_in_force(now()) o
             CROSS JOIN (VALUES ('6h', 6), ('3d', 72), ('30d', 720))
                        w (name, slots)
             LEFT JOIN hours h ON h.tier = o.tier AND h.age < w.slots
        GROUP BY o.tier, o.latency_ms, o.latency_share, o.availability,
                 w.name, w.slots
    ), tiers AS (
        SELECT s.tier, s.latency_ms, s.latency_share, s.availability,
               max(slo_burn(s.slow, s.calls, s.latency_share))
                   FILTER (WHERE s.slots = 720) AS latency_burnt,
               max(slo_burn(s.failed, s.calls, s.availability))
                   FILTER (WHERE s.slots = 720) AS availability_burnt,
               json_object_agg(s.name, json_build_object(
                   'calls', s.calls, 'slow', s.slow, 'failed', s.failed,
                   'latencyBurnRate',
                   slo_burn(s.slow, s.calls, s.latency_share),
                   'availabilityBurnRate',
                   slo_burn(s.failed, s.calls, s.availability))
                   ORDER BY s.slots) AS windows
        FROM sums s
        GROUP BY s.tier, s.latency_ms, s.latency_share, s.availability
    )
    SELECT json_agg(json_build_object(
        'tier', t.tier, 'latencyMs', t.latency_ms,
        'latencyObjective', trim_scale(t.latency_share::numeric / 100000),
        'availabilityObjective', trim_scale(t.availability::numeric / 100000),
        'latencyBudgetRemaining', 1 - t.latency_burnt,
        'availabilityBudgetRemaining', 1 - t.availability_burnt,
        'windows', t.windows) ORDER BY t.availability DESC)
    FROM tiers t
$$;

CREATE FUNCTION partner.slo_burn(bad bigint, calls bigint, share integer) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (calls > 0) THEN trim_scale(round(((((bad)::numeric * (100000)::numeric) / (calls)::numeric) / ((100000 - share))::numeric), 6)) ELSE (0)::numeric END;

CREATE FUNCTION partner.slo_counts(who text, low timestamp with time zone, high timestamp with time zone) RETURNS TABLE(hour timestamp with time zone, tier text, latency_ms integer, promised bigint, in_time bigint, failed bigint)
    LANGUAGE sql STABLE
    SET search_path TO 'partner'
    AS $$
    SELECT u.hour, u.tier, u.latency_ms, sum(u.promised)::bigint,
           sum(u.in_time)::bigint,
           coalesce(sum(u.promised) FILTER (WHERE slo_failed(u.outcome)),
                    0)::bigint
    FROM usage_counters u
    WHERE u.partner = who AND u.hour >= low AND u.hour < high
      AND u.tier <> '-'
    GROUP BY u.hour, u.tier, u.latency_ms
    UNION ALL
    SELECT h.hour, h.tier, h.latency_ms, h.promised, h.in_time, h.failed
    FROM slo_hours h
    WHERE who IS NULL AND h.hour >= low AND h.hour < high
$$;

CREATE FUNCTION partner.slo_failed(outcome text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN (outcome = ANY (ARRAY['server_error'::text, 'refused'::text]));

CREATE TABLE partner.slo_objectives (
    tier text NOT NULL,
    month date NOT NULL,
    latency_ms integer NOT NULL,
    latency_share integer NOT NULL,
    availability integer NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT slo_objectives_availability_check CHECK (((availability >= 1) AND (availability <= 99999))),
    CONSTRAINT slo_objectives_latency_ms_check CHECK (((latency_ms >= 1) AND (latency_ms <= 3600000))),
    CONSTRAINT slo_objectives_latency_share_check CHECK (((latency_share >= 1) AND (latency_share <= 99999))),
    CONSTRAINT slo_objectives_month_check CHECK ((EXTRACT(day FROM month) = (1)::numeric)),
    CONSTRAINT slo_objectives_tier_check CHECK ((tier = ANY (ARRAY['basic'::text, 'silver'::text, 'gold'::text])))
);

ALTER TABLE ONLY partner.slo_objectives FORCE ROW LEVEL SECURITY;

CREATE FUNCTION partner.slo_in_force(at timestamp with time zone) RETURNS SETOF partner.slo_objectives
    LANGUAGE sql STABLE
    SET search_path TO 'partner'
    AS $$
    SELECT o.*
    FROM unnest(ARRAY['gold', 'silver', 'basic']) WITH ORDINALITY t (name, n),
         LATERAL (SELECT * FROM slo_objectives s
                  WHERE s.tier = t.name
                    AND s.month <= (at AT TIME ZONE 'UTC')::date
                  ORDER BY s.month DESC LIMIT 1) o
    ORDER BY t.n
$$;

CREATE FUNCTION partner.slo_kept(good bigint, calls bigint, share integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (calls > 0) THEN (((good)::numeric * (100000)::numeric) >= ((calls)::numeric * (share)::numeric)) ELSE NULL::boolean END;

CREATE FUNCTION partner.slo_objective_json(o partner.slo_objectives) RETURNS json
    LANGUAGE sql STABLE
    SET search_path TO 'partner'
    AS $$
    SELECT json_build_object(
        'tier', o.tier, 'month', to_char(o.month, 'YYYY-MM'),
        'latencyMs', o.latency_ms,
        'latencyShare', trim_scale(o.latency_share::numeric / 100000),
        'availability', trim_scale(o.availability::numeric / 100000))
$$;

CREATE FUNCTION partner.slo_objectives_ahead() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF least(OLD.month, NEW.month) <= (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'the month % has begun',
            to_char(least(OLD.month, NEW.month), 'YYYY-MM')
            USING ERRCODE = 'PD001';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;

CREATE FUNCTION partner.slo_objectives_json() RETURNS json
    LANGUAGE sql STABLE
    SET search_path TO 'partner'
    AS $$
    SELECT json_build_object(
        'inForce', (SELECT json_agg(slo_objective_json(f))
                    FROM slo_in_force(now()) f),
        'history', (SELECT json_agg(slo_objective_json(o)
                                    ORDER BY o.month DESC, o.availability DESC)
                    FROM slo_objectives o))
$$;

CREATE FUNCTION partner.slo_parts(share numeric) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN (LEAST(GREATEST(round((share * (100000)::numeric)), (0)::numeric), (100000)::numeric))::integer;

CREATE FUNCTION partner.slo_report(who text, tier_now text, low timestamp with time zone, high timestamp with time zone) RETURNS json
    LANGUAGE sql STABLE
    SET search_path TO 'partner'
    AS $$
    WITH kept AS (
        SELECT o.tier, o.latency_ms, o.latency_share, o.availability,
               coalesce(sum(c.promised), 0)::bigint AS calls,
               coalesce(sum(c.in_time) FILTER (
                   WHERE c.latency_ms <= o.latency_ms), 0)::bigint AS in_time,
               coalesce(sum(c.failed), 0)::bigint AS failed
        FROM slo_in_force(low) o
             LEFT JOIN slo_counts(who, low, high) c ON c.tier = o.tier
        GROUP BY o.tier, o.latency_ms, o.latency_share, o.availability
    )
    SELECT coalesce(json_agg(json_build_object(
        'tier', k.tier,
        'promised', json_build_object(
            'latencyMs', k.latency_ms,
            'latencyShare', trim_scale(k.latency_share::numeric / 100000),
            'availability', trim_scale(k.availability::numeric / 100000)),
        'measured', json_build_object(
            'calls', k.calls, 'inTime', k.in_time, 'failed', k.failed,
            'latencyShare', slo_share(k.in_time, k.calls),
            'availability', slo_share(k.calls - k.failed, k.calls)),
        'kept', json_build_object(
            'latency', slo_kept(k.in_time, k.calls, k.latency_share),
            'availability', slo_kept(k.calls - k.failed, k.calls,
                                     k.availability)))
        ORDER BY k.availability DESC), '[]')
    FROM kept k
    WHERE k.calls > 0 OR k.tier = tier_now
$$;

CREATE FUNCTION partner.slo_share(good bigint, calls bigint) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (calls > 0) THEN trim_scale(trunc(((good)::numeric / (calls)::numeric), 6)) ELSE NULL::numeric END;

CREATE FUNCTION partner.tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN (length(current_setting('partner.tenant'::text, true)) = 36) THEN (current_setting('partner.tenant'::text, true))::uuid ELSE NULL::uuid END;

CREATE FUNCTION partner.tier_of(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE lower(name) WHEN 'premium'::text THEN 'silver'::text WHEN 'enterprise'::text THEN 'gold'::text ELSE lower(name) END;

CREATE FUNCTION partner.tier_quota(tier text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE tier WHEN 'gold'::text THEN 100000 WHEN 'silver'::text THEN 10000 ELSE 1000 END;

CREATE FUNCTION partner.token_revocation_json(r partner.token_revocations) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object('id', (r).id, 'type', (r).type, 'issuer', (r).issuer, 'subject', (r).subject, 'issuedUntil', (r).issued_until, 'suspended', (r).suspended, 'expiresAt', (r).expires_at, 'reason', (r).reason, 'createdAt', (r).created_at);

CREATE FUNCTION partner.token_revocations_event() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, payload)
    VALUES ('revocation', 'tokens.revoked', NEW.id,
            jsonb_build_object('type', NEW.type));
    RETURN NULL;
END
$$;

CREATE FUNCTION partner.token_revocations_guard() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'partner'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        PERFORM must_be_ahead(NEW.expires_at, 'token_revocations_ahead');
    END IF;
    IF TG_OP = 'INSERT'
       OR (NEW.issued_until, NEW.expires_at, NEW.suspended)
          IS DISTINCT FROM (OLD.issued_until, OLD.expires_at, OLD.suspended)
    THEN
        NEW.version := greatest(
            CASE TG_OP WHEN 'UPDATE' THEN OLD.version + 1 END,
            floor(extract(epoch FROM clock_timestamp()) * 1000000));
    END IF;
    NEW.digest := sha256(convert_to(
        concat_ws(E'\n', NEW.type, NEW.issuer, NEW.subject), 'UTF8'));
    RETURN NEW;
END
$$;

CREATE FUNCTION partner.unchanged(version bigint, tags text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF NOT tags::jsonb ? version::text THEN
        RAISE EXCEPTION 'it is at "%" by now', version USING ERRCODE = 'PD004';
    END IF;
    RETURN true;
END
$$;

CREATE FUNCTION partner.usage_counter_name(u partner.usage_counters) RETURNS text
    LANGUAGE sql STABLE
    RETURN (((((((((((EXTRACT(epoch FROM (u).hour) / (3600)::numeric))::bigint || '/'::text) || (u).partner) || '/'::text) || (u).application) || '/'::text) || (u).operation) || '/'::text) || (u).outcome) || CASE WHEN ((u).tier = '-'::text) THEN ''::text ELSE ((('/'::text || (u).tier) || '/'::text) || (u).latency_ms) END);

CREATE FUNCTION partner.usage_counter_values(u partner.usage_counters) RETURNS text
    LANGUAGE sql STABLE
    RETURN ((((((((u).calls || ' '::text) || (u).request_bytes) || ' '::text) || (u).response_bytes) || ' '::text) || (u).upstream_us) || CASE WHEN ((u).tier = '-'::text) THEN ''::text ELSE (((' '::text || (u).promised) || ' '::text) || (u).in_time) END);

CREATE FUNCTION partner.was_read(version bigint, tags text) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF version > 1 AND tags IS NULL THEN
        RAISE EXCEPTION 'it was changed: If-Match says what was read, "%" by now',
            version USING ERRCODE = 'PD004';
    END IF;
    RETURN true;
END
$$;

CREATE TABLE partner.audit_head (
    single boolean DEFAULT true NOT NULL,
    "position" bigint DEFAULT 0 NOT NULL,
    hash bytea DEFAULT decode(repeat('00'::text, 32), 'hex'::text) NOT NULL,
    CONSTRAINT audit_head_hash_check CHECK ((octet_length(hash) = 32)),
    CONSTRAINT audit_head_single_check CHECK (single)
);

ALTER TABLE ONLY partner.audit_head FORCE ROW LEVEL SECURITY;

ALTER TABLE partner.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME partner.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE partner.idempotency_keys (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tenant text DEFAULT COALESCE(current_setting('partner.tenant'::text, true), ''::text) NOT NULL,
    digest bytea NOT NULL,
    request bytea NOT NULL,
    sealed text,
    answer json NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    version bigint,
    CONSTRAINT idempotency_keys_digest_check CHECK ((octet_length(digest) = 32)),
    CONSTRAINT idempotency_keys_request_check CHECK ((octet_length(request) = 32))
);

ALTER TABLE ONLY partner.idempotency_keys FORCE ROW LEVEL SECURITY;

CREATE TABLE partner.outbox (
    id bigint NOT NULL,
    topic text NOT NULL,
    event text NOT NULL,
    entity uuid NOT NULL,
    partner_id uuid,
    payload jsonb DEFAULT '{}'::jsonb NOT NULL,
    actor text DEFAULT COALESCE(current_setting('partner.client'::text, true), ''::text) NOT NULL,
    request text DEFAULT COALESCE(current_setting('partner.request'::text, true), ''::text) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    relayed_at timestamp with time zone,
    transaction bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT outbox_topic_check CHECK (partner.outbox_topic(topic))
);

ALTER TABLE ONLY partner.outbox FORCE ROW LEVEL SECURITY;

ALTER TABLE partner.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME partner.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE partner.projection (
    single boolean DEFAULT true NOT NULL,
    block bigint DEFAULT 0 NOT NULL,
    run text DEFAULT ''::text NOT NULL,
    CONSTRAINT projection_single_check CHECK (single)
);

CREATE TABLE partner.schema_migrations (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE partner.slo_hours (
    hour timestamp with time zone NOT NULL,
    tier text NOT NULL,
    latency_ms integer NOT NULL,
    promised bigint NOT NULL,
    in_time bigint NOT NULL,
    failed bigint NOT NULL
);

ALTER TABLE ONLY partner.slo_hours FORCE ROW LEVEL SECURITY;

CREATE TABLE partner.slo_promises (
    single boolean DEFAULT true NOT NULL,
    version bigint DEFAULT 1 NOT NULL,
    CONSTRAINT slo_promises_single_check CHECK (single)
);

ALTER TABLE ONLY partner.slo_promises FORCE ROW LEVEL SECURITY;

CREATE TABLE partner.slo_stale (
    hour timestamp with time zone NOT NULL,
    version bigint DEFAULT 0 NOT NULL
);

CREATE VIEW partner.subjects WITH (security_invoker='true') AS
 SELECT partner_contacts.id,
    partner_contacts.partner_id
   FROM partner.partner_contacts
UNION ALL
 SELECT partner_agreements.signer AS id,
    partner_agreements.partner_id
   FROM partner.partner_agreements
  WHERE (partner_agreements.signer IS NOT NULL);

ALTER TABLE ONLY partner.api_keys
    ADD CONSTRAINT api_keys_digest UNIQUE (digest);

ALTER TABLE ONLY partner.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);

ALTER TABLE partner.api_keys
    ADD CONSTRAINT api_keys_well_formed CHECK (partner.api_key_well_formed(api_keys.*));

ALTER TABLE ONLY partner.applications
    ADD CONSTRAINT applications_pkey PRIMARY KEY (id);

ALTER TABLE partner.applications
    ADD CONSTRAINT applications_well_formed CHECK (partner.application_well_formed(applications.*));

ALTER TABLE ONLY partner.audit_head
    ADD CONSTRAINT audit_head_pkey PRIMARY KEY (single);

ALTER TABLE ONLY partner.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY partner.clients
    ADD CONSTRAINT clients_client_id UNIQUE (client_id);

ALTER TABLE ONLY partner.clients
    ADD CONSTRAINT clients_pkey PRIMARY KEY (id);

ALTER TABLE ONLY partner.erasures
    ADD CONSTRAINT erasures_once UNIQUE (subject);

ALTER TABLE ONLY partner.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY partner.idempotency_keys
    ADD CONSTRAINT idempotency_keys_once UNIQUE (tenant, digest);

ALTER TABLE ONLY partner.idempotency_keys
    ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY partner.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY partner.partner_agreements
    ADD CONSTRAINT partner_agreements_pkey PRIMARY KEY (id);

ALTER TABLE partner.partner_agreements
    ADD CONSTRAINT partner_agreements_sealed CHECK (partner.sealed(signed_by)) NOT VALID;

ALTER TABLE ONLY partner.partner_agreements
    ADD CONSTRAINT partner_agreements_signer UNIQUE (signer);

ALTER TABLE ONLY partner.partner_contacts
    ADD CONSTRAINT partner_contacts_pkey PRIMARY KEY (id);

ALTER TABLE partner.partner_contacts
    ADD CONSTRAINT partner_contacts_sealed CHECK ((partner.sealed(name) AND partner.sealed(email) AND partner.sealed(phone))) NOT VALID;

ALTER TABLE ONLY partner.partners_leaving
    ADD CONSTRAINT partners_leaving_pkey PRIMARY KEY (partner_id);

ALTER TABLE ONLY partner.partners
    ADD CONSTRAINT partners_pkey PRIMARY KEY (id);

ALTER TABLE ONLY partner.projection
    ADD CONSTRAINT projection_pkey PRIMARY KEY (single);

ALTER TABLE ONLY partner.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (number);

ALTER TABLE ONLY partner.slo_hours
    ADD CONSTRAINT slo_hours_pkey PRIMARY KEY (hour, tier, latency_ms);

ALTER TABLE ONLY partner.slo_objectives
    ADD CONSTRAINT slo_objectives_pkey PRIMARY KEY (tier, month);

ALTER TABLE ONLY partner.slo_promises
    ADD CONSTRAINT slo_promises_pkey PRIMARY KEY (single);

ALTER TABLE ONLY partner.slo_stale
    ADD CONSTRAINT slo_stale_pkey PRIMARY KEY (hour);

ALTER TABLE ONLY partner.token_revocations
    ADD CONSTRAINT token_revocations_digest UNIQUE (digest);

ALTER TABLE ONLY partner.token_revocations
    ADD CONSTRAINT token_revocations_pkey PRIMARY KEY (id);

ALTER TABLE partner.token_revocations
    ADD CONSTRAINT token_revocations_subject CHECK (
CASE
    WHEN (type = ANY (ARRAY['token'::text, 'key'::text])) THEN (octet_length(subject) <= 512)
    ELSE ((subject ~ '^[A-Za-z0-9._-]{1,63}$'::text) AND ((type <> 'partner'::text) OR (subject <> 'platform'::text)))
END) NOT VALID;

ALTER TABLE ONLY partner.usage_counters
    ADD CONSTRAINT usage_counters_once UNIQUE (partner, hour, incarnation, application, operation, outcome, tier, latency_ms);

CREATE INDEX api_keys_by_partner ON partner.api_keys USING btree (partner_id, id);

CREATE INDEX api_keys_by_pepper ON partner.api_keys USING btree (pepper, COALESCE(expires_at, 'infinity'::timestamp with time zone)) WHERE (status = ANY (ARRAY['Active'::text, 'Rotated'::text]));

CREATE INDEX api_keys_of_all ON partner.api_keys USING btree (created_at DESC, id DESC) WHERE (created_at > '-infinity'::timestamp with time zone);

CREATE INDEX api_keys_of_application ON partner.api_keys USING btree (partner_id, application, id) WHERE (application IS NOT NULL);

CREATE INDEX api_keys_of_partner ON partner.api_keys USING btree (partner_id, created_at DESC, id DESC);

CREATE INDEX applications_due ON partner.applications USING btree (sunset_at) WHERE ((sunset_at IS NOT NULL) AND (NOT sunset_passed));

CREATE UNIQUE INDEX applications_name ON partner.applications USING btree (partner_id, lower(name)) WHERE (deleted_at IS NULL);

CREATE INDEX applications_of_all ON partner.applications USING btree (created_at DESC, id DESC) WHERE ((created_at > '-infinity'::timestamp with time zone) AND (deleted_at IS NULL));

CREATE INDEX applications_of_partner ON partner.applications USING btree (partner_id, created_at DESC, id DESC) WHERE (deleted_at IS NULL);

CREATE INDEX audit_of_entity ON partner.audit USING btree (entity, "position") WHERE ("position" IS NOT NULL);

CREATE INDEX audit_of_partner ON partner.audit USING btree (partner_id, "position") WHERE ("position" IS NOT NULL);

CREATE UNIQUE INDEX audit_position ON partner.audit USING btree ("position") WHERE ("position" IS NOT NULL);

CREATE INDEX audit_unchained ON partner.audit USING btree (id) WHERE ("position" IS NULL);

CREATE INDEX clients_by_partner ON partner.clients USING btree (partner_id, id);

CREATE INDEX clients_of_all ON partner.clients USING btree (created_at DESC, id DESC) WHERE (created_at > '-infinity'::timestamp with time zone);

CREATE INDEX clients_of_application ON partner.clients USING btree (partner_id, application, id) WHERE (application IS NOT NULL);

CREATE INDEX clients_of_partner ON partner.clients USING btree (partner_id, created_at DESC, id DESC);

CREATE INDEX erasures_due ON partner.erasures USING btree (created_at) WHERE (destroyed_at IS NULL);

CREATE INDEX erasures_newest ON partner.erasures USING btree (created_at DESC, id DESC);

CREATE INDEX idempotency_keys_oldest ON partner.idempotency_keys USING btree (created_at);

CREATE INDEX outbox_partners_pending ON partner.outbox USING btree (id) WHERE ((topic = 'partner_credentials'::text) AND (relayed_at IS NULL));

CREATE INDEX outbox_pending ON partner.outbox USING btree (id) WHERE ((topic = ANY (ARRAY['credential'::text, 'client'::text, 'revocation'::text])) AND (relayed_at IS NULL));

CREATE INDEX partner_agreements_newest ON partner.partner_agreements USING btree (partner_id, created_at DESC, id DESC);

CREATE INDEX partner_contacts_newest ON partner.partner_contacts USING btree (partner_id, created_at DESC, id DESC);

CREATE UNIQUE INDEX partner_contacts_one_primary ON partner.partner_contacts USING btree (partner_id) WHERE is_primary;

CREATE INDEX partners_of_all ON partner.partners USING btree (created_at DESC, id DESC) WHERE ((created_at > '-infinity'::timestamp with time zone) AND (deleted_at IS NULL));

CREATE INDEX token_revocations_expiry ON partner.token_revocations USING btree (expires_at) WHERE (expires_at IS NOT NULL);

CREATE INDEX token_revocations_newest ON partner.token_revocations USING btree (created_at DESC, id DESC);

CREATE INDEX usage_counters_by_hour ON partner.usage_counters USING btree (hour);

CREATE TRIGGER api_keys_audit AFTER INSERT OR DELETE OR UPDATE ON partner.api_keys FOR EACH ROW EXECUTE FUNCTION partner.audit_change('keys');

CREATE TRIGGER api_keys_changed AFTER UPDATE ON partner.api_keys FOR EACH ROW WHEN ((old.version <> new.version)) EXECUTE FUNCTION partner.api_keys_event();

CREATE TRIGGER api_keys_created AFTER INSERT ON partner.api_keys FOR EACH ROW EXECUTE FUNCTION partner.api_keys_event();

CREATE TRIGGER api_keys_guard BEFORE INSERT OR UPDATE ON partner.api_keys FOR EACH ROW EXECUTE FUNCTION partner.api_keys_guard();

CREATE TRIGGER api_keys_partner_is_there BEFORE INSERT ON partner.api_keys FOR EACH ROW EXECUTE FUNCTION partner.partner_is_there('api_keys_partner');

CREATE TRIGGER api_keys_with_application BEFORE INSERT ON partner.api_keys FOR EACH ROW WHEN ((partner.uuid_of(lower(new.application)) IS NOT NULL)) EXECUTE FUNCTION partner.application_is_there('api_keys_application');

CREATE TRIGGER applications_audit AFTER INSERT OR DELETE OR UPDATE ON partner.applications FOR EACH ROW EXECUTE FUNCTION partner.audit_change('applications');

CREATE TRIGGER applications_changed AFTER UPDATE ON partner.applications FOR EACH ROW WHEN ((old.version <> new.version)) EXECUTE FUNCTION partner.applications_event();

CREATE TRIGGER applications_created AFTER INSERT ON partner.applications FOR EACH ROW EXECUTE FUNCTION partner.applications_event();

CREATE TRIGGER applications_guard BEFORE INSERT OR UPDATE ON partner.applications FOR EACH ROW EXECUTE FUNCTION partner.applications_guard();

CREATE TRIGGER applications_partner_is_there BEFORE INSERT ON partner.applications FOR EACH ROW EXECUTE FUNCTION partner.partner_is_there('applications_partner');

CREATE TRIGGER clients_are_the_platforms BEFORE UPDATE ON partner.clients FOR EACH ROW WHEN ((partner.tenant() IS NOT NULL)) EXECUTE FUNCTION partner.clients_are_the_platforms();

CREATE TRIGGER clients_audit AFTER INSERT OR DELETE OR UPDATE ON partner.clients FOR EACH ROW EXECUTE FUNCTION partner.audit_change('clients');

CREATE TRIGGER clients_changed AFTER UPDATE ON partner.clients FOR EACH ROW WHEN ((old.version <> new.version)) EXECUTE FUNCTION partner.clients_event();

CREATE TRIGGER clients_created AFTER INSERT ON partner.clients FOR EACH ROW EXECUTE FUNCTION partner.clients_event();

CREATE TRIGGER clients_guard BEFORE INSERT OR UPDATE ON partner.clients FOR EACH ROW EXECUTE FUNCTION partner.clients_guard();

CREATE TRIGGER clients_partner_is_there BEFORE INSERT ON partner.clients FOR EACH ROW EXECUTE FUNCTION partner.partner_is_there('clients_partner');

CREATE TRIGGER clients_with_another BEFORE UPDATE ON partner.clients FOR EACH ROW WHEN (((new.application IS DISTINCT FROM old.application) AND (partner.uuid_of(lower(new.application)) IS NOT NULL))) EXECUTE FUNCTION partner.application_is_there('clients_application');

CREATE TRIGGER clients_with_application BEFORE INSERT ON partner.clients FOR EACH ROW WHEN ((partner.uuid_of(lower(new.application)) IS NOT NULL)) EXECUTE FUNCTION partner.application_is_there('clients_application');

CREATE TRIGGER erasures_audit AFTER INSERT OR DELETE OR UPDATE ON partner.erasures FOR EACH ROW EXECUTE FUNCTION partner.audit_change('erasures');

CREATE TRIGGER erasures_effect AFTER INSERT ON partner.erasures FOR EACH ROW EXECUTE FUNCTION partner.erasures_effect();

CREATE TRIGGER partner_agreements_audit AFTER INSERT OR DELETE OR UPDATE ON partner.partner_agreements FOR EACH ROW EXECUTE FUNCTION partner.audit_change('agreements');

CREATE TRIGGER partner_agreements_event AFTER INSERT OR DELETE OR UPDATE ON partner.partner_agreements FOR EACH ROW EXECUTE FUNCTION partner.partner_records_event();

CREATE TRIGGER partner_agreements_guard BEFORE DELETE OR UPDATE ON partner.partner_agreements FOR EACH ROW EXECUTE FUNCTION partner.partner_agreements_guard();

CREATE TRIGGER partner_agreements_hold BEFORE INSERT ON partner.partner_agreements FOR EACH ROW EXECUTE FUNCTION partner.partner_records_hold();

CREATE TRIGGER partner_contacts_audit AFTER INSERT OR DELETE OR UPDATE ON partner.partner_contacts FOR EACH ROW EXECUTE FUNCTION partner.audit_change('contacts');

CREATE TRIGGER partner_contacts_event AFTER INSERT OR UPDATE ON partner.partner_contacts FOR EACH ROW EXECUTE FUNCTION partner.partner_records_event();

CREATE TRIGGER partner_contacts_guard BEFORE UPDATE ON partner.partner_contacts FOR EACH ROW EXECUTE FUNCTION partner.partner_contacts_guard();

CREATE TRIGGER partner_contacts_hold BEFORE INSERT ON partner.partner_contacts FOR EACH ROW EXECUTE FUNCTION partner.partner_records_hold();

CREATE TRIGGER partners_audit AFTER INSERT OR DELETE OR UPDATE ON partner.partners FOR EACH ROW EXECUTE FUNCTION partner.audit_change('partners');

CREATE TRIGGER partners_changed AFTER UPDATE ON partner.partners FOR EACH ROW WHEN ((old.version <> new.version)) EXECUTE FUNCTION partner.partners_event();

CREATE TRIGGER partners_created AFTER INSERT ON partner.partners FOR EACH ROW EXECUTE FUNCTION partner.partners_event();

CREATE TRIGGER partners_guard BEFORE INSERT OR UPDATE ON partner.partners FOR EACH ROW EXECUTE FUNCTION partner.partners_guard();

CREATE TRIGGER partners_revoke_tokens AFTER UPDATE ON partner.partners FOR EACH ROW WHEN (((old.status <> new.status) OR ((old.deleted_at IS NULL) AND (new.deleted_at IS NOT NULL)))) EXECUTE FUNCTION partner.partners_revoke_tokens();

CREATE TRIGGER partners_touch_keys AFTER UPDATE ON partner.partners FOR EACH ROW WHEN (((old.status <> new.status) OR (old.tier <> new.tier) OR (old.category IS DISTINCT FROM new.category) OR (old.deleted_at IS DISTINCT FROM new.deleted_at))) EXECUTE FUNCTION partner.partners_touch_keys();

CREATE TRIGGER slo_objectives_ahead BEFORE INSERT OR DELETE OR UPDATE ON partner.slo_objectives FOR EACH ROW EXECUTE FUNCTION partner.slo_objectives_ahead();

CREATE TRIGGER slo_objectives_audit AFTER INSERT OR DELETE OR UPDATE ON partner.slo_objectives FOR EACH ROW EXECUTE FUNCTION partner.audit_change('objectives');

CREATE TRIGGER token_revocations_audit AFTER INSERT OR DELETE OR UPDATE ON partner.token_revocations FOR EACH ROW EXECUTE FUNCTION partner.audit_change('revocations');

CREATE TRIGGER token_revocations_event AFTER INSERT OR UPDATE ON partner.token_revocations FOR EACH ROW EXECUTE FUNCTION partner.token_revocations_event();

CREATE TRIGGER token_revocations_guard BEFORE INSERT OR UPDATE ON partner.token_revocations FOR EACH ROW EXECUTE FUNCTION partner.token_revocations_guard();

ALTER TABLE ONLY partner.api_keys
    ADD CONSTRAINT api_keys_partner FOREIGN KEY (partner_id) REFERENCES partner.partners(id);

ALTER TABLE ONLY partner.applications
    ADD CONSTRAINT applications_partner FOREIGN KEY (partner_id) REFERENCES partner.partners(id);

ALTER TABLE ONLY partner.clients
    ADD CONSTRAINT clients_partner FOREIGN KEY (partner_id) REFERENCES partner.partners(id);

ALTER TABLE ONLY partner.erasures
    ADD CONSTRAINT erasures_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES partner.partners(id);

ALTER TABLE ONLY partner.partner_agreements
    ADD CONSTRAINT partner_agreements_partner FOREIGN KEY (partner_id) REFERENCES partner.partners(id);

ALTER TABLE ONLY partner.partner_contacts
    ADD CONSTRAINT partner_contacts_partner FOREIGN KEY (partner_id) REFERENCES partner.partners(id);

ALTER TABLE partner.api_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY api_keys_own ON partner.api_keys TO partner_serve USING ((( SELECT partner.is_platform() AS is_platform) OR (partner_id = ( SELECT partner.tenant() AS tenant)))) WITH CHECK ((partner.is_platform() OR (partner_id = partner.tenant())));

CREATE POLICY api_keys_work ON partner.api_keys TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.applications ENABLE ROW LEVEL SECURITY;

CREATE POLICY applications_own ON partner.applications TO partner_serve USING ((( SELECT partner.is_platform() AS is_platform) OR (partner_id = ( SELECT partner.tenant() AS tenant)))) WITH CHECK ((partner.is_platform() OR (partner_id = partner.tenant())));

CREATE POLICY applications_work ON partner.applications TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.audit ENABLE ROW LEVEL SECURITY;

CREATE POLICY audit_append ON partner.audit FOR INSERT WITH CHECK (true);

ALTER TABLE partner.audit_head ENABLE ROW LEVEL SECURITY;

CREATE POLICY audit_head_read ON partner.audit_head FOR SELECT TO partner_serve USING (( SELECT partner.is_platform() AS is_platform));

CREATE POLICY audit_head_work ON partner.audit_head TO partner_work USING (true) WITH CHECK (true);

CREATE POLICY audit_read ON partner.audit FOR SELECT TO partner_serve USING (( SELECT partner.is_platform() AS is_platform));

CREATE POLICY audit_work ON partner.audit TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.clients ENABLE ROW LEVEL SECURITY;

CREATE POLICY clients_own ON partner.clients FOR SELECT TO partner_serve USING ((( SELECT partner.is_platform() AS is_platform) OR (partner_id = ( SELECT partner.tenant() AS tenant))));

CREATE POLICY clients_platform ON partner.clients TO partner_serve USING (( SELECT partner.is_platform() AS is_platform)) WITH CHECK (partner.is_platform());

CREATE POLICY clients_touched ON partner.clients FOR UPDATE TO partner_serve USING ((partner_id = ( SELECT partner.tenant() AS tenant))) WITH CHECK ((partner_id = partner.tenant()));

CREATE POLICY clients_work ON partner.clients TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.erasures ENABLE ROW LEVEL SECURITY;

CREATE POLICY erasures_platform ON partner.erasures TO partner_serve USING ((( SELECT partner.is_platform() AS is_platform) OR (partner_id = ( SELECT partner.tenant() AS tenant)))) WITH CHECK (partner.is_platform());

CREATE POLICY erasures_work ON partner.erasures TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.idempotency_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY idempotency_keys_own ON partner.idempotency_keys TO partner_serve USING ((tenant = ( SELECT current_setting('partner.tenant'::text, true) AS current_setting))) WITH CHECK ((tenant = current_setting('partner.tenant'::text, true)));

CREATE POLICY idempotency_keys_work ON partner.idempotency_keys TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.outbox ENABLE ROW LEVEL SECURITY;

CREATE POLICY outbox_append ON partner.outbox FOR INSERT TO partner_serve WITH CHECK ((partner.is_platform() OR (partner_id = partner.tenant())));

CREATE POLICY outbox_work ON partner.outbox TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.partner_agreements ENABLE ROW LEVEL SECURITY;

CREATE POLICY partner_agreements_made ON partner.partner_agreements AS RESTRICTIVE FOR INSERT TO partner_serve WITH CHECK (partner.is_platform());

CREATE POLICY partner_agreements_own ON partner.partner_agreements TO partner_serve USING ((( SELECT partner.is_platform() AS is_platform) OR (partner_id = ( SELECT partner.tenant() AS tenant)))) WITH CHECK ((partner.is_platform() OR (partner_id = partner.tenant())));

CREATE POLICY partner_agreements_withdrawn ON partner.partner_agreements AS RESTRICTIVE FOR DELETE TO partner_serve USING (partner.is_platform());

ALTER TABLE partner.partner_contacts ENABLE ROW LEVEL SECURITY;

CREATE POLICY partner_contacts_own ON partner.partner_contacts TO partner_serve USING ((( SELECT partner.is_platform() AS is_platform) OR (partner_id = ( SELECT partner.tenant() AS tenant)))) WITH CHECK ((partner.is_platform() OR (partner_id = partner.tenant())));

ALTER TABLE partner.partners ENABLE ROW LEVEL SECURITY;

CREATE POLICY partners_change ON partner.partners FOR UPDATE TO partner_serve USING ((( SELECT partner.is_platform() AS is_platform) OR (id = ( SELECT partner.tenant() AS tenant)))) WITH CHECK ((partner.is_platform() OR (id = partner.tenant())));

CREATE POLICY partners_create ON partner.partners FOR INSERT TO partner_serve WITH CHECK (partner.is_platform());

ALTER TABLE partner.partners_leaving ENABLE ROW LEVEL SECURITY;

CREATE POLICY partners_leaving_platform ON partner.partners_leaving TO partner_serve USING (partner.is_platform()) WITH CHECK (partner.is_platform());

CREATE POLICY partners_leaving_work ON partner.partners_leaving TO partner_work USING (true) WITH CHECK (true);

CREATE POLICY partners_own ON partner.partners FOR SELECT TO partner_serve USING ((( SELECT partner.is_platform() AS is_platform) OR (id = ( SELECT partner.tenant() AS tenant))));

CREATE POLICY partners_work ON partner.partners TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.slo_hours ENABLE ROW LEVEL SECURITY;

CREATE POLICY slo_hours_read ON partner.slo_hours FOR SELECT TO partner_serve USING (( SELECT partner.is_platform() AS is_platform));

CREATE POLICY slo_hours_work ON partner.slo_hours TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.slo_objectives ENABLE ROW LEVEL SECURITY;

CREATE POLICY slo_objectives_change ON partner.slo_objectives FOR UPDATE TO partner_serve USING (( SELECT partner.is_platform() AS is_platform));

CREATE POLICY slo_objectives_make ON partner.slo_objectives FOR INSERT TO partner_serve WITH CHECK (( SELECT partner.is_platform() AS is_platform));

CREATE POLICY slo_objectives_read ON partner.slo_objectives FOR SELECT TO partner_serve, partner_work USING (true);

ALTER TABLE partner.slo_promises ENABLE ROW LEVEL SECURITY;

CREATE POLICY slo_promises_serve ON partner.slo_promises TO partner_serve USING (( SELECT partner.is_platform() AS is_platform)) WITH CHECK (( SELECT partner.is_platform() AS is_platform));

ALTER TABLE partner.token_revocations ENABLE ROW LEVEL SECURITY;

CREATE POLICY token_revocations_platform ON partner.token_revocations TO partner_serve USING (( SELECT partner.is_platform() AS is_platform)) WITH CHECK (partner.is_platform());

CREATE POLICY token_revocations_work ON partner.token_revocations TO partner_work USING (true) WITH CHECK (true);

ALTER TABLE partner.usage_counters ENABLE ROW LEVEL SECURITY;

CREATE POLICY usage_own ON partner.usage_counters FOR SELECT TO partner_serve USING ((( SELECT partner.is_platform() AS is_platform) OR (partner = ( SELECT current_setting('partner.tenant'::text, true) AS current_setting))));

CREATE POLICY usage_work ON partner.usage_counters TO partner_work USING (true) WITH CHECK (true);

GRANT USAGE ON SCHEMA partner TO partner_serve;
GRANT USAGE ON SCHEMA partner TO partner_work;

GRANT SELECT,INSERT,UPDATE ON TABLE partner.api_keys TO partner_serve;
GRANT SELECT ON TABLE partner.api_keys TO partner_work;

GRANT UPDATE(status) ON TABLE partner.api_keys TO partner_work;

GRANT UPDATE(revoked_at) ON TABLE partner.api_keys TO partner_work;

GRANT UPDATE(version) ON TABLE partner.api_keys TO partner_work;

GRANT UPDATE(last_used_at) ON TABLE partner.api_keys TO partner_work;

GRANT SELECT,INSERT,UPDATE ON TABLE partner.applications TO partner_serve;
GRANT SELECT ON TABLE partner.applications TO partner_work;

GRANT UPDATE(sunset_passed) ON TABLE partner.applications TO partner_work;

GRANT UPDATE(deleted_at) ON TABLE partner.applications TO partner_work;

GRANT SELECT,INSERT,UPDATE ON TABLE partner.partners TO partner_serve;
GRANT SELECT ON TABLE partner.partners TO partner_work;

GRANT SELECT ON TABLE partner.audit TO partner_work;
GRANT SELECT ON TABLE partner.audit TO partner_serve;

GRANT UPDATE("position") ON TABLE partner.audit TO partner_work;

GRANT UPDATE(hash) ON TABLE partner.audit TO partner_work;

GRANT SELECT ON TABLE partner.audit_text TO partner_serve;
GRANT SELECT ON TABLE partner.audit_text TO partner_work;

GRANT SELECT ON TABLE partner.usage_counters TO partner_serve;
GRANT SELECT,INSERT,UPDATE ON TABLE partner.usage_counters TO partner_work;

GRANT SELECT,INSERT,UPDATE ON TABLE partner.clients TO partner_serve;
GRANT SELECT ON TABLE partner.clients TO partner_work;

GRANT UPDATE(status) ON TABLE partner.clients TO partner_work;

GRANT UPDATE(version) ON TABLE partner.clients TO partner_work;

GRANT UPDATE(last_used_at) ON TABLE partner.clients TO partner_work;

GRANT SELECT,INSERT ON TABLE partner.erasures TO partner_serve;
GRANT SELECT ON TABLE partner.erasures TO partner_work;

GRANT UPDATE(reason) ON TABLE partner.erasures TO partner_serve;

GRANT UPDATE(destroyed_at) ON TABLE partner.erasures TO partner_work;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE partner.partner_agreements TO partner_serve;

GRANT SELECT,INSERT,UPDATE ON TABLE partner.partner_contacts TO partner_serve;

GRANT SELECT,INSERT,DELETE ON TABLE partner.partners_leaving TO partner_serve;
GRANT SELECT,DELETE ON TABLE partner.partners_leaving TO partner_work;

GRANT SELECT,INSERT,UPDATE ON TABLE partner.token_revocations TO partner_serve;
GRANT SELECT,DELETE ON TABLE partner.token_revocations TO partner_work;

GRANT SELECT ON TABLE partner.slo_objectives TO partner_serve;
GRANT SELECT ON TABLE partner.slo_objectives TO partner_work;

GRANT INSERT(tier) ON TABLE partner.slo_objectives TO partner_serve;

GRANT INSERT(month) ON TABLE partner.slo_objectives TO partner_serve;

GRANT INSERT(latency_ms),UPDATE(latency_ms) ON TABLE partner.slo_objectives TO partner_serve;

GRANT INSERT(latency_share),UPDATE(latency_share) ON TABLE partner.slo_objectives TO partner_serve;

GRANT INSERT(availability),UPDATE(availability) ON TABLE partner.slo_objectives TO partner_serve;

GRANT SELECT ON TABLE partner.audit_head TO partner_work;
GRANT SELECT ON TABLE partner.audit_head TO partner_serve;

GRANT UPDATE("position") ON TABLE partner.audit_head TO partner_work;

GRANT UPDATE(hash) ON TABLE partner.audit_head TO partner_work;

GRANT SELECT,INSERT,UPDATE ON TABLE partner.idempotency_keys TO partner_serve;
GRANT SELECT,DELETE ON TABLE partner.idempotency_keys TO partner_work;

GRANT INSERT ON TABLE partner.outbox TO partner_serve;
GRANT SELECT,INSERT,UPDATE ON TABLE partner.outbox TO partner_work;

GRANT SELECT,UPDATE ON TABLE partner.projection TO partner_work;

GRANT SELECT ON TABLE partner.schema_migrations TO partner_serve;
GRANT SELECT ON TABLE partner.schema_migrations TO partner_work;

GRANT SELECT ON TABLE partner.slo_hours TO partner_serve;
GRANT SELECT,INSERT,UPDATE ON TABLE partner.slo_hours TO partner_work;

GRANT SELECT ON TABLE partner.slo_promises TO partner_serve;

GRANT UPDATE(version) ON TABLE partner.slo_promises TO partner_serve;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE partner.slo_stale TO partner_work;

GRANT SELECT ON TABLE partner.subjects TO partner_serve;

