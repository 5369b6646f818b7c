-- Revocations of tokens.

-- Of the same subject once more: the wider of both holds from now on.  Tokens
-- come in any number, and gateways have room for so many: one of which nothing
-- is said is taken to live for a year at most.
-- name: revocations.create
INSERT INTO token_revocations AS r
    (type, issuer, subject, digest, issued_until, expires_at, reason)
VALUES (:body.type, :body.issuer, :body.subject, '',
        :body.issuedUntil::timestamptz,
        coalesce(:body.expiresAt::timestamptz,
                 CASE WHEN :body.type = 'token'
                      THEN now() + interval '365 days' END),
        :body.reason)
ON CONFLICT ON CONSTRAINT token_revocations_digest DO UPDATE SET
    issued_until = later(r.issued_until, excluded.issued_until),
    expires_at = later(r.expires_at, excluded.expires_at),
    reason = coalesce(excluded.reason, r.reason)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               token_revocation_json(r)) AS data,
          (pg_current_xact_id()::text)::bigint AS transaction;

-- name: revocations.list
SELECT * FROM paged(ARRAY(
    SELECT (token_revocation_json(r),
            json_build_array(r.created_at, r.id))::listed
    FROM token_revocations r
    WHERE (r.created_at, r.id)
          < (before_time(:cursor.0), before_id(:cursor.1))
      AND (:query.type::text IS NULL OR r.type = :query.type)
    ORDER BY r.created_at DESC, r.id DESC
    LIMIT :query.limit::integer + 1
), :query.limit::integer);

-- name: revocations.get
SELECT token_revocation_json(r) AS data FROM token_revocations r
WHERE r.id = :path.revocationId::uuid;

-- Those behind which no token can be good any more, also on a machine whose
-- clock is five minutes late.
-- name: _revocations.expired
SELECT encode(digest, 'hex') AS digest FROM token_revocations
WHERE expires_at < now() - interval '5 minutes'
ORDER BY expires_at LIMIT 500;

-- name: _revocations.forget
DELETE FROM token_revocations
WHERE expires_at < now() - interval '5 minutes'
  AND digest IN (SELECT decode(d, 'hex')
                 FROM jsonb_array_elements_text(:work.digests::jsonb) AS d);
