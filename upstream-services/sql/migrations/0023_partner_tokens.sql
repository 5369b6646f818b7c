-- A token that names its partner itself knows nothing of the partner's state.
-- So a partner that loses access has its tokens revoked with it: those issued
-- up to now, or all where it is deleted.

CREATE FUNCTION partners_revoke_tokens() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    INSERT INTO token_revocations AS r
        (type, subject, digest, issued_until, reason)
    VALUES ('partner', NEW.id::text, '',
            CASE WHEN NEW.deleted_at IS NULL
                 THEN date_trunc('second', now()) END,
            CASE WHEN NEW.deleted_at IS NULL THEN 'the partner was suspended'
                 ELSE 'the partner was deleted' END)
    ON CONFLICT ON CONSTRAINT token_revocations_digest DO UPDATE SET
        issued_until = later(r.issued_until, excluded.issued_until),
        expires_at = NULL, reason = excluded.reason;
    RETURN NULL;
END
$$;

CREATE TRIGGER partners_revoke_tokens AFTER UPDATE ON partners
    FOR EACH ROW
    WHEN ((OLD.status = 'Active' AND NEW.status <> 'Active')
          OR (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL))
    EXECUTE FUNCTION partners_revoke_tokens();
