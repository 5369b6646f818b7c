-- Whoever serves sees which migrations there are, and says when one is missing.

GRANT SELECT ON schema_migrations TO partner_serve;
