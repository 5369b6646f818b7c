ALTER TABLE token_revocations DROP CONSTRAINT token_revocations_subject;

CREATE OR REPLACE FUNCTION principal_json(c clients, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object(
        'id', c.client_id, 'partnerId', c.partner_id, 'tier', p.tier,
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', c.scopes,
        'status', CASE WHEN c.status = 'Active' THEN 'active'
                       ELSE 'revoked' END,
        'partnerStatus', lower(p.status),
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version + p.version)
        || CASE WHEN c.application IS NULL THEN '{}'
                ELSE application_record(c.application, c.partner_id,
                                        c.environment) END)::json;
