#!/usr/bin/perl

# Tokens are revoked through the management API: refused when it answers, and
# still refused after everything was killed and Redis has lost all it had.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP ();
use Partner::Jwt qw(claims jwks);
use Partner::Process;
use Partner::Test;
use Test::More;

use constant {
    ISSUER => 'https://issuer.example',
    FOREVER => qr/^0 \d{16}$/, # with its version
};

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};
my $issuer = Partner::Jwt->new($t->dir, 'ES256', 'k0');
my $now = time();

$t->write_file('jwks.json', jwks($issuer));

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_redis    %%REDIS%% timeout=10s connect_timeout=10s;

    partner_jwt issuer=https://issuer.example audience=gateway leeway=1s
                jwks_file=%%DIR%%/jwks.json partner=partner;
    partner_jwt issuer=https://namesake.example audience=gateway
                jwks_file=%%DIR%%/jwks.json partner=partner;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth jwt;
            proxy_pass   http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
    }
}
EOC

my $nginx = $t->run($conf);


sub call { return $p->call(@_) }


sub revoke { return call('POST', '/api/revocations', { @_ }) }


sub answer {
    my ($token) = @_;
    my $r = $t->get_as($token, '/');
    return $r->status == 200 ? 200 : $r->code;
}


sub listed { return { @{$redis->command('HGETALL', 'partner:revoked')} } }


my $good = $issuer->sign(claims());
soon { answer($good) eq '200' } 'the gateway knows that nothing is revoked';

# ---- each kind of subject ----

my %revoked = (
    token => [{ jti => 'gone' }, ISSUER, 'gone'],
    client => [{ client_id => 'c1' }, undef, 'c1'],
    partner => [{ partner => 'p7' }, undef, 'p7'],
);
my %token;

for my $type (sort keys %revoked) {
    my ($claims, $iss, $subject) = @{$revoked{$type}};
    $token{$type} = $issuer->sign(claims(%$claims));
    is answer($token{$type}), 200, "$type: good before";

    my $r = revoke(type => $type, subject => $subject,
        defined $iss ? (issuer => $iss) : ());
    is $r->status, 200, "$type: every gateway obeys" or diag $r->body;
    is $r->json->{data}{subject}, $subject, "$type: named";
    is answer($token{$type}), 'revoked_token', "$type: refused at once";
    like listed()->{sha256_hex(join("\n", $type, grep { defined } $iss,
        $subject))}, $type eq 'token' ? qr/^0 \d{10}$/ : FOREVER,
        "$type: as gateways read it";
    is_deeply call('GET', "/api/revocations/" . $r->json->{data}{id})->json
        ->{data}, $r->json->{data}, "$type: read back";
}

{
    my $jti = "gel\xc3\xb6scht \"\xf0\x9f\x94\x91\"\n"; # in UTF-8
    my $token = $issuer->sign(claims(jti => $jti));
    is answer($token), 200, 'an id beyond ASCII: good before';

    utf8::decode(my $subject = $jti);
    is revoke(type => 'token', issuer => ISSUER, subject => $subject)->status,
        200, 'it can be named';
    is answer($token), 'revoked_token', 'and is refused';
    like listed()->{sha256_hex(join("\n", 'token', ISSUER, $jti))}, qr/^0 /,
        'by the digest of its UTF-8';
}

is answer($good), 200, 'other tokens are still good';

# ---- partners that lose access ----

my $partner = $p->partner;
my $state = sha256_hex("partner\n$partner");


# By a clock that is this far ahead.
sub issued {
    my ($ahead) = @_;
    return $issuer->sign(claims(partner => $partner, iat => time() + $ahead));
}


# One that is younger than the suspension, by whatever clock.
my $since;
sub younger {
    wait_until { time() > $since + 1 };
    return issued(0);
}


sub suspend {
    my ($name) = @_;
    is call('POST', "/api/partners/$partner/suspend", { reason => 'unpaid' })
        ->status, 200, "$name: suspended, and every gateway obeys";
    like listed()->{$state}, FOREVER, "$name: all of its tokens";
    $since = time();
}


sub activate {
    my ($name) = @_;
    is call('POST', "/api/partners/$partner/activate")->status, 200,
        "$name: active again";
    soon { listed()->{$state} =~ /^[1-9]\d{9} \d{16}$/ }
        "$name: of its tokens those from before the suspension";
}


my @before = map { issued($_) } -60, 1;
is answer($_), 200, 'a partner\'s token' for @before;
suspend('once');
is answer($_), 'revoked_token', 'its token is refused' for @before;

