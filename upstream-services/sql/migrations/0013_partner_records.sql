-- The rest of a partner: changes by itself, its onboarding, whom to talk to,
-- what was agreed, and its end.

ALTER TABLE partners
    ADD COLUMN onboarding text NOT NULL DEFAULT 'Onboarding'
        CHECK (onboarding IN ('Onboarding', 'API Contracting',
                              'Staging Validation', 'Go-Live',
                              'Monitoring & Compliance')),
    ADD COLUMN live_at    timestamptz,      -- when Go-Live was reached
    ADD COLUMN deleted_at timestamptz;

-- How long a partner of the tier may take until Go-Live.
CREATE FUNCTION onboarding_time(tier text) RETURNS interval
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE tier
        WHEN 'gold' THEN interval '7 days'
        WHEN 'silver' THEN interval '14 days'
        ELSE interval '28 days'
    END;

CREATE FUNCTION onboarding_number(stage text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN array_position(ARRAY['Onboarding', 'API Contracting',
        'Staging Validation', 'Go-Live', 'Monitoring & Compliance'], stage);

CREATE FUNCTION onboarding_late(p partners) RETURNS boolean
    LANGUAGE sql STABLE
    RETURN coalesce(p.live_at, now())
           > p.created_at + onboarding_time(p.tier);

-- What a partner may change of itself is its name.
DROP POLICY partners_change ON partners;
CREATE POLICY partners_change ON partners FOR UPDATE TO partner_serve
    USING ((SELECT is_platform()) OR id = (SELECT tenant()))
    WITH CHECK (is_platform() OR id = tenant());

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

CREATE OR REPLACE FUNCTION partners_event() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id, payload)
    VALUES ('partner',
            CASE
                WHEN TG_OP = 'INSERT' THEN 'partner.created'
                WHEN NEW.deleted_at IS DISTINCT FROM OLD.deleted_at
                THEN 'partner.deleted'
                WHEN NEW.onboarding <> OLD.onboarding
                THEN 'partner.onboarding_advanced'
                WHEN NEW.status = OLD.status THEN 'partner.updated'
                WHEN NEW.status = 'Active' THEN 'partner.activated'
                WHEN NEW.status = 'Suspended' THEN 'partner.suspended'
                ELSE 'partner.deactivated'
            END,
            NEW.id, NEW.id,
            jsonb_build_object('status', NEW.status, 'tier', NEW.tier,
                               'onboarding', NEW.onboarding,
                               'version', NEW.version));
    RETURN NULL;
END
$$;

-- A deleted partner's keys and clients are revoked for good.
CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE api_keys
        SET status = 'Revoked', revoked_at = now(), version = version + 1
        WHERE partner_id = NEW.id AND status <> 'Revoked';
        UPDATE clients SET status = 'Revoked', version = version + 1
        WHERE partner_id = NEW.id AND status <> 'Revoked';
    ELSE
        UPDATE api_keys SET version = version + 1 WHERE partner_id = NEW.id;
        UPDATE clients SET version = version + 1 WHERE partner_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER partners_touch_keys ON partners;
CREATE TRIGGER partners_touch_keys AFTER UPDATE ON partners
    FOR EACH ROW WHEN (OLD.status <> NEW.status OR OLD.tier <> NEW.tier
                       OR OLD.category IS DISTINCT FROM NEW.category
                       OR OLD.deleted_at IS DISTINCT FROM NEW.deleted_at)
    EXECUTE FUNCTION partners_touch_keys();

