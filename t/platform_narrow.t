#!/usr/bin/perl

# What a partner's credential makes holds no more than it does itself, be it a
# key or a client; and in production no more than its application may.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $id = $p->partner(tier => 'silver');


sub call { return $p->call(@_) }


# A new key of the partner, made by a credential of it.
sub by {
    my ($client, %more) = @_;
    return call('POST', '/api/keys', { partnerId => $id,
        scopes => ['read:leads'], %more }, partner => $id,
        client => $client, scopes => 'read:* manage:*');
}


sub refused {
    my ($r, $says, $name) = @_;
    is $r->code, 'beyond_own_rights', $name or diag $r->body;
    like $r->json->{detail} // '', $says, 'which it says';
}


# ---- a key ----

my %bound = (scopes => ['read:*', 'manage:keys'],
    environment => 'staging', allowedNetworks => ['192.0.2.0/24']);
my $key = $p->key($id, %bound)->{id};
my %within = (environment => 'staging', allowedNetworks => ['192.0.2.8/29']);

is by($key, %within)->status, 201, 'a key within the one that makes it';
is by($key, %within, environment => 'development')->status, 201,
    'or for what is less than staging';
refused by($key, %within, environment => 'production'),
    qr/staging at most, not production/, 'none for production';
refused by($key, allowedNetworks => $within{allowedNetworks}),
    qr/not production/, 'which is what is meant when none is said';
refused by($key, %within, allowedNetworks => undef),
    qr/not be good from everywhere/, 'none from everywhere';
refused by($key, environment => 'staging'), qr/not be good from everywhere/,
    'which is what is meant when no network is said';
refused by($key, %within, allowedNetworks => ['192.0.2.8/29', '192.0.0.0/16']),
    qr{not be good from 192\.0\.0\.0/16}, 'none from a wider network';
is by($key, %within, allowedNetworks => [])->status, 201,
    'one from nowhere is narrow';
is call('POST', "/api/keys/$key/rotate", {}, partner => $id, client => $key,
    scopes => 'read:* manage:*')->status, 201, 'it is rotated by itself';

# ---- a client ----

my $client = '/api/clients/' . $p->made('/api/clients', {
    clientId => 'metro-backend', partnerId => $id,
    scopes => ['read:*', 'manage:keys'], rateLimit => 10,
    environment => 'staging', allowedNetworks => ['192.0.2.0/24'] })->{id};
%within = (%within, rateLimit => 10);
is by('metro-backend', %within)->status, 201, 'of a client likewise';
refused by('metro-backend', %within, rateLimit => 11),
    qr/at most 10 calls/, 'with its rate limit';
refused by('metro-backend', %within, rateLimit => undef),
    qr/at most 10 calls/, 'where none is said too';
refused by('metro-backend', %within, environment => 'production'),
    qr/staging at most/, 'its environment';
refused by('metro-backend', %within, allowedNetworks => ['198.51.100.7']),
    qr{198\.51\.100\.7/32}, 'and its networks';

# ---- the tier ----

refused by('x', scopes => ['manage:webhooks']),
    qr/tier silver does not have the scope manage:webhooks/,
    'nor is there more than the tier has';
is by('x', scopes => ["manage:$_"])->status, 201,
    "every tier manages its $_" for qw(partners applications keys clients);
is call('POST', '/api/keys', { partnerId => $id,
    scopes => ['manage:webhooks'] })->status, 201, 'an operator gives it';

# ---- an application ----

my %application = (partnerId => $id, permissions => ['read:leads'],
    securityInfo => { certifications => [{ name => 'ISO 27001',
        expiresOn => '2099-01-01' }] },
    privacyPolicyUrl => 'https://metro.example/privacy');
my ($app, $next) = map { $p->made('/api/applications',
    { %application, appName => $_ })->{id} } qw(a b);
my $its = $p->key($id, appId => $app, environment => 'staging',
    scopes => ['read:*', 'manage:keys'])->{id};
is by($its, environment => 'staging', appId => $app)->status, 201,
    'a key of an application makes one of it';
