-- Promises, and how they were kept: all of it follows from stored counters.

-- name: slo.fleet scan
SELECT json_build_object('view', 'fleet', 'time', now(),
                         'tiers', slo_budgets(NULL)) AS data
WHERE is_platform();

-- name: slo.partner scan
SELECT json_build_object('view', 'partner', 'partnerId', p.id, 'time', now(),
                         'tiers', slo_budgets(p.id::text)) AS data
FROM partners p
WHERE p.id = :path.partnerId::uuid
  AND (p.deleted_at IS NULL OR is_platform());

-- name: slo.objectives
SELECT slo_objectives_json() AS data, p.version
FROM slo_promises p
WHERE is_platform();

-- From its month on; what has begun is the trigger's to refuse.
-- name: slo.promise
WITH promise AS (
    UPDATE slo_promises SET version = version + 1
    WHERE is_platform() AND unchanged(version, :match.tags)
    RETURNING version
), objective AS (
    INSERT INTO slo_objectives AS o
        (tier, month, latency_ms, latency_share, availability)
    SELECT :body.tier,
           coalesce((:body.month::text || '-01')::date,
                    (date_trunc('month', now()) + interval '1 month')::date),
           :body.latencyMs::integer, slo_parts(:body.latencyShare::numeric),
           slo_parts(:body.availability::numeric)
    FROM promise
    ON CONFLICT (tier, month) DO UPDATE SET
        latency_ms = excluded.latency_ms,
        latency_share = excluded.latency_share,
        availability = excluded.availability
    RETURNING slo_objective_json(o) AS data
)
SELECT o.data, p.version FROM objective o, promise p;

-- The claims of a report; what is stored later makes another one.  Of a month
-- before the partner's own nothing was promised.
-- name: slo.report scan
WITH period AS (
    SELECT low, low + interval '1 month' AS high
    FROM (SELECT coalesce((:query.month::text || '-01')::timestamptz,
                          date_trunc('month', now()) - interval '1 month')
                 AS low) m
)
SELECT json_build_object(
    'sub', p.id, 'iat', floor(extract(epoch FROM now()))::bigint,
    'month', to_char(m.low, 'YYYY-MM'), 'from', m.low, 'to', m.high,
    'tiers', slo_report(p.id::text,
                        CASE WHEN p.created_at < m.high THEN p.tier END,
                        m.low, m.high)) AS data
FROM partners p, period m
WHERE p.id = :path.partnerId::uuid
  AND (p.deleted_at IS NULL OR is_platform())
  AND in_order(m.high, now(), 'slo_month');

-- An hour that something is stored of meanwhile keeps its mark.  What operators
-- do here is no partner's call: a script of theirs would thin out gold's.  One
-- at a time: an hour may have millions of counters.
-- name: _slo.roll
WITH stale AS (
    SELECT hour, version FROM slo_stale ORDER BY hour DESC LIMIT 1
), done AS (
    DELETE FROM slo_stale d USING stale s
    WHERE d.hour = s.hour AND d.version = s.version
    RETURNING d.hour
), rolled AS (
    INSERT INTO slo_hours AS h (hour, tier, latency_ms, promised, in_time,
                                failed)
    SELECT u.hour, u.tier, u.latency_ms, sum(u.promised), sum(u.in_time),
           coalesce(sum(u.promised) FILTER (WHERE slo_failed(u.outcome)), 0)
    FROM stale s JOIN usage_counters u ON u.hour = s.hour
    WHERE u.tier <> '-' AND u.partner <> 'platform'
    GROUP BY u.hour, u.tier, u.latency_ms
    ON CONFLICT (hour, tier, latency_ms) DO UPDATE SET
        promised = greatest(h.promised, excluded.promised),
        in_time = greatest(h.in_time, excluded.in_time),
        failed = greatest(h.failed, excluded.failed)
)
SELECT hour FROM done;
