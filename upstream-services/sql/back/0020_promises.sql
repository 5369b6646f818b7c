ALTER TABLE usage_counters DROP CONSTRAINT usage_counters_tier_check;
ALTER TABLE usage_counters DROP CONSTRAINT usage_counters_latency_ms_check;
ALTER TABLE usage_counters DROP CONSTRAINT usage_counters_promised_check;
ALTER TABLE usage_counters DROP CONSTRAINT usage_counters_in_time_check;
ALTER TABLE usage_counters DROP CONSTRAINT usage_counters_once;
DROP FUNCTION usage_counter_name(usage_counters);
DROP FUNCTION usage_counter_values(usage_counters);
ALTER TABLE usage_counters DROP COLUMN tier;
ALTER TABLE usage_counters DROP COLUMN latency_ms;
ALTER TABLE usage_counters DROP COLUMN promised;
ALTER TABLE usage_counters DROP COLUMN in_time;

ALTER TABLE usage_counters ADD CONSTRAINT usage_counters_once
    UNIQUE (partner, hour, incarnation, application, operation, outcome);
