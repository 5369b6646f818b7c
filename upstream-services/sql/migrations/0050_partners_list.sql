-- As 0048 has it for what partners have: for operators' lists alone, so that a
-- partner's own is not looked for among all.
DROP INDEX partners_newest;
CREATE INDEX partners_newest ON partners (created_at DESC, id DESC)
    WHERE created_at > '-infinity' AND deleted_at IS NULL;
