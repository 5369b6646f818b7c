-- What becomes of an application or a partner concerns as many credentials as
-- it has, which no request waits for: the relay spreads what gateways know of
-- an application as it does a partner's change, and of a partner that was
-- deleted, whose credentials gateways refuse by then, the worker ends what is
-- more than a batch.

-- ---- an application's change ----

-- Of the record that gateways have: it holds what these three say, and none of
-- their versions ever falls.
CREATE FUNCTION credential_version(version bigint, application text,
                                   p partners) RETURNS bigint
    LANGUAGE sql STABLE
    RETURN version + coalesce(p.version, 0)
        + coalesce((SELECT a.version FROM applications a
                    WHERE a.id = uuid_of(application)
                      AND a.partner_id = p.id), 0);

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
        'version', credential_version(k.version, k.application, p))
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
        'rateLimit', c.rate_limit,
        'version', credential_version(c.version, c.application, p))
        || CASE WHEN c.application IS NULL THEN '{}'
                ELSE application_record(c.application, c.partner_id,
                                        c.environment) END)::json;

CREATE OR REPLACE FUNCTION projected(entity uuid)
    RETURNS TABLE (digest text, version bigint, record text)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT encode(k.digest, 'hex'),
               credential_version(k.version, k.application, p),
               principal_json(k, p)::text
        FROM api_keys k LEFT JOIN partners p ON p.id = k.partner_id
        WHERE k.id = entity
        UNION ALL
        SELECT encode(sha256(convert_to('client:' || c.client_id, 'UTF8')),
                      'hex'),
               credential_version(c.version, c.application, p),
               principal_json(c, p)::text
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
        INSERT INTO outbox (topic, event, entity, partner_id, payload)
        VALUES ('partner_credentials', 'partner_credentials.changed',
                NEW.partner_id, NEW.partner_id,
                jsonb_build_object('application', NEW.id));
    END IF;
    RETURN NULL;
END
$$;

-- Behind what else is told of it, so that whoever waits hears of all.
CREATE FUNCTION application_obey(a applications) RETURNS bigint
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id, payload)
    VALUES ('partner_credentials', 'partner_credentials.obeyed',
            a.partner_id, a.partner_id,
            jsonb_build_object('application', a.id));
    RETURN pg_current_xact_id()::text::bigint;
END
$$;

-- Where the relay finds them.
CREATE INDEX api_keys_of_application ON api_keys (partner_id, application, id)
    WHERE application IS NOT NULL;
CREATE INDEX clients_of_application ON clients (partner_id, application, id)
    WHERE application IS NOT NULL;

-- None may move, under the trigger that was, while this is done.
LOCK TABLE clients IN SHARE ROW EXCLUSIVE MODE;

-- A client that leaves an application takes its version along, as that stands
-- once no change of it is under way.
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
    IF NEW.application IS DISTINCT FROM OLD.application THEN
        PERFORM hold(OLD.partner_id, OLD.application);
        NEW.version := NEW.version
            + coalesce((SELECT a.version FROM applications a
                        WHERE a.id = uuid_of(OLD.application)
                          AND a.partner_id = OLD.partner_id), 0);
    END IF;
    RETURN NEW;
END
$$;

-- ---- a partner's end ----

-- Partners that were deleted and still have something, and who deleted them, in
-- whose name the rest is done.
CREATE TABLE partners_leaving (
    partner_id uuid PRIMARY KEY,
    actor      text NOT NULL,
    request    text NOT NULL
);

ALTER TABLE partners_leaving ENABLE ROW LEVEL SECURITY;
ALTER TABLE partners_leaving FORCE ROW LEVEL SECURITY;
CREATE POLICY partners_leaving_platform ON partners_leaving TO partner_serve
    USING (is_platform()) WITH CHECK (is_platform());
CREATE POLICY partners_leaving_work ON partners_leaving TO partner_work
    USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, DELETE ON partners_leaving TO partner_serve;
GRANT SELECT, DELETE ON partners_leaving TO partner_work;
GRANT UPDATE (deleted_at) ON applications TO partner_work;
GRANT UPDATE (status, revoked_at) ON api_keys TO partner_work;
GRANT UPDATE (status) ON clients TO partner_work;

-- Ends a batch of what it has; once there is nothing more, it has left.  What
-- was being made for it when it was deleted is there by then, or never will be:
-- its lock says so, as in partners_guard().  Rows are locked in the order of
-- their ids, as by whoever else changes many.
CREATE FUNCTION partner_leaves(l partners_leaving) RETURNS void
    LANGUAGE plpgsql SET search_path = partner AS $$
DECLARE
    who uuid := l.partner_id;
BEGIN
    PERFORM set_config('partner.tenant', 'platform', true),
            set_config('partner.client', l.actor, true),
            set_config('partner.request', l.request, true),
            pg_advisory_xact_lock(hashtextextended(who::text, 0));
    UPDATE api_keys SET status = 'Revoked', revoked_at = now()
        WHERE id IN (SELECT id FROM api_keys
                     WHERE partner_id = who
                       AND status NOT IN ('Revoked', 'Expired')
                     ORDER BY id LIMIT 100 FOR NO KEY UPDATE);
    UPDATE clients SET status = 'Revoked'
        WHERE id IN (SELECT id FROM clients
                     WHERE partner_id = who AND status <> 'Revoked'
                     ORDER BY id LIMIT 100 FOR NO KEY UPDATE);
    UPDATE applications SET deleted_at = now()
        WHERE id IN (SELECT id FROM applications
                     WHERE partner_id = who AND deleted_at IS NULL
                     ORDER BY id LIMIT 100 FOR NO KEY UPDATE);
    DELETE FROM partners_leaving
    WHERE partner_id = who
      AND NOT EXISTS (SELECT FROM api_keys
                      WHERE partner_id = who
                        AND status NOT IN ('Revoked', 'Expired'))
      AND NOT EXISTS (SELECT FROM clients
                      WHERE partner_id = who AND status <> 'Revoked')
      AND NOT EXISTS (SELECT FROM applications
                      WHERE partner_id = who AND deleted_at IS NULL);
END
$$;

-- One batch is the request's own: most partners have no more.
CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
DECLARE
    leaving partners_leaving;
BEGIN
    IF NEW.deleted_at IS NOT NULL AND OLD.deleted_at IS NULL THEN
        INSERT INTO partners_leaving (partner_id, actor, request)
        VALUES (NEW.id,
                coalesce(nullif(current_setting('partner.client', true), ''),
                         nullif(current_setting('role'), 'none'),
                         session_user),
                coalesce(current_setting('partner.request', true), ''))
        RETURNING * INTO leaving;
        PERFORM partner_leaves(leaving);
    END IF;
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner_credentials', 'partner_credentials.changed', NEW.id,
            NEW.id);
    RETURN NULL;
END
$$;
