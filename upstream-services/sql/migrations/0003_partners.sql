-- Partners and the states that they walk through.

CREATE TABLE partners (
    id            uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name          text NOT NULL
                  CHECK (char_length(name) BETWEEN 1 AND 200),
    type          text NOT NULL
                  CHECK (type IN ('Technology', 'Service', 'Data', 'Channel',
                                  'Strategic', 'Verification')),
    category      text
                  CHECK (category IN ('Payments & Wallets',
                                      'Fleet Management',
                                      'Urban Transit Systems',
                                      'Safety & Insurance',
                                      'Loyalty & Offers')),
    tier          text NOT NULL DEFAULT 'basic'
                  CHECK (tier IN ('basic', 'silver', 'gold')),
    status        text NOT NULL DEFAULT 'Pending'
                  CHECK (status IN ('Pending', 'Active', 'Inactive',
                                    'Suspended')),
    status_reason text CHECK (char_length(status_reason) <= 500),
    version       bigint NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT partners_suspended_for_a_reason
        CHECK (status <> 'Suspended' OR status_reason IS NOT NULL)
);

CREATE INDEX partners_newest ON partners (created_at DESC, id DESC);

ALTER TABLE partners ENABLE ROW LEVEL SECURITY;
ALTER TABLE partners FORCE ROW LEVEL SECURITY;
CREATE POLICY partners_own ON partners FOR SELECT TO partner_serve
    USING ((SELECT is_platform()) OR id = (SELECT tenant()));
CREATE POLICY partners_create ON partners FOR INSERT TO partner_serve
    WITH CHECK (is_platform());
CREATE POLICY partners_change ON partners FOR UPDATE TO partner_serve
    USING ((SELECT is_platform())) WITH CHECK (is_platform());
CREATE POLICY partners_work ON partners TO partner_work
    USING (true) WITH CHECK (true);

GRANT SELECT, INSERT, UPDATE ON partners TO partner_serve;
GRANT SELECT ON partners TO partner_work;

-- SQLSTATE class PD is ours: contract/errors.json maps it to answers.
CREATE FUNCTION partners_guard() RETURNS trigger
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

CREATE TRIGGER partners_guard BEFORE INSERT OR UPDATE ON partners
    FOR EACH ROW EXECUTE FUNCTION partners_guard();

CREATE FUNCTION partners_event() RETURNS trigger
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

CREATE TRIGGER partners_created AFTER INSERT ON partners
    FOR EACH ROW EXECUTE FUNCTION partners_event();
CREATE TRIGGER partners_changed AFTER UPDATE ON partners
    FOR EACH ROW WHEN (OLD.version <> NEW.version)
    EXECUTE FUNCTION partners_event();

-- A partner as the API shows it.
CREATE FUNCTION partner_json(p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', p.id, 'partnerName', p.name, 'partnerType', p.type,
        'category', p.category, 'tier', p.tier, 'status', p.status,
        'statusReason', p.status_reason, 'createdAt', p.created_at,
        'updatedAt', p.updated_at);
