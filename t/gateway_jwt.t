#!/usr/bin/perl

# A token is accepted when it is good in every respect, and refused with the
# right code for each respect in which it is not (RFC 7519, RFC 8725).

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use MIME::Base64 qw(encode_base64url);
use Partner::Jwt qw(claims jwks);
use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my @algs = qw(RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA);
my %key = map { $_ => Partner::Jwt->new($t->dir, $_, "k-$_") } @algs,
    qw(HS256 HS384 HS512);
my $stranger = Partner::Jwt->new($t->dir, 'RS256', 'k-RS256');
my $plain = new_key();

$t->write_file('public.json', jwks(@key{@algs}));
chmod(0600, $t->write_file('secret.json',
    jwks(@key{qw(HS256 HS384 HS512)})));
$t->write_file('one.json', jwks($key{ES256}));
$t->write_file('keys.json', registry($plain => {}));

$t->define(PUBLIC => join(',', @algs), WHO => join('/', map { "\$partner_$_" }
    qw(id app client tier scopes)));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_keys     %%DIR%%/keys.json;

    partner_jwt issuer=https://issuer.example audience=gateway,other
                jwks_file=%%DIR%%/public.json leeway=30s
                algorithms=%%PUBLIC%%
                partner=partner application=app tier=tier;
    partner_jwt issuer=https://secret.example audience=gateway
                jwks_file=%%DIR%%/secret.json algorithms=HS256,HS384,HS512
                partner=partner default_tier=gold;
    partner_jwt issuer=https://typed.example audience=gateway
                jwks_file=%%DIR%%/one.json algorithms=ES256 typ=at+jwt
                partner=partner;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        proxy_set_header X-Partner "%%WHO%%";

        location / {
            partner_auth key jwt;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /jwt {
            partner_auth jwt;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /key {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /write {
            partner_auth  jwt;
            partner_scope write:rides;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "$http_x_partner\n"; }
    }
}
EOC

my $rs = $key{RS256};
my $iss = 'https://issuer.example';


sub code {
    my ($token, $uri) = @_;
    my $r = $t->get_as($token, $uri // '/');
    return $r->status == 200 ? 200 : $r->status . ' ' . $r->code;
}


sub refused {
    my ($token, $code, $name) = @_;
    my $r = $t->get_as($token, '/');

    is $r->status == 200 ? 'accepted' : $r->code, $code, $name;
    is $r->header('WWW-Authenticate'),
        'Bearer realm="partner", error="invalid_token"',
        "$name: the challenge of RFC 6750" if $r->status == 401;
}


# Good tokens, twice: verified, then remembered.

for my $alg (@algs) {
    my $token = $key{$alg}->sign(claims());
    is code($token), 200, "$alg: accepted";
    is code($token), 200, "$alg: accepted again";
}

for my $alg (qw(HS256 HS384 HS512)) {
    my $token = $key{$alg}->sign(claims(iss => 'https://secret.example'));
    is code($token), 200, "$alg: accepted";
}

is $t->get_as($rs->sign(claims(app => 'a1', tier => 'silver',
    scp => [qw(x y)])), '/')->body, "p1/a1/client_1/silver/read:rides\n",
    'claims make the principal';
is code($rs->sign(claims(partner => 'platform'))), '403 token_not_mapped',
    'no claim makes an operator';
is $t->get_as($key{HS256}->sign(claims(iss => 'https://secret.example',
    client_id => undef, azp => undef)), '/')->code, 'malformed_token',
    'null is no client';

{
    my $claims = claims(scp => ['read:rides', 'write:rides'],
        aud => ['x', 'other'], azp => 'party');
    delete @$claims{qw(scope client_id)};
    my $token = $rs->sign($claims);
    is $t->get_as($token, '/write')->body,
        "p1//party/basic/read:rides write:rides\n",
        'scp as an array, aud as an array, azp as the client';
}

is code($rs->sign(claims()), '/write'), '403 insufficient_scope',
    'scopes of the token are held to';

# One credential is never tried as the other (Q-25).

is code($plain), 200, 'a key beside tokens';
is code($plain, '/jwt'), '401 malformed_credential', 'no key where tokens are';
is code($rs->sign(claims()), '/key'), '401 malformed_credential',
    'no token where keys are';
is code("$plain.x.y"), '401 malformed_token', 'two dots: never a key';

# Each claim spoiled in turn.

my $now = time();
my @spoiled = (
    [{ iss => 'https://other.example' }, 'unknown_issuer', 'another issuer'],
    [{ iss => "$iss/" }, 'unknown_issuer', 'almost the issuer'],
    [{ iss => undef }, 'malformed_token', 'iss null'],
    [{ iss => [$iss] }, 'malformed_token', 'iss an array'],
    [{ aud => 'else' }, 'wrong_audience', 'another audience'],
    [{ aud => ['else'] }, 'wrong_audience', 'other audiences'],
    [{ aud => [] }, 'wrong_audience', 'no audience'],
    [{ aud => { gateway => 1 } }, 'wrong_audience', 'aud an object'],
    [{ exp => $now - 31 }, 'expired_token', 'expired, beyond the leeway'],
    [{ exp => 0 }, 'expired_token', 'expired at the epoch'],
    [{ exp => "$now" . '000' }, 'malformed_token', 'exp a string'],
    [{ exp => undef }, 'malformed_token', 'exp null'],
    [{ exp => -1 }, 'malformed_token', 'exp negative'],
    [{ nbf => $now + 600 }, 'premature_token', 'nbf ahead'],
    [{ nbf => 'soon' }, 'malformed_token', 'nbf a word'],
    [{ iat => $now + 600 }, 'premature_token', 'iat ahead'],
    [{ iat => {} }, 'malformed_token', 'iat an object'],
    [{ jti => 7 }, 'malformed_token', 'jti a number'],
    [{ sub => [] }, 'malformed_token', 'sub an array'],
    [{ client_id => '' }, 'malformed_token', 'client empty'],
    [{ client_id => 'a b' }, 'token_not_mapped', 'client with a blank'],
    [{ client_id => 'c' x 64 }, 'token_not_mapped', 'client too long'],
    [{ partner => undef }, 'token_not_mapped', 'partner null'],
    [{ partner => "p1\n" }, 'token_not_mapped', 'partner with a newline'],
    [{ tier => 'platinum' }, 'token_not_mapped', 'no such tier'],
    [{ scope => 'a"b' }, 'token_not_mapped', 'no scope'],
    [{ scope => 7 }, 'token_not_mapped', 'scope a number'],
    [{ cnf => {} }, 'malformed_token', 'cnf of another kind'],
    [{ cnf => { 'x5t#S256' => 'x' } }, 'malformed_token', 'cnf no digest'],
    [{ cnf => { 'x5t#S256' => encode_base64url('x' x 32) } },
        'certificate_mismatch', 'bound, and no certificate shown'],
);

for (@spoiled) {
    my ($claims, $code, $name) = @$_;
    refused($rs->sign(claims(%$claims)), $code, $name);
}

# A claim that cannot be used is named, and what it says is not.

for ([{ client_id => 'a b' }, 'client_id, azp or sub'],
    [{ partner => 'p1 x' }, 'partner'], [{ app => 'a/b' }, 'app'],
    [{ partner => 'platform' }, 'partner'], [{ tier => 'platinum' }, 'tier'],
    [{ scope => 'a"b' }, 'scope or scp'])
{
    my ($claims, $name) = @$_;
    like $t->get_as($rs->sign(claims(%$claims)), '/')->body,
        qr/"The claim \Q$name\E of the token is missing, or not as/,
        "told which claim: $name";
}

for my $claim (qw(iss aud exp)) {
    my $claims = claims();
    delete $claims->{$claim};
    refused($rs->sign($claims), { iss => 'unknown_issuer',
        aud => 'wrong_audience', exp => 'malformed_token' }->{$claim},
        "without $claim");
}

is code($rs->sign(claims(exp => time() - 5))), 200, 'within the leeway';

# Attacks on the form and the header, by the section that names them.

my $good = $rs->sign(claims());
my ($h, $p, $s) = split(/\./, $good);
my $claims = encode_json(claims());
my $b = \&encode_base64url;
my $spki = `openssl pkey -pubout -in $rs->{file}`;
my $confused = bless { alg => 'HS256', secret => $spki }, 'Partner::Jwt';

my @attacks = (
    ['none: RFC 8725, 3.1', $b->('{"alg":"none"}') . ".$p.",
        'algorithm_not_allowed'],
    ['none with a signature', $b->('{"alg":"none"}') . ".$p.$s",
        'algorithm_not_allowed'],
    ['nOnE', $b->('{"alg":"nOnE"}') . ".$p.$s", 'algorithm_not_allowed'],
    ['no alg', $b->('{"typ":"JWT"}') . ".$p.$s", 'malformed_token'],
    ['alg a list', $b->('{"alg":["RS256"]}') . ".$p.$s", 'malformed_token'],
    ['alg twice: RFC 7515, 4', $b->('{"alg":"RS256","alg":"none"}')
        . ".$p.$s", 'malformed_token'],
    ['alg twice, one escaped', $b->('{"alg":"RS256","\u0061lg":"none"}')
        . ".$p.$s", 'malformed_token'],
    ['public key as secret: RFC 8725, 2.1',
        $confused->sign(claims(), kid => 'k-RS256'), 'algorithm_not_allowed'],
    ['public key as secret, where HS256 is right',
        $confused->sign(claims(iss => 'https://secret.example'),
            kid => 'k-HS256'), 'invalid_signature'],
    ['RS256 key used as PS256',
        $key{PS256}->sign(claims(), kid => 'k-RS256'),
        'unknown_signing_key'],
    ['ES256 under the kid of ES384',
        $key{ES256}->sign(claims(), kid => 'k-ES384'),
        'unknown_signing_key'],
    ['a stranger\'s key', $stranger->sign(claims()), 'invalid_signature'],
    ['key in the header: RFC 8725, 3.10', $stranger->sign(claims(),
        jwk => $stranger->jwk), 'invalid_signature'],
    ['jku in the header', $stranger->sign(claims(),
        jku => 'https://evil.example/jwks'), 'invalid_signature'],
    ['x5c in the header', $stranger->sign(claims(), x5c => ['MIIB']),
        'invalid_signature'],
    ['crit: RFC 7515, 4.1.11', $rs->sign(claims(), crit => ['exp']),
        'malformed_token'],
    ['b64: RFC 7797', $rs->sign(claims(), b64 => JSON::PP::false),
        'malformed_token'],
    ['compressed: RFC 8725, 3.6', $rs->sign(claims(), zip => 'DEF'),
        'malformed_token'],
    ['nested: RFC 7519, 5.2', $rs->sign($good, cty => 'JWT'),
        'malformed_token'],
    ['token as claims', $rs->sign($good), 'malformed_token'],
    ['typ of something else: RFC 8725, 3.11',
        $rs->sign(claims(), typ => 'secevent+jwt'), 'wrong_token_type'],
    ['ID token where at+jwt is asked for: RFC 9068, 4',
        $key{ES256}->sign(claims(iss => 'https://typed.example')),
        'wrong_token_type'],
    ['another issuer\'s key: RFC 8725, 3.8',
        $key{RS256}->sign(claims(iss => 'https://typed.example'),
            typ => 'at+jwt'), 'algorithm_not_allowed'],
    ['kid an object', $rs->sign(claims(), kid => {}), 'malformed_token'],
    ['kid like a path: RFC 8725, 3.10',
        $rs->sign(claims(), kid => '../../dev/null'), 'unknown_signing_key'],
    ['kid like a query', $rs->sign(claims(), kid => "x' UNION SELECT 1--"),
        'unknown_signing_key'],
    ['signature of nothing', "$h.$p.", 'malformed_token'],
    ['signature cut', "$h.$p." . substr($s, 0, -4), 'invalid_signature'],
    ['signature with padding: RFC 7515, 2', "$good==", 'invalid_signature'],
    ['header with padding', "$h=.$p.$s", 'malformed_token'],
    ['payload in base64', $rs->sign(claims(x => '??>>~~')) =~ tr{_-}{/+}r,
        qr/malformed_token|invalid_signature/],
    ['last digit not canonical', "$h.$p." . substr($s, 0, -1)
        . chr(ord(substr($s, -1)) + 1), 'invalid_signature'],
    ['claims of another token', join('.', $h,
        (split(/\./, $rs->sign(claims(partner => 'p2'))))[1], $s),
        'invalid_signature'],
    ['claim twice: RFC 7519, 4', $rs->sign_text(
        '{"alg":"RS256","kid":"k-RS256"}', ($claims =~ s/\}$//r)
        . ',"partner":"p2"}'), 'malformed_token'],
    ['claims a list', $rs->sign("[$claims]"), 'malformed_token'],
    ['claims and more', $rs->sign("$claims {}"), 'malformed_token'],
    ['claims not UTF-8', $rs->sign($claims =~ s/user/us\xff/r),
        'malformed_token'],
    ['claims too deep', $rs->sign($claims =~ s/\}$//r . ',"x":'
        . '[' x 50 . ']' x 50 . '}'), 'malformed_token'],
    ['claims too many', $rs->sign($claims =~ s/\}$//r . ',"x":['
        . join(',', (0) x 300) . ']}'), 'malformed_token'],
    ['header too long', $rs->sign(claims(), x => 'x' x 1100),
        'malformed_token'],
);

