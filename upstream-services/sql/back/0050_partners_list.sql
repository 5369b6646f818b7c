DROP INDEX partners_newest;
CREATE INDEX partners_newest ON partners (created_at DESC, id DESC);
