-- What the worker asks.  Names with an underscore in front belong to no
-- operation of the contract.

-- Whether the other may be asked: an early database has no such table, or
-- refuses the question.
-- name: _relay.level
SELECT coalesce(has_table_privilege(to_regclass('schema_migrations'),
                                    'SELECT'), false);

-- Of a database that lacks a migration there is nothing to lead.
-- name: _relay.lock
SELECT there,
       CASE WHEN there
            THEN pg_try_advisory_lock(hashtextextended('partner.relay', 0)) END
FROM (SELECT coalesce(max(number), 0) >= :work.level::integer AS there
      FROM schema_migrations) t;

-- name: _relay.block
UPDATE projection SET block = block + 1
RETURNING block, run, key_peppers() AS peppers;

-- name: _relay.complete
UPDATE projection SET run = :work.run;

-- One row an entity, however often it changed: what counts is how it is now.
-- The first row bears the marks of all, and the transactions that have no event
-- beyond these; an entity that is gone leaves nothing to write.
-- name: _relay.pending
WITH pending AS (
    SELECT id, entity, transaction FROM outbox
    WHERE topic IN ('credential', 'client', 'revocation')
      AND relayed_at IS NULL
    ORDER BY id LIMIT 500
), changed AS (
    SELECT entity, min(id) AS first FROM pending GROUP BY entity
), ended AS (
    SELECT transaction
    FROM (SELECT DISTINCT transaction FROM pending) p
    WHERE NOT EXISTS (
        SELECT FROM outbox o
        WHERE o.transaction = p.transaction AND o.relayed_at IS NULL
          AND (o.topic = 'partner_credentials'
               OR (o.topic IN ('credential', 'client', 'revocation')
                   AND o.id > (SELECT max(id) FROM pending))))
)
SELECT p.digest, p.version, p.record,
       CASE WHEN row_number() OVER (ORDER BY c.first) = 1
            THEN (SELECT string_agg(id::text, ',') FROM pending) END AS marks,
       CASE WHEN row_number() OVER (ORDER BY c.first) = 1
            THEN (SELECT string_agg(transaction::text, ',') FROM ended)
            END AS ended
FROM changed c LEFT JOIN LATERAL projected(c.entity) p ON true
ORDER BY c.first;

-- Whether anything waits to be told one by one; and the partner that has
-- waited longest for its credentials to be told, of which application if of one
-- alone, and what it is closed as.
-- name: _relay.waiting
WITH partner AS (
    SELECT entity FROM outbox
    WHERE topic = 'partner_credentials' AND relayed_at IS NULL
    ORDER BY id LIMIT 1
), pending AS (
    SELECT o.id, o.transaction, o.payload ->> 'application' AS application
    FROM outbox o, partner p
    WHERE o.topic = 'partner_credentials' AND o.relayed_at IS NULL
      AND o.entity = p.entity
), ended AS (
    SELECT transaction FROM pending
    EXCEPT
    SELECT transaction FROM outbox
    WHERE relayed_at IS NULL
      AND (topic IN ('credential', 'client', 'revocation')
           OR (topic = 'partner_credentials'
               AND entity <> (SELECT entity FROM partner)))
), scope AS (
    SELECT CASE WHEN count(*) = count(application)
                     AND min(application) = max(application)
                THEN min(application) END AS application
    FROM pending
)
SELECT EXISTS (SELECT FROM outbox
               WHERE topic IN ('credential', 'client', 'revocation')
                 AND relayed_at IS NULL) AS others,
       (SELECT entity FROM partner) AS partner,
       (SELECT string_agg(id::text, ',') FROM pending) AS marks,
       (SELECT string_agg(transaction::text, ',') FROM ended) AS ended,
       (SELECT lower(p.status) FROM partners p JOIN partner ON p.id = entity
        WHERE p.status <> 'Active' AND s.application IS NULL) AS closing,
       key_peppers() AS peppers, s.application
FROM scope s;

-- name: _relay.partner_page
SELECT p.digest, p.version, p.record, c.id
FROM (SELECT id
      FROM ((SELECT id FROM api_keys
             WHERE partner_id = :work.partner::uuid AND id > :work.after::uuid
             ORDER BY id LIMIT 500)
            UNION ALL
            (SELECT id FROM clients
             WHERE partner_id = :work.partner::uuid AND id > :work.after::uuid
             ORDER BY id LIMIT 500)) t
      ORDER BY id LIMIT 500) c, LATERAL projected(c.id) p
ORDER BY c.id;

