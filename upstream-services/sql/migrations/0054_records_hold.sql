-- A contact and an agreement hold their partner as whatever else is made for it
-- does: see hold().  Its row, shared by one after the other, kept a suspension
-- away for as long as they came.
CREATE FUNCTION partner_records_hold() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    PERFORM hold(NEW.partner_id, NULL);
    -- What the statement saw of it may be older than the wait.
    IF EXISTS (SELECT FROM partners p
               WHERE p.id = NEW.partner_id AND p.deleted_at IS NULL) THEN
        RETURN NEW;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER partner_contacts_hold BEFORE INSERT ON partner_contacts
    FOR EACH ROW EXECUTE FUNCTION partner_records_hold();
CREATE TRIGGER partner_agreements_hold BEFORE INSERT ON partner_agreements
    FOR EACH ROW EXECUTE FUNCTION partner_records_hold();
