-- Tokens that gateways must refuse: one by its id, or all of a client, a
-- partner or a signing key.  A gateway takes nothing back that it has heard,
-- so a revocation is only ever widened.

CREATE TABLE token_revocations (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    type         text NOT NULL
                 CHECK (type IN ('token', 'client', 'partner', 'key')),
    issuer       text CHECK (char_length(issuer) BETWEEN 1 AND 512),
    subject      text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 512),
    digest       bytea NOT NULL CONSTRAINT token_revocations_digest UNIQUE
                 CHECK (octet_length(digest) = 32),
    issued_until timestamptz,               -- NULL: whenever they were issued
    expires_at   timestamptz,               -- NULL: kept for good
    reason       text CHECK (char_length(reason) <= 500),
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT token_revocations_issuer
        CHECK ((issuer IS NOT NULL) = (type IN ('token', 'key'))),
    CONSTRAINT token_revocations_issued_until
        CHECK (issued_until BETWEEN '1970-01-02Z' AND '9999-12-31Z'),
    CONSTRAINT token_revocations_expires_at CHECK (expires_at < '9999-12-31Z')
);

CREATE INDEX token_revocations_newest
    ON token_revocations (created_at DESC, id DESC);
CREATE INDEX token_revocations_expiry ON token_revocations (expires_at)
    WHERE expires_at IS NOT NULL;

ALTER TABLE token_revocations ENABLE ROW LEVEL SECURITY;
ALTER TABLE token_revocations FORCE ROW LEVEL SECURITY;
CREATE POLICY token_revocations_platform ON token_revocations
    TO partner_serve
    USING ((SELECT is_platform())) WITH CHECK (is_platform());
CREATE POLICY token_revocations_work ON token_revocations TO partner_work
    USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON token_revocations TO partner_serve;
GRANT SELECT, DELETE ON token_revocations TO partner_work;

-- Events of this topic are unknown to a relay from before, which leaves them
-- to one that knows them.
ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check
    CHECK (topic IN ('partner', 'credential', 'revocation'));

DROP INDEX outbox_credential_pending;
CREATE INDEX outbox_pending ON outbox (id)
    WHERE topic IN ('credential', 'revocation') AND relayed_at IS NULL;

-- No constraint of the table: it would fail again once the time has passed.
CREATE FUNCTION must_be_ahead(at timestamptz, name text) RETURNS void
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF at <= now() THEN
        RAISE EXCEPTION 'a time has passed already'
            USING ERRCODE = 'check_violation', CONSTRAINT = name;
    END IF;
END
$$;

-- The later of two times, of which NULL is the latest.
CREATE FUNCTION later(a timestamptz, b timestamptz) RETURNS timestamptz
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN greatest(a, b) END;

-- The digest is that of the gateway's own words for the subject.
CREATE FUNCTION token_revocations_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
        PERFORM must_be_ahead(NEW.expires_at, 'token_revocations_ahead');
    END IF;
    NEW.digest := sha256(convert_to(
        concat_ws(E'\n', NEW.type, NEW.issuer, NEW.subject), 'UTF8'));
    RETURN NEW;
END
$$;

CREATE TRIGGER token_revocations_guard BEFORE INSERT OR UPDATE
    ON token_revocations
    FOR EACH ROW EXECUTE FUNCTION token_revocations_guard();

CREATE FUNCTION token_revocations_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, payload)
    VALUES ('revocation', 'tokens.revoked', NEW.id,
            jsonb_build_object('type', NEW.type));
    RETURN NULL;
END
$$;

-- Also where nothing changes: whoever asks again waits for the gateways again.
CREATE TRIGGER token_revocations_event AFTER INSERT OR UPDATE
    ON token_revocations
    FOR EACH ROW EXECUTE FUNCTION token_revocations_event();

-- A revocation as the API shows it.
CREATE FUNCTION token_revocation_json(r token_revocations) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', r.id, 'type', r.type, 'issuer', r.issuer, 'subject', r.subject,
        'issuedUntil', r.issued_until, 'expiresAt', r.expires_at,
        'reason', r.reason, 'createdAt', r.created_at);

-- What gateways read of an entity: a credential's record with its version, or
-- a revocation's "<before> <until>", which has none.
CREATE FUNCTION projected(entity uuid)
    RETURNS TABLE (digest text, version bigint, record text)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT encode(k.digest, 'hex'), k.version, principal_json(k, p)::text
        FROM api_keys k LEFT JOIN partners p ON p.id = k.partner_id
        WHERE k.id = entity
        UNION ALL
        SELECT encode(r.digest, 'hex'), NULL,
               coalesce(floor(extract(epoch FROM r.issued_until)), 0)
               || ' ' || coalesce(ceil(extract(epoch FROM r.expires_at)), 0)
        FROM token_revocations r
        WHERE r.id = entity;
    END;
