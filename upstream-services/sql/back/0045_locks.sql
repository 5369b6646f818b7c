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

CREATE OR REPLACE FUNCTION partners_touch_keys() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        UPDATE api_keys
        SET status = 'Revoked', revoked_at = now()
        WHERE partner_id = NEW.id AND status <> 'Revoked';
        UPDATE clients SET status = 'Revoked'
        WHERE partner_id = NEW.id AND status <> 'Revoked';
        UPDATE applications SET deleted_at = now()
        WHERE partner_id = NEW.id AND deleted_at IS NULL;
    END IF;
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner_credentials', 'partner_credentials.changed', NEW.id,
            NEW.id);
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION applications_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    PERFORM applications_step_allowed(OLD, NEW);
    PERFORM applications_change_allowed(OLD, NEW);
    PERFORM applications_sunset_allowed(OLD, NEW);
    IF NEW.status <> OLD.status AND NEW.status IN ('Approved', 'Published')
    THEN
        PERFORM applications_valid(NEW);
    END IF;
    IF NEW.deleted_at IS DISTINCT FROM OLD.deleted_at THEN
        PERFORM applications_deletable(OLD);
    END IF;
    RETURN applications_stamp(OLD, NEW);
END
$$;

CREATE OR REPLACE FUNCTION api_keys_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.partner_id IS NOT NULL THEN
            -- A partner's change of state waits for this key to be there, or
            -- this key for the change: partners_touch_keys reaches it, or the
            -- relay reads the new state.
            PERFORM pg_advisory_xact_lock_shared(
                hashtextextended(NEW.partner_id::text, 0));
        END IF;
        IF NOT is_platform() AND tenant() IS NOT NULL THEN
            PERFORM api_keys_narrow(NEW);
        END IF;
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
        PERFORM must_be_ahead(NEW.expires_at, 'api_keys_ahead');
        RETURN NEW;
    END IF;
    IF OLD.status IN ('Revoked', 'Expired') AND NEW.status <> OLD.status THEN
        RAISE EXCEPTION 'a key that is % cannot become %', OLD.status,
            NEW.status USING ERRCODE = 'PD001';
    END IF;
    IF NEW.digest <> OLD.digest
       OR NEW.partner_id IS DISTINCT FROM OLD.partner_id THEN
        RAISE EXCEPTION 'a key keeps its digest and its partner'
            USING ERRCODE = 'PD001';
    END IF;
    IF NOT is_platform() AND tenant() IS NOT NULL THEN
        PERFORM api_keys_narrower(NEW, OLD);
    END IF;
    IF NEW.scopes <> OLD.scopes THEN
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
    END IF;
    OLD.last_used_at := NEW.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := greatest(OLD.version + 1, NEW.version);
    END IF;
    RETURN NEW;
END
$$;

CREATE OR REPLACE FUNCTION clients_guard() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- As a new key does: its partner's change of state must not miss it.
        PERFORM pg_advisory_xact_lock_shared(
            hashtextextended(NEW.partner_id::text, 0));
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
        PERFORM application_permits(NEW.application, NEW.partner_id,
                                    NEW.environment, NEW.scopes);
    END IF;
    OLD.last_used_at := NEW.last_used_at;
    IF NEW IS DISTINCT FROM OLD THEN
        NEW.version := greatest(OLD.version + 1, NEW.version);
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

DROP FUNCTION hold(uuid, text);
