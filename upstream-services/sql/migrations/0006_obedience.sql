-- Which transaction a change belongs to, so that whoever made it can wait
-- until the gateways obey it.

ALTER TABLE outbox
    ADD COLUMN transaction bigint NOT NULL
        DEFAULT (pg_current_xact_id()::text)::bigint;

-- A change that is asked for again may leave no event of its own; this one is
-- relayed even then.  Returns the transaction to wait for.
CREATE FUNCTION outbox_obey(entity uuid, partner_id uuid) RETURNS bigint
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('credential', 'credential.obeyed', entity, partner_id);
    RETURN (pg_current_xact_id()::text)::bigint;
END
$$;
