#!/usr/bin/perl

# The head of the audit trail is published while the trail grows, not only once
# nothing is left to be chained.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $head = "$t->{dir}/audit.head";


sub sql { return $p->{postgres}->query($_[0]) }
sub position { return -e $head
    ? decode_json($t->read_file($head))->{position} : 0 }


# Each batch of 200 takes PostgreSQL a third of a second.
sql('CREATE FUNCTION partner.slowly() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$;
    CREATE TRIGGER slowly BEFORE UPDATE ON partner.audit_head FOR EACH ROW
    EXECUTE FUNCTION partner.slowly()');
sql("INSERT INTO partner.partners (name, type)
    SELECT 'p' || i, 'Data' FROM generate_series(1, 12000) i");
my $all = sql('SELECT count(*) FROM partner.audit');
$p->work;

soon { position() > 0 } 'a head is published';
cmp_ok position(), '<', $all, 'of what is chained so far';

sql('DROP TRIGGER slowly ON partner.audit_head');
soon { position() == $all } 'and in the end of all';
is((($p->run('check', 'audit'))[0]), 0, 'which is sound');

done_testing;
