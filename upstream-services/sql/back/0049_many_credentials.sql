-- Credentials take the versions of their applications along: none is made,
-- moved or changed meanwhile, whose version would fall otherwise.
LOCK TABLE api_keys, clients, applications, partners_leaving
    IN SHARE ROW EXCLUSIVE MODE;

DO $$
BEGIN
    IF EXISTS (SELECT FROM partners_leaving) THEN
        RAISE EXCEPTION 'a partner that was deleted still has keys: let '
            'partnerd work end them first';
    END IF;
END
$$;

SET LOCAL ROLE partner_serve;
SELECT set_config('partner.tenant', 'platform', true),
       set_config('partner.client', 'partnerd migrate', true);

UPDATE api_keys k SET version = k.version + a.version
    FROM applications a
    WHERE a.partner_id = k.partner_id AND a.id = uuid_of(k.application);
UPDATE clients c SET version = c.version + a.version
    FROM applications a
    WHERE a.partner_id = c.partner_id AND a.id = uuid_of(c.application);

RESET ROLE;

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
                      'hex'),
               c.version + p.version, principal_json(c, p)::text
        FROM clients c JOIN partners p ON p.id = c.partner_id
        WHERE c.id = entity
        UNION ALL
        SELECT encode(r.digest, 'hex'), NULL,
               CASE WHEN r.suspended THEN 0
                    ELSE coalesce(floor(extract(epoch FROM r.issued_until)),
                                  0) END
               || ' ' || coalesce(ceil(extract(epoch FROM r.expires_at)),
                                  r.version)
        FROM token_revocations r
        WHERE r.id = entity;
    END;

CREATE OR REPLACE FUNCTION principal_json(k api_keys, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object(
        'id', k.id, 'partnerId', coalesce(k.partner_id::text, 'platform'),
        'tier', coalesce(p.tier, 'gold'),
        'category', category_name(p.category),
        'scopes', application_scopes(k.application, k.partner_id,
                                     k.environment, k.scopes),
        'status', CASE WHEN k.status = 'Rotated' AND k.expires_at IS NOT NULL
                       THEN 'active' ELSE lower(k.status) END,
        'partnerStatus', coalesce(lower(p.status), 'active'),
        'environment', k.environment,
        'allowedNetworks', k.allowed_networks,
        'expiresAt', rfc3339(k.expires_at),
        'rateLimit', k.rate_limit,
        'version', k.version + coalesce(p.version, 0))
        || CASE WHEN k.application IS NULL THEN '{}'
                ELSE application_record(k.application, k.partner_id,
                                        k.environment) END)::json;

CREATE OR REPLACE FUNCTION principal_json(c clients, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object(
        'id', c.client_id, 'partnerId', c.partner_id, 'tier', p.tier,
        'category', category_name(p.category),
        'scopes', application_scopes(c.application, c.partner_id,
                                     c.environment, c.scopes),
        'status', lower(c.status),
        'partnerStatus', lower(p.status),
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version + p.version)
        || CASE WHEN c.application IS NULL THEN '{}'
                ELSE application_record(c.application, c.partner_id,
                                        c.environment) END)::json;

CREATE OR REPLACE FUNCTION applications_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id, payload)
    VALUES ('application',
            CASE
                WHEN TG_OP = 'INSERT' THEN 'application.created'
                WHEN NEW.deleted_at IS DISTINCT FROM OLD.deleted_at
                THEN 'application.deleted'
                WHEN NEW.sunset_passed AND NOT OLD.sunset_passed
                THEN 'application.sunset'
                WHEN NEW.status = OLD.status THEN 'application.updated'
                ELSE 'application.'
                     || replace(lower(NEW.status), ' ', '_')
            END, NEW.id, NEW.partner_id,
            jsonb_build_object('status', NEW.status,
                               'version', NEW.version));
    IF TG_OP = 'UPDATE'
       AND (NEW.status, NEW.permissions, NEW.sunset_at, NEW.sunset_passed)
           IS DISTINCT FROM
           (OLD.status, OLD.permissions, OLD.sunset_at, OLD.sunset_passed)
    THEN
        -- What gateways know of the application stands in its keys.
        UPDATE api_keys SET version = version + 1
            WHERE partner_id = NEW.partner_id AND application = NEW.id::text;
        UPDATE clients SET version = version + 1
            WHERE partner_id = NEW.partner_id AND application = NEW.id::text;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION clients_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hold(NEW.partner_id, NEW.application);
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
        RETURN NEW;
    END IF;
    IF OLD.status = 'Revoked' AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'a client that is Revoked cannot become %', NEW.status
            USING ERRCODE = 'PD001';
    END IF;
    IF NEW.client_id <> OLD.client_id OR NEW.partner_id <> OLD.partner_id THEN
        RAISE EXCEPTION 'a client keeps its id and its partner'
            USING ERRCODE = 'PD001';
    END IF;
    IF (NEW.application, NEW.environment, NEW.scopes)
       IS DISTINCT FROM (OLD.application, OLD.environment, OLD.scopes) THEN
        PERFORM hold(NEW.partner_id, NEW.application);
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
    END IF;
    OLD.last_used_at := NEW.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := greatest(OLD.version + 1, NEW.version);
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE applications SET deleted_at = now()
        WHERE partner_id = NEW.id AND deleted_at IS NULL;
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

DROP FUNCTION credential_version(bigint, text, partners);
DROP FUNCTION application_obey(applications);
DROP INDEX api_keys_of_application, clients_of_application;
DROP FUNCTION partner_leaves(partners_leaving);
DROP TABLE partners_leaving;
REVOKE UPDATE (deleted_at) ON applications FROM partner_work;
REVOKE UPDATE (status, revoked_at) ON api_keys FROM partner_work;
REVOKE UPDATE (status) ON clients FROM partner_work;