my $during = younger();
is answer($during), 'revoked_token', 'so is one that is issued meanwhile';
my $page = call('GET', '/api/revocations?type=partner')->json->{data}[0];
is_deeply [@$page{qw(subject suspended)}], [$partner, JSON::PP::true],
    'which the API shows';

activate('once');
soon { answer($during) eq '200' } 'what was issued since it began is good';
is answer($_), 'revoked_token', 'what was issued before is not' for @before;
is answer(my $new = issued(0)), 200, 'nor is one that is issued now refused';

suspend('twice');
is answer($_), 'revoked_token', 'no token is good' for $new, younger();
activate('twice');
soon { answer(issued(0)) eq '200' } 'those issued since are';
is answer($new), 'revoked_token', 'those between the suspensions are not';

# A revocation by hand outlives the suspension.
suspend('thrice');
is revoke(type => 'partner', subject => $partner, issuedUntil =>
    iso(time() + 1200))->status, 200, 'revoked by hand, meanwhile';
activate('thrice');
cmp_ok +(split / /, listed()->{$state})[0], '>', time() + 600,
    'which holds behind it';
soon { answer(issued(0)) eq 'revoked_token' } 'as it was said';

is call('DELETE', "/api/partners/$partner")->status, 200, 'deleted';
is answer($_), 'revoked_token', 'no token is good any more'
    for $new, issued(0);

# A token's revocation need not outlive it, and one year is long.

{
    my $field = sha256_hex(join("\n", 'token', ISSUER, 'gone'));
    my ($until) = listed()->{$field} =~ /^0 (\d+)$/;
    cmp_ok abs($until - time() - 365 * 86400), '<', 86400,
        'a token is remembered for a year';
    is revoke(type => 'token', issuer => ISSUER, subject => 'brief',
        expiresAt => iso($now + 900))->status, 200,
        'or for as long as is said';
    is listed()->{sha256_hex(join("\n", 'token', ISSUER, 'brief'))},
        '0 ' . ($now + 900), 'which gateways are told';
}

# ---- times ----

my $before = $issuer->sign(claims(client_id => 'c3', iat => $now - 10));
my $after = $issuer->sign(claims(client_id => 'c3', iat => $now - 1));
my $field = sha256_hex("client\nc3");


sub iso {
    my ($s, $m, $h, $d, $mon, $y) = gmtime($_[0]);
    return sprintf('%d-%02d-%02dT%02d:%02d:%02dZ', $y + 1900, $mon + 1, $d, $h,
        $m, $s);
}


revoke(type => 'client', subject => 'c3', issuedUntil => iso($now - 5),
    expiresAt => iso($now + 600), reason => 'secret lost');
is answer($before), 'revoked_token', 'issued before the moment';
is answer($after), 200, 'issued behind it';
is listed()->{$field}, ($now - 5) . ' ' . ($now + 600), 'both times are told';

my $r = revoke(type => 'client', subject => 'c3',
    issuedUntil => iso($now - 60), expiresAt => iso($now + 900));
is $r->json->{data}{reason}, 'secret lost', 'the same subject once more';
is listed()->{$field}, ($now - 5) . ' ' . ($now + 900),
    'widens what was there';
is answer($after), 200, 'and no further';
revoke(type => 'client', subject => 'c3');
like listed()->{$field}, FOREVER, 'until all are refused for good';
is answer($after), 'revoked_token', 'those issued later too';

# ---- what is no revocation ----


sub mistake {
    my ($name, $pointer, %body) = @_;
    my $r = revoke(%body);
    is $r->status, 422, "$name: refused";
    is $r->json->{errors}[0]{pointer}, $pointer, "$name: named";
    return $r->json->{errors}[0]{detail};
}


mistake('no such type', '/type', type => 'cookie', subject => 'x');
mistake('no subject', '/subject', type => 'client');
is mistake('a token without its issuer', '/issuer', type => 'token',
    subject => 'x'), 'is required for a token and a key', 'as what it is';
like mistake('a partner with one', '/issuer', type => 'partner',
    subject => 'x', issuer => ISSUER), qr/^must be left out for a partner/,
    'as what it is';
mistake("no $_->[0]", '/subject', type => $_->[0], subject => $_->[1])
    for [client => 'a b'], [client => 'x' x 64], [partner => 'acme/1'],
        [partner => 'platform'];
mistake('an id beyond what a token may have', '/subject', type => 'token',
    issuer => ISSUER, subject => "\x{f6}" x 257);
mistake('over already', '/expiresAt', type => 'client', subject => 'x',
    expiresAt => iso($now - 1));
