#!/usr/bin/perl

# What a key may do is changed: its partner narrows it, an operator widens it,
# and gateways go by it when the answer comes.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};


sub call { return $p->call(@_) }


sub partner {
    my (%more) = @_;
    return call('POST', '/api/partners', { partnerName => 'p',
        partnerType => 'Data', %more })->json->{data}{id};
}


my $id = partner(tier => 'silver');
my %me = (partner => $id, client => 'unknown', scopes => 'manage:*');
my $key = call('POST', '/api/keys', { partnerId => $id, rateLimit => 5000,
    scopes => ['read:leads', 'write:*'],
    allowedNetworks => ['192.0.2.0/24', '2001:db8::/32', '203.0.113.7'] })
    ->json->{data};
my $uri = "/api/keys/$key->{id}";


sub record {
    my $text = $redis->command('GET',
        'partner:cred:' . sha256_hex($key->{fullKey}));
    return defined $text ? decode_json($text) : {};
}


soon { record()->{id} } 'projected';
is_deeply record()->{allowedNetworks},
    ['192.0.2.0/24', '2001:db8::/32', '203.0.113.7/32'],
    'with the networks that it may call from';

# ---- scopes ----

my $r = call('PUT', "$uri/scopes", { scopes => ['read:leads', 'write:claims'] },
    %me);
is $r->status, 200, 'a partner narrows scopes';
is_deeply $r->json->{data}{scopes}, ['read:leads', 'write:claims'],
    'to those that it sent';
is_deeply record()->{scopes}, ['read:leads', 'write:claims'],
    'told before the answer';
$r = call('PUT', "$uri/scopes", { scopes => ['write:*'] }, %me);
is $r->code, 'beyond_own_rights', 'it does not take them back';
like $r->json->{detail}, qr/write:\*/, 'which is named';
is call('PUT', "$uri/scopes", { scopes => ['write:*'] })->status, 200,
    'an operator does';
is call('PUT', "$uri/scopes", { scopes => ['admin'] })->json
    ->{errors}[0]{pointer}, '/scopes/0', 'but makes no operator of it';
is call('PUT', "$uri/scopes", { scopes => [] })->status, 422,
    'a key has a scope';

# ---- calls an hour ----

is call('PUT', "$uri/rate-limit", { rateLimit => 200 }, %me)->json
    ->{data}{rateLimit}, 200, 'a partner lowers its limit';
is record()->{rateLimit}, 200, 'told before the answer';
$r = call('PUT', "$uri/rate-limit", { rateLimit => 201 }, %me);
is $r->code, 'beyond_own_rights', 'and raises it not by one';
like $r->json->{detail}, qr/at most 200 calls/, 'which says the most';
is call('PUT', "$uri/rate-limit", { rateLimit => undef }, %me)->code,
    'beyond_own_rights', 'nor to what the tier has';
is call('PUT', "$uri/rate-limit", { rateLimit => 50_000 })->status, 200,
    'an operator raises it';
is call('PUT', "$uri/rate-limit", { rateLimit => undef }, %me)->status, 200,
    'from which the quota of the tier is a step down';
is call('PUT', "$uri/rate-limit", { rateLimit => 10_001 }, %me)->code,
    'beyond_own_rights', 'and the most';
is call('PUT', "$uri/rate-limit", {})->json->{errors}[0]{pointer},
    '/rateLimit', 'it must be said';

# ---- networks ----

my @within = ('192.0.2.128/25', '203.0.113.7/32');
is_deeply call('PUT', "$uri/networks", { allowedNetworks => \@within }, %me)
    ->json->{data}{allowedNetworks}, \@within, 'a partner narrows networks';
is_deeply record()->{allowedNetworks}, \@within, 'told before the answer';

for my $wide (['192.0.2.0/24'], [@within, '10.0.0.0/8'], undef) {
    $r = call('PUT', "$uri/networks", { allowedNetworks => $wide }, %me);
    is $r->code, 'beyond_own_rights', 'and widens them not';
    like $r->json->{detail}, qr/not be good from \Q@{[$wide ? $wide->[-1]
        : 'everywhere']}\E/, 'which says where';
}

is_deeply call('PUT', "$uri/networks", { allowedNetworks => ['10.0.0.0/8'] })
    ->json->{data}{allowedNetworks}, ['10.0.0.0/8'],
    'an operator replaces them';
