-- Operators have roles, which are scopes that no partner holds.

CREATE FUNCTION operator_roles() RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ARRAY['admin', 'finance', 'support', 'auditor'];

ALTER TABLE api_keys
    DROP CONSTRAINT api_keys_admin_is_the_platform,
    ADD CONSTRAINT api_keys_roles_are_the_platforms
        CHECK (partner_id IS NULL OR NOT scopes && operator_roles());
ALTER TABLE clients
    DROP CONSTRAINT clients_admin_is_the_platform,
    ADD CONSTRAINT clients_roles_are_the_platforms
        CHECK (NOT scopes && operator_roles());
ALTER TABLE applications
    DROP CONSTRAINT applications_no_admin,
    ADD CONSTRAINT applications_no_roles
        CHECK (NOT permissions && operator_roles());
