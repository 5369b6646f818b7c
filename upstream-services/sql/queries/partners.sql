-- Partners.  A statement is named after its operationId and yields one row
-- with the columns `data` and, for a list, `next` (the keyset of the page's
-- last row, or NULL at the end); no row means that the thing is not there.

-- name: partners.create
INSERT INTO partners (name, type, category, tier)
VALUES (:body.partnerName, :body.partnerType, :body.category,
        tier_of(:body.tier))
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_json(partners)) AS data, version;

-- name: partners.list
WITH found AS (
    SELECT p FROM partners p
    WHERE (p.created_at, p.id)
          < (coalesce(:cursor.0::timestamptz, 'infinity'),
             coalesce(:cursor.1::uuid,
                      'ffffffff-ffff-ffff-ffff-ffffffffffff'))
      AND (:query.status::text IS NULL OR p.status = :query.status)
      AND (:query.tier::text IS NULL OR p.tier = tier_of(:query.tier))
      AND (:query.partnerType::text IS NULL OR p.type = :query.partnerType)
    ORDER BY p.created_at DESC, p.id DESC
    LIMIT :query.limit::integer + 1
), page AS (
    SELECT p, row_number() OVER (ORDER BY (p).created_at DESC,
                                         (p).id DESC) AS n
    FROM found
)
SELECT coalesce(json_agg(partner_json(p) ORDER BY n)
                    FILTER (WHERE n <= :query.limit::integer), '[]') AS data,
       json_agg(json_build_array((p).created_at, (p).id))
           FILTER (WHERE n = :query.limit::integer
                   AND n < (SELECT count(*) FROM page)) -> 0 AS next
FROM page;

-- name: partners.get
SELECT partner_json(p) AS data, p.version FROM partners p
WHERE p.id = :path.partnerId::uuid;

-- name: partners.activate
UPDATE partners SET status = 'Active', status_reason = NULL
WHERE id = :path.partnerId::uuid
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_json(partners)) AS data, version;

-- name: partners.suspend
UPDATE partners SET status = 'Suspended', status_reason = :body.reason
WHERE id = :path.partnerId::uuid
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_json(partners)) AS data, version,
          outbox_obey(id, id) AS transaction;
