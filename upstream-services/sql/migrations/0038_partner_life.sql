-- The life of a partner without blind ends: a clock that no later tier rewinds,
-- contacts and drafts that can be corrected, what keeps a partner from its next
-- stage and from its end, and answers that are repeated with their ETag.

-- Until when Go-Live is due, by the tier that held until then: partners_guard
-- sets it.  A new table version, so that no trigger takes it for a change.
ALTER TABLE partners ADD COLUMN due_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE partners ALTER COLUMN due_at
    TYPE timestamptz USING created_at + onboarding_time(tier);

CREATE OR REPLACE FUNCTION onboarding_late(p partners) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN coalesce(p.live_at, now())
           > p.due_at;

CREATE OR REPLACE FUNCTION partner_json(p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', p.id, 'partnerName', p.name, 'partnerType', p.type,
        'category', p.category, 'tier', p.tier, 'status', p.status,
        'statusReason', p.status_reason,
        'onboarding', json_build_object(
            'stage', p.onboarding,
            'dueAt', p.due_at,
            'liveAt', p.live_at, 'late', onboarding_late(p)),
        'createdAt', p.created_at, 'updatedAt', p.updated_at);

-- What must be closed before a partner is deleted, and what a partner lacks
-- before a stage.  Resources that have such things put them here, each in
-- words for whoever asked.
CREATE FUNCTION partner_open_items(partner uuid) RETURNS SETOF text
    LANGUAGE sql STABLE AS $$ SELECT NULL::text WHERE false $$;

CREATE FUNCTION onboarding_missing(partner uuid, stage text)
    RETURNS SETOF text
    LANGUAGE sql STABLE AS $$ SELECT NULL::text WHERE false $$;

CREATE OR REPLACE FUNCTION partners_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
DECLARE
    same partners;
    lacks text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'Pending' THEN
            RAISE EXCEPTION 'a new partner is Pending, not %', NEW.status
                USING ERRCODE = 'PD001';
        END IF;
        NEW.due_at := NEW.created_at + onboarding_time(NEW.tier);
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
    IF OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL THEN
        SELECT string_agg(item, ', ' ORDER BY item) INTO lacks
        FROM partner_open_items(NEW.id) AS item;
        IF lacks IS NOT NULL THEN
            RAISE EXCEPTION 'a partner is not deleted before these are closed: %',
                lacks USING ERRCODE = 'PD001';
        END IF;
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
        SELECT string_agg(item, ', ' ORDER BY item) INTO lacks
        FROM onboarding_missing(NEW.id, NEW.onboarding) AS item;
        IF lacks IS NOT NULL THEN
            RAISE EXCEPTION 'before % it lacks: %', NEW.onboarding, lacks
                USING ERRCODE = 'PD001';
        END IF;
        IF NEW.onboarding = 'Go-Live' THEN
            NEW.live_at := now();
        END IF;
    END IF;
    -- What is over is held against the tier of its day.
    IF NEW.tier <> OLD.tier AND OLD.live_at IS NULL THEN
        NEW.due_at := NEW.created_at + onboarding_time(NEW.tier);
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

-- A contact that is deleted is still a person, whom an erasure may name.
ALTER TABLE partner_contacts
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD COLUMN deleted_at timestamptz;

CREATE FUNCTION partner_contacts_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    NEW.is_primary := NEW.is_primary AND NEW.deleted_at IS NULL;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := OLD.version + 1;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER partner_contacts_guard BEFORE UPDATE ON partner_contacts
    FOR EACH ROW EXECUTE FUNCTION partner_contacts_guard();

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

DROP TRIGGER partner_agreements_guard ON partner_agreements;
CREATE TRIGGER partner_agreements_guard
    BEFORE UPDATE OR DELETE ON partner_agreements
    FOR EACH ROW EXECUTE FUNCTION partner_agreements_guard();

GRANT DELETE ON partner_agreements TO partner_serve;
CREATE POLICY partner_agreements_withdrawn ON partner_agreements
    AS RESTRICTIVE FOR DELETE TO partner_serve USING (is_platform());

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

DROP TRIGGER partner_contacts_event ON partner_contacts;
CREATE TRIGGER partner_contacts_event AFTER INSERT OR UPDATE
    ON partner_contacts
    FOR EACH ROW EXECUTE FUNCTION partner_records_event();
DROP TRIGGER partner_agreements_event ON partner_agreements;
CREATE TRIGGER partner_agreements_event AFTER INSERT OR UPDATE OR DELETE
    ON partner_agreements
    FOR EACH ROW EXECUTE FUNCTION partner_records_event();

-- The version that the answer was given with; the function without it serves
-- partnerd of before.
ALTER TABLE idempotency_keys ADD COLUMN version bigint;

CREATE FUNCTION kept(key text, asked text, secret text, given json,
                     version bigint) RETURNS json
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF key IS NULL THEN
        RETURN given;
    END IF;
    INSERT INTO idempotency_keys AS i (digest, request, sealed, answer,
                                       version)
    VALUES (decode(key, 'hex'), decode(asked, 'hex'), secret, given,
            kept.version)
    ON CONFLICT ON CONSTRAINT idempotency_keys_once DO UPDATE SET
        request = excluded.request, sealed = excluded.sealed,
        answer = excluded.answer, version = excluded.version,
        created_at = excluded.created_at
    WHERE i.created_at < now() - interval '24 hours';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'it was answered before' USING ERRCODE = 'PD010';
    END IF;
    RETURN given;
END
$$;

CREATE OR REPLACE FUNCTION kept(key text, asked text, secret text, given json)
    RETURNS json
    LANGUAGE sql SET search_path = partner
    RETURN kept(key, asked, secret, given, NULL);
