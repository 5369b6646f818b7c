#!/usr/bin/perl

# No token, key or claim's value reaches a log, whatever becomes of the token:
# none of our lines at debug level, where nginx itself shows each header that
# it reads or sends, and none at all from info up.  Nothing of what the gateway
# asks an issuer is shown at any level.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Partner::Jwt qw(claims jwks);
use Partner::Platform;
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $canary = 'c4n4ry';
my $platform = Partner::Platform->new($t->redis);
my %key = map { $_ => Partner::Jwt->new($t->dir, $_, "k-$_") }
    qw(RS256 ES256 HS256);
my $stranger = Partner::Jwt->new($t->dir, 'ES256', 'k-ES256');

chmod(0600, $t->write_file('secret.json', jwks($key{HS256})));
$t->write_file('keys.json', '{"keys": []}');
my $published = jwks(@key{qw(RS256 ES256)});

# The client's secret of the gateway, as it is sent: gate:s3cretw0rd
my $basic = 'Z2F0ZTpzM2NyZXR3MHJk';
chmod(0600, $t->write_file('credentials', "gate:s3cretw0rd\n"));

my $active = JSON::PP::encode_json({
    active => JSON::PP::true, client_id => "$canary-c", partner => "$canary-p",
    scope => "read:rides $canary:s", jti => $canary, exp => time() + 600 });

# Clients whose records say who they are: one has fewer scopes than its tokens.
$platform->client("$canary-few", partnerId => "$canary-q", tier => 'gold',
    scopes => ['read:*']);
$platform->client("$canary-gone", partnerId => "$canary-q",
    partnerStatus => 'suspended', scopes => ['read:*']);
$platform->revoke_tokens('client', "$canary-out");
$platform->revoke_tokens('token', 'https://issuer.example', "$canary-jti");

$t->upstream(sub {
    return Partner::Upstream::answer($_[0], 200,
        $_[1]{uri} eq '/keys' ? $published : $active);
}, 'issuer');
$t->upstream(sub {
    return Partner::Upstream::answer($_[0], 200, 'ok');
}, 'api');

my $conf = <<'EOC';
%%LEVEL%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_keys     %%DIR%%/keys.json;
    partner_jwt issuer=https://issuer.example audience=gateway jwks=/_keys
                partner=partner tier=tier refresh=1s;
    partner_jwt issuer=https://secret.example audience=gateway
                jwks_file=%%DIR%%/secret.json algorithms=HS256
                partner=partner;
    partner_redis %%REDIS%%;
    partner_jwt issuer=https://clients.example audience=gateway jwks=/_keys;
    partner_introspection location=/_ask partner=partner
                          credentials_file=%%DIR%%/credentials;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        access_log access.log;

        location /opaque {
            partner_auth  opaque;
            partner_scope read:rides;
            proxy_set_header Authorization "";
            proxy_pass http://%%API%%:/;
        }

        location / {
            partner_auth  key jwt;
            partner_scope read:rides;
            proxy_set_header Authorization "";
            proxy_pass http://%%API%%:/;
        }

        location = /_keys { internal; proxy_pass http://%%ISSUER%%:/keys; }
        location = /_ask  { internal; proxy_pass http://%%ISSUER%%:/ask; }
    }
}
EOC

# What nginx shows at debug level, as docs/operations.md says: the token that
# came, and who calls as the upstream is told, in a line for each field and once
# more in the request as it is sent.
my @shown = map { qr/$_/ }
    '\[debug\] \S+ \S+ http header: "Authorization: ',
    '\[debug\] \S+ \S+ http proxy header: "X-Partner-(Id|Client|Scopes): ',
    '^X-Partner-(Id|Client|Scopes): ';


