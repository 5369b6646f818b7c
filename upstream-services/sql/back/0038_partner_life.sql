CREATE OR REPLACE FUNCTION kept(key text, asked text, secret text, given json)
    RETURNS json
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF key IS NULL THEN
        RETURN given;
    END IF;
    INSERT INTO idempotency_keys AS i (digest, request, sealed, answer)
    VALUES (decode(key, 'hex'), decode(asked, 'hex'), secret, given)
    ON CONFLICT ON CONSTRAINT idempotency_keys_once DO UPDATE SET
        request = excluded.request, sealed = excluded.sealed,
        answer = excluded.answer, created_at = excluded.created_at
    WHERE i.created_at < now() - interval '24 hours';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'it was answered before' USING ERRCODE = 'PD010';
    END IF;
    RETURN given;
END
$$;

DROP FUNCTION kept(text, text, text, json, bigint);
ALTER TABLE idempotency_keys DROP COLUMN version;

DROP TRIGGER partner_agreements_event ON partner_agreements;
CREATE TRIGGER partner_agreements_event AFTER INSERT OR UPDATE
    ON partner_agreements
    FOR EACH ROW EXECUTE FUNCTION partner_records_event();
DROP TRIGGER partner_contacts_event ON partner_contacts;
CREATE TRIGGER partner_contacts_event AFTER INSERT ON partner_contacts
    FOR EACH ROW EXECUTE FUNCTION partner_records_event();

CREATE OR REPLACE FUNCTION partner_records_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner',
            CASE
                WHEN TG_TABLE_NAME = 'partner_contacts'
                THEN 'partner.contact_added'
                WHEN TG_OP = 'INSERT' THEN 'partner.agreement_created'
                ELSE 'partner.agreement_signed'
            END, NEW.id, NEW.partner_id);
    RETURN NULL;
END
$$;

DROP POLICY partner_agreements_withdrawn ON partner_agreements;
REVOKE DELETE ON partner_agreements FROM partner_serve;

DROP TRIGGER partner_agreements_guard ON partner_agreements;
CREATE TRIGGER partner_agreements_guard BEFORE UPDATE ON partner_agreements
    FOR EACH ROW EXECUTE FUNCTION partner_agreements_guard();

CREATE OR REPLACE FUNCTION partner_agreements_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF OLD.signed_on IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an agreement that is signed does not change'
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

DROP TRIGGER partner_contacts_guard ON partner_contacts;
DROP FUNCTION partner_contacts_guard();
ALTER TABLE partner_contacts DROP COLUMN version, DROP COLUMN deleted_at;

CREATE OR REPLACE FUNCTION partners_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
DECLARE
    same partners;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'Pending' THEN
            RAISE EXCEPTION 'a new partner is Pending, not %', NEW.status
                USING ERRCODE = 'PD001';
        END IF;
        RETURN NEW;
    END IF;
    IF NOT is_platform() AND tenant() IS NOT NULL THEN
        same := OLD;
        same.name := NEW.name;
        IF NEW IS DISTINCT FROM same THEN
            RAISE EXCEPTION 'a partner changes its name alone'
                USING ERRCODE = 'PD003';
        END IF;
    END IF;
    IF OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL THEN
        RAISE EXCEPTION 'a partner that is deleted stays so'
            USING ERRCODE = 'PD001';
    END IF;
    IF NEW.status <> OLD.status AND NEW.deleted_at IS NULL
       AND (OLD.status, NEW.status) NOT IN (
           ('Pending', 'Active'), ('Pending', 'Suspended'),
           ('Active', 'Suspended'), ('Active', 'Inactive'),
           ('Suspended', 'Active'), ('Suspended', 'Inactive'),
           ('Inactive', 'Active'))
    THEN
        RAISE EXCEPTION 'a partner that is % cannot become %',
            OLD.status, NEW.status USING ERRCODE = 'PD001';
    END IF;
    IF NEW.onboarding <> OLD.onboarding THEN
        IF onboarding_number(NEW.onboarding)
           <> onboarding_number(OLD.onboarding) + 1 THEN
            RAISE EXCEPTION 'behind % comes not %', OLD.onboarding,
                NEW.onboarding USING ERRCODE = 'PD001';
        END IF;
        IF NEW.onboarding = 'Go-Live' THEN
            NEW.live_at := now();
        END IF;
    END IF;
    IF NEW.status <> OLD.status OR NEW.tier <> OLD.tier
       OR NEW.category IS DISTINCT FROM OLD.category THEN
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

DROP FUNCTION onboarding_missing(uuid, text);
DROP FUNCTION partner_open_items(uuid);

CREATE OR REPLACE FUNCTION partner_json(p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', p.id, 'partnerName', p.name, 'partnerType', p.type,
        'category', p.category, 'tier', p.tier, 'status', p.status,
        'statusReason', p.status_reason,
        'onboarding', json_build_object(
            'stage', p.onboarding,
            'dueAt', p.created_at + onboarding_time(p.tier),
            'liveAt', p.live_at, 'late', onboarding_late(p)),
        'createdAt', p.created_at, 'updatedAt', p.updated_at);

CREATE OR REPLACE FUNCTION onboarding_late(p partners) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN coalesce(p.live_at, now())
           > p.created_at + onboarding_time(p.tier);

ALTER TABLE partners DROP COLUMN due_at;
