-- A key has one successor, which takes over the key's own expiry: that of a
-- key which is rotated already is the end of its overlap, and an expired one
-- would hand on a time that has passed.

CREATE FUNCTION api_keys_rotatable(k api_keys) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = partner AS $$
DECLARE
    state text := api_key_json(k) ->> 'status';
BEGIN
    IF state <> 'Active' THEN
        RAISE EXCEPTION 'a key that is % cannot become Rotated', state
            USING ERRCODE = 'PD001';
    END IF;
    RETURN true;
END
$$;
