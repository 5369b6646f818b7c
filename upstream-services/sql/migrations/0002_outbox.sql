-- The outbox: every change of state leaves its event here, in its own
-- transaction.  Numbers are given out of commit order, so readers take the
-- rows that are not marked, never "all beyond the last one".

CREATE TABLE outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic      text NOT NULL CHECK (topic IN ('partner', 'credential')),
    event      text NOT NULL,
    entity     uuid NOT NULL,
    partner_id uuid,                        -- NULL: the platform's own
    payload    jsonb NOT NULL DEFAULT '{}', -- never a secret, nor a digest
    actor      text NOT NULL
               DEFAULT coalesce(current_setting('partner.client', true), ''),
    request    text NOT NULL
               DEFAULT coalesce(current_setting('partner.request', true), ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    relayed_at timestamptz
);

-- What the relay has yet to project.
CREATE INDEX outbox_credential_pending ON outbox (id)
    WHERE topic = 'credential' AND relayed_at IS NULL;

ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox FORCE ROW LEVEL SECURITY;
CREATE POLICY outbox_append ON outbox FOR INSERT TO partner_serve
    WITH CHECK (is_platform() OR partner_id = tenant());
CREATE POLICY outbox_work ON outbox TO partner_work
    USING (true) WITH CHECK (true);

GRANT INSERT ON outbox TO partner_serve;
GRANT SELECT, INSERT, UPDATE ON outbox TO partner_work;

-- What the relay remembers.  Each relay that takes over begins a block of
-- revisions of its own, so that revisions only grow although Redis keeps no
-- counter; the run is that of the Redis whose projection is complete.
CREATE TABLE projection (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    block  bigint NOT NULL DEFAULT 0,
    run    text NOT NULL DEFAULT ''
);
INSERT INTO projection DEFAULT VALUES;
GRANT SELECT, UPDATE ON projection TO partner_work;
