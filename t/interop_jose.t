#!/usr/bin/perl

# Tokens that jose has signed are accepted; each claim spoiled in turn, they
# are refused with the error that RFC 6750 has for it.

use strict;
use warnings;
use lib 't/lib';

use IPC::Open2 qw(open2);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $json = JSON::PP->new->canonical;
my @public = qw(RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA);
my @secret = qw(HS256 HS384 HS512);

$ENV{NODE_PATH} = '/usr/share/nodejs';
my $pid = open2(my $answers, my $requests, 'node',
    $t->top . '/lua-free-tests/interop/issuer.mjs');


sub jose {
    print $requests $json->encode({ @_ }), "\n";
    return $json->decode(scalar <$answers> // die "jose has ended\n");
}


sub claims {
    my $now = time();

    return {
        iss => 'https://issuer.example', aud => 'gateway', sub => 'user',
        client_id => 'client_1', partner => 'p1', tier => 'gold',
        exp => $now + 600, nbf => $now - 10, iat => $now - 10, jti => 'id_1',
        scope => 'read:rides', @_
    };
}


sub token {
    my ($alg, $claims, %header) = @_;
    return jose(sign => $alg, claims => $claims, header => \%header)->{token};
}

for (['public', @public], ['secret', @secret]) {
    my ($name, @algs) = @$_;
    $t->write_file("$name.json", $json->encode({
        keys => [map { jose(make => $_)->{jwk} } @algs] }));
    chmod(0600, $t->dir . "/$name.json");
}

$t->define(PUBLIC => join(',', @public), SECRET => join(',', @secret));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_jwt issuer=https://issuer.example audience=gateway
                jwks_file=%%DIR%%/public.json algorithms=%%PUBLIC%%
                partner=partner tier=tier;
    partner_jwt issuer=https://secret.example audience=gateway
                jwks_file=%%DIR%%/secret.json algorithms=%%SECRET%%
                partner=partner tier=tier;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth jwt;
        proxy_set_header X-Who "$partner_id $partner_client $partner_tier";

        location / {
            partner_scope read:rides;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /write {
            partner_scope write:rides;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "$http_x_who\n"; }
    }
}
EOC

for my $alg (@public, @secret) {
    my $token = token($alg, claims($alg =~ /^HS/
        ? (iss => 'https://secret.example') : ()));
    is $t->get_as($token, '/')->body, "p1 client_1 gold\n", "$alg: accepted";
}

is $t->get_as(token('ES256', claims(), typ => 'at+jwt'), '/')->status, 200,
    'a token of RFC 9068';

# What other issuers say instead: azp for the client, scp for the scopes.

for my $scp ('read:rides', ['write:rides', 'read:rides']) {
    my $claims = claims(azp => 'party', scp => $scp);
    delete @$claims{qw(client_id scope)};
    my $token = token('RS256', $claims);
    is $t->get_as($token, '/')->body, "p1 party gold\n",
        'azp and scp, ' . (ref $scp ? 'an array' : 'a text');
    is $t->get_as($token, '/write')->status, ref $scp ? 200 : 403,
        'of these scopes and no other';
}

# Each claim, and what RFC 6750, section 3.1, calls the error; what no claim
# says (no partner, no such tier) is none of its.

my $now = time();
my @spoiled = (
    [{ iss => 'https://else.example' }, 401, 'invalid_token'],
    [{ aud => 'else' }, 401, 'invalid_token'],
    [{ exp => $now - 60 }, 401, 'invalid_token'],
    [{ nbf => $now + 60 }, 401, 'invalid_token'],
    [{ iat => $now + 60 }, 401, 'invalid_token'],
    [{ jti => '' }, 401, 'invalid_token'],
    [{ sub => '' }, 401, 'invalid_token'],
    [{ client_id => '' }, 401, 'invalid_token'],
    [{ cnf => { jkt => 'x' } }, 401, 'invalid_token'],
    [{ cnf => { 'x5t#S256' => 'A' x 43 } }, 401, 'invalid_token'],
    [{ scope => 'read:else' }, 403, 'insufficient_scope'],
    [{ scope => '' }, 403, 'insufficient_scope'],
    [{ partner => '' }, 403, undef],
    [{ tier => 'tin' }, 403, undef],
    [{ client_id => 'a b' }, 403, undef],
);


sub refused {
    my ($token, $status, $error, $name, $uri) = @_;
    my $r = $t->get_as($token, $uri // '/');
    my ($said) = ($r->header('WWW-Authenticate') // '') =~ /error="(\w+)"/;

    is $r->status, $status, "$name: $status";
    is $said, $error, "$name: " . ($error // 'no error of RFC 6750');
}

for (@spoiled) {
    my ($claims, $status, $error) = @$_;
    refused(token('PS256', claims(%$claims)), $status, $error,
        $json->encode($claims));
}

for my $claim (qw(iss aud exp)) {
    my $claims = claims();
    delete $claims->{$claim};
    refused(token('PS256', $claims), 401, 'invalid_token', "no $claim");
}

refused(token('ES384', claims(), kid => 'ES256'), 401, 'invalid_token',
    'the kid of another key');
refused(token('ES384', claims(), typ => 'dpop+jwt'), 401, 'invalid_token',
    'a token of another type');
refused(token('HS256', claims()), 401, 'invalid_token',
    'a secret where public keys are');
refused(token('ES256', claims()), 403, 'insufficient_scope',
    'a scope that the token has not', '/write');

close($requests);
waitpid($pid, 0);

done_testing;
