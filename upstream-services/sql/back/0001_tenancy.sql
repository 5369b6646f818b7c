DROP FUNCTION tier_of(text);
DROP FUNCTION is_platform();
DROP FUNCTION tenant();
DROP FUNCTION scopes_cover(text[], text);
DROP FUNCTION tier_quota(text);
REVOKE USAGE ON SCHEMA partner FROM partner_serve, partner_work;
