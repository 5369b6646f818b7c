DROP FUNCTION partner_json(partners);
DROP TABLE partners;
DROP FUNCTION partners_guard();
DROP FUNCTION partners_event();
