-- Keys that were projected before 0007 stand in Redis without a category, and
-- rotated ones as rotated.  A record is replaced by a newer version only, so
-- each key becomes one, as an operator would touch it: row-level security
-- lets the owner of the tables change no row.

SET LOCAL ROLE partner_serve;
SELECT set_config('partner.tenant', 'platform', true),
       set_config('partner.client', 'partnerd migrate', true);

UPDATE api_keys SET version = version + 1
    WHERE status IN ('Active', 'Rotated');

RESET ROLE;
SELECT set_config('partner.tenant', '', true),
       set_config('partner.client', '', true);
