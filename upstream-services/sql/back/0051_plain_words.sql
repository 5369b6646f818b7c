CREATE OR REPLACE FUNCTION applications_deletable(a applications) RETURNS void
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

CREATE OR REPLACE FUNCTION application_record(application text, partner uuid,
                                   environment text) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('applicationId', application)
        || coalesce((
            SELECT jsonb_strip_nulls(jsonb_build_object(
                'applicationStatus', CASE
                    WHEN a.status = 'Suspended' OR a.deleted_at IS NOT NULL
                    THEN 'suspended'
                    WHEN a.sunset_passed THEN 'deprecated'
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

DROP FUNCTION url_shown(text);
DROP FUNCTION webhook_url_wrong(text);
DROP FUNCTION host_is_public(text);
DROP FUNCTION redirect_uri_wrong(text);
DROP FUNCTION url_wrong(text);

CREATE OR REPLACE FUNCTION api_keys_rotate_by(k api_keys) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN CASE WHEN api_key_status(k) = 'Active'
                THEN k.created_at + interval '90 days' END;

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

ALTER TABLE token_revocations
    DROP CONSTRAINT token_revocations_no_issuer,
    DROP CONSTRAINT token_revocations_issuer,
    ADD CONSTRAINT token_revocations_issuer
        CHECK (CASE type WHEN 'client' THEN true
                         WHEN 'partner' THEN issuer IS NULL
                         ELSE issuer IS NOT NULL END);

CREATE OR REPLACE FUNCTION slo_share(good bigint, calls bigint) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN calls > 0
                THEN trunc(good::numeric / calls, 6) END;

CREATE OR REPLACE FUNCTION slo_burn(bad bigint, calls bigint, share integer)
    RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN calls > 0
                THEN trunc(bad::numeric * 100000 / calls / (100000 - share), 6)
                ELSE 0 END;

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
        'latencyObjective', t.latency_share::numeric / 100000,
        'availabilityObjective', t.availability::numeric / 100000,
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
            'latencyShare', k.latency_share::numeric / 100000,
            'availability', k.availability::numeric / 100000),
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
