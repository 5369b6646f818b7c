-- Gateways tell callers when their application ends, and act on it by
-- themselves: both dates stand in the records of its keys and clients.

ALTER TABLE applications ADD COLUMN deprecated_at timestamptz;

CREATE FUNCTION applications_deprecate() RETURNS trigger
    LANGUAGE plpgsql SET search_path = partner AS $$
BEGIN
    NEW.deprecated_at := now();
    RETURN NEW;
END
$$;

-- Before the guard, in the order of names.
CREATE TRIGGER applications_deprecate BEFORE UPDATE ON applications
    FOR EACH ROW
    WHEN (NEW.status = 'Deprecated' AND OLD.status <> 'Deprecated')
    EXECUTE FUNCTION applications_deprecate();

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
        'publishedAt', a.published_at, 'deprecatedAt', a.deprecated_at,
        'createdAt', a.created_at, 'updatedAt', a.updated_at);

CREATE FUNCTION rfc3339(at timestamptz) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');

-- What gateways make of a key's application.  Of ids that the platform does
-- not keep there is nothing to say; what is not production needs no approval.
CREATE FUNCTION application_record(application text, partner uuid,
                                   environment text) RETURNS jsonb
    LANGUAGE sql STABLE
    RETURN jsonb_build_object('applicationId', application)
        || coalesce((
            SELECT jsonb_strip_nulls(jsonb_build_object(
                'applicationStatus', CASE
                    WHEN a.status = 'Suspended' THEN 'suspended'
                    WHEN a.sunset_passed THEN 'deprecated'
                    WHEN environment <> 'production'
                         OR a.status IN ('Approved', 'Published',
                                         'Deprecated')
                    THEN 'active'
                    ELSE 'pending'
                END,
                'applicationDeprecatedAt', rfc3339(a.deprecated_at),
                'applicationSunsetAt', rfc3339(a.sunset_at)))
            FROM applications a
            WHERE a.id = uuid_of(application)
              AND a.partner_id = partner), '{}');

CREATE OR REPLACE FUNCTION principal_json(k api_keys, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object(
        'id', k.id, 'partnerId', coalesce(k.partner_id::text, 'platform'),
        'tier', coalesce(p.tier, 'gold'),
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', k.scopes,
        'status', CASE WHEN k.status = 'Rotated' AND k.expires_at IS NOT NULL
                       THEN 'active' ELSE lower(k.status) END,
        'partnerStatus', coalesce(lower(p.status), 'active'),
        'environment', k.environment,
        'allowedNetworks', k.allowed_networks,
        'expiresAt', rfc3339(k.expires_at),
        'rateLimit', k.rate_limit,
        'version', k.version + coalesce(p.version, 0))
        || CASE WHEN k.application IS NULL THEN '{}'
                ELSE application_record(k.application, k.partner_id,
                                        k.environment) END)::json;

CREATE OR REPLACE FUNCTION principal_json(c clients, p partners) RETURNS json
    LANGUAGE sql STABLE
    RETURN (jsonb_build_object(
        'id', c.client_id, 'partnerId', c.partner_id, 'tier', p.tier,
        'category', regexp_replace(lower(p.category), '[^a-z]+', '-', 'g'),
        'scopes', c.scopes,
        'status', CASE WHEN c.status = 'Active' THEN 'active'
                       ELSE 'revoked' END,
        'partnerStatus', lower(p.status),
        'environment', c.environment,
        'allowedNetworks', c.allowed_networks,
        'rateLimit', c.rate_limit, 'version', c.version + p.version)
        || CASE WHEN c.application IS NULL THEN '{}'
                ELSE application_record(c.application, c.partner_id,
                                        c.environment) END)::json;

DROP FUNCTION application_state(text, uuid, text);

-- What is deprecated already is told to gateways as if it had just changed.
SET LOCAL ROLE partner_serve;
SELECT set_config('partner.tenant', 'platform', true),
       set_config('partner.client', 'partnerd migrate', true);

UPDATE applications SET deprecated_at = updated_at
    WHERE status = 'Deprecated';
UPDATE api_keys SET version = version + 1
    WHERE application IN (SELECT id::text FROM applications
                          WHERE status = 'Deprecated');
UPDATE clients SET version = version + 1
    WHERE application IN (SELECT id::text FROM applications
                          WHERE status = 'Deprecated');

RESET ROLE;
SELECT set_config('partner.tenant', '', true),
       set_config('partner.client', '', true);
