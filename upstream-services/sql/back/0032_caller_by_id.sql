CREATE OR REPLACE FUNCTION api_keys_narrow(k api_keys) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = partner AS $$
DECLARE
    granted text[] := string_to_array(
        coalesce(current_setting('partner.scopes', true), ''), ' ');
    beyond  text;
    caller  api_keys;
    quota   integer;
    ceiling integer;
BEGIN
    SELECT s INTO beyond FROM unnest(k.scopes) AS s
        WHERE NOT scopes_cover(granted, s) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the calling credential does not hold %', beyond
            USING ERRCODE = 'PD003';
    END IF;
    SELECT c.* INTO caller FROM api_keys c
        WHERE c.id::text = current_setting('partner.client', true);
    SELECT tier_quota(p.tier) INTO quota
        FROM partners p WHERE p.id = k.partner_id;
    ceiling := coalesce(caller.rate_limit, quota);
    -- Without a limit of its own a key has the quota of the tier.
    IF coalesce(k.rate_limit, quota) > ceiling THEN
        RAISE EXCEPTION 'the rate limit may be at most % calls an hour',
            ceiling USING ERRCODE = 'PD003';
    END IF;
    IF coalesce(k.expires_at, 'infinity')
       > coalesce(caller.expires_at, 'infinity') THEN
        RAISE EXCEPTION 'the key must expire by %',
            to_char(caller.expires_at AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            USING ERRCODE = 'PD003';
    END IF;
END
$$;
