-- What a write of a key and of an application pays: as in 0042, what is read
-- and planned once a connection in place of once a statement.

-- ---- one check a table ----

-- Checks that are mapped to a member of the body keep names of their own.
CREATE FUNCTION api_key_well_formed(k api_keys) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_allowed_networks_check,
    DROP CONSTRAINT api_keys_application_check,
    DROP CONSTRAINT api_keys_digest_check,
    DROP CONSTRAINT api_keys_environment_check,
    DROP CONSTRAINT api_keys_name_check,
    DROP CONSTRAINT api_keys_pepper,
    DROP CONSTRAINT api_keys_prefix_check,
    DROP CONSTRAINT api_keys_rate_limit_check,
    DROP CONSTRAINT api_keys_roles_are_the_platforms,
    DROP CONSTRAINT api_keys_scopes_check,
    DROP CONSTRAINT api_keys_status_check,
    ADD CONSTRAINT api_keys_well_formed CHECK (api_key_well_formed(api_keys));

CREATE FUNCTION application_well_formed(a applications) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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

ALTER TABLE applications
    DROP CONSTRAINT applications_description_check,
    DROP CONSTRAINT applications_name_check,
    DROP CONSTRAINT applications_no_roles,
    DROP CONSTRAINT applications_permissions_check,
    DROP CONSTRAINT applications_privacy_policy_check,
    DROP CONSTRAINT applications_reason,
    DROP CONSTRAINT applications_status_check,
    DROP CONSTRAINT applications_status_reason_check,
    DROP CONSTRAINT applications_sunset,
    DROP CONSTRAINT applications_suspended,
    ADD CONSTRAINT applications_well_formed
        CHECK (application_well_formed(applications));

-- ---- what an application allows ----

-- Of either what the other covers: all that both allow.
CREATE OR REPLACE FUNCTION scopes_meet(a text[], b text[]) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN ARRAY(
        SELECT s FROM unnest(a) AS s WHERE partner.scopes_cover(b, s)
        UNION ALL
        SELECT s FROM unnest(b) AS s
        WHERE partner.scopes_cover(a, s) AND s <> ALL (a));
END
$$;

-- In production a credential of an application has what that was approved for;
-- of ids that the platform does not keep there is nothing to say.
CREATE OR REPLACE FUNCTION application_scopes(application text, partner uuid,
                                              environment text, scopes text[])
    RETURNS text[] LANGUAGE plpgsql STABLE AS $$
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

CREATE OR REPLACE FUNCTION application_permits(application text, partner uuid,
                                               environment text, scopes text[])
    RETURNS void LANGUAGE plpgsql STABLE AS $$
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

CREATE OR REPLACE FUNCTION application_step(former text, next text)
    RETURNS text LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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
$$;

CREATE OR REPLACE FUNCTION applications_step_allowed(old applications,
                                                     new applications)
    RETURNS void LANGUAGE plpgsql STABLE AS $$
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

-- ---- what bounds a key ----

-- The first of the scopes that is not granted; NULL where all are.
CREATE FUNCTION scope_beyond(granted text[], scopes text[]) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
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

-- A key is held to what bounds it: what it was before, or who makes it.
CREATE OR REPLACE FUNCTION api_keys_narrower(k api_keys, old api_keys)
    RETURNS void LANGUAGE plpgsql STABLE AS $$
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

-- Who makes it is a key, a client, or a token that names its partner itself,
-- of which scopes alone are known.
CREATE OR REPLACE FUNCTION api_keys_narrow(k api_keys) RETURNS void
    LANGUAGE plpgsql STABLE AS $$
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

-- ---- where a name is looked for ----

-- To set the search path takes some 15,000 instructions a call.  Guards set it,
-- and so for what they alone call, as application_permits and api_keys_narrow;
-- what names the schema needs none.
ALTER FUNCTION applications_change_allowed(applications, applications)
    RESET search_path;
ALTER FUNCTION applications_sunset_allowed(applications, applications)
    RESET search_path;
ALTER FUNCTION applications_stamp(applications, applications)
    RESET search_path;

CREATE OR REPLACE FUNCTION api_keys_event() RETURNS trigger
    LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION partner_records_event() RETURNS trigger
    LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION kept(key text, asked text, secret text, given json,
                                version bigint)
    RETURNS json LANGUAGE plpgsql AS $$
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
