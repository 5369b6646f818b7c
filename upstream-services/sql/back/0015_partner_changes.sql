DROP INDEX outbox_partners_pending;
DROP INDEX api_keys_by_partner;
DROP INDEX clients_by_partner;
ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;

CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE api_keys
        SET status = 'Revoked', revoked_at = now(), version = version + 1
        WHERE partner_id = NEW.id AND status <> 'Revoked';
        UPDATE clients SET status = 'Revoked', version = version + 1
        WHERE partner_id = NEW.id AND status <> 'Revoked';
    ELSE
        UPDATE api_keys SET version = version + 1 WHERE partner_id = NEW.id;
        UPDATE clients SET version = version + 1 WHERE partner_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;

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
        'applicationStatus',
        application_state(k.application, k.partner_id, k.environment),
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
        'partnerStatus', lower(p.status),
        'applicationStatus',
        application_state(c.application, c.partner_id, c.environment),
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version);

CREATE OR REPLACE FUNCTION projected(entity uuid)
    RETURNS TABLE (digest text, version bigint, record text)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT encode(k.digest, 'hex'), k.version, principal_json(k, p)::text
        FROM api_keys k LEFT JOIN partners p ON p.id = k.partner_id
        WHERE k.id = entity
        UNION ALL
        SELECT encode(sha256(convert_to('client:' || c.client_id, 'UTF8')),
                      'hex'), c.version, principal_json(c, p)::text
        FROM clients c JOIN partners p ON p.id = c.partner_id
        WHERE c.id = entity
        UNION ALL
        SELECT encode(r.digest, 'hex'), NULL,
               coalesce(floor(extract(epoch FROM r.issued_until)), 0)
               || ' ' || coalesce(ceil(extract(epoch FROM r.expires_at)), 0)
        FROM token_revocations r
        WHERE r.id = entity;
    END;

-- Events that the version before does not know; an owner sees none of them.
ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY;
DELETE FROM outbox WHERE topic IN ('partner_credentials');
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;

ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check
    CHECK (topic IN ('partner', 'application', 'credential', 'client',
                     'revocation'));

CREATE INDEX clients_of_partner ON clients (partner_id);
