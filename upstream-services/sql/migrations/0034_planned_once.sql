-- What PostgreSQL cannot put into the statement that calls it, it plans anew in
-- each statement where it is SQL, and once a connection where it is PL/pgSQL.
-- These run with every write.

CREATE OR REPLACE FUNCTION scopes_cover(granted text[], scope text)
    RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    g text;
BEGIN
    FOREACH g IN ARRAY coalesce(granted, '{}') LOOP
        IF g = scope
           OR (right(g, 2) = ':*' AND starts_with(scope, left(g, -1))) THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

CREATE OR REPLACE FUNCTION networks(list text) RETURNS cidr[]
    LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF list IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(SELECT n::cidr
                 FROM jsonb_array_elements_text(list::jsonb) AS n);
END
$$;

CREATE OR REPLACE FUNCTION partner_contact_json(c partner_contacts)
    RETURNS json LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN json_build_object(
        'id', c.id, 'partnerId', c.partner_id, 'contactName', c.name,
        'email', c.email, 'phone', c.phone, 'role', c.role,
        'isPrimary', c.is_primary,
        'erasedAt', (SELECT e.created_at FROM partner.erasures e
                     WHERE e.subject = c.id),
        'createdAt', c.created_at);
END
$$;

CREATE OR REPLACE FUNCTION audit_beside(r jsonb, other jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}')
            FROM jsonb_each(r) AS m
            WHERE m.value IS DISTINCT FROM other -> m.key);
END
$$;
