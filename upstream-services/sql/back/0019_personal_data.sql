ALTER TABLE partner_contacts DROP CONSTRAINT partner_contacts_sealed;
ALTER TABLE partner_agreements DROP CONSTRAINT partner_agreements_signer;
ALTER TABLE partner_agreements DROP CONSTRAINT partner_agreements_sealed;
DROP VIEW subjects;

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
        'signedBy', a.signed_by, 'createdAt', a.created_at);

CREATE OR REPLACE FUNCTION partner_contact_json(c partner_contacts)
    RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', c.id, 'partnerId', c.partner_id, 'contactName', c.name,
        'email', c.email, 'phone', c.phone, 'role', c.role,
        'isPrimary', c.is_primary, 'createdAt', c.created_at);

DROP FUNCTION erasure_json(erasures);
DROP FUNCTION sealed(text);
ALTER TABLE partner_agreements DROP COLUMN signer;
DROP TABLE erasures;

ALTER TABLE partner_contacts ADD CONSTRAINT partner_contacts_name_check
    CHECK (((char_length(name) >= 1) AND (char_length(name) <= 200)));

ALTER TABLE partner_contacts ADD CONSTRAINT partner_contacts_email_check
    CHECK ((char_length(email) <= 254));

ALTER TABLE partner_contacts ADD CONSTRAINT partner_contacts_phone_check
    CHECK ((phone ~ '^\+?[0-9 ().-]{5,32}$'::text));

ALTER TABLE partner_agreements
    ADD CONSTRAINT partner_agreements_signed_by_check
    CHECK (char_length(signed_by) BETWEEN 1 AND 200);

DROP FUNCTION erasures_effect();
