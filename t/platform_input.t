#!/usr/bin/perl

# Whatever is wrong with a request is said in problem+json, by name, and
# leaves nothing behind.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $nobody = '00000000-0000-4000-8000-000000000000';
my $good = '{"partnerName": "A", "partnerType": "Data"}';



# The places that a problem names, in order.
sub places {
    my ($response) = @_;
    return join(' ', sort map { $_->{pointer} // $_->{parameter} }
        @{$response->json->{errors} || []});
}


sub refused {
    my ($response, $status, $code, $name) = @_;

    is $response->status, $status, "$name: status";
    is $response->code, $code, "$name: code";
    is $response->header('Content-Type'), 'application/problem+json',
        "$name: problem+json";
    is $response->header('Cache-Control'), 'no-store', "$name: not stored";
    is $response->json->{status}, $status, "$name: status in the body";

    return $response;
}


# Bodies: [body, status, code, places]
my %bodies = (
    'not JSON' => ['{', 400, 'malformed_json', ''],
    'two documents' => ["$good $good", 400, 'malformed_json', ''],
    'a zero byte' => ["{\"partnerName\": \"a\\u0000\"}", 400,
        'malformed_json', ''],
    'not UTF-8' => ["{\"partnerName\": \"\xff\"}", 400, 'malformed_json', ''],
    'a member twice' => ['{"partnerName": "a", "partnerName": "b"}', 400,
        'duplicate_member', ''],
    'not an object' => ['[]', 422, 'invalid_body', ''],
    'nothing' => ['', 422, 'invalid_body', ''],
    'members missing' => ['{}', 422, 'invalid_body',
        '/partnerName /partnerType'],
    'a member unknown' => ['{"partnerName": "a", "partnerType": "Data",
        "na/me~": 1}', 422, 'invalid_body', '/na~1me~0'],
    'every member wrong' => ['{"partnerName": "", "partnerType": "x",
        "category": "y", "tier": 1, "z": 0}', 422, 'invalid_body',
        '/category /partnerName /partnerType /tier /z'],
    'a tier that is none' => ['{"partnerName": "a", "partnerType": "Data",
        "tier": "platinum"}', 422, 'invalid_body', '/tier'],
    'a name too long' => [encode_json({partnerName => 'a' x 201,
        partnerType => 'Data'}), 422, 'invalid_body', '/partnerName'],
    '10 MB' => ['{"partnerName": "' . 'a' x 10_000_000 . '"}', 413,
        'payload_too_large', ''],
);

for my $name (sort keys %bodies) {
    my ($body, $status, $code, $places) = @{$bodies{$name}};
    my $r = refused($p->request('POST', '/api/partners', body => $body),
        $status, $code, $name);
    is places($r), $places, "$name: places";
}

like $p->request('POST', '/api/partners', body => "{\n  x}")->json->{detail},
    qr/^line 2, column \d+:/, 'a malformed body has its position';
is $p->request('POST', '/api/partners', body => $bodies{'a zero byte'}[0])
    ->json->{detail}, 'line 1, column 19: \\u0000 is allowed in no string',
    'so has a zero byte';
like $p->request('POST', '/api/partners', body => $bodies{'a member twice'}[0])
    ->json->{detail}, qr/partnerName/, 'a duplicate member has its name';

refused($p->request('POST', '/api/partners', body => $good,
    headers => { 'Content-Type' => $_ }), 415, 'unsupported_media_type',
    "Content-Type $_") for 'text/plain', 'application/jsonp',
    'application/x-www-form-urlencoded';

# Keys
my %keys = (
    '{"partnerId": "p", "scopes": []}' => '/partnerId /scopes',
    "{\"partnerId\": \"$nobody\", \"scopes\": [\"read:leads\", \"admin\"]}" =>
        '/scopes/1',
    "{\"partnerId\": \"$nobody\", \"scopes\": [\"*\"]}" => '/scopes/0',
    "{\"partnerId\": \"$nobody\", \"scopes\": [\"read:*\", \"read:*\"]}" =>
        '/scopes/1',
    "{\"partnerId\": \"$nobody\", \"scopes\": [\"read:*\"], \"rateLimit\": 0,
        \"expiresAt\": \"tomorrow\", \"appId\": \"a b\",
        \"environment\": \"test\"}" =>
        '/appId /environment /expiresAt /rateLimit',
    "{\"partnerId\": \"$nobody\", \"scopes\": [\"read:*\"]}" => '/partnerId',
);

for my $body (sort keys %keys) {
    my $r = refused($p->request('POST', '/api/keys', body => $body), 422,
        'invalid_body', "a key like $body");
    is places($r), $keys{$body}, 'its places';
}

is places(refused($p->request('POST', '/api/partners', body =>
    '{"partnerName": "  ", "partnerType": "Data"}'), 422, 'invalid_body',
    'a name of spaces alone')), '/partnerName', 'its place';

# What PostgreSQL would refuse is refused before, and named.
for my $at ('2030-01-01T00:00:00+16:00', '0000-01-01T00:00:00Z',
    '2030-01-01T00:00:00.' . '0' x 200 . 'Z') {
    my $r = refused($p->request('POST', '/api/keys', body => encode_json({
        partnerId => $nobody, scopes => ['read:*'], expiresAt => $at })), 422,
        'invalid_body', "a key until $at");
    is places($r), '/expiresAt', 'its place';
}

