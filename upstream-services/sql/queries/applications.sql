-- Applications of partners.

-- name: applications.create
INSERT INTO applications (partner_id, name, description, permissions,
                          data_access, security, redirect_uris, webhook_urls,
                          privacy_policy)
VALUES (:body.partnerId::uuid, :body.appName, :body.description,
        ARRAY(SELECT jsonb_array_elements_text(:body.permissions::jsonb)),
        :body.dataAccess::jsonb, :body.securityInfo::jsonb,
        ARRAY(SELECT jsonb_array_elements_text(:body.redirectUris::jsonb)),
        ARRAY(SELECT jsonb_array_elements_text(:body.webhookUrls::jsonb)),
        :body.privacyPolicyUrl)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               application_json(applications), version) AS data, version;

-- Along two indexes: see keys.list.
-- name: applications.list
SELECT * FROM paged(ARRAY(
    SELECT (application_json(l.a),
            json_build_array(l.created_at, l.id))::listed
    FROM ((SELECT a, a.created_at, a.id FROM applications a
           WHERE a.partner_id = :identity.tenant::uuid
             AND a.deleted_at IS NULL
           ORDER BY a.created_at DESC, a.id DESC)
          UNION ALL
          (SELECT a, a.created_at, a.id FROM applications a
           WHERE :identity.partner = 'platform'
             AND a.created_at > '-infinity'
             AND a.deleted_at IS NULL
           ORDER BY a.created_at DESC, a.id DESC)) l
    WHERE (l.created_at, l.id)
          < (before_time(:cursor.0), before_id(:cursor.1))
      AND (:query.partnerId::uuid IS NULL
           OR (l.a).partner_id = :query.partnerId::uuid)
      AND (:query.status::text IS NULL OR (l.a).status = :query.status)
    ORDER BY l.created_at DESC, l.id DESC
    LIMIT :query.limit::integer + 1
), :query.limit::integer);

-- name: applications.get
SELECT application_json(a) AS data, a.version FROM applications a
WHERE a.id = :path.applicationId::uuid AND a.deleted_at IS NULL;

-- What was rejected is a draft again; what was approved keeps its state.
-- name: applications.update
UPDATE applications
SET name = :body.appName, description = :body.description,
    permissions = ARRAY(SELECT jsonb_array_elements_text(
                            :body.permissions::jsonb)),
    data_access = :body.dataAccess::jsonb,
    security = :body.securityInfo::jsonb,
    redirect_uris = ARRAY(SELECT jsonb_array_elements_text(
                              :body.redirectUris::jsonb)),
    webhook_urls = ARRAY(SELECT jsonb_array_elements_text(
                             :body.webhookUrls::jsonb)),
    privacy_policy = :body.privacyPolicyUrl,
    status = CASE status WHEN 'Rejected' THEN 'Draft' ELSE status END,
    status_reason = CASE WHEN status = 'Suspended' THEN status_reason END
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING application_json(applications) AS data, version;

-- name: applications.delete
UPDATE applications SET deleted_at = now()
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING application_json(applications) AS data, version;

-- name: applications.submit
UPDATE applications SET status = 'Submitted', status_reason = NULL
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               application_json(applications), version) AS data, version;

-- An operator's validation of a submitted application begins its review.
-- name: applications.validate
UPDATE applications
SET status = CASE WHEN status = 'Submitted' AND is_platform()
                  THEN 'In Review' ELSE status END
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               application_validation_json(applications), version) AS data,
          version;

-- name: applications.approve
UPDATE applications SET status = 'Approved', status_reason = NULL
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING application_json(applications) AS data, version;

-- name: applications.reject
UPDATE applications SET status = 'Rejected', status_reason = :body.reason
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING application_json(applications) AS data, version;

-- name: applications.publish
UPDATE applications SET status = 'Published', status_reason = NULL
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               application_json(applications), version) AS data, version;

-- name: applications.suspend
UPDATE applications SET status = 'Suspended', status_reason = :body.reason
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               application_json(applications), version) AS data, version,
          application_obey(applications) AS transaction;

-- name: applications.resume
UPDATE applications
SET status = application_suspended_from(applications), status_reason = NULL
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               application_json(applications), version) AS data, version;

-- name: applications.deprecate
UPDATE applications
SET status = 'Deprecated', status_reason = NULL,
    sunset_at = :body.sunsetDate::timestamptz
WHERE id = :path.applicationId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               application_json(applications), version) AS data, version;

-- name: applications.statistics scan
SELECT json_build_object(
    'applicationId', a.id,
    'keys', key_counts(a.partner_id, a.id::text),
    'calls', call_counts(a.partner_id::text, a.id::text)) AS data
FROM applications a
WHERE a.id = :path.applicationId::uuid AND a.deleted_at IS NULL;

-- From its sunset on gateways refuse what an application sends.  One at a time,
-- since each takes a lock of its own.
-- name: _applications.sunset
UPDATE applications SET sunset_passed = true
WHERE id = (SELECT id FROM applications
            WHERE sunset_at <= now() AND NOT sunset_passed LIMIT 1)
RETURNING id;
