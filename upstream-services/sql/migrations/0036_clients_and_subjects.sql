-- A suspended client is refused as such, not as one that was revoked for good;
-- and what no token could ever say is no subject of a revocation.

CREATE OR REPLACE FUNCTION principal_json(c clients, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object(
        'id', c.client_id, 'partnerId', c.partner_id, 'tier', p.tier,
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', c.scopes, 'status', lower(c.status),
        'partnerStatus', lower(p.status),
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version + p.version)
        || CASE WHEN c.application IS NULL THEN '{}'
                ELSE application_record(c.application, c.partner_id,
                                        c.environment) END)::json;

-- Not for the rows there are: they do no harm, and end by themselves.
ALTER TABLE token_revocations ADD CONSTRAINT token_revocations_subject CHECK (
    CASE
        WHEN type IN ('token', 'key') THEN octet_length(subject) <= 512
        ELSE subject ~ '^[A-Za-z0-9._-]{1,63}$'
             AND (type, subject) <> ('partner', 'platform')
    END) NOT VALID;
