-- Which pepper a key's digest was made with, by the name that says nothing of
-- it: so that gateways see what they lack, and operators when an old one may go.

ALTER TABLE api_keys ADD COLUMN pepper text NOT NULL DEFAULT 'plain'
    CONSTRAINT api_keys_pepper CHECK (pepper ~ '^([0-9a-f]{16}|plain)$');

-- Of each pepper the key that may be used longest is the last of its entries.
CREATE INDEX api_keys_by_pepper
    ON api_keys (pepper, (coalesce(expires_at, 'infinity'::timestamptz)))
    WHERE status IN ('Active', 'Rotated');

-- Names with a blank between two, '' where no key can be used: one look into
-- the index a pepper, however many keys there are.
CREATE FUNCTION key_peppers() RETURNS text LANGUAGE sql STABLE AS $$
    WITH RECURSIVE each AS (
        (SELECT k.pepper, coalesce(k.expires_at, 'infinity'::timestamptz) AS ends
         FROM partner.api_keys k
         WHERE k.status IN ('Active', 'Rotated')
         ORDER BY k.pepper DESC,
                  coalesce(k.expires_at, 'infinity'::timestamptz) DESC
         LIMIT 1)
        UNION ALL
        SELECT n.* FROM each e, LATERAL (
            SELECT k.pepper, coalesce(k.expires_at, 'infinity'::timestamptz)
            FROM partner.api_keys k
            WHERE k.status IN ('Active', 'Rotated') AND k.pepper < e.pepper
            ORDER BY k.pepper DESC,
                     coalesce(k.expires_at, 'infinity'::timestamptz) DESC
            LIMIT 1) n
    )
    SELECT coalesce(string_agg(pepper, ' ' ORDER BY pepper), '')
    FROM each WHERE ends > now()
$$;
