#!/usr/bin/perl

# What PostgreSQL cannot do now it may do soon: 503 with Retry-After, and a
# write is told that nothing was changed; what is a mistake of ours is 500.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $primary = $t->postgres('one');
my $standby = $t->postgres('two', follows => $primary);
my $p = $t->partnerd(postgres => $primary, work => 0);


sub create {
    my ($name) = @_;
    return $p->request('POST', '/api/partners', body => encode_json({
        partnerName => $name, partnerType => 'Data' }));
}


sub unavailable {
    my ($r, $name) = @_;

    is join(' ', $r->status, $r->code // ''), '503 database_unavailable',
        $name;
    is $r->header('Retry-After'), 1, 'with Retry-After';
    is $r->json->{detail}, 'nothing was changed', 'and says what became of it';
}


# ---- what a statement may end with, while its connection lasts ----

$primary->query(q{
    CREATE FUNCTION partner.mishap() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.name LIKE 'as _____' THEN
            RAISE EXCEPTION 'so it is' USING ERRCODE = right(NEW.name, 5);
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER mishap AFTER INSERT ON partner.partners
        FOR EACH ROW EXECUTE FUNCTION partner.mishap()});

my %passes = (
    '08006' => 'a connection of its own was lost',
    '25006' => 'it is read-only',
    '40001' => 'another write came between, or a standby had to go on',
    '40P01' => 'a deadlock',
    '53100' => 'the disk is full',
    '53200' => 'no memory',
    '55P03' => 'a lock is held',
    '57014' => 'it takes too long',
    '57P01' => 'it is being shut down',
    '58030' => 'the disk fails',
    '58P01' => 'a file of its own is being replaced',
    '72000' => 'the snapshot is too old',
);

unavailable(create("as $_"), "$_: $passes{$_}") for sort keys %passes;

for my $ours (qw(22012 25001 42P01 54001 55006 XX000)) {
    my $r = create("as $ours");
    is join(' ', $r->status, $r->code // ''), '500 internal_error',
        "$ours is ours";
    ok !defined $r->header('Retry-After'), 'not to be tried again';
}

# ---- read-only ----

$primary->query('ALTER SYSTEM SET default_transaction_read_only = on');
$primary->query('SELECT pg_reload_conf()');
my $r;
soon { ($r = create('now'))->status != 201 } 'it was made read-only';
unavailable($r, 'so a write');
is $p->request('GET', '/api/partners')->status, 200, 'reads go on';
$primary->query('ALTER SYSTEM RESET default_transaction_read_only');
$primary->query('SELECT pg_reload_conf()');
soon { create('again')->status == 201 } 'then writes do';

# ---- a standby that is not promoted yet ----

$p->{serve}->stop;
$p->serve('--database', $standby->conninfo);
is $p->request('GET', '/api/partners')->status, 200, 'a standby is read';
unavailable(create('there'), 'and not written to');
$standby->promote;
soon { create('there')->status == 201 } 'once it is promoted, it is';

done_testing;
