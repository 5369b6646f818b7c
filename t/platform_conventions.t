#!/usr/bin/perl

# What all operations keep to: pages link to the next one, a change is made of
# what was read, and a POST that is sent again is done once.

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


sub call {
    my ($method, $uri, $body, $headers, %as) = @_;
    return $p->request($method, $uri, as => \%as, headers => $headers || {},
        defined $body ? (body => ref $body ? encode_json($body) : $body) : ());
}


sub count { return $postgres->query("SELECT count(*) FROM partner.$_[0]") }


my %new = (partnerName => 'p', partnerType => 'Data');
my $id = call('POST', '/api/partners', \%new)->json->{data}{id};
my $key = call('POST', '/api/keys', { partnerId => $id,
    scopes => ['read:leads'] })->json->{data};

# ---- Link ----

call('POST', '/api/partners', { %new, partnerType => 'Channel',
    tier => 'gold' }) for 1 .. 3;
my $r = call('GET',
    '/api/partners?tier=Enterprise&partnerType=Channel&limit=2');
my ($next) = $r->header('Link') =~ /^<([^>]+)>; rel="next"$/;
ok $next, 'a page links to the next one' or diag $r->header('Link');
my $last = call('GET', $next);
is scalar @{$last->json->{data}}, 1, 'which is the rest of the same list';
is $last->header('Link'), undef, 'and links to none';
is $last->json->{page}{next}, undef, 'as its body says';

# ---- ETag and If-Match ----

my $uri = "/api/keys/$key->{id}";
my $tag = call('GET', $uri)->header('ETag');
is $tag, '"1"', 'what is read has a tag';


sub limit {
    my ($match, $limit) = @_;
    return call('PUT', "$uri/rate-limit", { rateLimit => $limit },
        { 'If-Match' => $match });
}


$r = limit($tag, 900);
like $r->status, qr/^20[02]$/, 'changed as it was read';
is $r->header('ETag'), '"2"', 'it has another tag now';
$r = limit($tag, 800);
is $r->status, 412, 'not changed by who read the one before';
is $r->code, 'precondition_failed', 'as a problem';
like $r->json->{detail}, qr/"2"/, 'that says what it is at';
like limit('"7", "2"', 700)->status, qr/^20[02]$/, 'one of several';
like limit('*', 600)->status, qr/^20[02]$/, 'any';
is limit('W/"3"', 500)->status, 412, 'a weak one of before';
is limit('W/"4"', 600)->status, 200, 'a weak one, as gzip on the way makes it';
is limit($_, 500)->code, 'invalid_parameter', "malformed: $_"
    for '4', '"4', '"4" "5"', 'W/', 'W/4', 'nonsense';
is call('GET', $uri)->json->{data}{rateLimit}, 600, 'the last that was good';
$r = call('PUT', '/api/keys/0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11/rate-limit',
    { rateLimit => 1 }, { 'If-Match' => '"1"' });
is $r->status, 404, 'of nothing there is no version';

# Whatever changes a thing heeds it: RFC 9110, section 13.1.1.
my $client = call('POST', '/api/clients', { clientId => 'of', partnerId => $id,
    scopes => ['read:leads'] })->json->{data}{id};
my $other = call('POST', '/api/partners', \%new)->json->{data}{id};
my %ada = (contactName => 'Ada', email => 'ada@x.example', role => 'Legal');
my $contact = call('POST', "/api/partners/$other/contacts", \%ada)->json
    ->{data}{id};
my $app = call('POST', '/api/applications', { partnerId => $id,
    appName => 'a', permissions => ['read:leads'] })->json->{data}{id};