mistake('beyond four digits', '/expiresAt', type => 'client', subject => 'x',
    expiresAt => '9999-12-31T12:00:00Z');
mistake('before the epoch', '/issuedUntil', type => 'client', subject => 'x',
    issuedUntil => '1960-01-01T00:00:00Z');

my %partner = (partner => '0b0e7a52-5a0c-4a53-9a3e-3f8a1d1f2c11');
is call('POST', '/api/revocations', { type => 'client', subject => 'x' },
    %partner, scopes => 'manage:*')->code, 'insufficient_scope',
    'a partner revokes none';
is call('POST', '/api/revocations', { type => 'client', subject => 'x' },
    %partner)->code, 'forbidden', 'whatever its scopes say';
is_deeply call('GET', '/api/revocations', undef, %partner)->json->{data}, [],
    'nor sees any';

$page = call('GET', '/api/revocations?limit=1&type=client')->json;
is $page->{data}[0]{subject}, 'c3', 'listed, newest first';
is call('GET', '/api/revocations?limit=1&type=client&cursor='
    . $page->{page}{next})->json->{data}[0]{subject}, 'c1', 'page by page';

# ---- a client at one issuer ----

{
    my @tokens = map { $issuer->sign(claims(client_id => 'c2', iss => $_)) }
        ISSUER, 'https://namesake.example';
    is revoke(type => 'client', issuer => ISSUER, subject => 'c2')->status,
        200, 'a client at its issuer';
    is join(' ', map { answer($_) } @tokens), 'revoked_token 200',
        'who is not another of that name';
}

# ---- what has expired is forgotten ----

revoke(type => 'client', subject => 'brief', expiresAt => iso($now + 600));
my $brief = sha256_hex("client\nbrief");
ok exists listed()->{$brief}, 'one that expires';
$postgres->query('ALTER TABLE partner.token_revocations DISABLE TRIGGER USER;
    UPDATE partner.token_revocations
        SET expires_at = now() - interval \'1 hour\'
        WHERE subject = \'brief\';
    ALTER TABLE partner.token_revocations ENABLE TRIGGER USER');
soon { !exists listed()->{$brief} } 'Redis forgets it once it has';
soon { $postgres->query('SELECT count(*) FROM partner.token_revocations
    WHERE subject = \'brief\'') eq '0' } 'and so does the table';
ok exists listed()->{$field}, 'but none of the others';

# ---- everything is killed, and Redis loses its data ----

my $closed = $p->partner;
call('POST', "/api/partners/$closed/suspend", { reason => 'unpaid' });

$t->expect_leftovers;
my @pids = ($nginx->pid, $nginx->workers);
kill('KILL', @pids);
$_->stop('KILL') for $p->{serve}, $p->{work};
$redis->command('FLUSHALL');
$redis->kill;
$postgres->stop('KILL');
wait_until { !grep { kill(0, $_) && !zombie($_) } @pids };


sub zombie {
    my ($pid) = @_;
    open(my $fh, '<', "/proc/$pid/stat") or return 1;
    return <$fh> =~ /\) Z /;
}


$redis->start;
is_deeply listed(), {}, 'nothing is left in Redis';
$nginx = $t->run($conf, 'again');
is answer($good), 'credential_store_unavailable',
    'nobody is let in while nobody knows';

$postgres->start;
$p->serve;
$p->work;
soon { answer($good) eq '200' } 'a good token after all was killed';
is answer($token{$_}), 'revoked_token', "the $_ is still refused"
    for sort keys %token;
is answer($issuer->sign(claims(partner => $closed))), 'revoked_token',
    'so are tokens of a suspended partner, whenever they were issued';
call('POST', "/api/partners/$closed/activate");
soon { answer($issuer->sign(claims(partner => $closed))) eq '200' }
    'until it is active again', 20;

# ---- a full Redis ----

my $full = $issuer->sign(claims(client_id => 'c9'));
is answer($full), 200, 'good before';
$redis->command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
$redis->command('CONFIG', 'SET', 'maxmemory', 1);
is revoke(type => 'client', subject => 'c9')->status, 200,
    'Redis stores nothing: gateways are told all the same';
is answer($full), 'revoked_token', 'and obey';
is $redis->command('GET', 'partner:projection'), undef,
    'who did not hear it finds no marker';
$redis->command('CONFIG', 'SET', 'maxmemory', 0);
soon { $redis->command('GET', 'partner:projection') } 'until it stores again';
like listed()->{sha256_hex("client\nc9")}, FOREVER, 'with what was revoked';

done_testing;
