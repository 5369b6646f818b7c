DROP FUNCTION outbox_obey(uuid, uuid);
ALTER TABLE outbox DROP COLUMN transaction;
