-- What tiers are promised is read and changed by the API: by operators, for
-- months to come, with a trail of who did it.

-- The trail names rows.
ALTER TABLE slo_objectives ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();

CREATE TRIGGER slo_objectives_audit
    AFTER INSERT OR UPDATE OR DELETE ON slo_objectives
    FOR EACH ROW EXECUTE FUNCTION audit_change('objectives');

-- One version for all of them: who changes one has seen the others.
CREATE TABLE slo_promises (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    version bigint NOT NULL DEFAULT 1
);
INSERT INTO slo_promises DEFAULT VALUES;

ALTER TABLE slo_objectives ENABLE ROW LEVEL SECURITY;
ALTER TABLE slo_promises ENABLE ROW LEVEL SECURITY;
ALTER TABLE slo_promises FORCE ROW LEVEL SECURITY;

-- A partner's report tells it what it was promised.
CREATE POLICY slo_objectives_read ON slo_objectives
    FOR SELECT TO partner_serve, partner_work USING (true);
CREATE POLICY slo_objectives_make ON slo_objectives FOR INSERT TO partner_serve
    WITH CHECK ((SELECT is_platform()));
CREATE POLICY slo_objectives_change ON slo_objectives
    FOR UPDATE TO partner_serve USING ((SELECT is_platform()));
CREATE POLICY slo_promises_serve ON slo_promises TO partner_serve
    USING ((SELECT is_platform())) WITH CHECK ((SELECT is_platform()));

GRANT INSERT (tier, month, latency_ms, latency_share, availability)
    ON slo_objectives TO partner_serve;
GRANT UPDATE (latency_ms, latency_share, availability)
    ON slo_objectives TO partner_serve;
GRANT SELECT, UPDATE (version) ON slo_promises TO partner_serve;

-- A share of calls in 1/1000 of a percent; what no share is stays outside of
-- what the table allows.
CREATE FUNCTION slo_parts(share numeric) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN least(greatest(round(share * 100000), 0), 100000)::integer;

CREATE FUNCTION slo_objective_json(o slo_objectives) RETURNS json
    LANGUAGE sql STABLE SET search_path = partner AS $$
    SELECT json_build_object(
        'tier', o.tier, 'month', to_char(o.month, 'YYYY-MM'),
        'latencyMs', o.latency_ms,
        'latencyShare', trim_scale(o.latency_share::numeric / 100000),
        'availability', trim_scale(o.availability::numeric / 100000))
$$;

-- Those in force now, then all that there were and will be, newest first.
CREATE FUNCTION slo_objectives_json() RETURNS json
    LANGUAGE sql STABLE SET search_path = partner AS $$
    SELECT json_build_object(
        'inForce', (SELECT json_agg(slo_objective_json(f))
                    FROM slo_in_force(now()) f),
        'history', (SELECT json_agg(slo_objective_json(o)
                                    ORDER BY o.month DESC, o.availability DESC)
                    FROM slo_objectives o))
$$;
