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
        ('partner.audit'::regclass, 'partner.outbox'::regclass)"), '',
    'no check is dear';
is sql("SELECT string_agg(DISTINCT f.proname, ' ')
    FROM pg_depend d JOIN pg_constraint c ON c.oid = d.objid
    JOIN pg_proc f ON f.oid = d.refobjid
    JOIN pg_language l ON l.oid = f.prolang
    WHERE d.classid = 'pg_constraint'::regclass
      AND d.refclassid = 'pg_proc'::regclass AND l.lanname = 'sql'
      AND f.pronamespace = 'partner'::regnamespace
      AND c.conrelid IN ('partner.audit'::regclass, 'partner.outbox'::regclass,
          'partner.partner_contacts'::regclass,
          'partner.partner_agreements'::regclass)"), '',
    'nor planned anew by each statement';
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
