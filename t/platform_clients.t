#!/usr/bin/perl

# Clients of other issuers: registered, they are let in as their record says;
# changed, suspended and revoked, gateways obey; and it shows when they were
# last used.

use strict;
use warnings;
use lib 't/lib';

use Partner::Jwt qw(claims jwks);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};
my $issuer = Partner::Jwt->new($t->dir, 'ES256', 'k0');

$t->write_file('jwks.json', jwks($issuer));
$t->define(WHO => join('/', map { "\$partner_$_" }
    qw(id app client tier scopes)));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_redis    %%REDIS%% timeout=10s connect_timeout=10s last_used=1s;

    partner_jwt issuer=https://issuer.example audience=gateway
                jwks_file=%%DIR%%/jwks.json;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        proxy_set_header X-Partner "%%WHO%%";

        location / {
            partner_auth key jwt;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "$http_x_partner"; }
    }
}
EOC


sub call { return $p->call(@_) }
sub partner { return $p->partner(@_) }


sub answer {
    my ($token) = @_;
    my $r = $t->get_as($token, '/');
    return $r->status == 200 ? $r->body : $r->code;
}


my ($id, $other) = (partner(tier => 'gold'), partner());
my %new = (clientId => 'metro-backend', partnerId => $id, appId => 'app_1',
    scopes => ['read:*']);
my $token = $issuer->sign(claims(client_id => 'metro-backend',
    scope => 'read:rides write:rides'));

soon { answer($token) eq 'unknown_credential' } 'nobody knows the client';

my $r = call('POST', '/api/clients', \%new);
is $r->status, 201, 'registered' or diag $r->body;
my $client = $r->json->{data};
my $uri = "/api/clients/$client->{id}";
is $client->{lastUsedAt}, undef, 'never used';
is_deeply call('GET', $uri)->json->{data}, $client, 'read back';
soon { answer($token) eq "$id/app_1/metro-backend/gold/read:rides" }
    'let in, with the scopes that record and token share';

is call('PUT', $uri, { scopes => ['write:rides'], appId => 'app_2' })->status,
    200, 'changed';
is answer($token), "$id/app_2/metro-backend/gold/write:rides",
    'and obeyed when the answer came';

is call('POST', "$uri/suspend")->json->{data}{status}, 'Suspended',
    'suspended';
is answer($token), 'suspended_credential', 'refused';
is call('POST', "$uri/activate")->json->{data}{status}, 'Active', 'activated';
soon { answer($token) =~ /^$id/ } 'and let in again';

is call('PUT', $uri, { scopes => ['write:rides'],
    allowedNetworks => ['192.0.2.0/24'] })->status, 200, 'bound to a network';
is answer($token), 'network_not_allowed', 'and refused elsewhere';
call('PUT', $uri, { scopes => ['write:rides'] });

is call('POST', "/api/partners/$id/suspend", { reason => 'x' })->status, 200,
    'its partner suspended';
is answer($token), 'partner_suspended', 'it is refused';
call('POST', "/api/partners/$id/activate");
soon { answer($token) =~ /^$id/ } 'as long as that';

# ---- when it was used ----

my $key = $p->key($id);
is $key->{lastUsedAt}, undef, 'a new key was never used';
soon { $t->get_as($key->{fullKey}, '/')->status == 200 } 'used';


sub used {
    my ($uri) = @_;
    my $data = call('GET', $uri)->json->{data};
    return (ref $data eq 'ARRAY' ? $data->[0] : $data)->{lastUsedAt};
}


my $version = "SELECT version FROM partner.api_keys WHERE id = '$key->{id}'";
my $before = $postgres->query($version);
soon { used("/api/keys?partnerId=$id") } 'the API says when the key was';
soon { used($uri) } 'and the client';
is $postgres->query($version), $before, 'which is no change of the key';

my $at = '2031-01-01T00:00:00+00:00';


# A gateway may write its own time over it, until that is taken: once more.
sub tell_until {
    my ($condition, $name, @uses) = @_;
    soon {
        $redis->command('HSET', 'partner:used', @uses);
        $condition->();
    } $name, 20;
}


