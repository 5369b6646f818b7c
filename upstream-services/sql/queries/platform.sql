-- The platform itself.  Names with an underscore in front belong to no
-- operation of the contract.

-- A newer version may have migrated beyond what this one is written for.
-- name: _ready
SELECT coalesce(max(number), 0) >= :work.level::integer
FROM schema_migrations;