-- What belongs to a partner is made for one that is there; named as the
-- constraint that refers to partners, since it says the same.
CREATE FUNCTION partner_is_there() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF EXISTS (SELECT FROM partners
               WHERE id = NEW.partner_id AND deleted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'there is no such partner'
            USING ERRCODE = 'foreign_key_violation',
                  CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NEW;
END
$$;

-- Behind the guards in the order of names: these hold the partner's lock.
CREATE TRIGGER api_keys_partner_is_there BEFORE INSERT ON api_keys
    FOR EACH ROW EXECUTE FUNCTION partner_is_there('api_keys_partner');
CREATE TRIGGER clients_partner_is_there BEFORE INSERT ON clients
    FOR EACH ROW EXECUTE FUNCTION partner_is_there('clients_partner');

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

-- Whom to talk to.

CREATE TABLE partner_contacts (
    id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    partner_id uuid NOT NULL CONSTRAINT partner_contacts_partner
               REFERENCES partners,
    name       text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
    email      text NOT NULL CHECK (char_length(email) <= 254),
    phone      text CHECK (phone ~ '^\+?[0-9 ().-]{5,32}$'),
    role       text NOT NULL
               CHECK (role IN ('Business', 'Technical', 'Security', 'Billing',
                               'Legal')),
    is_primary boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX partner_contacts_one_primary
    ON partner_contacts (partner_id) WHERE is_primary;
CREATE INDEX partner_contacts_newest
    ON partner_contacts (partner_id, created_at DESC, id DESC);

-- What was agreed.

CREATE TABLE partner_agreements (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    partner_id   uuid NOT NULL CONSTRAINT partner_agreements_partner
                 REFERENCES partners,
    type         text NOT NULL
                 CHECK (type IN ('Master Services', 'Data Processing',
                                 'Revenue Share', 'Service Level',
                                 'Non-Disclosure')),
    terms        jsonb NOT NULL,
    effective_on date NOT NULL,
    expires_on   date,
    signed_on    date,
    signed_by    text CHECK (char_length(signed_by) BETWEEN 1 AND 200),
    version      bigint NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT partner_agreements_period CHECK (expires_on > effective_on),
    CONSTRAINT partner_agreements_signed
        CHECK ((signed_on IS NULL) = (signed_by IS NULL))
);

CREATE INDEX partner_agreements_newest
    ON partner_agreements (partner_id, created_at DESC, id DESC);

CREATE FUNCTION partner_agreements_guard() RETURNS trigger
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

CREATE TRIGGER partner_agreements_guard BEFORE UPDATE ON partner_agreements
    FOR EACH ROW EXECUTE FUNCTION partner_agreements_guard();

-- Both are of one partner, whoever asks; agreements are the platform's to
-- make and the partner's to sign.
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['partner_contacts', 'partner_agreements'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format(
            'CREATE POLICY %I ON %I TO partner_serve
                 USING ((SELECT is_platform())
                        OR partner_id = (SELECT tenant()))
                 WITH CHECK (is_platform() OR partner_id = tenant())',
            t || '_own', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO partner_serve',
                       t);
        EXECUTE format(
            'CREATE TRIGGER %I BEFORE INSERT ON %I FOR EACH ROW
                 EXECUTE FUNCTION partner_is_there(%L)',
            t || '_partner_is_there', t, t || '_partner');
    END LOOP;
END
$$;

CREATE POLICY partner_agreements_made ON partner_agreements
    AS RESTRICTIVE FOR INSERT TO partner_serve WITH CHECK (is_platform());

CREATE FUNCTION partner_records_event() RETURNS trigger
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

CREATE TRIGGER partner_contacts_event AFTER INSERT ON partner_contacts
    FOR EACH ROW EXECUTE FUNCTION partner_records_event();
CREATE TRIGGER partner_agreements_event AFTER INSERT OR UPDATE
    ON partner_agreements
    FOR EACH ROW EXECUTE FUNCTION partner_records_event();

CREATE FUNCTION partner_contact_json(c partner_contacts) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', c.id, 'partnerId', c.partner_id, 'contactName', c.name,
        'email', c.email, 'phone', c.phone, 'role', c.role,
        'isPrimary', c.is_primary, 'createdAt', c.created_at);

CREATE FUNCTION partner_agreement_json(a partner_agreements) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', a.id, 'partnerId', a.partner_id, 'agreementType', a.type,
        'status', CASE
            WHEN a.expires_on <= (now() AT TIME ZONE 'UTC')::date
            THEN 'Expired'
            WHEN a.signed_on IS NULL THEN 'Draft'
            WHEN a.effective_on > (now() AT TIME ZONE 'UTC')::date
            THEN 'Signed'
            ELSE 'In Force'
        END,
        'terms', a.terms, 'effectiveDate', a.effective_on,
        'expirationDate', a.expires_on, 'signedDate', a.signed_on,
        'signedBy', a.signed_by, 'createdAt', a.created_at);
