-- Erasures of data subjects.  The worker destroys the keys.

-- Asked for again, it is the erasure of before.
-- name: erasures.create
INSERT INTO erasures AS e (subject, partner_id, reason)
SELECT s.id, s.partner_id, :body.reason FROM subjects s
WHERE s.id = :body.subjectId::uuid
ON CONFLICT ON CONSTRAINT erasures_once DO UPDATE SET reason = e.reason
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               erasure_json(e)) AS data;

-- name: erasures.list
SELECT * FROM paged(ARRAY(
    SELECT (erasure_json(e), json_build_array(e.created_at, e.id))::listed
    FROM erasures e
    WHERE (e.created_at, e.id)
          < (before_time(:cursor.0), before_id(:cursor.1))
      AND (:query.partnerId::uuid IS NULL
           OR e.partner_id = :query.partnerId::uuid)
    ORDER BY e.created_at DESC, e.id DESC
    LIMIT :query.limit::integer + 1
), :query.limit::integer);

-- name: erasures.get
SELECT erasure_json(e) AS data FROM erasures e
WHERE e.id = :path.erasureId::uuid;

-- All of them, for keys that came back from a copy.
-- name: _erasures.page
SELECT subject, id FROM erasures WHERE id > :work.after::uuid
ORDER BY id LIMIT 200;

-- name: _erasures.due
SELECT subject, id FROM erasures WHERE destroyed_at IS NULL
ORDER BY created_at LIMIT 200;

-- name: _erasures.done
UPDATE erasures SET destroyed_at = now()
WHERE destroyed_at IS NULL
  AND id IN (SELECT i::uuid
             FROM jsonb_array_elements_text(:work.ids::jsonb) AS i);
