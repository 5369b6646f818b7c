REVOKE SELECT ON schema_migrations FROM partner_work;
