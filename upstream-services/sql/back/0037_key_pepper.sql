DROP FUNCTION key_peppers();
DROP INDEX api_keys_by_pepper;
ALTER TABLE api_keys DROP COLUMN pepper;
