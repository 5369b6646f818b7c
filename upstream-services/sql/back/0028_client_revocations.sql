-- The version before knows no client of one issuer alone: better every
-- issuer's client of that id than none.
ALTER TABLE token_revocations NO FORCE ROW LEVEL SECURITY;
UPDATE token_revocations SET issuer = NULL WHERE type = 'client';
ALTER TABLE token_revocations FORCE ROW LEVEL SECURITY;

ALTER TABLE token_revocations DROP CONSTRAINT token_revocations_issuer;
ALTER TABLE token_revocations ADD CONSTRAINT token_revocations_issuer
    CHECK ((issuer IS NOT NULL) = (type IN ('token', 'key')));
