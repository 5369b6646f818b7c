-- What is refused is told what would do, and a month is named as it was asked.

-- NULL behind the last.
CREATE FUNCTION onboarding_after(stage text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (ARRAY['API Contracting', 'Staging Validation', 'Go-Live',
        'Monitoring & Compliance'])[onboarding_number(stage)];

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
        PERFORM pg_advisory_xact_lock(hashtextextended(NEW.id::text, 0));
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
            RAISE EXCEPTION 'behind % comes %, not %', OLD.onboarding,
                coalesce(onboarding_after(OLD.onboarding), 'nothing'),
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
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := OLD.version + 1;
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION slo_objectives_ahead() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF least(OLD.month, NEW.month) <= (now() AT TIME ZONE 'UTC')::date THEN
        RAISE EXCEPTION 'the month % has begun',
            to_char(least(OLD.month, NEW.month), 'YYYY-MM')
            USING ERRCODE = 'PD001';
    END IF;
    RETURN coalesce(NEW, OLD);
END
$$;
