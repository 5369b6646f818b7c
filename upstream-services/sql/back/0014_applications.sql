DROP TRIGGER clients_are_the_platforms ON clients;
DROP POLICY clients_touched ON clients;
ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;
REVOKE UPDATE (version) ON api_keys FROM partner_work;
REVOKE UPDATE (version) ON clients FROM partner_work;

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
        'partnerStatus', lower(p.status), 'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version);

DROP FUNCTION application_json(applications);
DROP FUNCTION application_state(text, uuid, text);
DROP FUNCTION application_step(text, text);
DROP FUNCTION application_validation_json(applications);
DROP FUNCTION clients_are_the_platforms();
DROP FUNCTION uuid_of(text);

-- Events that the version before does not know; an owner sees none of them.
ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY;
DELETE FROM outbox WHERE topic IN ('application');
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;

ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check
    CHECK (topic IN ('partner', 'credential', 'client', 'revocation'));

DROP FUNCTION application_checks(applications);
DROP FUNCTION redirect_uri_is_safe(text);
DROP FUNCTION tier_scopes(text);
DROP FUNCTION url_has_tls(text);
DROP TABLE applications;
DROP FUNCTION applications_event();
DROP FUNCTION applications_guard();
