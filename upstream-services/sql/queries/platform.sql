-- The platform itself.  Names with an underscore in front belong to no
-- operation of the contract.

-- name: _ready
SELECT 1;
