CREATE OR REPLACE FUNCTION partner_records_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
DECLARE
    r record := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner',
            CASE TG_TABLE_NAME || ' ' || TG_OP
                WHEN 'partner_contacts INSERT' THEN 'partner.contact_added'
                WHEN 'partner_contacts UPDATE' THEN 'partner.contact_changed'
                WHEN 'partner_agreements INSERT'
                THEN 'partner.agreement_created'
                WHEN 'partner_agreements DELETE'
                THEN 'partner.agreement_withdrawn'
                ELSE 'partner.agreement_signed'
            END, r.id, r.partner_id);
    RETURN NULL;
END
$$;

DROP FUNCTION was_read(bigint, text);

CREATE OR REPLACE FUNCTION partner_agreements_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF OLD.signed_on IS NOT NULL AND TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an agreement that is signed is not withdrawn'
            USING ERRCODE = 'PD001';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF OLD.signed_on IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an agreement that is signed does not change'
            USING ERRCODE = 'PD001';
    END IF;
    IF NEW.signed_on IS NOT NULL AND OLD.signed_on IS NULL
       AND NEW.expires_on <= (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'an agreement that is Expired is not signed'
            USING ERRCODE = 'PD001';
    END IF;
    IF NEW.signed_on > (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'it is signed in the future'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'partner_agreements_signed_on';
    END IF;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END
$$;
