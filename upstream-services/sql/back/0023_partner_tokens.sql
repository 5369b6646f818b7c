DROP TRIGGER partners_revoke_tokens ON partners;
DROP FUNCTION partners_revoke_tokens();
