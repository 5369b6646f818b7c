-- The audit trail: read by operators, chained by the worker.

-- Oldest first, and what is chained alone: a page that was read stays so.
-- name: audit.list
SELECT * FROM paged(ARRAY(
    SELECT (audit_json(a), json_build_array(a.position::text))::listed
    FROM audit_text a
    WHERE a.position > CASE WHEN :cursor.0::bigint IS NULL
                            THEN :query.after::bigint ELSE :cursor.0::bigint END
      AND (:query.partnerId::uuid IS NULL
           OR a.partner_id = :query.partnerId::uuid)
      AND (:query.resource::text IS NULL OR a.resource = :query.resource)
      AND (:query.entityId::uuid IS NULL
           OR a.entity = :query.entityId::uuid)
      AND (:query.actor::text IS NULL OR a.actor = :query.actor)
    ORDER BY a.position
    LIMIT :query.limit::integer + 1
), :query.limit::integer);

-- Of the columns that the contract marks, these resources' alone hold what we
-- sealed: a name of another is what its tenant wrote.
-- name: audit.get
SELECT audit_json(a) AS data,
       a.resource IN ('contacts', 'agreements') AS personal
FROM audit_text a
WHERE a.position = :path.position::bigint;

-- name: audit.head
SELECT json_build_object('position', h.position,
                         'hash', encode(h.hash, 'hex')) AS data
FROM audit_head h;

-- The rest of a row follows its two keys as pd_chain_link() takes it.
-- name: _audit.pending
SELECT t.id, h.position, encode(h.hash, 'hex') AS hash, t.at, t.tenant,
       t.actor, t.request, t.resource, t.entity, t.partner_id, t.action,
       t.before, t.after
FROM audit_head h, audit_text t
WHERE t.position IS NULL
ORDER BY t.id
LIMIT 200;

-- name: _audit.chain
WITH moved AS (
    UPDATE audit_head
    SET position = :work.position::bigint, hash = decode(:work.hash, 'hex')
    WHERE position = :work.former::bigint
    RETURNING position
)
UPDATE audit a SET position = l.position, hash = decode(l.hash, 'hex')
FROM moved, jsonb_to_recordset(:work.links::jsonb)
                AS l (id bigint, position bigint, hash text)
WHERE a.id = l.id AND a.position IS NULL;

-- Where the chain ends now, and what it has where it was published last.
-- name: _audit.ends
SELECT h.position, encode(h.hash, 'hex') AS hash,
       (SELECT encode(a.hash, 'hex') FROM audit a
        WHERE a.position = :work.published::bigint) AS published
FROM audit_head h;