is call('PUT', "$uri/networks", { allowedNetworks => undef })->json
    ->{data}{allowedNetworks}, undef, 'or lifts them';
is call('PUT', "$uri/networks", { allowedNetworks => [] }, %me)->status, 200,
    'a partner may shut its key';
$r = call('PUT', "$uri/networks", { allowedNetworks =>
    ['10.0.0.0/8', '10.0.0.1/8', 'home'] });
is_deeply [map { $_->{pointer} } @{$r->json->{errors}}],
    ['/allowedNetworks/1', '/allowedNetworks/2'], 'each mistake is named';

# ---- of others ----

my %other = (%me, partner => partner());
for my $case (['scopes', { scopes => ['read:leads'] }],
    ['rate-limit', { rateLimit => 1 }],
    ['networks', { allowedNetworks => [] }]) {
    is call('PUT', "$uri/$case->[0]", $case->[1], %other)->status, 404,
        "$case->[0]: not of another's key";
    is call('PUT', "$uri/$case->[0]", $case->[1], %me,
        scopes => 'read:*')->code, 'insufficient_scope',
        "$case->[0]: not without the scope";
}

# ---- the end of a key ----

$r = call('POST', '/api/keys', { partnerId => $id, scopes => ['read:leads'],
    expiresAt => '2020-01-01T00:00:00Z' });
is $r->code, 'invalid_body', 'no key is made that has expired';
is_deeply $r->json->{errors}, [{ pointer => '/expiresAt',
    detail => 'must be in the future' }], 'and it says so';

# ---- which keys ----

my $staging = call('POST', '/api/keys', { partnerId => $id, appId => 'app_1',
    scopes => ['read:leads'], environment => 'staging' })->json->{data};
my $old = call('POST', '/api/keys', { partnerId => $id,
    scopes => ['read:leads'] })->json->{data};
$postgres->query("UPDATE partner.api_keys
    SET created_at = created_at - interval '80 days'
    WHERE id = '$old->{id}'");


sub listed {
    my ($query) = @_;
    my $r = call('GET', "/api/keys?$query");
    is $r->status, 200, $query or diag $r->body;
    return [map { $_->{id} } @{$r->json->{data}}];
}


is_deeply listed('appId=app_1'), [$staging->{id}], 'by application';
is_deeply listed('environment=staging'), [$staging->{id}], 'by environment';
call('DELETE', "/api/keys/$staging->{id}");
is_deeply listed('status=Revoked'), [$staging->{id}], 'by status';

my ($due) = @{call('GET', '/api/keys?limit=100')->json->{data}}[-1];
is $due->{id}, $old->{id}, 'the oldest';
my ($s, $m, $h, $d, $mon, $y) = gmtime(time() + 11 * 86400);
is_deeply listed(sprintf('rotateBefore=%d-%02d-%02dT00:00:00Z', $y + 1900,
    $mon + 1, $d)), [$old->{id}], 'those whose rotation is advised';
my $brief = call('POST', '/api/keys', { partnerId => $id,
    scopes => ['read:leads'], expiresAt => sprintf('%d-%02d-%02dT00:00:00Z',
    $y + 1900, $mon + 1, $d) })->json->{data};
is $brief->{rotateBy}, $brief->{expiresAt},
    'which is never later than its expiry';
is call('GET', "/api/keys?status=Revoked")->json->{data}[0]{rotateBy}, undef,
    'of a revoked key none is';

# ---- what is over ----

my %change = (scopes => { scopes => ['read:rides'] },
    'rate-limit' => { rateLimit => 7 }, networks => { allowedNetworks => [] });

for my $end (qw(Revoked Expired)) {
    my $key = $p->key($id, scopes => ['read:leads'])->{id};
    $end eq 'Revoked' ? call('DELETE', "/api/keys/$key")
        : $postgres->query("SET session_replication_role = replica;
            UPDATE partner.api_keys SET expires_at = now()
            WHERE id = '$key'");

    for my $what (sort keys %change) {
        $r = call('PUT', "/api/keys/$key/$what", $change{$what});
        is $r->code, 'invalid_state', "$what of a key that is $end" or diag
            $r->body;
        like $r->json->{detail}, qr/that is $end is not changed any more/,
            'which it says';
    }
}

done_testing;
