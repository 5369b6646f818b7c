-- Who asks: the two roles under which partnerd works, and the settings that
-- carry a caller's identity into row-level security.
--
-- partner_serve answers requests and sees what the caller's tenant may see;
-- partner_work runs the jobs and sees every row.  Neither may bypass
-- row-level security or log in: partnerd logs in as any member of them.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'partner_serve') THEN
        CREATE ROLE partner_serve NOLOGIN NOBYPASSRLS NOSUPERUSER;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'partner_work') THEN
        CREATE ROLE partner_work NOLOGIN NOBYPASSRLS NOSUPERUSER;
    END IF;
END
$$;

DO $$
BEGIN
    EXECUTE format('GRANT partner_serve, partner_work TO %I', current_user);
END
$$;

GRANT USAGE ON SCHEMA partner TO partner_serve, partner_work;

-- `partner.tenant` is the id of the calling partner, or "platform".
CREATE FUNCTION is_platform() RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN coalesce(current_setting('partner.tenant', true) = 'platform',
                    false);

-- The calling partner; NULL for the platform and for ids that a static
-- registry made up, which own no row here.
CREATE FUNCTION tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN current_setting('partner.tenant', true)
             ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        THEN current_setting('partner.tenant', true)::uuid
    END;

-- Whether a set of granted scopes covers one; `read:*` covers every `read:`.
CREATE FUNCTION scopes_cover(granted text[], scope text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN EXISTS (
        SELECT FROM unnest(granted) AS g
        WHERE g = scope
           OR (right(g, 2) = ':*' AND starts_with(scope, left(g, -1)))
    );

-- One stored name a tier, whatever alias it was given by.
CREATE FUNCTION tier_of(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE lower(name)
        WHEN 'premium' THEN 'silver'
        WHEN 'enterprise' THEN 'gold'
        ELSE lower(name)
    END;

-- Calls an hour that a tier includes, where a key names no limit of its own.
CREATE FUNCTION tier_quota(tier text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE tier
        WHEN 'gold' THEN 100000
        WHEN 'silver' THEN 10000
        ELSE 1000
    END;
