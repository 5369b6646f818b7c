-- Which calls a partner pays for: those that the API has answered, see
-- docs/usage.md.

CREATE FUNCTION billable(outcome text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN outcome IN ('ok', 'client_error');
