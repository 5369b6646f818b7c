#!/usr/bin/perl

# What every write pays stays small: what PostgreSQL stores of a check is read
# and planned anew by each statement, so the tables that all write to have none
# with long lists; and what is not chained yet stands in no index of readers.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);


sub sql { return $p->{postgres}->query($_[0]) }


# A pattern, or a list of three words, has more.
is sql("SELECT string_agg(conname, ' ') FROM pg_constraint
    WHERE contype = 'c' AND length(conbin) > 600 AND conrelid IN
        ('partner.audit'::regclass, 'partner.outbox'::regclass,
         'partner.api_keys'::regclass, 'partner.applications'::regclass)"), '',
    'no check is dear';
is sql("SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conrelid IN
    ('partner.api_keys'::regclass, 'partner.applications'::regclass)"), 3,
    'those of a key or an application are read as one';
is sql("SELECT string_agg(DISTINCT f.proname, ' ')
    FROM pg_depend d JOIN pg_constraint c ON c.oid = d.objid
    JOIN pg_proc f ON f.oid = d.refobjid
    JOIN pg_language l ON l.oid = f.prolang
    WHERE d.classid = 'pg_constraint'::regclass
      AND d.refclassid = 'pg_proc'::regclass AND l.lanname = 'sql'
      AND f.pronamespace = 'partner'::regnamespace
      AND c.conrelid IN ('partner.audit'::regclass, 'partner.outbox'::regclass,
          'partner.partner_contacts'::regclass,
          'partner.partner_agreements'::regclass,
          'partner.api_keys'::regclass, 'partner.applications'::regclass)"),
    '', 'nor planned anew by each statement';
is sql("SELECT string_agg(f.proname, ' ') FROM pg_proc f
    JOIN pg_language l ON l.oid = f.prolang
    WHERE f.pronamespace = 'partner'::regnamespace AND l.lanname = 'sql'
      AND f.proname IN ('application_scopes', 'application_step',
                        'scopes_meet')"), '',
    'nor is what an application allows';
is sql("SELECT string_agg(indexrelid::regclass::text, ' ' ORDER BY 1)
    FROM (SELECT indexrelid FROM pg_index
          WHERE indrelid = 'partner.audit'::regclass
            AND coalesce(pg_get_expr(indpred, indrelid), '')
                NOT LIKE '%IS NOT NULL%') i"),
    'partner.audit_pkey partner.audit_unchained',
    'a new row of the trail is in two indexes';

# ---- what is cheap still holds ----

sub refused {
    my ($name, $sql) = @_;
    sql("DO \$\$ BEGIN $sql; RAISE 'taken';
        EXCEPTION WHEN check_violation THEN NULL; END \$\$");
    pass "$name is refused";
}


refused('an event of no topic', "INSERT INTO partner.outbox (topic, event,
    entity) VALUES ('parnter', 'x', gen_random_uuid())");


my $partner = $p->partner;

# Rows of a table that are good but for one column, and what refuses each:
# inserted by the owner, whom no policy binds, and by the role that serves.
sub refuses {
    my ($table, $good, $constraint, @bad) = @_;

    for my $role (qw(postgres partner_serve)) {
        my $insert = sub {
            my %row = (%$good, @_);
            my @columns = sort keys %row;
            local $" = ', ';
            return sql("SET ROLE $role; SET partner.tenant = 'platform';
                SET partner.refused = 'none';
                DO \$\$ DECLARE name text; BEGIN
                    INSERT INTO partner.$table (@columns)
                    VALUES (@row{@columns});
                EXCEPTION WHEN check_violation THEN
                    GET STACKED DIAGNOSTICS name = CONSTRAINT_NAME;
                    PERFORM set_config('partner.refused', name, false);
                END \$\$; SHOW partner.refused");
        };

        is $insert->(), 'none', "$role: a row of $table is taken";
        is $insert->(@$_), $constraint, "$role: but not with @$_" for @bad;
    }
}


my $digest = 'sha256(gen_random_uuid()::text::bytea)';

refuses('api_keys', {
    partner_id => "'$partner'", digest => $digest, prefix => "'sk_aaaaa'",
    scopes => "'{read:leads}'",
}, 'api_keys_well_formed',
    [digest => "'\\x00'"], [prefix => "'sk_aaaa'"], [prefix => "'sk_aaaaaa'"],
    [pepper => "'0123456789abcdeF'"], [pepper => "'plain '"],
    [pepper => "'plain' || chr(10)"], [name => "''"],
    [name => "repeat('n', 101)"],
    [application => "''"], [application => "'a/b'"],
    [application => "repeat('a', 64)"], [scopes => "'{}'"],
    [scopes => "array_fill('read:leads'::text, ARRAY[33])"],
    (map { [scopes => "'{read:leads,$_}'"] } qw(admin finance support auditor)),
    [rate_limit => 0], [rate_limit => 2500001], [environment => "'test'"],
    [environment => "''"],
    [allowed_networks => "array_fill('10.0.0.0/8'::cidr, ARRAY[1001])"],
    [status => "'active'"], [status => "''"]);
refuses('api_keys', {
    digest => $digest, prefix => "'sk_aaaaa'", scopes => "'{admin}'",
}, 'api_keys_expires_at', [expires_at => "'9999-12-31Z'"],
    [expires_at => "'infinity'"]);

refuses('applications', {
    partner_id => "'$partner'", name => 'gen_random_uuid()::text',
    permissions => "'{read:leads}'",
}, 'applications_well_formed',
    [name => "''"], [name => "repeat('n', 201)"],
    [description => "repeat('d', 2001)"], [permissions => "'{}'"],
    [permissions => "array_fill('read:leads'::text, ARRAY[33])"],
    (map { [permissions => "'{$_}'"] } qw(admin finance support auditor)),
    [privacy_policy => "repeat('p', 2001)"], [status => "'draft'"],
    [status_reason => "repeat('r', 501)"], [status => "'Rejected'"],
    [status => "'Suspended'", suspended_from => "'Published'"],
    [status => "'Suspended'", status_reason => "'r'"],
    [suspended_from => "'Draft'"], [status => "'Deprecated'"],
    [sunset_at => "'2999-01-01Z'"],
    [status => "'Suspended'", status_reason => "'r'",
        suspended_from => "'Deprecated'"]);

my $id = '00000000-0000-4000-8000-000000000000';
my %sealed = (
    "sealed:$id:" . 'A9' x 28 => 't',
    "sealed:$id:" . 'A9' x 200 => 't',
    "sealed:$id:" . 'A9' x 27 => 'f',
    "sealed:$id:" . 'a9' x 28 => 'f',
    "sealed:$id:" . 'A9' x 28 . "\n" => 'f',
    "sealed:$id" . 'A9' x 40 => 'f',
    "sealed::" . 'A9' x 60 => 'f',
    'Sealed ' . 'A9' x 60 => 'f',
    'ada@example.org' => 'f',
    '' => 'f',
);

is sql("SELECT partner.sealed('$_')"), $sealed{$_}, substr($_, 0, 60)
    for sort keys %sealed;
is sql('SELECT partner.sealed(NULL) IS NULL'), 't', 'nothing is no text';

done_testing;
