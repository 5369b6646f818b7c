ALTER TABLE api_keys DROP CONSTRAINT api_keys_roles_are_the_platforms;
ALTER TABLE clients DROP CONSTRAINT clients_roles_are_the_platforms;
ALTER TABLE applications DROP CONSTRAINT applications_no_roles;
DROP FUNCTION operator_roles();

ALTER TABLE api_keys ADD CONSTRAINT api_keys_admin_is_the_platform
    CHECK (((partner_id IS NULL) OR (NOT ('admin'::text = ANY (scopes)))));

ALTER TABLE clients ADD CONSTRAINT clients_admin_is_the_platform
    CHECK ((NOT ('admin'::text = ANY (scopes))));

ALTER TABLE applications ADD CONSTRAINT applications_no_admin
    CHECK ((NOT ('admin'::text = ANY (permissions))));
