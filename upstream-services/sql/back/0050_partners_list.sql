CREATE INDEX partners_newest ON partners (created_at DESC, id DESC);
DROP INDEX partners_of_all;
