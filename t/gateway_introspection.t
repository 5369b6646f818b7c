#!/usr/bin/perl

# Tokens that say nothing themselves: the issuer is asked about each (RFC 7662),
# once for all who wait, and what it said is remembered, also that it was no.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $json = JSON::PP->new->canonical;
my $said = $t->dir . '/said';
my $key = new_key();
mkdir($said);

$t->write_file('keys.json', registry($key => {}));
chmod(0600, $t->write_file('credentials', "gate:way&s3cret\n"));


# Answers what the test wrote into a file of the token's name; a file `hold`
# keeps it from answering at all.
sub start_issuer {
    return $t->upstream(sub {
        my ($connection, $request) = @_;
        my ($token) = $request->{body} =~ /^token=([\w%.~-]+)&/;
        $token =~ s/%([0-9A-F]{2})/chr(hex $1)/ge;

        Partner::Process::wait_until(sub { !-e "$said/hold" });
        $token =~ tr{/}{_};
        my $text = -e "$said/$token" ? $t->read_file("$said/$token")
            : '{"active":false}';
        my $status = $text =~ s/^(\d{3}) // ? $1 : 200;

        return Partner::Upstream::answer($connection, $status, $text);
    }, 'issuer');
}

my $issuer = start_issuer();

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_keys     %%DIR%%/keys.json;
    partner_tier     basic stale=1s;
    partner_tier     gold  stale=1h;

    partner_introspection location=/_introspect audience=gateway
                          credentials_file=%%DIR%%/credentials
                          partner=partner application=app tier=tier
                          cache=1s negative=2s waiting=8;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        proxy_set_header X-Who "$partner_id $partner_client $partner_scopes";

        location / {
            partner_auth key opaque;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /write {
            partner_auth  opaque;
            partner_scope write:rides;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /money {
            partner_auth  opaque;
            partner_stale 0;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /keys {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /_introspect {
            internal;
            proxy_pass http://%%ISSUER%%:/oauth/introspect;
        }

        location = /metrics { partner_metrics; }
        location = /json    { partner_metrics json; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "$http_x_who\n"; }
    }
}
EOC


sub say_of {
    my ($token, %claims) = @_;
    (my $name = $token) =~ tr{/}{_};
    return $t->write_file("said/$name", $json->encode({
        active => JSON::PP::true, client_id => 'client_1', partner => 'p1',
        tier => 'gold', aud => 'gateway', scope => 'read:rides',
        exp => time() + 600, %claims }));
}


sub code {
    my ($token, $uri) = @_;
    my $r = $t->get_as($token, $uri // '/');
    return $r->status == 200 ? 200 : $r->status . ' ' . $r->code;
}


sub asked { return scalar(grep { $_->{body} =~ /^token=\Q$_[0]\E&/ }
    $issuer->requests) }


# Since then, an answer being remembered for so many seconds.
sub asked_once {
    my ($token, $begun, $remembered) = @_;
    my $most = 1 + int((time - $begun) / $remembered);

    local $Test::Builder::Level = $Test::Builder::Level + 1;
    cmp_ok asked($token), '<=', $most, "its issuer was asked $most times";
    cmp_ok asked($token), '>=', 1, 'and not never';
}


# One question, as RFC 7662 has it, and one only.

say_of('opaque-1');
my $begun = time;
is $t->get_as('opaque-1', '/')->body, "p1 client_1 read:rides\n",
    'an active token';
is code('opaque-1'), 200, 'again';
asked_once('opaque-1', $begun, 1);

{
    my ($r) = $issuer->requests;
    is $r->{method}, 'POST', 'by POST';
    is $r->{uri}, '/oauth/introspect', 'there';
    is $r->{header}{'content-type'}, 'application/x-www-form-urlencoded',
        'a form';
    is $r->{body}, 'token=opaque-1&token_type_hint=access_token', 'with it';
    is $r->{header}{authorization}, 'Basic Z2F0ZTp3YXklMjZzM2NyZXQ=',
        'the gateway says who it is: gate:way%26s3cret';
    is $r->{header}{'x-partner-id'}, undef, 'and nothing of a partner';
}

say_of('a+b/c~d.e=');
is code('a+b/c~d.e='), 200, 'a token of all characters that one may have';

# No, no, and what is none of these.

$begun = time;
is code('nobody'), '401 inactive_token', 'one that is not active';
is code('nobody'), '401 inactive_token', 'still not';
asked_once('nobody', $begun, 2);
like $t->get_as('nobody', '/')->header('WWW-Authenticate'),
    qr/error="invalid_token"/, 'with the error of RFC 6750';
say_of('nobody');
soon { code('nobody') eq '200' } 'but not for ever';

is code($key), 200, 'a key beside it is a key';
is code(new_key()), '401 unknown_credential', 'also one that nobody has';
is code('sk_short'), '401 malformed_credential', 'or that is none';
is code('a b'), '401 malformed_credential', 'a token has no blanks';
is code('x' x 2049), '401 malformed_credential', 'nor 2,049 characters';
is code('a.b.c'), '401 malformed_credential', 'what looks like a JWT is one';
is code('opaque-1', '/keys'), '401 malformed_credential', 'no keys are these';
is code('opaque-1', '/write'), '403 insufficient_scope', 'scopes count';

for ([{ aud => 'else' }, '401 wrong_audience'],
    [{ exp => time() - 60 }, '401 expired_token'],
    [{ nbf => time() + 60 }, '401 premature_token'],
    [{ partner => 'platform' }, '403 token_not_mapped'],
    [{ client_id => 'a b' }, '403 token_not_mapped'],
    [{ tier => 'tin' }, '403 token_not_mapped'],
    [{ cnf => { 'x5t#S256' => 'A' x 43 } }, '401 certificate_mismatch'])
{
    my ($claims, $code) = @$_;
    my $token = 'spoiled-' . (keys %$claims)[0] . '-' . int(rand(1e9));
    say_of($token, %$claims);
    is code($token), $code, 'active, and yet: ' . $json->encode($claims);
}

for ('', 'yes', '{}', '{"active":"true"}', '{"active":true,"active":false}',
    '{"active":true,"exp":"x"}', '500 {"active":true}',
    '{"active":true,"x":"' . 'x' x 7000 . '"}')
{
    my $token = 'odd-' . int(rand(1e9));
    $t->write_file("said/$token", $_);
    my $r = $t->get_as($token, '/');
    is $r->status . ' ' . $r->code, '503 introspection_unavailable',
        'an answer that is none: ' . substr($_, 0, 30);
    is $r->header('Retry-After'), 1, 'with Retry-After';
}

# Many at once.

{
    say_of("one-$_") for 1 .. 20;
    is code('one-20'), 200, 'a token whose answer is out of date soon';
    my $asked_at = time;
    soon { time > $asked_at + 1 } 'which it is';
    $t->write_file('said/hold', '');
    my @waiting = map {
        my $c = $t->connect;
        $c->send("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer one-1\r\n"
            . "\r\n");
        $c;
    } 1 .. 6;
    soon { asked('one-1') == 1 } 'a call asks';
    (shift @waiting)->close;

    my %code;
    my @gone = map {
        my $c = $t->connect;
        $c->send("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer one-$_"
            . "\r\n\r\n");
        $c;
    } 2 .. 4;
    soon { asked('one-4') == 1 } 'so do others';
    is code('one-9'), '503 introspection_unavailable',
        'with eight that wait there is no room for another';
    is code('one-1'), '503 introspection_unavailable',
        'nor in the company of those who wait for the same';
    is code('one-20'), '503 introspection_unavailable',
        'nor does what its issuer said before count, which has not failed';
    is code($key), 200, 'while a key needs nobody';
    unlink("$said/hold");

    $code{$_->response->status}++ for @waiting, @gone;
    is $json->encode(\%code), '{"200":8}', 'all who waited are served';
    is asked('one-1'), 1, 'six calls, one of them gone, asked once';
}

# The issuer's last word counts for cache=, then it is asked again.

say_of('taken-back');
is code('taken-back'), 200, 'a good token';
$t->write_file('said/taken-back', '{"active":false}');
soon { code('taken-back') eq '401 inactive_token' } 'is taken back in a second';

say_of('basic', tier => 'basic');
say_of($_, tier => 'gold') for qw(gold elsewhere);
is code($_), 200, "$_: before the issuer goes" for qw(basic gold elsewhere);
say_of('elsewhere', tier => 'gold', aud => 'else');
soon { code('elsewhere') eq '401 wrong_audience' } 'no longer for us';
$issuer->stop;

soon { code('basic') eq '503 introspection_unavailable' }
    'basic: beyond stale= of its tier a clear 503';
is code('gold'), 200, 'gold: within stale= of its tier it is served';
is code('gold', '/money'), '503 introspection_unavailable',
    'but not where nothing is served unasked';
is code('elsewhere'), '503 introspection_unavailable',
    'but not what its issuer said of a token before it was refused';
is code('new'), '503 introspection_unavailable', 'what was never seen is not';

my $metrics = $t->get('/metrics')->body;
my $page = $t->get('/json')->json->{tokens};
my %member = (
    partner_tokens_verified_total => 'verified',
    partner_tokens_remembered => 'remembered',
    partner_tokens_capacity => 'capacity',
    partner_token_evictions_total => 'evicted',
    partner_token_revocations => 'revocations',
    partner_token_revocations_capacity => 'revocationsCapacity',
    partner_token_zone_rebuilds_total => 'zoneRebuilds',
    partner_jwks_fetches_total => 'keySetFetches',
    partner_jwks_failures_total => 'keySetFailures',
    partner_introspections_total => 'introspections',
    partner_introspection_failures_total => 'introspectionFailures',
    partner_introspections_refused_total => 'introspectionsRefused',
);
my %shown = $metrics
    =~ /^(partner_(?:token|jwks|introspection)\w*) (\d+)$/mg;
is_deeply $page, { map { $member{$_} // $_ => $shown{$_} } keys %shown },
    'the page of JSON says the same';
like $metrics, qr/^partner_introspections_total [1-9]/m, 'questions counted';
like $metrics, qr/^partner_introspection_failures_total [1-9]/m,
    'and those without an answer';

$issuer = start_issuer();
soon { code('basic') eq '200' } 'and when the issuer is back';

unlike $nginx->error_log, qr/s3cret|Z2F0ZTp3|opaque-1/,
    'no secret and no token in the log';

done_testing;
