#!/usr/bin/perl

# Keys: shown once, stored as digests, projected for the gateway, revoked.

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
sub partner { return $p->partner(@_) }


sub record {
    my ($key) = @_;
    my $text = $redis->command('GET', 'partner:cred:' . sha256_hex($key));
    return defined $text ? decode_json($text) : {};
}


my $id = partner(tier => 'gold');
my $r = call('POST', '/api/keys', { partnerId => $id, appId => 'app_456',
    scopes => ['read:leads', 'write:leads'], rateLimit => 5000,
    environment => 'staging', expiresAt => '2030-01-01T01:00:00+01:00' });
is $r->status, 201, 'created';
my $key = $r->json->{data};
my $full = $key->{fullKey};
like $full, qr/^sk_[0-9A-Za-z]{49}$/, 'the key in full';
is $key->{keyPrefix}, substr($full, 0, 8), 'and its prefix';
is $key->{status}, 'Active', 'active at once';

my $list = call('GET', "/api/keys?partnerId=$id");
unlike $list->body, qr/fullKey|\Q$full\E/, 'never shown again';
delete $key->{fullKey};
is_deeply $list->json->{data}, [$key], 'listed as it was made';
is $postgres->query("SELECT count(*) FROM partner.api_keys
    WHERE digest = decode('" . sha256_hex($full) . "', 'hex')"), 1,
    'stored as a digest';

soon { record($full)->{id} } 'projected';
is_deeply record($full), {
    category => undef, allowedNetworks => undef,
    id => $key->{id}, partnerId => $id, applicationId => 'app_456',
    tier => 'gold', scopes => ['read:leads', 'write:leads'],
    status => 'active', partnerStatus => 'active', environment => 'staging',
    expiresAt => '2030-01-01T00:00:00Z', rateLimit => 5000,
    version => 3 # its own, and its partner's
}, 'as the gateway reads it';

call('POST', "/api/partners/$id/suspend", { reason => 'x' });
soon { record($full)->{partnerStatus} eq 'suspended' }
    'a suspended partner shows in its key';
is record($full)->{version}, 4, 'as a newer version';

for my $time ('once', 'twice') {
    my $gone = call('DELETE', "/api/keys/$key->{id}");
    is $gone->status, 200, "revoked $time";
    is $gone->json->{data}{status}, 'Revoked', 'and says so';
}

soon { record($full)->{status} eq 'revoked' } 'its record stays, revoked';
is record($full)->{version}, 5, 'once';

call('POST', "/api/partners/$id/activate");
soon { record($full)->{partnerStatus} eq 'active' } 'activated again';
is record($full)->{status}, 'revoked', 'revoked for good';

# ---- what a partner may do for itself ----

my %me = (partner => $id, client => 'unknown',
    scopes => 'read:leads manage:*');
my $other = partner();
my %new = (partnerId => $id, scopes => ['read:leads']);

is call('POST', '/api/keys', \%new, %me)->status, 201, 'a key of its own';
is call('POST', '/api/keys', { %new, partnerId => $other }, %me)->code,
    'forbidden', 'none for another';

$r = call('POST', '/api/keys', { %new, scopes => ['read:leads',
    'write:leads'] }, %me);
is $r->code, 'beyond_own_rights', 'no scope that it has not';
like $r->json->{detail}, qr/write:leads/, 'which is named';
is call('POST', '/api/keys', { %new, scopes => ['read:*'] }, %me)->code,
    'beyond_own_rights', 'no wider class';
is call('POST', '/api/keys', { %new, rateLimit => 100_000 }, %me)->status,
    201, 'calls an hour up to its tier';
is call('POST', '/api/keys', { %new, rateLimit => 100_001 }, %me)->code,
    'beyond_own_rights', 'and no more';

my $small = call('POST', '/api/keys', { %new, scopes => ['read:leads',
    'manage:*'], rateLimit => 50 })->json->{data}{id};
is call('POST', '/api/keys', { %new, rateLimit => 51 }, %me,
    client => $small)->code, 'beyond_own_rights', 'or up to the key it uses';

my %brief = (rateLimit => 10, expiresAt => '2030-01-01T00:00:00Z');
my $brief = call('POST', '/api/keys', { %new, %brief, scopes =>
    ['read:leads', 'manage:*'] })->json->{data}{id};
is call('POST', '/api/keys', { %new, %brief }, %me, client => $brief)->status,
    201, 'as narrow as the key it uses';

for my $wide ([rateLimit => undef, qr/at most 10 calls/],
    [expiresAt => undef, qr/expire by 2030-01-01T00:00:00/],
    [expiresAt => '2030-01-01T00:00:01Z', qr/expire by 2030-01-01T00:00:00/]) {
    my ($name, $value, $says) = @$wide;
    $r = call('POST', '/api/keys', { %new, %brief, $name => $value }, %me,
        client => $brief);
    is $r->code, 'beyond_own_rights', "no wider $name";
    like $r->json->{detail}, $says, 'and it says so';
}

my $theirs = call('POST', '/api/keys', { partnerId => $other,
    scopes => ['read:*'] })->json->{data}{id};
is call('DELETE', "/api/keys/$theirs", undef, %me)->status, 404,
    'the key of another is not there';
is scalar(grep { $_->{partnerId} ne $id } @{call('GET', '/api/keys', undef,
    %me)->json->{data}}), 0, 'nor in its list';
is $postgres->query("SELECT status FROM partner.api_keys
    WHERE id = '$theirs'"), 'Active', 'and stays as it was';

# ---- what the gateway can read ----

my $most = call('POST', '/api/keys', { %new, rateLimit => 2_500_000,
    expiresAt => '9999-12-30T23:59:59Z' })->json->{data}{fullKey};
soon { record($most)->{id} } 'the most that a key may have';
is record($most)->{rateLimit}, 2_500_000, 'calls an hour';
is record($most)->{expiresAt}, '9999-12-30T23:59:59Z', 'and time';

for my $beyond ([rateLimit => 2_500_001],
    [expiresAt => '9999-12-31T23:59:59-01:00']) {
    $r = call('POST', '/api/keys', { %new, @$beyond });
    is $r->code, 'invalid_body', "$beyond->[0] beyond it";
    is $r->json->{errors}[0]{pointer}, "/$beyond->[0]", 'is named';
}

# ---- operators ----

my $admin = $p->admin_key;
soon { record($admin)->{id} } "an operator's key is projected";
is record($admin)->{partnerId}, 'platform', 'as the platform';
is_deeply record($admin)->{scopes}, ['admin'], 'with its scope';

my ($status, $out) = $p->run('key');
my ($offline) = $out =~ /(sk_\w{49})/;
my ($entry) = $out =~ /^(\{.*\})$/m;
is decode_json($entry)->{sha256}, sha256_hex($offline),
    'a key for a static registry';

my $logs = join('', map { $t->read_file("partnerd/$_.log") } qw(serve work));
unlike $logs, qr/\Q$full\E|\Q$admin\E/, 'no key in a log';

done_testing;