tell_until(sub { (used("/api/keys?partnerId=$id") // '') eq $at },
    'a later time is taken', $key->{id}, 1924992000, 'nobody', 1924992000);
tell_until(sub { (used($uri) // '') eq '2031-01-01T00:00:01+00:00' },
    'what makes no sense is passed over', $key->{id}, 'soon', 'x' x 80, '1',
    "\xff", '12345678901', 'metro-backend', 1924992001);
is used("/api/keys?partnerId=$id"), $at, 'and no earlier time is';

# ---- what a crash left aside ----

$p->{work}->stop('KILL');
$redis->command('HSET', 'partner:used:taken', 'metro-backend', 1924992009);
$redis->command('HSET', 'partner:used', 'metro-backend', 1924992008);
$p->work;
soon { (used($uri) // '') eq '2031-01-01T00:00:09+00:00' } 'is taken first';
soon { $redis->command('EXISTS', 'partner:used:taken', 'partner:used') == 0 }
    'and nothing is left';

# ---- Redis is wiped ----

$redis->command('FLUSHALL');
soon { answer($token) =~ /^$id/ } 'the record is rebuilt';

# ---- who may ----

my %me = (partner => $id, scopes => 'manage:clients');
is call('GET', $uri, undef, %me)->status, 200, 'a partner sees its own';
is call('GET', $uri, undef, %me, partner => $other)->status, 404,
    'and no other does';
is_deeply call('GET', '/api/clients', undef, %me, partner => $other)->json
    ->{data}, [], 'in no list';
is call('POST', '/api/clients', { %new, clientId => 'mine' }, %me)->code,
    'insufficient_scope', 'it registers none';
is call('POST', '/api/clients', { %new, clientId => 'mine' }, %me,
    scopes => 'admin')->code, 'forbidden', 'whatever its scopes say';
is call('DELETE', $uri, undef, %me, scopes => 'admin')->code,
    'beyond_own_rights',
    'nor does it revoke one';

$r = call('POST', '/api/clients', { %new, partnerId => $other });
is $r->code, 'conflict', 'one client id, one partner';
is $r->json->{errors}[0]{pointer}, '/clientId', 'which is named';
is call('POST', '/api/clients', { %new, clientId => 'a b' })->json
    ->{errors}[0]{pointer}, '/clientId', 'an id that is none';
is call('POST', '/api/clients', { %new, clientId => 'c2',
    partnerId => '0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11' })->json
    ->{errors}[0]{pointer}, '/partnerId', 'a partner that is not there';

call('POST', '/api/clients', { %new, clientId => "page-$_" }) for 1 .. 3;
my $page = call('GET', "/api/clients?limit=2&partnerId=$id")->json;
is_deeply [map { $_->{clientId} } @{$page->{data}}], ['page-3', 'page-2'],
    'listed, newest first';
is call('GET', "/api/clients?limit=2&partnerId=$id&cursor="
    . $page->{page}{next})->json->{data}[-1]{clientId}, 'metro-backend',
    'page by page';
is scalar @{call('GET', '/api/clients?clientId=page-1&status=Active')->json
    ->{data}}, 1, 'found by id';

# ---- for good ----

is call('DELETE', $uri)->json->{data}{status}, 'Revoked', 'revoked';
is answer($token), 'revoked_credential', 'and refused';
is call('POST', "$uri/activate")->code, 'invalid_state', 'for good';
my $was = call('GET', $uri)->json->{data};
my %same = map { defined $was->{$_} ? ($_ => $was->{$_}) : () }
    qw(name appId scopes rateLimit environment allowedNetworks);
like call('PUT', $uri, \%same)->status, qr/^20/, 'it may be said as it is';
is call('PUT', $uri, { %same, name => 'another' })->code, 'invalid_state',
    'and is not changed';

# ---- ids in capitals ----

my $app = call('POST', '/api/applications', { partnerId => $id,
    appName => 'capitals', permissions => ['read:*'] })->json->{data}{id};

for my $what (['/api/clients', clientId => 'capitals', scopes => ['read:*']],
    ['/api/keys', scopes => ['read:*'], environment => 'development']) {
    my ($list, %of) = @$what;
    is call('POST', $list, { %of, partnerId => $id, appId => uc $app })->json
        ->{data}{appId}, $app, "$list: an application's id, in small letters";
}

is scalar @{call('GET', '/api/keys?appId=' . uc $app)->json->{data}}, 1,
    'and found in capitals';

done_testing;
