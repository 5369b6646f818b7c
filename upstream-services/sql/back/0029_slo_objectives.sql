DROP FUNCTION slo_objectives_json();
DROP FUNCTION slo_objective_json(slo_objectives);
DROP FUNCTION slo_parts(numeric);
DROP TABLE slo_promises;
DROP TRIGGER slo_objectives_audit ON slo_objectives;
REVOKE INSERT (tier, month, latency_ms, latency_share, availability)
    ON slo_objectives FROM partner_serve;
REVOKE UPDATE (latency_ms, latency_share, availability)
    ON slo_objectives FROM partner_serve;
DROP POLICY slo_objectives_read ON slo_objectives;
DROP POLICY slo_objectives_make ON slo_objectives;
DROP POLICY slo_objectives_change ON slo_objectives;
ALTER TABLE slo_objectives DISABLE ROW LEVEL SECURITY;
ALTER TABLE slo_objectives DROP COLUMN id;
