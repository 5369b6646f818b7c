-- As 0048 has it for what partners have: for operators' lists alone, so that a
-- partner is not looked for among all.
CREATE INDEX partners_of_all ON partners (created_at DESC, id DESC)
    WHERE created_at > '-infinity' AND deleted_at IS NULL;
DROP INDEX partners_newest;
