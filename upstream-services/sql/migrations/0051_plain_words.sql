-- What the API says no to, and by which clock: each message names the mistake.

-- ---- an application behind its sunset ----

-- Gateways refuse what it sends by the clock, so that is what counts here: its
-- keys and clients do not hold it up, nor does a worker that has yet to see it.
CREATE OR REPLACE FUNCTION applications_deletable(a applications)
    RETURNS void LANGUAGE plpgsql STABLE SET search_path = partner AS $$
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

-- What has passed stays the reason: callers learn it from 410.
CREATE OR REPLACE FUNCTION application_record(application text, partner uuid,
                                              environment text)
    RETURNS jsonb LANGUAGE sql STABLE
    RETURN jsonb_build_object('applicationId', application)
        || coalesce((
            SELECT jsonb_strip_nulls(jsonb_build_object(
                'applicationStatus', CASE
                    WHEN a.status = 'Suspended' THEN 'suspended'
                    WHEN a.sunset_passed THEN 'deprecated'
                    WHEN a.deleted_at IS NOT NULL THEN 'suspended'
                    WHEN environment <> 'production'
                         OR a.status IN ('Approved', 'Published',
                                         'Deprecated')
                    THEN 'active'
                    ELSE 'pending'
                END,
                'applicationDeprecatedAt', rfc3339(a.deprecated_at),
                'applicationSunsetAt', rfc3339(a.sunset_at)))
            FROM applications a
            WHERE a.id = uuid_of(application)
              AND a.partner_id = partner), '{}');

-- ---- addresses ----

-- Why it is none that is called with TLS; a scheme is of any case (RFC 3986,
-- section 3.1), and what stands before an @ is a secret or a disguise.
CREATE FUNCTION url_wrong(url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN url ~ '[\s\\]' THEN 'has a blank or a backslash'
        WHEN url !~* '^https://' THEN 'is not https'
        WHEN url ~ '^\w+://[^/?#]*@' THEN 'has a user name or a password'
        WHEN url !~ '^\w+://[^/?#:]' THEN 'has no host'
    END;

-- An address that a browser is sent to: TLS, or the user's own machine
-- (RFC 8252, section 7.3), and no fragment (RFC 6749, section 3.1.2).
CREATE FUNCTION redirect_uri_wrong(uri text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN uri ~ '#' THEN 'has a fragment'
        WHEN uri ~* '^http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?([/?]\S*)?$'
        THEN NULL
        WHEN url_wrong(uri) = 'is not https'
        THEN 'is neither https nor loopback'
        ELSE url_wrong(uri)
    END;

-- By what is written alone: names are looked up when it is called.  Blocks are
-- those of IANA's registries of special addresses (RFC 6890); an IPv4 address
-- in another notation is none that is meant well.
CREATE FUNCTION host_is_public(host text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN host ~ '^\[' THEN
            host ~ '^\[[23][0-9a-f]{3}:[0-9a-f:]+\]$'
            AND host !~ '^\[(2002|2001:(0?db8|0{0,4})):'
        WHEN host ~ '^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$' THEN
            NOT host::inet <<= ANY (ARRAY[
                '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8',
                '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24',
                '192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15',
                '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3']::inet[])
        ELSE
            host ~ '\.' AND host !~ '(^|\.)(\d+|0x[0-9a-f]*)$'
            AND host !~ '\.(localhost|local|internal)$'
    END;

CREATE FUNCTION webhook_url_wrong(url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN coalesce(url_wrong(url), CASE
        WHEN NOT host_is_public(lower(rtrim(
                 substring(url FROM '^\w+://(\[[^]/?#]*\]|[^/?#:]*)'), '.')))
        THEN 'has a host that is not public'
    END);

-- Without what stands before an @.
CREATE FUNCTION url_shown(url text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN regexp_replace(url, '^(\w+://)[^/?#]*@', '\1***@');

CREATE OR REPLACE FUNCTION application_checks(a applications)
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
               (SELECT string_agg(url_shown(u) || ' '
                                  || redirect_uri_wrong(u), ', ')
                FROM unnest(a.redirect_uris) AS u)
        UNION ALL
        SELECT 'webhookUrls',
               (SELECT string_agg(url_shown(u) || ' '
                                  || webhook_url_wrong(u), ', ')
                FROM unnest(a.webhook_urls) AS u)
        UNION ALL
        SELECT 'certifications',
               CASE
                   WHEN jsonb_array_length(coalesce(
                            a.security -> 'certifications', '[]')) = 0
                   THEN 'at least one is needed'
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
                   ELSE url_shown(a.privacy_policy) || ' '
                        || url_wrong(a.privacy_policy)
               END;
    END;

DROP FUNCTION redirect_uri_is_safe(text);
DROP FUNCTION url_has_tls(text);

-- ---- keys ----

-- Rotation is advised after 90 days; a successor expires with its key.
CREATE OR REPLACE FUNCTION api_keys_rotate_by(k api_keys) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN CASE WHEN api_key_status(k) = 'Active'
                THEN least(k.created_at + interval '90 days', k.expires_at)
           END;

-- What is over is not changed: whoever tries means another key.
CREATE OR REPLACE FUNCTION api_keys_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
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

-- ---- revocations ----

-- Two mistakes, two names: errors.json has what each says.
ALTER TABLE token_revocations
    DROP CONSTRAINT token_revocations_issuer,
    ADD CONSTRAINT token_revocations_issuer
        CHECK (type IN ('client', 'partner') OR issuer IS NOT NULL),
    ADD CONSTRAINT token_revocations_no_issuer
        CHECK (type <> 'partner' OR issuer IS NULL);

-- ---- numbers for people ----

-- 1 uses the whole budget in its time.
CREATE OR REPLACE FUNCTION slo_burn(bad bigint, calls bigint, share integer)
    RETURNS numeric LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN calls > 0
                THEN trim_scale(round(bad::numeric * 100000 / calls
                                      / (100000 - share), 6))
                ELSE 0 END;

-- Cut off, not rounded: what was missed by a hair must not look as if it had
-- been met.
CREATE OR REPLACE FUNCTION slo_share(good bigint, calls bigint)
    RETURNS numeric LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN calls > 0
                THEN trim_scale(trunc(good::numeric / calls, 6)) END;

CREATE OR REPLACE FUNCTION slo_budgets(who text) RETURNS json
    LANGUAGE sql STABLE SET search_path = partner AS $$
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

CREATE OR REPLACE FUNCTION slo_report(who text, tier_now text,
                                      low timestamptz, high timestamptz)
    RETURNS json LANGUAGE sql STABLE SET search_path = partner AS $$
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
