-- A page of a list: what each list has to say is which rows, and in which
-- order.

-- `keys` is the keyset of the row, as JSON strings: the cursor behind it.
CREATE TYPE listed AS (item json, keys json);

-- Of one row more than a page holds: that there is one says that the page has
-- a next one.
CREATE FUNCTION paged(found listed[], size integer)
    RETURNS TABLE (data json, next json)
    LANGUAGE sql STABLE ROWS 1
    BEGIN ATOMIC
        SELECT coalesce(json_agg(f.item ORDER BY f.n)
                            FILTER (WHERE f.n <= size), '[]'),
               json_agg(f.keys) FILTER (WHERE f.n = size
                                        AND cardinality(found) > size) -> 0
        FROM unnest(found) WITH ORDINALITY AS f (item, keys, n);
    END;

-- Newest first, the first page begins before these.
CREATE FUNCTION before_time(key text) RETURNS timestamptz
    LANGUAGE sql STABLE
    RETURN coalesce(key::timestamptz, 'infinity');

CREATE FUNCTION before_id(key text) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    RETURN coalesce(key::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