for my $case (['DELETE', "/api/clients/$client"],
    ['DELETE', "/api/partners/$other"], ['DELETE', $uri],
    ['DELETE', "/api/applications/$app"],
    ['POST', "/api/partners/$other/suspend", { reason => 'x' }],
    ['POST', "/api/partners/$other/activate"],
    ['POST', "/api/partners/$other/deactivate", { reason => 'x' }],
    ['PUT', "/api/partners/$other/contacts/$contact", \%ada],
    ['DELETE', "/api/partners/$other/contacts/$contact"],
    ['POST', "/api/partners/$other/onboarding",
        { stage => 'API Contracting' }],
    ['POST', "/api/clients/$client/suspend"],
    ['POST', "/api/clients/$client/activate"],
    ['POST', "$uri/rotate", {}],
    ['POST', "/api/applications/$app/submit"]) {
    my ($method, $to, $body) = @$case;
    my $name = "$method $to" =~ s/[0-9a-f-]{36}/.../r;
    (my $thing = $to) =~ s{/[a-z]+$}{};
    my $before = call('GET', $thing);
    $r = call($method, $to, $body, { 'If-Match' => '"999"' });

    is $r->status, 412, "$name: not of what was read before" or diag $r->body;
    is call('GET', $thing)->body, $before->body, 'which stays as it was';
    is call('GET', $thing, undef, { 'If-Match' => '"999"' })->status, 200,
        'what changes nothing has no use for it';
}

$r = call('DELETE', "/api/clients/$client", undef, { 'If-Match' =>
    call('GET', "/api/clients/$client")->header('ETag') });
is $r->status, 200, 'deleted as it was read';
my $there = count('partners');
$r = call('POST', '/api/partners', \%new, { 'If-Match' => '*' });
is $r->code, 'invalid_parameter', 'of what is not there yet there is no state';
is $r->json->{errors}[0]{parameter}, 'If-Match', 'which is named';
is count('partners'), $there, 'and nothing is done';

# ---- Idempotency-Key ----

my $phrase = '6b1a4d30-7f1c-4d0f-9a56-2f4c1f7e9b21';
my %once = ('Idempotency-Key' => $phrase);
my $before = count('partners');
my $first = call('POST', '/api/partners', \%new, \%once);
my $again = call('POST', '/api/partners', \%new, \%once);

is $first->status, 201, 'a POST with a key';
is $first->header('Idempotent-Replayed'), undef, 'is done';
is $again->status, 201, 'and when it is sent again';
is $again->body, $first->body, 'answered alike';
is $again->header('Idempotent-Replayed'), 'true', 'which the answer says';
is $again->header('ETag'), $first->header('ETag'), 'with the tag of then';
is $first->header('ETag'), '"1"', 'which is there';
is count('partners'), $before + 1, 'and done once';
is call('POST', '/api/partners',
    '{ "partnerType":"Data",  "partnerName":"p", "tier":"basic" }', \%once)
    ->body, $first->body, 'however the same body is laid out';
$r = call('POST', '/api/partners', { %new, partnerName => 'q' }, \%once);
is $r->status, 422, 'another body';
is $r->code, 'idempotency_mismatch', 'is another request';
is call('POST', "/api/partners/$id/activate", undef, \%once)->code,
    'idempotency_mismatch', 'and so is another operation';
is call('GET', "/api/partners/$id", undef, \%once)->status, 200,
    'a GET has no use for it';
is call('POST', '/api/partners', \%new, { 'Idempotency-Key' => $_ })
    ->json->{errors}[0]{parameter}, 'Idempotency-Key', "no key: '$_'"
    for 'short', 'x' x 256, 'with a space in it';

# One that fails leaves nothing: it may be sent again, mended or not.
my %failed = ('Idempotency-Key' => 'f' x 16);
is call('POST', "/api/keys/$id/rotate", {}, \%failed)->status, 404, 'failed';
is call('POST', "/api/keys/$key->{id}/rotate", {}, \%failed)->status, 201,
    'the key is as good as new';

