-- Whoever works sees which migrations there are, and waits for one that is
-- missing.

GRANT SELECT ON schema_migrations TO partner_work;