for (@attacks) {
    my ($name, $token, $code) = @$_;
    ref $code
        ? like($t->get_as($token, '/')->code // 'accepted', $code, $name)
        : refused($token, $code, $name);
}

for my $alg (qw(ES256 ES384 ES512)) {
    my $size = { ES256 => 64, ES384 => 96, ES512 => 132 }->{$alg};
    my $token = $key{$alg}->sign(claims());
    my $input = $token =~ s/\.[^.]*$//r;

    refused("$input." . $b->("\0" x $size), 'invalid_signature',
        "$alg: zeros, as in CVE-2022-21449");
    refused("$input." . $b->("\xff" x $size), 'invalid_signature',
        "$alg: numbers beyond the order");
    refused("$input." . $b->("\0" x ($size - 1)), 'invalid_signature',
        "$alg: one byte short");
}

# Without a kid: one key of that algorithm is enough, two are not one.

{
    my $token = $key{EdDSA}->sign_text('{"alg":"EdDSA"}', $claims);
    is code($token), 200, 'no kid, one key of the algorithm';
}

is code($good), 200, 'and the good one is still good';

# Issuers in another order: remembered tokens stay those of their own.

{
    my $hs = $key{HS256}->sign(claims(iss => 'https://secret.example'));
    is code($hs), 200, 'a token of the second issuer';
    (my $swapped = $t->read_file('nginx.conf'))
        =~ s/(partner_jwt issuer.*?;)(\s+)(partner_jwt issuer.*?;)/$3$2$1/s;
    $nginx->conf($swapped)->reload;
    is $t->get_as($hs, '/')->body, "p1//client_1/gold/read:rides\n",
        'which is the first now';
    is $t->get_as($good, '/')->body, "p1//client_1/basic/read:rides\n",
        'and one of the first, now second';
}

# The cache does not outlive the token's rules: another audience, same keys.

my $conf = $t->read_file('nginx.conf');
(my $other = $conf) =~ s/audience=gateway,other/audience=elsewhere/;
$nginx->conf($other)->reload;
is code($good), '401 wrong_audience', 'a remembered token under new rules';

done_testing;