# The second time the statement itself fails: the client is there already.
my %client = (clientId => 'c1', partnerId => $id, scopes => ['read:leads']);
my %twice = ('Idempotency-Key' => 'c' x 16);
$r = call('POST', '/api/clients', \%client, \%twice);
is call('POST', '/api/clients', \%client, \%twice)->body, $r->body,
    'what would be a conflict is the same answer';
is call('POST', '/api/clients', \%client)->status, 409, 'without a key it is';

# The second time there is nothing left that it could be done to.
my $form = '/api/applications/' . $p->made('/api/applications', {
    partnerId => $id, appName => 'gone', permissions => ['read:leads'] })->{id};
my %sent = ('Idempotency-Key' => 'a' x 16);
$r = call('POST', "$form/submit", undef, \%sent);
is call('DELETE', $form)->status, 200, 'what was sent in';
$again = call('POST', "$form/submit", undef, \%sent);
is $again->status, 200, 'and is gone: the answer is as before';
is $again->body, $r->body, 'to the byte';
is call('POST', "$form/submit", undef, { 'Idempotency-Key' => 'b' x 16 })
    ->status, 404, 'under its own key alone';

# ---- a secret ----

my %secret = ('Idempotency-Key' => 's' x 32);
my %key = (partnerId => $id, scopes => ['read:leads']);
$first = call('POST', '/api/keys', \%key, \%secret);
$again = call('POST', '/api/keys', \%key, \%secret);
like $first->json->{data}{fullKey}, qr/^sk_/, 'a key is shown';
is $again->body, $first->body, 'and once more, to who asks again';
my $dump = $postgres->query('SELECT string_agg(i::text, \' \')
    FROM partner.idempotency_keys i');
unlike $dump, qr/\Q$first->{body}\E|@{[$first->json->{data}{fullKey}]}/,
    'the database does not know it';
unlike $dump, qr/s{32}|\Q$phrase\E/, 'nor the key that opens it';

# Whoever guesses what a request said has nothing to hold the guess against.
call('POST', '/api/partners', { %new, partnerName => 'guess' },
    { 'Idempotency-Key' => $_ x 16 }) for 'y', 'z';
is $postgres->query("SELECT count(DISTINCT request)
    FROM partner.idempotency_keys
    WHERE answer ->> 'partnerName' = 'guess'"), 2,
    'nor, without that key, what was asked';

# ---- of another ----

my %me = (partner => $id, client => 'x', scopes => 'manage:keys read:leads');
$r = call('POST', '/api/keys', \%key, \%secret, %me);
is $r->status, 201, 'a partner with the same key';
isnt $r->json->{data}{id}, $first->json->{data}{id}, 'makes its own request';

# ---- what gateways obey ----

my %stop = ('Idempotency-Key' => 'x' x 16);
my $suspend = "/api/partners/$id/suspend";
call('POST', "/api/partners/$id/activate");
$first = call('POST', $suspend, { reason => 'unpaid' }, \%stop);
is $first->status, 200, 'suspended, and obeyed';
call('POST', "/api/partners/$id/activate");
$again = call('POST', $suspend, { reason => 'unpaid' }, \%stop);
is $again->status, 200, 'asked again: obeyed still';
is $again->body, $first->body, 'as it was';
is call('GET', "/api/partners/$id")->json->{data}{status}, 'Active',
    'and nothing is suspended again';

# ---- for a day ----

$postgres->query('UPDATE partner.idempotency_keys
    SET created_at = now() - interval \'25 hours\'
    WHERE digest = decode(\'' . sha256_hex("idempotency\nplatform\n$phrase")
    . '\', \'hex\')');
$r = call('POST', '/api/partners', { %new, partnerName => 'q' }, \%once);
is $r->json->{data}{partnerName}, 'q', 'after a day a key is free again';
$postgres->query('UPDATE partner.idempotency_keys
    SET created_at = now() - interval \'25 hours\'');
soon { count('idempotency_keys') == 0 } 'and what is kept is deleted';

done_testing;
