-- Personal data is stored sealed under its subject's key, which is in no table
-- and no backup of one; to erase a subject is to destroy that key.

CREATE FUNCTION sealed(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN value ~ '^sealed:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9A-F]{56,}$';

-- NOT VALID: what was written before is as it was, and nothing plain follows.
ALTER TABLE partner_contacts
    DROP CONSTRAINT partner_contacts_name_check,
    DROP CONSTRAINT partner_contacts_email_check,
    DROP CONSTRAINT partner_contacts_phone_check,
    ADD CONSTRAINT partner_contacts_sealed
        CHECK (sealed(name) AND sealed(email) AND sealed(phone)) NOT VALID;

-- Who signed is a subject of its own; of a contact the row is.
ALTER TABLE partner_agreements
    ADD COLUMN signer uuid CONSTRAINT partner_agreements_signer UNIQUE,
    DROP CONSTRAINT partner_agreements_signed_by_check,
    ADD CONSTRAINT partner_agreements_sealed CHECK (sealed(signed_by))
        NOT VALID;

-- Whom the platform knows.
CREATE VIEW subjects WITH (security_invoker) AS
    SELECT id, partner_id FROM partner_contacts
    UNION ALL
    SELECT signer, partner_id FROM partner_agreements
    WHERE signer IS NOT NULL;
GRANT SELECT ON subjects TO partner_serve;

-- The list of erasures.  It is kept for good: where keys come back from a
-- copy of their folder, the worker destroys them again.
CREATE TABLE erasures (
    id           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    subject      uuid NOT NULL CONSTRAINT erasures_once UNIQUE,
    partner_id   uuid NOT NULL REFERENCES partners,
    reason       text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 200),
    created_at   timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz                -- of the key; NULL: not yet
);

CREATE INDEX erasures_newest ON erasures (created_at DESC, id DESC);
CREATE INDEX erasures_due ON erasures (created_at)
    WHERE destroyed_at IS NULL;

ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
ALTER TABLE erasures FORCE ROW LEVEL SECURITY;
CREATE POLICY erasures_platform ON erasures TO partner_serve
    USING ((SELECT is_platform()) OR partner_id = (SELECT tenant()))
    WITH CHECK (is_platform());
CREATE POLICY erasures_work ON erasures TO partner_work
    USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (reason) ON erasures TO partner_serve;
GRANT SELECT, UPDATE (destroyed_at) ON erasures TO partner_work;

-- Nobody is asked for any more: another contact may be the primary one.
CREATE FUNCTION erasures_effect() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    UPDATE partner_contacts SET is_primary = false
    WHERE id = NEW.subject AND is_primary;
    INSERT INTO outbox (topic, event, entity, partner_id)
    VALUES ('partner', 'partner.subject_erased', NEW.subject, NEW.partner_id);
    RETURN NULL;
END
$$;

CREATE TRIGGER erasures_effect AFTER INSERT ON erasures
    FOR EACH ROW EXECUTE FUNCTION erasures_effect();
CREATE TRIGGER erasures_audit AFTER INSERT OR UPDATE OR DELETE ON erasures
    FOR EACH ROW EXECUTE FUNCTION audit_change('erasures');

CREATE FUNCTION erasure_json(e erasures) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', e.id, 'subjectId', e.subject, 'partnerId', e.partner_id,
        'reason', e.reason, 'createdAt', e.created_at,
        'destroyedAt', e.destroyed_at);

CREATE OR REPLACE FUNCTION partner_contact_json(c partner_contacts)
    RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', c.id, 'partnerId', c.partner_id, 'contactName', c.name,
        'email', c.email, 'phone', c.phone, 'role', c.role,
        'isPrimary', c.is_primary,
        'erasedAt', (SELECT e.created_at FROM erasures e
                     WHERE e.subject = c.id),
        'createdAt', c.created_at);

CREATE OR REPLACE FUNCTION partner_agreement_json(a partner_agreements)
    RETURNS json
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
        'signedBy', a.signed_by, 'signerId', a.signer,
        'createdAt', a.created_at);
