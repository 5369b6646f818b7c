-- An application that was deleted takes no credential any more, whatever it had
-- once, and what was made for it since is refused.

CREATE OR REPLACE FUNCTION application_is_there() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = partner
    AS $$
DECLARE
    there boolean;
BEGIN
    SELECT a.deleted_at IS NULL INTO there FROM applications a
        WHERE a.id = uuid_of(NEW.application)
          AND a.partner_id = NEW.partner_id;
    IF NOT coalesce(there,
                    EXISTS (SELECT FROM api_keys k
                            WHERE k.partner_id = NEW.partner_id
                              AND k.application = NEW.application)) THEN
        RAISE EXCEPTION 'the partner has no such application'
            USING ERRCODE = 'foreign_key_violation',
                  CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION application_record(application text, partner uuid,
                                   environment text) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('applicationId', application)
        || coalesce((
            SELECT jsonb_strip_nulls(jsonb_build_object(
                'applicationStatus', CASE
                    WHEN a.status = 'Suspended' OR a.deleted_at IS NOT NULL
                    THEN 'suspended'
                    WHEN a.sunset_passed THEN 'deprecated'
                    WHEN environment <> 'production'
                         OR a.status IN ('Approved', 'Published',
                                         'Deprecated')
                    THEN 'active'
                    ELSE 'pending'
                END,
                'applicationDeprecatedAt', rfc3339(a.deprecated_at),
                'applicationSunsetAt', rfc3339(a.sunset_at)))
            FROM applications a
            WHERE a.id = uuid_of(application)
              AND a.partner_id = partner), '{}');

SET LOCAL ROLE partner_serve;
SELECT set_config('partner.tenant', 'platform', true),
       set_config('partner.client', 'partnerd migrate', true);

UPDATE api_keys k SET version = k.version + 1
    FROM applications a
    WHERE a.deleted_at IS NOT NULL AND a.partner_id = k.partner_id
      AND k.application = a.id::text AND k.status <> 'Revoked';
UPDATE clients c SET version = c.version + 1
    FROM applications a
    WHERE a.deleted_at IS NOT NULL AND a.partner_id = c.partner_id
      AND c.application = a.id::text AND c.status <> 'Revoked';

RESET ROLE;
SELECT set_config('partner.tenant', '', true),
       set_config('partner.client', '', true);
