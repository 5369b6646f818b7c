-- Partners.  A statement is named after its operationId and yields one row
-- with the columns `data` and, for a list, `next` (the keyset of the page's
-- last row, or NULL at the end); no row means that the thing is not there.

-- name: partners.create
INSERT INTO partners (name, type, category, tier)
VALUES (:body.partnerName, :body.partnerType, :body.category,
        tier_of(:body.tier))
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_json(partners), version) AS data, version;

-- A partner sees itself, by its id; operators see all: see keys.list.  Were the
-- id said to be equal, the order of both would be that of the time alone.
-- name: partners.list
SELECT * FROM paged(ARRAY(
    SELECT (partner_json(l.p), json_build_array(l.created_at, l.id))::listed
    FROM ((SELECT p, p.created_at, p.id FROM partners p
           WHERE p.id BETWEEN :identity.tenant::uuid AND :identity.tenant::uuid
             AND p.deleted_at IS NULL
           ORDER BY p.created_at DESC, p.id DESC)
          UNION ALL
          (SELECT p, p.created_at, p.id FROM partners p
           WHERE :identity.partner = 'platform'
             AND p.created_at > '-infinity' AND p.deleted_at IS NULL
           ORDER BY p.created_at DESC, p.id DESC)) l
    WHERE (l.created_at, l.id)
          < (before_time(:cursor.0), before_id(:cursor.1))
      AND (:query.status::text IS NULL OR (l.p).status = :query.status)
      AND (:query.tier::text IS NULL OR (l.p).tier = tier_of(:query.tier))
      AND (:query.partnerType::text IS NULL
           OR (l.p).type = :query.partnerType)
      AND (:query.category::text IS NULL
           OR (l.p).category = :query.category)
      AND (:query.late::boolean IS NULL
           OR onboarding_late(l.p) = :query.late::boolean)
    ORDER BY l.created_at DESC, l.id DESC
    LIMIT :query.limit::integer + 1
), :query.limit::integer);

-- name: partners.get
SELECT partner_json(p) AS data, p.version FROM partners p
WHERE p.id = :path.partnerId::uuid AND p.deleted_at IS NULL;

-- What is left out stays as it is.  Gateways know a partner's tier and
-- category: where one is named they are waited for, also if it was so before,
-- since they may not have heard of it yet.
-- name: partners.update
UPDATE partners
SET name = coalesce(:body.partnerName, name),
    type = coalesce(:body.partnerType, type),
    category = CASE WHEN :given.category::boolean
                    THEN :body.category ELSE category END,
    tier = coalesce(tier_of(:body.tier), tier)
WHERE id = :path.partnerId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING partner_json(partners) AS data, version,
          CASE WHEN :given.category::boolean OR :body.tier::text IS NOT NULL
               THEN outbox_obey(id, id, 'partner_credentials')
          END AS transaction;

-- name: partners.delete
UPDATE partners
SET status = 'Inactive', status_reason = NULL, deleted_at = now()
WHERE id = :path.partnerId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING partner_json(partners) AS data, version,
          outbox_obey(id, id, 'partner_credentials') AS transaction;

-- name: partners.advance
UPDATE partners SET onboarding = :body.stage
WHERE id = :path.partnerId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_json(partners), version) AS data, version;

-- name: partners.activate
UPDATE partners SET status = 'Active', status_reason = NULL
WHERE id = :path.partnerId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_json(partners), version) AS data, version;

-- name: partners.suspend
UPDATE partners SET status = 'Suspended', status_reason = :body.reason
WHERE id = :path.partnerId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_json(partners), version) AS data, version,
          outbox_obey(id, id, 'partner_credentials') AS transaction;

-- Its tokens are refused as those of a suspended one are, until it is
-- activated.
-- name: partners.deactivate
UPDATE partners SET status = 'Inactive', status_reason = :body.reason
WHERE id = :path.partnerId::uuid AND deleted_at IS NULL
  AND unchanged(version, :match.tags)
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_json(partners), version) AS data, version,
          outbox_obey(id, id, 'partner_credentials') AS transaction;

-- A partner that is being deleted meanwhile is waited for, and gets none.
-- name: partners.addContact
INSERT INTO partner_contacts (id, partner_id, name, email, phone, role,
                              is_primary)
SELECT :subject.id::uuid, p.id, :body.contactName, :body.email, :body.phone,
       :body.role, :body.isPrimary::boolean
FROM partners p
WHERE p.id = :path.partnerId::uuid AND p.deleted_at IS NULL
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_contact_json(partner_contacts), version) AS data,
          version;

-- A partner that is not there has no list, rather than an empty one.
-- name: partners.contacts
SELECT l.* FROM partners p, paged(ARRAY(
    SELECT (partner_contact_json(c),
            json_build_array(c.created_at, c.id))::listed
    FROM partner_contacts c
    WHERE c.partner_id = :path.partnerId::uuid AND c.deleted_at IS NULL
      AND (c.created_at, c.id)
          < (before_time(:cursor.0), before_id(:cursor.1))
    ORDER BY c.created_at DESC, c.id DESC
    LIMIT :query.limit::integer + 1
), :query.limit::integer) l
WHERE p.id = :path.partnerId::uuid AND p.deleted_at IS NULL;

