-- What looks like the id of an application is that of one of the partner's own:
-- whoever is called with it may take it for another's.  What a key of long ago
-- has stays, also to its successor.

CREATE FUNCTION application_is_there() RETURNS trigger
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

CREATE TRIGGER api_keys_with_application BEFORE INSERT ON api_keys
    FOR EACH ROW WHEN (uuid_of(lower(NEW.application)) IS NOT NULL)
    EXECUTE FUNCTION application_is_there('api_keys_application');

CREATE TRIGGER clients_with_application BEFORE INSERT ON clients
    FOR EACH ROW WHEN (uuid_of(lower(NEW.application)) IS NOT NULL)
    EXECUTE FUNCTION application_is_there('clients_application');

CREATE TRIGGER clients_with_another BEFORE UPDATE ON clients
    FOR EACH ROW WHEN (NEW.application IS DISTINCT FROM OLD.application
                       AND uuid_of(lower(NEW.application)) IS NOT NULL)
    EXECUTE FUNCTION application_is_there('clients_application');
