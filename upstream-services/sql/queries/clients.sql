-- Clients of other issuers, whose tokens name no partner.

-- name: clients.create
INSERT INTO clients (client_id, partner_id, application, name, scopes,
                     rate_limit, environment, allowed_networks)
VALUES (:body.clientId, :body.partnerId::uuid,
        application_named(:body.appId), :body.name,
        ARRAY(SELECT jsonb_array_elements_text(:body.scopes::jsonb)),
        :body.rateLimit::integer, :body.environment,
        networks(:body.allowedNetworks))
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               client_json(clients), version) AS data, version;

-- Along two indexes: see keys.list.
-- name: clients.list
SELECT * FROM paged(ARRAY(
    SELECT (client_json(l.c), json_build_array(l.created_at, l.id))::listed
    FROM ((SELECT c, c.created_at, c.id FROM clients c
           WHERE c.partner_id = :identity.tenant::uuid
           ORDER BY c.created_at DESC, c.id DESC)
          UNION ALL
          (SELECT c, c.created_at, c.id FROM clients c
           WHERE :identity.partner = 'platform'
             AND c.created_at > '-infinity'
           ORDER BY c.created_at DESC, c.id DESC)) l
    WHERE (l.created_at, l.id)
          < (before_time(:cursor.0), before_id(:cursor.1))
      AND (:query.partnerId::uuid IS NULL
           OR (l.c).partner_id = :query.partnerId::uuid)
      AND (:query.clientId::text IS NULL
           OR (l.c).client_id = :query.clientId)
      AND (:query.status::text IS NULL OR (l.c).status = :query.status)
    ORDER BY l.created_at DESC, l.id DESC
    LIMIT :query.limit::integer + 1
), :query.limit::integer);

-- name: clients.get
SELECT client_json(c) AS data, c.version FROM clients c
WHERE c.id = :path.clientId::uuid;

-- Before its row is locked, what it comes to is held: see hold().
-- name: clients.update
UPDATE clients
SET application = application_named(:body.appId), name = :body.name,
    scopes = ARRAY(SELECT jsonb_array_elements_text(:body.scopes::jsonb)),
    rate_limit = :body.rateLimit::integer, environment = :body.environment,
    allowed_networks = networks(:body.allowedNetworks)
WHERE id = :path.clientId::uuid
  AND hold(partner_id, application_named(:body.appId))
  AND unchanged(version, :match.tags)
RETURNING client_json(clients) AS data, version,
          outbox_obey(id, partner_id, 'client') AS transaction;

-- name: clients.revoke
UPDATE clients SET status = 'Revoked'
WHERE id = :path.clientId::uuid AND unchanged(version, :match.tags)
RETURNING client_json(clients) AS data, version,
          outbox_obey(id, partner_id, 'client') AS transaction;

-- name: clients.suspend
UPDATE clients SET status = 'Suspended'
WHERE id = :path.clientId::uuid AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               client_json(clients), version) AS data, version,
          outbox_obey(id, partner_id, 'client') AS transaction;

-- name: clients.activate
UPDATE clients SET status = 'Active'
WHERE id = :path.clientId::uuid AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               client_json(clients), version) AS data, version;
