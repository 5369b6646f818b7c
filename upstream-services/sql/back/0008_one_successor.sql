DROP FUNCTION api_keys_rotatable(api_keys);
