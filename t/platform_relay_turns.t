#!/usr/bin/perl

# What changes a partner's many keys, and what changes one, are told in turns:
# no partner holds up another's revocation.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};

my @partners = map { $p->partner(partnerName => "p$_") } 1 .. 3;
my $key = $p->key($p->partner);
my $hex = sha256_hex($key->{fullKey});


sub untold {
    my ($topic) = @_;
    return $postgres->query("SELECT count(*) FROM partner.outbox
        WHERE topic = '$topic' AND relayed_at IS NULL");
}


soon { !untold('credential') && !untold('partner_credentials') } 'all is told';

my $channel = $redis->connect;
$channel->write_command('SUBSCRIBE', 'partner:revisions');
$channel->reply;

$p->{work}->signal('STOP');
$postgres->query("UPDATE partner.partners SET status = 'Suspended',
    status_reason = 'a test' WHERE id = '$_'") for @partners;
$postgres->query("UPDATE partner.api_keys SET status = 'Revoked',
    revoked_at = now() WHERE id = '$key->{id}'");
is untold('partner_credentials') . untold('credential'), '31',
    'three partners and a key wait';
$p->{work}->signal('CONT');

my %name = ($hex => 'key', map { $partners[$_] => $_ } 0 .. 2);
my @told;

while (keys %name) {
    my ($kind) = $channel->reply->[2] =~ /(?:^\d+ partner |^\d+ )(\S+)/
        or next;
    push @told, delete $name{$kind} if exists $name{$kind};
}

like "@told", qr/^(?:0 )?key (?:0 )?1 2$/,
    'the key after one partner at most, and the partners in their order';

# ---- what gateways do not see is not told at all ----

my $rows = "SELECT count(*) FROM partner.outbox
    WHERE topic = 'partner_credentials'";
my $before = $postgres->query($rows);
my $uri = "/api/partners/$partners[0]";

is $p->call('PUT', $uri, { partnerName => 'renamed' })->status, 200,
    'a partner is renamed';
is $postgres->query($rows), $before, 'of which gateways hear nothing';

for my $what ('another', 'the same') {
    like $p->call('PUT', $uri, { tier => 'gold' })->status, qr/^20/,
        "$what tier";
    cmp_ok $postgres->query($rows), '>', $before, 'is told';
    $before = $postgres->query($rows);
}

# ---- however much waits ----

# Thousands of changes of one partner, each of a request of its own, behind
# which somebody's key is revoked.
$p->{work}->signal('STOP');
$postgres->query("INSERT INTO partner.outbox (topic, event, entity, partner_id,
        transaction, relayed_at)
    SELECT 'application', 'application.updated', '$partners[0]',
        '$partners[0]', 1000000 + i, now() FROM generate_series(1, 50000) i;
    INSERT INTO partner.outbox (topic, event, entity, partner_id, transaction)
    SELECT 'partner_credentials', 'partner_credentials.changed',
        '$partners[0]', '$partners[0]', 1000000 + i
    FROM generate_series(1, 6000) i");
$key = $p->key($p->partner);
$p->{work}->signal('CONT');
is $p->call('DELETE', "/api/keys/$key->{id}")->status, 200,
    'a revocation behind thousands of changes of one partner';
soon { !untold('partner_credentials') } 'and these are told';

done_testing;
