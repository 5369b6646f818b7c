-- API keys.  The key itself never reaches the database: partnerd makes it,
-- binds its digest and prefix, and adds it to the one answer that shows it.

-- name: keys.create
INSERT INTO api_keys (partner_id, application, name, digest, pepper, prefix,
                      scopes, rate_limit, environment, expires_at,
                      allowed_networks)
VALUES (:body.partnerId::uuid, application_named(:body.appId), :body.name,
        decode(:key.digest, 'hex'), :key.pepper, :key.prefix,
        ARRAY(SELECT jsonb_array_elements_text(:body.scopes::jsonb)),
        :body.rateLimit::integer, :body.environment,
        :body.expiresAt::timestamptz, networks(:body.allowedNetworks))
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               api_key_json(api_keys), version) AS data, version;

-- A partner's own along one index, everybody's along another: a list that is
-- planned once for all who ask has both, and reads one.
-- name: keys.list
SELECT * FROM paged(ARRAY(
    SELECT (api_key_json(l.k), json_build_array(l.created_at, l.id))::listed
    FROM ((SELECT k, k.created_at, k.id FROM api_keys k
           WHERE k.partner_id = :identity.tenant::uuid
           ORDER BY k.created_at DESC, k.id DESC)
          UNION ALL
          (SELECT k, k.created_at, k.id FROM api_keys k
           WHERE :identity.partner = 'platform'
             AND k.created_at > '-infinity'
           ORDER BY k.created_at DESC, k.id DESC)) l
    WHERE (l.created_at, l.id)
          < (before_time(:cursor.0), before_id(:cursor.1))
      AND (:query.partnerId::uuid IS NULL
           OR (l.k).partner_id = :query.partnerId::uuid)
      AND (:query.appId::text IS NULL
           OR (l.k).application = application_named(:query.appId))
      AND (:query.status::text IS NULL
           OR api_key_status(l.k) = :query.status)
      AND (:query.environment::text IS NULL
           OR (l.k).environment = :query.environment)
      AND (:query.rotateBefore::timestamptz IS NULL
           OR api_keys_rotate_by(l.k) < :query.rotateBefore::timestamptz)
    ORDER BY l.created_at DESC, l.id DESC
    LIMIT :query.limit::integer + 1
), :query.limit::integer);

-- name: keys.get
SELECT api_key_json(k) AS data, k.version FROM api_keys k
WHERE k.id = :path.keyId::uuid;

-- name: keys.revoke
UPDATE api_keys
SET status = 'Revoked', revoked_at = coalesce(revoked_at, now())
WHERE id = :path.keyId::uuid
  AND unchanged(version, :match.tags)
RETURNING api_key_json(api_keys) AS data, version,
          outbox_obey(id, partner_id) AS transaction;

-- name: keys.setScopes
UPDATE api_keys
SET scopes = ARRAY(SELECT jsonb_array_elements_text(:body.scopes::jsonb))
WHERE id = :path.keyId::uuid AND unchanged(version, :match.tags)
RETURNING api_key_json(api_keys) AS data, version,
          outbox_obey(id, partner_id) AS transaction;

-- name: keys.setRateLimit
UPDATE api_keys SET rate_limit = :body.rateLimit::integer
WHERE id = :path.keyId::uuid AND unchanged(version, :match.tags)
RETURNING api_key_json(api_keys) AS data, version,
          outbox_obey(id, partner_id) AS transaction;

-- name: keys.setNetworks
UPDATE api_keys SET allowed_networks = networks(:body.allowedNetworks)
WHERE id = :path.keyId::uuid AND unchanged(version, :match.tags)
RETURNING api_key_json(api_keys) AS data, version,
          outbox_obey(id, partner_id) AS transaction;

-- First the successor, with what the key was before its overlap bounds it, and
-- its maker with it where a key rotates itself; and before its row is locked,
-- what it belongs to: see hold().
-- name: keys.rotate
WITH successor AS (
    INSERT INTO api_keys (partner_id, application, name, digest, pepper,
                          prefix, scopes, rate_limit, environment, expires_at,
                          allowed_networks)
    SELECT k.partner_id, k.application, k.name, decode(:key.digest, 'hex'),
           :key.pepper, :key.prefix, k.scopes, k.rate_limit, k.environment,
           k.expires_at, k.allowed_networks
    FROM api_keys k
    WHERE k.id = :path.keyId::uuid AND hold(k.partner_id, k.application)
      AND unchanged(k.version, :match.tags) AND api_keys_rotatable(k)
    FOR UPDATE
    RETURNING kept(:idempotency.key, :idempotency.request,
                   :idempotency.sealed, api_key_json(api_keys), version)
              AS data, version
)
UPDATE api_keys k
SET status = 'Rotated',
    expires_at = least(coalesce(k.expires_at, 'infinity'), now()
        + make_interval(secs => :body.overlapSeconds::integer))
FROM successor s WHERE k.id = :path.keyId::uuid
RETURNING s.data, s.version;
