DROP TRIGGER applications_deprecate ON applications;

CREATE OR REPLACE FUNCTION application_json(a applications) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', a.id, 'partnerId', a.partner_id, 'appName', a.name,
        'description', a.description, 'status', a.status,
        'statusReason', a.status_reason, 'permissions', a.permissions,
        'dataAccess', a.data_access, 'securityInfo', a.security,
        'redirectUris', a.redirect_uris, 'webhookUrls', a.webhook_urls,
        'privacyPolicyUrl', a.privacy_policy, 'sunsetDate', a.sunset_at,
        'submittedAt', a.submitted_at, 'approvedAt', a.approved_at,
        'publishedAt', a.published_at, 'createdAt', a.created_at,
        'updatedAt', a.updated_at);

CREATE OR REPLACE FUNCTION application_state(application text, partner uuid,
                                  environment text) RETURNS text
    LANGUAGE sql STABLE
    RETURN coalesce((
        SELECT CASE
            WHEN a.status = 'Suspended' THEN 'suspended'
            WHEN a.sunset_passed THEN 'deprecated'
            WHEN environment <> 'production'
                 OR a.status IN ('Approved', 'Published', 'Deprecated')
            THEN 'active'
            ELSE 'pending'
        END
        FROM applications a
        WHERE a.id = uuid_of(application)
          AND a.partner_id = partner), 'active');

CREATE OR REPLACE FUNCTION principal_json(k api_keys, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', k.id, 'partnerId', coalesce(k.partner_id::text, 'platform'),
        'applicationId', k.application, 'tier', coalesce(p.tier, 'gold'),
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', k.scopes,
        'status', CASE WHEN k.status = 'Rotated' AND k.expires_at IS NOT NULL
                       THEN 'active' ELSE lower(k.status) END,
        'partnerStatus', coalesce(lower(p.status), 'active'),
        'applicationStatus', CASE
            WHEN k.application IS NULL THEN 'active'
            ELSE application_state(k.application, k.partner_id,
                                   k.environment) END,
        'environment', k.environment,
        'allowedNetworks', k.allowed_networks,
        'expiresAt', to_char(k.expires_at AT TIME ZONE 'UTC',
                             'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'rateLimit', k.rate_limit,
        'version', k.version + coalesce(p.version, 0));

CREATE OR REPLACE FUNCTION principal_json(c clients, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN json_build_object(
        'id', c.client_id, 'partnerId', c.partner_id,
        'applicationId', c.application, 'tier', p.tier,
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', c.scopes,
        'status', CASE WHEN c.status = 'Active' THEN 'active'
                       ELSE 'revoked' END,
        'partnerStatus', lower(p.status),
        'applicationStatus', CASE
            WHEN c.application IS NULL THEN 'active'
            ELSE application_state(c.application, c.partner_id,
                                   c.environment) END,
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version + p.version);

DROP FUNCTION application_record(text, uuid, text);
DROP FUNCTION applications_deprecate();
DROP FUNCTION rfc3339(timestamptz);
ALTER TABLE applications DROP COLUMN deprecated_at;
