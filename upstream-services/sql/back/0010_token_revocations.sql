DROP INDEX outbox_pending;
ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;
DROP FUNCTION must_be_ahead(timestamptz, text);
DROP FUNCTION later(timestamptz, timestamptz);
DROP FUNCTION token_revocation_json(token_revocations);
DROP FUNCTION projected(uuid);
DROP TABLE token_revocations;

-- Events that the version before does not know; an owner sees none of them.
ALTER TABLE outbox NO FORCE ROW LEVEL SECURITY;
DELETE FROM outbox WHERE topic IN ('revocation');
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;

ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check
    CHECK (topic IN ('partner', 'credential'));

CREATE INDEX outbox_credential_pending ON outbox (id)
    WHERE ((topic = 'credential'::text) AND (relayed_at IS NULL));
DROP FUNCTION token_revocations_guard();
DROP FUNCTION token_revocations_event();
