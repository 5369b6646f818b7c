-- What every resource keeps to: a POST that is sent again is done once, and a
-- change is made of what its caller has read.

-- The answer to a request, for 24 hours.  The key is there as a digest alone,
-- and a secret that was shown is sealed under it.
CREATE TABLE idempotency_keys (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant     text NOT NULL
               DEFAULT coalesce(current_setting('partner.tenant', true), ''),
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    request    bytea NOT NULL CHECK (octet_length(request) = 32),
    sealed     text,
    answer     json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT idempotency_keys_once UNIQUE (tenant, digest)
);

CREATE INDEX idempotency_keys_oldest ON idempotency_keys (created_at);

ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY idempotency_keys_own ON idempotency_keys TO partner_serve
    USING (tenant = (SELECT current_setting('partner.tenant', true)))
    WITH CHECK (tenant = current_setting('partner.tenant', true));
CREATE POLICY idempotency_keys_work ON idempotency_keys TO partner_work
    USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON idempotency_keys TO partner_serve;
GRANT SELECT, DELETE ON idempotency_keys TO partner_work;

-- The answer, kept under the key if there is one.  A copy that runs at once
-- waits for the first one to end, and then fails with all that it did.
CREATE FUNCTION kept(key text, asked text, secret text, given json)
    RETURNS json
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF key IS NULL THEN
        RETURN given;
    END IF;
    INSERT INTO idempotency_keys AS i (digest, request, sealed, answer)
    VALUES (decode(key, 'hex'), decode(asked, 'hex'), secret, given)
    ON CONFLICT ON CONSTRAINT idempotency_keys_once DO UPDATE SET
        request = excluded.request, sealed = excluded.sealed,
        answer = excluded.answer, created_at = excluded.created_at
    WHERE i.created_at < now() - interval '24 hours';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'it was answered before' USING ERRCODE = 'PD010';
    END IF;
    RETURN given;
END
$$;

-- Whether a row is still at one of the versions; NULL: whichever it is at.
CREATE FUNCTION unchanged(version bigint, tags text) RETURNS boolean
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT tags::jsonb ? version::text THEN
        RAISE EXCEPTION 'it is at "%" by now', version USING ERRCODE = 'PD004';
    END IF;
    RETURN true;
END
$$;
