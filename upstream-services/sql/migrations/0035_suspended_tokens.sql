-- Tokens that name their partner themselves are refused while the partner is
-- suspended, whenever they were issued, and those issued since are good once it
-- is active again.  So what gateways know of a partner can be narrowed: each
-- revocation without an end bears a version, and the greatest holds.

ALTER TABLE token_revocations
    ADD COLUMN suspended boolean NOT NULL DEFAULT false,
    ADD COLUMN version   bigint NOT NULL -- us since the epoch
        DEFAULT floor(extract(epoch FROM clock_timestamp()) * 1000000),
    ADD CONSTRAINT token_revocations_suspended
        CHECK (NOT suspended OR (type = 'partner' AND expires_at IS NULL));

-- What is written behind a restored backup is newer than what it lost, and of
-- one subject no version is like another, whatever the clock does.
CREATE OR REPLACE FUNCTION token_revocations_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        PERFORM must_be_ahead(NEW.expires_at, 'token_revocations_ahead');
    END IF;
    IF TG_OP = 'INSERT'
       OR (NEW.issued_until, NEW.expires_at, NEW.suspended)
          IS DISTINCT FROM (OLD.issued_until, OLD.expires_at, OLD.suspended)
    THEN
        NEW.version := greatest(
            CASE TG_OP WHEN 'UPDATE' THEN OLD.version + 1 END,
            floor(extract(epoch FROM clock_timestamp()) * 1000000));
    END IF;
    NEW.digest := sha256(convert_to(
        concat_ws(E'\n', NEW.type, NEW.issuer, NEW.subject), 'UTF8'));
    RETURN NEW;
END
$$;

-- Behind the suspension those issued before it stay refused.
CREATE OR REPLACE FUNCTION partners_revoke_tokens() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF NEW.status = 'Active' AND NEW.deleted_at IS NULL THEN
        UPDATE token_revocations SET suspended = false
        WHERE digest = sha256(convert_to(E'partner\n' || NEW.id, 'UTF8'))
          AND suspended;
        RETURN NULL;
    END IF;
    INSERT INTO token_revocations AS r
        (type, subject, digest, issued_until, suspended, reason)
    VALUES ('partner', NEW.id::text, '',
            CASE WHEN NEW.deleted_at IS NULL
                 THEN date_trunc('second', now()) END,
            NEW.deleted_at IS NULL,
            CASE WHEN NEW.deleted_at IS NULL THEN 'the partner was suspended'
                 ELSE 'the partner was deleted' END)
    ON CONFLICT ON CONSTRAINT token_revocations_digest DO UPDATE SET
        issued_until = later(r.issued_until, excluded.issued_until),
        expires_at = NULL, suspended = excluded.suspended,
        reason = excluded.reason;
    RETURN NULL;
END
$$;

DROP TRIGGER partners_revoke_tokens ON partners;
CREATE TRIGGER partners_revoke_tokens AFTER UPDATE ON partners
    FOR EACH ROW
    WHEN (OLD.status <> NEW.status
          OR (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL))
    EXECUTE FUNCTION partners_revoke_tokens();

CREATE OR REPLACE FUNCTION token_revocation_json(r token_revocations)
    RETURNS json LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', r.id, 'type', r.type, 'issuer', r.issuer, 'subject', r.subject,
        'issuedUntil', r.issued_until, 'suspended', r.suspended,
        'expiresAt', r.expires_at, 'reason', r.reason,
        'createdAt', r.created_at);

-- A revocation's second number is when it ends, or its version where it never
-- does: gateways of the version before take that for a moment far away.
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

-- Partners that have no access now are told of; an owner would see no row, and
-- write none.
ALTER TABLE token_revocations NO FORCE ROW LEVEL SECURITY;
ALTER TABLE partners NO FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY;
INSERT INTO token_revocations AS r
    (type, subject, digest, issued_until, suspended, reason)
SELECT 'partner', id::text, '', date_trunc('second', now()), true,
       'the partner was suspended'
FROM partners
WHERE status IN ('Suspended', 'Inactive') AND deleted_at IS NULL
ON CONFLICT ON CONSTRAINT token_revocations_digest DO UPDATE SET
    issued_until = later(r.issued_until, excluded.issued_until),
    expires_at = NULL, suspended = true;
ALTER TABLE token_revocations FORCE ROW LEVEL SECURITY;
ALTER TABLE partners FORCE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
