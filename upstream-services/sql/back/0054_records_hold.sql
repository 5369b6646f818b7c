DROP TRIGGER partner_agreements_hold ON partner_agreements;
DROP TRIGGER partner_contacts_hold ON partner_contacts;
DROP FUNCTION partner_records_hold();
