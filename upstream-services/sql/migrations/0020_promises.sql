-- What was promised of the calls that were served, and how it was kept: so
-- that reports and budgets follow from stored counters alone.

-- `promised` are the calls that the promise of the tier is about, `in_time`
-- those of them that were answered well within `latency_ms`, which is what the
-- gateway had as the tier's latency.
ALTER TABLE usage_counters
    ADD tier       text NOT NULL DEFAULT '-' -- the gateway did not say
                   CHECK (tier IN ('-', 'basic', 'silver', 'gold')),
    ADD latency_ms integer NOT NULL DEFAULT 0 CHECK (latency_ms >= 0),
    ADD promised   bigint NOT NULL DEFAULT 0 CHECK (promised >= 0),
    ADD in_time    bigint NOT NULL DEFAULT 0 CHECK (in_time >= 0);

ALTER TABLE usage_counters
    DROP CONSTRAINT usage_counters_once,
    ADD CONSTRAINT usage_counters_once
        UNIQUE (partner, hour, incarnation, application, operation, outcome,
                tier, latency_ms);

-- As gateways write it; those of the version before know no tier.
CREATE FUNCTION usage_counter_name(u usage_counters) RETURNS text
    LANGUAGE sql STABLE
    RETURN (extract(epoch FROM u.hour) / 3600)::bigint || '/' || u.partner
           || '/' || u.application || '/' || u.operation || '/' || u.outcome
           || CASE WHEN u.tier = '-' THEN ''
                   ELSE '/' || u.tier || '/' || u.latency_ms END;

CREATE FUNCTION usage_counter_values(u usage_counters) RETURNS text
    LANGUAGE sql STABLE
    RETURN u.calls || ' ' || u.request_bytes || ' ' || u.response_bytes
           || ' ' || u.upstream_us
           || CASE WHEN u.tier = '-' THEN ''
                   ELSE ' ' || u.promised || ' ' || u.in_time END;