-- name: _relay.application_page
SELECT p.digest, p.version, p.record, c.id
FROM (SELECT id
      FROM ((SELECT id FROM api_keys
             WHERE partner_id = :work.partner::uuid
               AND application = :work.application AND id > :work.after::uuid
             ORDER BY id LIMIT 500)
            UNION ALL
            (SELECT id FROM clients
             WHERE partner_id = :work.partner::uuid
               AND application = :work.application AND id > :work.after::uuid
             ORDER BY id LIMIT 500)) t
      ORDER BY id LIMIT 500) c, LATERAL projected(c.id) p
ORDER BY c.id;

-- name: _relay.mark
UPDATE outbox o SET relayed_at = now()
FROM unnest(('{' || :work.marks || '}')::bigint[]) AS m (id)
WHERE o.id = m.id;

-- name: _relay.page
SELECT p.digest, p.version, p.record, c.id
FROM (SELECT id
      FROM ((SELECT id FROM api_keys WHERE id > :work.after::uuid
             ORDER BY id LIMIT 500)
            UNION ALL
            (SELECT id FROM clients WHERE id > :work.after::uuid
             ORDER BY id LIMIT 500)
            UNION ALL
            (SELECT id FROM token_revocations WHERE id > :work.after::uuid
             ORDER BY id LIMIT 500)) t
      ORDER BY id LIMIT 500) c, LATERAL projected(c.id) p
ORDER BY c.id;

-- The conditions of the two indexes of what waits.
-- name: _outbox.waiting
SELECT (SELECT count(*) FROM outbox
        WHERE topic IN ('credential', 'client', 'revocation')
          AND relayed_at IS NULL)
       + (SELECT count(*) FROM outbox
          WHERE topic = 'partner_credentials' AND relayed_at IS NULL);

-- Hours that it touches are added up again: see _slo.roll.
-- name: _usage.store
WITH stale AS (
    INSERT INTO slo_stale AS s (hour)
    SELECT DISTINCT to_timestamp(h * 3600)
    FROM unnest(:work.hour::bigint[]) h
    ON CONFLICT (hour) DO UPDATE SET version = s.version + 1
)
INSERT INTO usage_counters AS u (incarnation, hour, partner, application,
    operation, outcome, tier, latency_ms, calls, request_bytes,
    response_bytes, upstream_us, promised, in_time)
SELECT :work.incarnation, to_timestamp(hour * 3600), partner, application,
       operation, outcome, tier, latency_ms, calls, request_bytes,
       response_bytes, upstream_us, promised, in_time
FROM unnest(:work.hour::bigint[], :work.partner::text[],
            :work.application::text[], :work.operation::text[],
            :work.outcome::text[], :work.tier::text[],
            :work.latency_ms::integer[], :work.calls::bigint[],
            :work.request_bytes::bigint[], :work.response_bytes::bigint[],
            :work.upstream_us::bigint[], :work.promised::bigint[],
            :work.in_time::bigint[])
    AS t (hour, partner, application, operation, outcome, tier, latency_ms,
          calls, request_bytes, response_bytes, upstream_us, promised,
          in_time)
ON CONFLICT ON CONSTRAINT usage_counters_once DO UPDATE SET
    calls = greatest(u.calls, excluded.calls),
    request_bytes = greatest(u.request_bytes, excluded.request_bytes),
    response_bytes = greatest(u.response_bytes, excluded.response_bytes),
    upstream_us = greatest(u.upstream_us, excluded.upstream_us),
    promised = greatest(u.promised, excluded.promised),
    in_time = greatest(u.in_time, excluded.in_time)
RETURNING usage_counter_name(u), usage_counter_values(u);

-- Of a key the field is its id, of a client its client id; what is neither
-- names nothing.  Gateways overwrite each other, so the latest time counts.
-- name: _used.store
WITH used AS (
    SELECT key AS id, to_timestamp(value::bigint) AS at
    FROM jsonb_each_text(:work.uses::jsonb)
), keys AS (
    UPDATE api_keys k SET last_used_at = l.at
    FROM (SELECT k.id, u.at FROM used u JOIN api_keys k ON k.id = uuid_of(u.id)
          WHERE k.last_used_at IS NULL OR k.last_used_at < u.at
          ORDER BY k.id FOR NO KEY UPDATE OF k) l
    WHERE k.id = l.id
)
UPDATE clients c SET last_used_at = l.at
FROM (SELECT c.id, u.at FROM used u JOIN clients c ON c.client_id = u.id
      WHERE c.last_used_at IS NULL OR c.last_used_at < u.at
      ORDER BY c.id FOR NO KEY UPDATE OF c) l
WHERE c.id = l.id;
