-- Usage of a partner.  A call counts in the hour that its gateway put it in,
-- so a part of an hour has no number.  What a partner had before it was deleted
-- is still to be billed.

-- name: usage.get scan
WITH bounds AS (
    SELECT coalesce(:query.from::timestamptz,
                    date_trunc('hour', now()) - interval '23 hours') AS low,
           coalesce(:query.to::timestamptz,
                    date_trunc('hour', now()) + interval '1 hour') AS high
), hours AS (
    SELECT u.hour, u.outcome, sum(u.calls) AS calls,
           sum(u.request_bytes) AS request_bytes,
           sum(u.response_bytes) AS response_bytes,
           sum(u.upstream_us) AS upstream_us
    FROM usage_counters u, bounds b
    WHERE u.partner = (:path.partnerId::uuid)::text
      AND u.hour >= b.low AND u.hour < b.high
    GROUP BY u.hour, u.outcome
)
SELECT json_build_object(
    'partnerId', p.id, 'from', b.low, 'to', b.high,
    'hours', coalesce((
        SELECT json_agg(json_build_object(
            'hour', h.hour, 'outcome', h.outcome, 'calls', h.calls,
            'requestBytes', h.request_bytes,
            'responseBytes', h.response_bytes,
            'upstreamMicroseconds', h.upstream_us)
            ORDER BY h.hour, h.outcome)
        FROM hours h), '[]'),
    'totals', (
        SELECT json_build_object(
            'calls', coalesce(sum(h.calls), 0),
            'billableCalls', coalesce(
                sum(h.calls) FILTER (WHERE billable(h.outcome)), 0),
            'requestBytes', coalesce(sum(h.request_bytes), 0),
            'responseBytes', coalesce(sum(h.response_bytes), 0),
            'upstreamMicroseconds', coalesce(sum(h.upstream_us), 0),
            'byOutcome', coalesce((
                SELECT json_object_agg(o.outcome, o.calls ORDER BY o.outcome)
                FROM (SELECT outcome, sum(calls) AS calls FROM hours
                      GROUP BY outcome) o), '{}'))
        FROM hours h)) AS data
FROM partners p, bounds b
WHERE p.id = :path.partnerId::uuid
  AND (p.deleted_at IS NULL OR is_platform())
  AND in_order(b.low, date_trunc('hour', b.low), 'usage_from')
  AND in_order(b.high, date_trunc('hour', b.high), 'usage_to')
  AND in_order(b.low, b.high, 'usage_period')
  AND in_order(b.high, b.low + interval '31 days', 'usage_length');
