DROP TRIGGER clients_with_another ON clients;
DROP TRIGGER clients_with_application ON clients;
DROP TRIGGER api_keys_with_application ON api_keys;
DROP FUNCTION application_is_there();
