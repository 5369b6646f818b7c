DROP FUNCTION kept(text, text, text, json);
DROP FUNCTION unchanged(bigint, text);
DROP TABLE idempotency_keys;
