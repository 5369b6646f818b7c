-- A client may be revoked at one issuer alone: another issuer's client of the
-- same id is somebody else.

ALTER TABLE token_revocations DROP CONSTRAINT token_revocations_issuer;
ALTER TABLE token_revocations ADD CONSTRAINT token_revocations_issuer CHECK (
    CASE type
        WHEN 'client' THEN true
        WHEN 'partner' THEN issuer IS NULL
        ELSE issuer IS NOT NULL
    END);