refused by($its, environment => 'staging', appId => $_),
    qr/must belong to application \Q$app\E/, 'and no other' for $next, undef;

my %new = (partnerId => $id, appId => $app, scopes => ['read:leads']);

for my $scopes (['write:*'], ['read:leads', 'write:leads'], ['read:*']) {
    my $r = call('POST', '/api/keys', { %new, scopes => $scopes });
    is $r->code, 'invalid_state', "@$scopes: not in production";
    like $r->json->{detail},
        qr/the application has no permission \Q$scopes->[-1]\E/,
        'which it says';
    is call('POST', '/api/keys', { %new, scopes => $scopes,
        environment => 'development' })->status, 201, 'elsewhere it is tried';
    is call('POST', '/api/clients', { %new, clientId => 'c',
        scopes => $scopes })->code, 'invalid_state', 'no client either';
}

my $made = call('POST', '/api/keys', \%new)->json->{data};
is call('PUT', "/api/keys/$made->{id}/scopes", { scopes => ['write:*'] })
    ->code, 'invalid_state', 'nor does an operator widen one';
is call('POST', '/api/keys', { %new, appId => 'app_456',
    scopes => ['write:*'] })->status, 201, 'of an id that nobody keeps, any';

# What looks like the id of an application is that of one, and one's own.
my $other = $p->partner;
my $theirs = $p->made('/api/applications', { %application, appName => 'a',
    partnerId => $other })->{id};
my $gone = $p->made('/api/applications', { %application,
    appName => 'gone' })->{id};
is call('DELETE', "/api/applications/$gone")->status, 200, 'one is deleted';
my $nowhere = '0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11';

for my $make (sub { call('POST', '/api/keys', { %new, appId => $_[0] }) },
    sub { by('x', appId => $_[0]) },
    sub { call('POST', '/api/clients', { %new, clientId => 'c',
        appId => $_[0] }) },
    sub { call('PUT', $client, { scopes => ['read:leads'],
        appId => $_[0] }) })
{
    my %said;
    for my $id ($nowhere, $theirs, $gone, uc $theirs) {
        my $r = $make->($id);
        is $r->status, 422, "$id is refused";
        my $error = $r->json->{errors}[0] || {};
        $said{join(' ', %$error{qw(pointer detail)})} = 1;
    }
    is_deeply [keys %said], ['pointer /appId detail must be one of the '
        . "partner's applications"], 'and it is not said why';
}

is call('PUT', $client, { scopes => ['read:leads'],
    appId => $app })->status, 200, 'a client takes what is its own';

my ($former) = $p->key($id, scopes => ['read:leads'])->{id};
$p->{postgres}->query("SET session_replication_role = replica;
    UPDATE partner.api_keys SET application = '$nowhere'
    WHERE id = '$former'");
is call('POST', "/api/keys/$former/rotate", {})->status, 201,
    'a key that has one of long ago is rotated all the same';


# What gateways give a key.
sub scopes_of {
    my ($key) = @_;
    my $text = $p->{redis}->command('GET',
        'partner:cred:' . sha256_hex($key->{fullKey}));
    return $text ? join(' ', @{decode_json($text)->{scopes}}) : '';
}


# A draft changes beneath its keys.
my $wide = $p->made('/api/applications', { %application, appName => 'c',
    permissions => ['read:*', 'write:leads'] })->{id};
$key = call('POST', '/api/keys', { %new, appId => $wide,
    scopes => ['read:*', 'write:leads'] })->json->{data};
my $staging = call('POST', '/api/keys', { %new, appId => $wide,
    environment => 'staging', scopes => ['write:leads'] })->json->{data};
soon { scopes_of($key) eq 'read:* write:leads' } 'gateways know its scopes';
is call('PUT', "/api/applications/$wide", { appName => 'c',
    permissions => ['read:leads', 'read:rides'] })->status, 200, 'narrowed';
soon { scopes_of($key) eq 'read:leads read:rides' }
    'and the key with its application';
is scopes_of($staging), 'write:leads', 'but not outside of production';

done_testing;
