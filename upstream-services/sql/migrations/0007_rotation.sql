-- A rotated key works on until its overlap is over, which is then its expiry;
-- and gateways learn the partner's category, as an identifier.

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
        'environment', k.environment,
        'expiresAt', to_char(k.expires_at AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'rateLimit', k.rate_limit, 'version', k.version);
