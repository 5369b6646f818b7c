DROP FUNCTION before_id(text);
DROP FUNCTION before_time(text);
DROP FUNCTION paged(listed[], integer);
DROP TYPE listed;
