CREATE OR REPLACE FUNCTION api_keys_event() RETURNS trigger
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

CREATE OR REPLACE FUNCTION partner_records_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
DECLARE
    r record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    signed boolean := TG_TABLE_NAME = 'partner_agreements'
                      AND to_jsonb(r) ->> 'signed_on' IS NOT NULL;
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id)
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

CREATE OR REPLACE FUNCTION kept(key text, asked text, secret text, given json,
                                version bigint)
    RETURNS json LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF key IS NULL THEN
        RETURN given;
    END IF;
    INSERT INTO idempotency_keys AS i (digest, request, sealed, answer,
                                       version)
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

ALTER FUNCTION applications_change_allowed(applications, applications)
    SET search_path = partner;
ALTER FUNCTION applications_sunset_allowed(applications, applications)
    SET search_path = partner;
ALTER FUNCTION applications_stamp(applications, applications)
    SET search_path = partner;

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

DROP FUNCTION scope_beyond(text[], text[]);

CREATE OR REPLACE FUNCTION applications_step_allowed(old applications,
                                                     new applications)
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

CREATE OR REPLACE FUNCTION application_permits(application text, partner uuid,
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

CREATE OR REPLACE FUNCTION application_scopes(application text, partner uuid,
                                   environment text, scopes text[])
    RETURNS text[] LANGUAGE sql STABLE
    RETURN coalesce(
        CASE WHEN application IS NOT NULL AND environment = 'production' THEN
            (SELECT scopes_meet(scopes, a.permissions)
             FROM applications a
             WHERE a.id = uuid_of(application) AND a.partner_id = partner)
        END, scopes);

CREATE OR REPLACE FUNCTION scopes_meet(a text[], b text[]) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY(
        SELECT s FROM unnest(a) AS s WHERE scopes_cover(b, s)
        UNION ALL
        SELECT s FROM unnest(b) AS s
        WHERE scopes_cover(a, s) AND s <> ALL (a));

ALTER TABLE applications
    DROP CONSTRAINT applications_well_formed,
    ADD CONSTRAINT applications_description_check
        CHECK (char_length(description) <= 2000),
    ADD CONSTRAINT applications_name_check
        CHECK (char_length(name) BETWEEN 1 AND 200),
    ADD CONSTRAINT applications_no_roles
        CHECK (NOT permissions && operator_roles()),
    ADD CONSTRAINT applications_permissions_check
        CHECK (cardinality(permissions) BETWEEN 1 AND 32),
    ADD CONSTRAINT applications_privacy_policy_check
        CHECK (char_length(privacy_policy) <= 2000),
    ADD CONSTRAINT applications_reason
        CHECK (status NOT IN ('Rejected', 'Suspended')
               OR status_reason IS NOT NULL),
    ADD CONSTRAINT applications_status_check
        CHECK (status IN ('Draft', 'Submitted', 'In Review', 'Approved',
                          'Rejected', 'Published', 'Suspended',
                          'Deprecated')),
    ADD CONSTRAINT applications_status_reason_check
        CHECK (char_length(status_reason) <= 500),
    ADD CONSTRAINT applications_sunset
        CHECK ((coalesce(suspended_from, status) = 'Deprecated')
               = (sunset_at IS NOT NULL)),
    ADD CONSTRAINT applications_suspended
        CHECK ((status = 'Suspended') = (suspended_from IS NOT NULL));
DROP FUNCTION application_well_formed(applications);

ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_well_formed,
    ADD CONSTRAINT api_keys_allowed_networks_check
        CHECK (cardinality(allowed_networks) <= 1000),
    ADD CONSTRAINT api_keys_application_check
        CHECK (application ~ '^[A-Za-z0-9._-]{1,63}$'),
    ADD CONSTRAINT api_keys_digest_check CHECK (octet_length(digest) = 32),
    ADD CONSTRAINT api_keys_environment_check
        CHECK (environment IN ('development', 'staging', 'production')),
    ADD CONSTRAINT api_keys_name_check
        CHECK (char_length(name) BETWEEN 1 AND 100),
    ADD CONSTRAINT api_keys_pepper
        CHECK (pepper ~ '^([0-9a-f]{16}|plain)$'),
    ADD CONSTRAINT api_keys_prefix_check CHECK (char_length(prefix) = 8),
    ADD CONSTRAINT api_keys_rate_limit_check
        CHECK (rate_limit BETWEEN 1 AND 2500000),
    ADD CONSTRAINT api_keys_roles_are_the_platforms
        CHECK (partner_id IS NULL OR NOT scopes && operator_roles()),
    ADD CONSTRAINT api_keys_scopes_check
        CHECK (cardinality(scopes) BETWEEN 1 AND 32),
    ADD CONSTRAINT api_keys_status_check
        CHECK (status IN ('Active', 'Rotated', 'Revoked', 'Expired'));
DROP FUNCTION api_key_well_formed(api_keys);
