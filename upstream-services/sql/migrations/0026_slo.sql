-- What each tier is promised, and how the promises were kept.

-- In force from its month on, until a later one.  Shares are in 1/1000 of a
-- percent.
CREATE TABLE slo_objectives (
    tier          text NOT NULL CHECK (tier IN ('basic', 'silver', 'gold')),
    month         date NOT NULL CHECK (extract(day FROM month) = 1),
    latency_ms    integer NOT NULL CHECK (latency_ms BETWEEN 1 AND 3600000),
    latency_share integer NOT NULL CHECK (latency_share BETWEEN 1 AND 99999),
    availability  integer NOT NULL CHECK (availability BETWEEN 1 AND 99999),
    PRIMARY KEY (tier, month)
);

INSERT INTO slo_objectives VALUES
    ('basic',  '1970-01-01', 800, 95000, 99500),
    ('silver', '1970-01-01', 400, 95000, 99900),
    ('gold',   '1970-01-01', 200, 95000, 99990);

-- What was promised stays as it was: only months to come can be changed.
CREATE FUNCTION slo_objectives_ahead() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF least(OLD.month, NEW.month) <= (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'the month % has begun', least(OLD.month, NEW.month)
            USING ERRCODE = 'PD001';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;

CREATE TRIGGER slo_objectives_ahead
    BEFORE INSERT OR UPDATE OR DELETE ON slo_objectives
    FOR EACH ROW EXECUTE FUNCTION slo_objectives_ahead();

GRANT SELECT ON slo_objectives TO partner_serve, partner_work;

-- A promised call of these outcomes has failed.
CREATE FUNCTION slo_failed(outcome text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN outcome IN ('server_error', 'refused');

-- All partners together, so that the fleet's budget is read from few rows.
CREATE TABLE slo_hours (
    hour       timestamptz NOT NULL,
    tier       text NOT NULL,
    latency_ms integer NOT NULL,
    promised   bigint NOT NULL,
    in_time    bigint NOT NULL,
    failed     bigint NOT NULL,
    PRIMARY KEY (hour, tier, latency_ms)
);

-- Hours of which something was stored since they were added up.
CREATE TABLE slo_stale (
    hour    timestamptz PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0
);

CREATE INDEX usage_counters_by_hour ON usage_counters (hour);

ALTER TABLE slo_hours ENABLE ROW LEVEL SECURITY;
ALTER TABLE slo_hours FORCE ROW LEVEL SECURITY;
CREATE POLICY slo_hours_read ON slo_hours FOR SELECT TO partner_serve
    USING ((SELECT is_platform()));
CREATE POLICY slo_hours_work ON slo_hours TO partner_work
    USING (true) WITH CHECK (true);
GRANT SELECT ON slo_hours TO partner_serve;
GRANT SELECT, INSERT, UPDATE ON slo_hours TO partner_work;
GRANT SELECT, INSERT, UPDATE, DELETE ON slo_stale TO partner_work;

INSERT INTO slo_stale (hour)
SELECT DISTINCT hour FROM usage_counters WHERE tier <> '-';

-- Of a partner, or of all for NULL; `high` is not included.
CREATE FUNCTION slo_counts(who text, low timestamptz, high timestamptz)
    RETURNS TABLE (hour timestamptz, tier text, latency_ms integer,
                   promised bigint, in_time bigint, failed bigint)
    LANGUAGE sql STABLE SET search_path = partner AS $$
    SELECT u.hour, u.tier, u.latency_ms, sum(u.promised)::bigint,
           sum(u.in_time)::bigint,
           coalesce(sum(u.promised) FILTER (WHERE slo_failed(u.outcome)),
                    0)::bigint
    FROM usage_counters u
    WHERE u.partner = who AND u.hour >= low AND u.hour < high
      AND u.tier <> '-'
    GROUP BY u.hour, u.tier, u.latency_ms
    UNION ALL
    SELECT h.hour, h.tier, h.latency_ms, h.promised, h.in_time, h.failed
    FROM slo_hours h
    WHERE who IS NULL AND h.hour >= low AND h.hour < high
$$;

-- What is in force at that time, the highest tier first.
CREATE FUNCTION slo_in_force(at timestamptz) RETURNS SETOF slo_objectives
    LANGUAGE sql STABLE SET search_path = partner AS $$
    SELECT o.*
    FROM unnest(ARRAY['gold', 'silver', 'basic']) WITH ORDINALITY t (name, n),
         LATERAL (SELECT * FROM slo_objectives s
                  WHERE s.tier = t.name
                    AND s.month <= (at AT TIME ZONE 'UTC')::date
                  ORDER BY s.month DESC LIMIT 1) o
    ORDER BY t.n
$$;

-- Whether that share of the calls was good; NULL without calls.
CREATE FUNCTION slo_kept(good bigint, calls bigint, share integer)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN calls > 0
                THEN good::numeric * 100000 >= calls::numeric * share END;

CREATE FUNCTION slo_share(good bigint, calls bigint) RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN calls > 0
                THEN trunc(good::numeric / calls, 6) END;

-- As lp_slo_burn() has it: 1 uses the whole budget in its time.
CREATE FUNCTION slo_burn(bad bigint, calls bigint, share integer)
    RETURNS numeric
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN calls > 0
                THEN trunc(bad::numeric * 100000 / calls / (100000 - share), 6)
                ELSE 0 END;

-- Promised and measured, for each tier that the partner had calls in or is in.
-- A call that was held to a longer latency than promised counts as late: what
-- it would have been within the promise, nobody has measured.
CREATE FUNCTION slo_report(who text, tier_now text, low timestamptz,
                           high timestamptz) RETURNS json
    LANGUAGE sql STABLE SET search_path = partner AS $$
    WITH kept AS (
        SELECT o.tier, o.latency_ms, o.latency_share, o.availability,
               coalesce(sum(c.promised), 0)::bigint AS calls,
               coalesce(sum(c.in_time) FILTER (
                   WHERE c.latency_ms <= o.latency_ms), 0)::bigint AS in_time,
               coalesce(sum(c.failed), 0)::bigint AS failed
        FROM slo_in_force(low) o
             LEFT JOIN slo_counts(who, low, high) c ON c.tier = o.tier
        GROUP BY o.tier, o.latency_ms, o.latency_share, o.availability
    )
    SELECT coalesce(json_agg(json_build_object(
        'tier', k.tier,
        'promised', json_build_object(
            'latencyMs', k.latency_ms,
            'latencyShare', k.latency_share::numeric / 100000,
            'availability', k.availability::numeric / 100000),
        'measured', json_build_object(
            'calls', k.calls, 'inTime', k.in_time, 'failed', k.failed,
            'latencyShare', slo_share(k.in_time, k.calls),
            'availability', slo_share(k.calls - k.failed, k.calls)),
        'kept', json_build_object(
            'latency', slo_kept(k.in_time, k.calls, k.latency_share),
            'availability', slo_kept(k.calls - k.failed, k.calls,
                                     k.availability)))
        ORDER BY k.availability DESC), '[]')
    FROM kept k
    WHERE k.calls > 0 OR k.tier = tier_now
$$;

-- What is left of the budgets of 30 days, the hour that runs included, and how
-- fast they are used; of a partner, or of all for NULL.
CREATE FUNCTION slo_budgets(who text) RETURNS json
    LANGUAGE sql STABLE SET search_path = partner AS $$
    WITH hours AS MATERIALIZED (
        SELECT c.*, (extract(epoch FROM date_trunc('hour', now()) - c.hour)
                     / 3600)::integer AS age
        FROM slo_counts(who, date_trunc('hour', now()) - interval '719 hours',
                        now() + interval '1 hour') c
    ), sums AS (
        SELECT o.tier, o.latency_ms, o.latency_share, o.availability,
               w.name, w.slots,
               coalesce(sum(h.promised), 0)::bigint AS calls,
               coalesce(sum(h.promised - CASE
                   WHEN h.latency_ms <= o.latency_ms THEN h.in_time
                   ELSE 0 END), 0)::bigint AS slow,
               coalesce(sum(h.failed), 0)::bigint AS failed
        FROM slo_in_force(now()) o
             CROSS JOIN (VALUES ('6h', 6), ('3d', 72), ('30d', 720))
                        w (name, slots)
             LEFT JOIN hours h ON h.tier = o.tier AND h.age < w.slots
        GROUP BY o.tier, o.latency_ms, o.latency_share, o.availability,
                 w.name, w.slots
    ), tiers AS (
        SELECT s.tier, s.latency_ms, s.latency_share, s.availability,
               max(slo_burn(s.slow, s.calls, s.latency_share))
                   FILTER (WHERE s.slots = 720) AS latency_burnt,
               max(slo_burn(s.failed, s.calls, s.availability))
                   FILTER (WHERE s.slots = 720) AS availability_burnt,
               json_object_agg(s.name, json_build_object(
                   'calls', s.calls, 'slow', s.slow, 'failed', s.failed,
                   'latencyBurnRate',
                   slo_burn(s.slow, s.calls, s.latency_share),
                   'availabilityBurnRate',
                   slo_burn(s.failed, s.calls, s.availability))
                   ORDER BY s.slots) AS windows
        FROM sums s
        GROUP BY s.tier, s.latency_ms, s.latency_share, s.availability
    )
    SELECT json_agg(json_build_object(
        'tier', t.tier, 'latencyMs', t.latency_ms,
        'latencyObjective', t.latency_share::numeric / 100000,
        'availabilityObjective', t.availability::numeric / 100000,
        'latencyBudgetRemaining', 1 - t.latency_burnt,
        'availabilityBudgetRemaining', 1 - t.availability_burnt,
        'windows', t.windows) ORDER BY t.availability DESC)
    FROM tiers t
$$;
