CREATE OR REPLACE FUNCTION scopes_cover(granted text[], scope text)
    RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN EXISTS (
        SELECT FROM unnest(granted) AS g
        WHERE g = scope
           OR (right(g, 2) = ':*' AND starts_with(scope, left(g, -1)))
    );

CREATE OR REPLACE FUNCTION networks(list text) RETURNS cidr[]
    LANGUAGE sql STABLE
    RETURN CASE WHEN list IS NOT NULL THEN
        ARRAY(SELECT n::cidr FROM jsonb_array_elements_text(list::jsonb) AS n)
    END;

CREATE OR REPLACE FUNCTION partner_contact_json(c partner_contacts)
    RETURNS json LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', c.id, 'partnerId', c.partner_id, 'contactName', c.name,
        'email', c.email, 'phone', c.phone, 'role', c.role,
        'isPrimary', c.is_primary,
        'erasedAt', (SELECT e.created_at FROM erasures e
                     WHERE e.subject = c.id),
        'createdAt', c.created_at);

CREATE OR REPLACE FUNCTION audit_beside(r jsonb, other jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(jsonb_object_agg(m.key, m.value), '{}')
            FROM jsonb_each(r) AS m
            WHERE m.value IS DISTINCT FROM other -> m.key);