for my $on ('0000-01-01', '2030-02-30') {
    my $r = refused($p->request('POST', '/api/applications', body =>
        encode_json({ partnerId => $nobody, appName => 'a', permissions =>
        ['read:leads'], securityInfo => { certifications => [{ name => 'x',
        expiresOn => $on }] } })), 422, 'invalid_body', "certified until $on");
    is places($r), '/securityInfo/certifications/0/expiresOn', 'its place';
}

# More mistakes than are named.
my $many = refused($p->request('POST', '/api/partners', body => encode_json({
    partnerName => 'a', partnerType => 'Data', map { ("x$_" => 1) } 1 .. 70 })),
    422, 'invalid_body', '70 members unknown');
is scalar @{$many->json->{errors}}, 64, 'some are named';
like $many->json->{detail}, qr/\b6 more\b/, 'and the others are counted';

# Parameters: uri => places
my %parameters = (
    '/api/partners/x' => 'partnerId',
    '/api/partners/%00' => 'partnerId',
    '/api/partners?limit=0' => 'limit',
    '/api/partners?limit=101' => 'limit',
    '/api/partners?limit=ten' => 'limit',
    '/api/partners?limit=1&limit=2' => 'limit',
    '/api/partners?status=Gone&tier=none&colour=red' => 'colour status tier',
    '/api/partners?cursor=!' => 'cursor',
    '/api/partners?cursor=WyJrZXlzLmxpc3QiLCIxIiwiMiJd' => 'cursor',
    '/api/partners?%zz=1' => '',
    "/api/partners/$nobody/usage?from=yesterday" => 'from',
    '/api/keys?partnerId=1' => 'partnerId',
);

for my $uri (sort keys %parameters) {
    my $r = refused($p->request('GET', $uri), 400, 'invalid_parameter', $uri);
    is places($r), $parameters{$uri}, "$uri: places";
}

is places(refused($p->request('GET',
    '/api/partners?cursor=WyJwYXJ0bmVycy5saXN0IiwieCIsInkiXQ'), 400,
    'invalid_parameter', 'a cursor that was made up')), 'cursor', 'its place';

# What PostgreSQL refuses all the same, the contract should not have let pass.
$p->{postgres}->query('ALTER TABLE partner.partners ADD CONSTRAINT mistake
    CHECK (1 / (length(name) - 1) IS NOT NULL)');
refused($p->request('POST', '/api/partners', body => $good), 500,
    'internal_error', 'a mistake of ours');
like $t->read_file('partnerd/serve.log'), qr/"sqlstate":"22012"/, 'is logged';
$p->{postgres}->query('ALTER TABLE partner.partners DROP CONSTRAINT mistake');

# Paths and methods
refused($p->request(@$_), 404, 'not_found', "@$_") for
    ['GET', '/'], ['GET', '/api'], ['GET', '/api/partners/'],
    ['GET', "/api/partners/$nobody"], ['GET', "/api/partners/$nobody/x"],
    ['POST', "/api/partners/$nobody/activate"],
    ['GET', "/api/partners/$nobody/usage"], ['DELETE', "/api/keys/$nobody"],
    ['GET', '/api/partners/../health'];

for my $method (qw(PUT PATCH DELETE TRACE)) {
    my $r = refused($p->request($method, '/api/partners'), 405,
        'method_not_allowed', $method);
    is $r->header('Allow'), 'GET, HEAD, POST, OPTIONS', "$method: Allow";
}

my $options = $p->request('OPTIONS', '/api/keys', as => {partner => undef});
is $options->status, 204, 'OPTIONS';
is $options->header('Allow'), 'GET, HEAD, POST, OPTIONS', 'and what it allows';

# Who calls
my $none = refused($p->request('GET', '/api/partners',
    as => {partner => undef}), 401, 'missing_credential', 'nobody');
like $none->header('WWW-Authenticate'), qr/^Bearer/, 'WWW-Authenticate';
my $wrong = refused($p->request('POST', '/api/partners', body => $good,
    as => {scopes => 'read:* manage:webhooks'}), 403, 'insufficient_scope',
    'a scope that is not enough');
like $wrong->json->{detail}, qr/admin/, 'it says which is';
refused($p->request('POST', '/api/partners', body => '{',
    as => {scopes => 'read:*'}), 403, 'insufficient_scope',
    'the body of who may not is not looked at');

is $p->request('GET', '/api/nowhere', headers => {'X-Request-Id' => 'r-1'})
    ->json->{requestId}, 'r-1', 'a problem repeats the request id';

# Nothing of all this was written.
is $p->{postgres}->query("SELECT (SELECT count(*) FROM partner.$_)"), 0,
    "no row in $_" for qw(partners api_keys outbox);

is $p->request('POST', '/api/partners', body => $good,
    headers => {'Content-Type' => 'Application/JSON; charset=utf-8'})->status,
    201, 'what is right is accepted';

done_testing;
