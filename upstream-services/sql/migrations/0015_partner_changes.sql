-- A change of a partner is one event, whatever the number of its keys: what
-- gateways read of a key is as new as both of them, so no key has to change.

ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check
    CHECK (topic IN ('partner', 'application', 'credential', 'client',
                     'revocation', 'partner_credentials'));

DROP INDEX outbox_pending;
CREATE INDEX outbox_pending ON outbox (id)
    WHERE topic IN ('credential', 'client', 'revocation')
      AND relayed_at IS NULL;
CREATE INDEX outbox_partners_pending ON outbox (id)
    WHERE topic = 'partner_credentials' AND relayed_at IS NULL;

CREATE INDEX api_keys_by_partner ON api_keys (partner_id, id);
CREATE INDEX clients_by_partner ON clients (partner_id, id);
DROP INDEX clients_of_partner;

-- A deleted partner's keys and clients are revoked for good.
CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE api_keys
        SET status = 'Revoked', revoked_at = now()
        WHERE partner_id = NEW.id AND status <> 'Revoked';
        UPDATE clients SET status = 'Revoked'
        WHERE partner_id = NEW.id AND status <> 'Revoked';
    END IF;
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner_credentials', 'partner_credentials.changed', NEW.id,
            NEW.id);
    RETURN NULL;
END
$$;

-- Versions only grow, and so does their sum.
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
        'applicationStatus', CASE
            WHEN k.application IS NULL THEN 'active'
            ELSE application_state(k.application, k.partner_id,
                                   k.environment) END,
        'environment', k.environment,
        'allowedNetworks', k.allowed_networks,
        'expiresAt', to_char(k.expires_at AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'rateLimit', k.rate_limit,
        'version', k.version + coalesce(p.version, 0));

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
        'applicationStatus', CASE
            WHEN c.application IS NULL THEN 'active'
            ELSE application_state(c.application, c.partner_id,
                                   c.environment) END,
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version + p.version);

CREATE OR REPLACE FUNCTION projected(entity uuid)
    RETURNS TABLE (digest text, version bigint, record text)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT encode(k.digest, 'hex'), k.version + coalesce(p.version, 0),
               principal_json(k, p)::text
        FROM api_keys k LEFT JOIN partners p ON p.id = k.partner_id
        WHERE k.id = entity
        UNION ALL
        SELECT encode(sha256(convert_to('client:' || c.client_id, 'UTF8')),
                      'hex'), c.version + p.version, principal_json(c, p)::text
        FROM clients c JOIN partners p ON p.id = c.partner_id
        WHERE c.id = entity
        UNION ALL
        SELECT encode(r.digest, 'hex'), NULL,
               coalesce(floor(extract(epoch FROM r.issued_until)), 0)
               || ' ' || coalesce(ceil(extract(epoch FROM r.expires_at)), 0)
        FROM token_revocations r
        WHERE r.id = entity;
    END;