# Of every fate, with something to find in each claim.
sub tokens {
    my $hs = { iss => 'https://secret.example' };
    my @client = (iss => 'https://clients.example', scope => 'read:rides a:b');
    my $now = time();
    my $good = $key{RS256}->sign(claims(jti => $canary, extra => $canary,
        client_id => "$canary-c", partner => "$canary-p",
        scope => "read:rides $canary:s"));

    return ($good, $good, $key{ES256}->sign(claims(sub => $canary)),
        $key{HS256}->sign(claims(%$hs, jti => $canary)),
        $stranger->sign(claims(sub => $canary)),
        (map { $key{ES256}->sign(claims(%$_)) } { iss => $canary },
            { aud => $canary }, { client_id => "$canary x" },
            { partner => "$canary x" }, { tier => $canary },
            { scope => $canary }, { scope => qq($canary") },
            { jti => [$canary] }, { exp => $canary }, { exp => $now - 90 },
            { nbf => $now + 90 }, { cnf => { x => $canary } }),
        (map { $key{ES256}->sign(claims(@client, client_id => "$canary-$_")) }
            qw(few few gone out none)),
        $key{ES256}->sign(claims(client_id => "$canary-out")),
        $key{ES256}->sign(claims(jti => "$canary-jti")),
        $key{ES256}->sign(claims(), kid => $canary),
        $key{ES256}->sign(claims(), typ => $canary),
        $key{ES256}->sign(claims(), alg => $canary),
        $key{ES256}->sign(claims(), crit => [$canary]),
        $key{ES256}->sign(qq({"$canary":"$canary")),
        "$canary.$canary.$canary", "$good$canary", $good x 9);
}


# So many new names that one partner's share of the room is taken.
sub crowd {
    return map {
        my $n = $_;
        $key{ES256}->sign(claims(partner => "p-$canary", scope => join(' ',
            map { sprintf('%s:%05d', chr(ord('a') + $_) x 56, $n) } 0 .. 14)))
    } 1 .. 20;
}


# What must not be found: texts of ours, tokens, secrets.
sub secrets {
    my @parts = map { grep { length > 20 } split(/\./, $_) } @_;
    my ($secret) = jwks($key{HS256}) =~ /"k":"([^"]+)/;
    my ($n) = $published =~ /"n":"([^"]+)/;
    my $any = join('|', map { quotemeta } $canary, $secret, $n, $basic,
        's3cretw0rd',
        map { substr($_, 0, 60) } @parts);
    return qr/$any/;
}

# Those that Redis decides.
my %seen_so = (revoked_token => 3, partner_suspended => 1,
    unknown_credential => 1);

for my $level (qw(GLOBALS GLOBALS_LOAD)) {
    my $nginx = $t->run($conf =~ s/LEVEL/$level/r);
    my @tokens = (tokens(), crowd());
    my %seen;

    $seen{$t->get_as($_, '/')->code // 'passed'}++ for @tokens;
    is $t->get_as("opaque-$canary", '/opaque')->status, 200, 'an opaque one';
    cmp_ok scalar(keys %seen), '>', 12, 'many fates: '
        . join(' ', sort keys %seen);
    is $seen{$_} // 0, $seen_so{$_}, "$_ among them" for sort keys %seen_so;
    $nginx->stop;

    my $found = secrets(@tokens);
    my @lines = split(/\n/, $t->read_file('error.log')
        . $t->read_file('access.log'));
    my @leaks = grep { /$found/ } @lines;

    is scalar(grep { /no room for another name of "one of whom/ } @lines), 1,
        'a partner that takes too much room is told of once';

    if ($level eq 'GLOBALS') {
        for my $shown (@shown) {
            ok scalar(grep { /$shown/ } @leaks), "nginx shows $shown";
            @leaks = grep { !/$shown/ } @leaks;
        }
    }

    cmp_ok scalar(@lines), '>', 20, 'there are lines';
    is join("\n", @leaks), '', 'and nothing in them';
    unlink(map { $t->dir . "/$_" } qw(error.log access.log));
}

done_testing;
