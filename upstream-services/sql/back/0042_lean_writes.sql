CREATE TRIGGER partner_agreements_partner_is_there
    BEFORE INSERT ON partner_agreements
    FOR EACH ROW EXECUTE FUNCTION partner_is_there('partner_agreements_partner');
CREATE TRIGGER partner_contacts_partner_is_there
    BEFORE INSERT ON partner_contacts
    FOR EACH ROW EXECUTE FUNCTION partner_is_there('partner_contacts_partner');

DROP INDEX audit_position, audit_of_partner, audit_of_entity;
ALTER TABLE audit ADD CONSTRAINT audit_position UNIQUE (position);
CREATE INDEX audit_of_partner ON audit (partner_id, position);
CREATE INDEX audit_of_entity ON audit (entity, position);

ALTER TABLE audit ADD CONSTRAINT audit_action_check
    CHECK (action IN ('created', 'changed', 'deleted'));

ALTER TABLE outbox DROP CONSTRAINT outbox_topic_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_topic_check CHECK (
    topic IN ('partner', 'application', 'credential', 'client', 'revocation',
              'partner_credentials'));
DROP FUNCTION outbox_topic(text);

CREATE OR REPLACE FUNCTION sealed(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN value ~ '^sealed:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9A-F]{56,}$';
