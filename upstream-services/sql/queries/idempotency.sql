-- Answers that were given under an Idempotency-Key.

-- Where gateways are to obey, whoever asks again waits for them again, behind
-- all that is told of credentials and of partners.
-- name: _idempotency.find
SELECT i.request = decode(:work.request, 'hex') AS same, i.answer AS data,
       i.sealed, i.version,
       CASE WHEN :work.obeyed::boolean
                 AND i.request = decode(:work.request, 'hex')
            THEN greatest(outbox_obey(i.id, tenant()),
                          outbox_obey(i.id, tenant(), 'partner_credentials'))
       END AS transaction
FROM idempotency_keys i
WHERE i.tenant = current_setting('partner.tenant', true)
  AND i.digest = decode(:work.key, 'hex')
  AND i.created_at >= now() - interval '24 hours';

-- name: _idempotency.forget
DELETE FROM idempotency_keys
WHERE id IN (SELECT id FROM idempotency_keys
             WHERE created_at < now() - interval '24 hours'
             ORDER BY created_at LIMIT 1000)
RETURNING 1;
