-- Calls served, as the gateways counted them: values are absolute and only
-- grow within an incarnation, so storing one twice changes nothing.
--
-- Partner, application and operation are text and refer to nothing: what was
-- counted is kept even where the platform does not know the name.

CREATE TABLE usage_counters (
    incarnation    text NOT NULL,
    hour           timestamptz NOT NULL,
    partner        text NOT NULL,
    application    text NOT NULL, -- '-' when there is none
    operation      text NOT NULL, -- '-' when there is none
    outcome        text NOT NULL
                   CHECK (outcome IN ('ok', 'client_error', 'server_error',
                                      'refused', 'aborted')),
    calls          bigint NOT NULL CHECK (calls >= 0),
    request_bytes  bigint NOT NULL CHECK (request_bytes >= 0),
    response_bytes bigint NOT NULL CHECK (response_bytes >= 0),
    upstream_us    bigint NOT NULL CHECK (upstream_us >= 0),
    CONSTRAINT usage_counters_once
        UNIQUE (partner, hour, incarnation, application, operation, outcome)
);

ALTER TABLE usage_counters ENABLE ROW LEVEL SECURITY;
ALTER TABLE usage_counters FORCE ROW LEVEL SECURITY;
CREATE POLICY usage_own ON usage_counters FOR SELECT TO partner_serve
    USING ((SELECT is_platform())
           OR partner = (SELECT current_setting('partner.tenant', true)));
CREATE POLICY usage_work ON usage_counters TO partner_work
    USING (true) WITH CHECK (true);

GRANT SELECT ON usage_counters TO partner_serve;
GRANT SELECT, INSERT, UPDATE ON usage_counters TO partner_work;
