DROP TRIGGER partners_touch_keys ON partners;
DROP TRIGGER api_keys_partner_is_there ON api_keys;
DROP TRIGGER clients_partner_is_there ON clients;
DROP POLICY partners_change ON partners;
ALTER TABLE partners DROP CONSTRAINT partners_onboarding_check;

CREATE OR REPLACE FUNCTION partners_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'Pending' THEN
            RAISE EXCEPTION 'a new partner is Pending, not %', NEW.status
                USING ERRCODE = 'PD001';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status
       AND (OLD.status, NEW.status) NOT IN (
           ('Pending', 'Active'), ('Pending', 'Suspended'),
           ('Active', 'Suspended'), ('Active', 'Inactive'),
           ('Suspended', 'Active'), ('Suspended', 'Inactive'),
           ('Inactive', 'Active'))
    THEN
        RAISE EXCEPTION 'a partner that is % cannot become %',
            OLD.status, NEW.status USING ERRCODE = 'PD001';
    END IF;
    IF NEW.status <> OLD.status OR NEW.tier <> OLD.tier THEN
        -- A key being made meanwhile must not miss the change: see
        -- api_keys_guard.
        PERFORM pg_advisory_xact_lock(hashtextextended(NEW.id::text, 0));
    END IF;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION partners_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id, payload)
    VALUES ('partner',
            CASE
                WHEN TG_OP = 'INSERT' THEN 'partner.created'
                WHEN NEW.status = OLD.status THEN 'partner.updated'
                WHEN NEW.status = 'Active' THEN 'partner.activated'
                WHEN NEW.status = 'Suspended' THEN 'partner.suspended'
                ELSE 'partner.deactivated'
            END,
            NEW.id, NEW.id,
            jsonb_build_object('status', NEW.status, 'tier', NEW.tier,
                               'version', NEW.version));
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION partner_json(p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', p.id, 'partnerName', p.name, 'partnerType', p.type,
        'category', p.category, 'tier', p.tier, 'status', p.status,
        'statusReason', p.status_reason, 'createdAt', p.created_at,
        'updatedAt', p.updated_at);

CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    UPDATE api_keys SET version = version + 1 WHERE partner_id = NEW.id;
    UPDATE clients SET version = version + 1 WHERE partner_id = NEW.id;
    RETURN NULL;
END
$$;

DROP FUNCTION onboarding_number(text);
DROP FUNCTION onboarding_late(partners);
DROP FUNCTION partner_contact_json(partner_contacts);
DROP FUNCTION partner_agreement_json(partner_agreements);
ALTER TABLE partners DROP COLUMN onboarding;
ALTER TABLE partners DROP COLUMN live_at;
ALTER TABLE partners DROP COLUMN deleted_at;
DROP TABLE partner_agreements;
DROP TABLE partner_contacts;
CREATE TRIGGER partners_touch_keys AFTER UPDATE ON partners
    FOR EACH ROW WHEN (((old.status <> new.status) OR (old.tier <> new.tier)))
    EXECUTE FUNCTION partners_touch_keys();

CREATE POLICY partners_change ON partners FOR UPDATE TO partner_serve
    USING (( SELECT is_platform() AS is_platform))
    WITH CHECK (is_platform());

DROP FUNCTION onboarding_time(text);
DROP FUNCTION partner_is_there();
DROP FUNCTION partner_agreements_guard();
DROP FUNCTION partner_records_event();
