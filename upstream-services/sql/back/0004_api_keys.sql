DROP TRIGGER partners_touch_keys ON partners;
DROP FUNCTION api_keys_narrow(api_keys);
DROP FUNCTION partners_touch_keys();
DROP FUNCTION api_key_json(api_keys);
DROP FUNCTION principal_json(api_keys, partners);
DROP TABLE api_keys;
DROP FUNCTION api_keys_guard();
DROP FUNCTION api_keys_event();
