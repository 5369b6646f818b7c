CREATE OR REPLACE FUNCTION clients_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hold(NEW.partner_id, NEW.application);
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
        RETURN NEW;
    END IF;
    IF OLD.status = 'Revoked' AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'a client that is Revoked cannot become %', NEW.status
            USING ERRCODE = 'PD001';
    END IF;
    IF NEW.client_id <> OLD.client_id OR NEW.partner_id <> OLD.partner_id THEN
        RAISE EXCEPTION 'a client keeps its id and its partner'
            USING ERRCODE = 'PD001';
    END IF;
    IF (NEW.application, NEW.environment, NEW.scopes)
       IS DISTINCT FROM (OLD.application, OLD.environment, OLD.scopes) THEN
        PERFORM hold(NEW.partner_id, NEW.application);
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
    END IF;
    OLD.last_used_at := NEW.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := greatest(OLD.version + 1, NEW.version);
        NEW.updated_at := now();
    END IF;
    IF NEW.application IS DISTINCT FROM OLD.application THEN
        PERFORM hold(OLD.partner_id, OLD.application);
        NEW.version := NEW.version
            + coalesce((SELECT a.version FROM applications a
                        WHERE a.id = uuid_of(OLD.application)
                          AND a.partner_id = OLD.partner_id), 0);
    END IF;
    RETURN NEW;
END
$$;

DROP FUNCTION application_named(text);
