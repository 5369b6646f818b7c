DROP FUNCTION billable(text);
