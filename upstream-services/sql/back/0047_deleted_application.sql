CREATE OR REPLACE FUNCTION application_record(application text, partner uuid,
                                   environment text) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('applicationId', application)
        || coalesce((
            SELECT jsonb_strip_nulls(jsonb_build_object(
                'applicationStatus', CASE
                    WHEN a.status = 'Suspended' THEN 'suspended'
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

CREATE OR REPLACE FUNCTION application_is_there() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = partner
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM applications a
                   WHERE a.id = uuid_of(NEW.application)
                     AND a.partner_id = NEW.partner_id
                     AND a.deleted_at IS NULL)
       AND NOT EXISTS (SELECT FROM api_keys k
                       WHERE k.partner_id = NEW.partner_id
                         AND k.application = NEW.application) THEN
        RAISE EXCEPTION 'the partner has no such application'
            USING ERRCODE = 'foreign_key_violation',
                  CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NEW;
END
$$;