-- name: partners.contact
SELECT partner_contact_json(c) AS data, c.version
FROM partner_contacts c JOIN partners p ON p.id = c.partner_id
WHERE c.id = :path.contactId::uuid AND p.id = :path.partnerId::uuid
  AND c.deleted_at IS NULL AND p.deleted_at IS NULL;

-- The same person: what is erased stays so.
-- name: partners.updateContact
UPDATE partner_contacts c
SET name = :body.contactName, email = :body.email, phone = :body.phone,
    role = :body.role, is_primary = :body.isPrimary::boolean
FROM partners p
WHERE c.id = :path.contactId::uuid AND c.id = :subject.id::uuid
  AND c.partner_id = :path.partnerId::uuid AND p.id = c.partner_id
  AND c.deleted_at IS NULL AND p.deleted_at IS NULL
  AND NOT EXISTS (SELECT FROM erasures e WHERE e.subject = c.id)
  AND unchanged(c.version, :match.tags)
RETURNING partner_contact_json(c) AS data, c.version;

-- name: partners.deleteContact
UPDATE partner_contacts c SET deleted_at = now()
FROM partners p
WHERE c.id = :path.contactId::uuid
  AND c.partner_id = :path.partnerId::uuid AND p.id = c.partner_id
  AND c.deleted_at IS NULL AND p.deleted_at IS NULL
  AND unchanged(c.version, :match.tags)
RETURNING partner_contact_json(c) AS data, c.version;

-- name: partners.createAgreement
INSERT INTO partner_agreements (partner_id, type, terms, effective_on,
                                expires_on)
SELECT p.id, :body.agreementType, :body.terms::jsonb,
       :body.effectiveDate::date, :body.expirationDate::date
FROM partners p
WHERE p.id = :path.partnerId::uuid AND p.deleted_at IS NULL
RETURNING kept(:idempotency.key, :idempotency.request, :idempotency.sealed,
               partner_agreement_json(partner_agreements), version) AS data,
          version;

-- name: partners.agreements
SELECT l.* FROM partners p, paged(ARRAY(
    SELECT (partner_agreement_json(a),
            json_build_array(a.created_at, a.id))::listed
    FROM partner_agreements a
    WHERE a.partner_id = :path.partnerId::uuid
      AND (a.created_at, a.id)
          < (before_time(:cursor.0), before_id(:cursor.1))
    ORDER BY a.created_at DESC, a.id DESC
    LIMIT :query.limit::integer + 1
), :query.limit::integer) l
WHERE p.id = :path.partnerId::uuid AND p.deleted_at IS NULL;

-- name: partners.agreement
SELECT partner_agreement_json(a) AS data, a.version
FROM partner_agreements a JOIN partners p ON p.id = a.partner_id
WHERE a.id = :path.agreementId::uuid AND p.id = :path.partnerId::uuid
  AND p.deleted_at IS NULL;

-- name: partners.updateAgreement
UPDATE partner_agreements a
SET type = :body.agreementType, terms = :body.terms::jsonb,
    effective_on = :body.effectiveDate::date,
    expires_on = :body.expirationDate::date
FROM partners p
WHERE a.id = :path.agreementId::uuid
  AND a.partner_id = :path.partnerId::uuid AND p.id = a.partner_id
  AND p.deleted_at IS NULL AND unchanged(a.version, :match.tags)
RETURNING partner_agreement_json(a) AS data, a.version;

-- name: partners.signAgreement
UPDATE partner_agreements a
SET signed_on = coalesce(:body.signedDate::date,
                         (now() AT TIME ZONE 'UTC')::date),
    signed_by = :body.signedBy, signer = :subject.id::uuid
FROM partners p
WHERE a.id = :path.agreementId::uuid
  AND a.partner_id = :path.partnerId::uuid AND p.id = a.partner_id
  AND p.deleted_at IS NULL AND unchanged(a.version, :match.tags)
  AND (a.signed_on IS NOT NULL OR was_read(a.version, :match.tags))
RETURNING partner_agreement_json(a) AS data, a.version;

-- name: partners.withdrawAgreement
DELETE FROM partner_agreements a USING partners p
WHERE a.id = :path.agreementId::uuid
  AND a.partner_id = :path.partnerId::uuid AND p.id = a.partner_id
  AND p.deleted_at IS NULL AND unchanged(a.version, :match.tags)
RETURNING partner_agreement_json(a) AS data, a.version;

-- name: partners.statistics scan
SELECT json_build_object(
    'partnerId', p.id,
    'keys', key_counts(p.id),
    'clients', (SELECT count(*) FROM clients c
                WHERE c.partner_id = p.id AND c.status = 'Active'),
    'contacts', (SELECT count(*) FROM partner_contacts c
                 WHERE c.partner_id = p.id AND c.deleted_at IS NULL),
    'agreements', (SELECT json_build_object(
                       'total', count(*),
                       'inForce', count(*) FILTER (
                           WHERE partner_agreement_json(a) ->> 'status'
                                 = 'In Force'))
                   FROM partner_agreements a WHERE a.partner_id = p.id),
    'calls', call_counts(p.id::text)) AS data
FROM partners p
WHERE p.id = :path.partnerId::uuid
  AND (p.deleted_at IS NULL OR is_platform());

-- What a partner that was deleted still has, a batch at a time, whichever
-- partner it is: of one that waits for a lock others do not have to.
-- name: _partners.leave
SELECT partner_leaves(l) FROM partners_leaving l ORDER BY random() LIMIT 1;
