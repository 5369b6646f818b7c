#!/usr/bin/perl

# Keys are fetched from the issuer: once for all who wait, at most once a
# second, without a refusal when they rotate, and no longer than they count.

use strict;
use warnings;
use lib 't/lib';

use Partner::Jwt qw(claims jwks);
use Partner::Test;
use Partner::Upstream;
use Test::More;
use Time::HiRes qw(time);

use constant {
    UNKNOWN => $ENV{UNKNOWN} || 2_000, RELOADS => $ENV{RELOADS} || 30
};

my $t = Partner::Test->new;
my $jwks = $t->dir . '/published.json';
my $issuer = start_issuer();
my @keys = map { Partner::Jwt->new($t->dir, 'ES256', "k$_") } 0 .. 4;


# Publishes what the file holds; `slow` in it delays the answer.
sub start_issuer {
    return $t->upstream(sub {
        my ($connection) = @_;
        open(my $fh, '<', $jwks) or return 0;
        my $text = do { local $/; <$fh> };

        if ($text =~ s/^slow //) {
            Partner::Process::wait_until(sub { !-e "$jwks.slow" });
        }

        return Partner::Upstream::answer($connection, 200, $text);
    }, 'issuer');
}


sub publish { $t->write_file('published.json', $_[0]) }
sub fetches { my @asked = $issuer->requests; return scalar @asked }


# Replaced in one step: a load may fetch at any moment.
sub rotate {
    $t->write_file('next.json', $_[0]);
    rename($t->dir . '/next.json', $jwks) or die "rename: $!";
}

publish(jwks($keys[0]));

# so many that a reload which loses them shows in the master's memory
my $filed = Partner::Jwt->new($t->dir, 'RS256', 'filed');
$t->write_file('file.json', jwks(Partner::Jwt->strangers(60), $filed));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events { worker_connections 8192; }

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;

    partner_jwt issuer=https://issuer.example audience=gateway jwks=/_keys
                partner=partner refresh=1s stale=1h waiting=4096;
    partner_jwt issuer=https://file.example audience=gateway partner=partner
                jwks_file=%%DIR%%/file.json;

    server {
        listen 127.0.0.1:%%PORT_8080%% backlog=8192;
        keepalive_requests 1000000;

        location / {
            partner_auth jwt;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /_keys {
            internal;
            proxy_connect_timeout 1s;
            proxy_pass http://%%ISSUER%%:/jwks;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC


sub answer {
    my ($token) = @_;
    my $r = $t->get_as($token, '/');
    return $r->status == 200 ? 200 : $r->code;
}


sub statuses {
    my %seen;
    $seen{$_->status}++ for @_;
    return join(' ', map { "$_:$seen{$_}" } sort keys %seen);
}


sub calls {
    return map { ['GET', '/', headers => { Authorization => "Bearer $_" }] }
        @_;
}

my $first = $keys[0]->sign(claims());

# Nobody has keys yet: all wait for the one fetch, also when the call that
# began it has gone.

{
    open(my $fh, '>', "$jwks.slow") or die;
    publish('slow ' . jwks($keys[0]));

    my $gone = $t->connect;
    $gone->send("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $first"
        . "\r\n\r\n");
    soon { fetches() == 1 } 'the first call has keys fetched';
    $gone->close;

    my $pid = fork();
    if ($pid == 0) {
        Partner::Process::wait_until(sub { 0 }, 0.2);
        unlink("$jwks.slow");
        POSIX::_exit(0);
    }

    my $begun = time();
    my @r = $t->parallel([calls(($first) x 100)], at_once => 100);
    my $took = time() - $begun;
    waitpid($pid, 0);
    is statuses(@r), '200:100', 'all that wait get the keys';
    cmp_ok fetches(), '<=', 2 + int($took),
        'by the fetch of a call that has gone, and one a second';
}

# A rotation: the first token of the new key passes.

rotate(jwks(@keys[0, 1]));
is answer($keys[1]->sign(claims())), 200, 'the first token of a new key';
is answer($first), 200, 'and a remembered one of the old';

# Rotations under load: good tokens all along.

{
    my $stop = $t->dir . '/stop';
    my $address = $t->port('8080');
    my $refusals = $t->dir . '/refusals';
    my @old = map { $keys[1]->sign(claims()) } 1 .. 20;

    my $load = Partner::Process->start(
        name => 'load', dir => $t->dir, log => $t->dir . '/load.log',
        code => sub {
            my $c = Partner::Http->new($address);
            my ($n, $bad) = (0, 0);

            while (!-e $stop) {
                my $r = $c->request('GET', '/', headers => {
                    Authorization => 'Bearer ' . $old[$n++ % @old] });
                $bad++ if $r->status != 200;
            }

            open(my $fh, '>', $refusals);
            print $fh "$n calls, $bad refused\n";
            close($fh);
            POSIX::_exit(0);
        }
    );

    for my $i (2 .. 4) {
        rotate(jwks(@keys[1, $i]));
        my @r = $t->parallel([calls(
            map { $keys[$i]->sign(claims()) } 1 .. 10)], at_once => 10);
        is statuses(@r), '200:10', "rotation $i: no token refused";
    }

    $t->write_file('stop', '');
    soon { -s $refusals } 'the load has ended';
    like $t->read_file('refusals'), qr/^[1-9]\d* calls, 0 refused$/,
        'no good token was refused while keys rotated';
}

# A set larger than what nginx keeps of an answer.

{
    my $last = Partner::Jwt->new($t->dir, 'RS256', 'last');
    my $set = jwks(@keys[1, 4], Partner::Jwt->strangers(60), $last);
    cmp_ok length($set), '>', 20_000, 'a set of ' . length($set) . ' bytes';
    rotate($set);
    is answer($last->sign(claims())), 200, 'its last key verifies';
}

# A key that the issuer dropped verifies nothing, remembered or not.

{
    my $token = $keys[1]->sign(claims());
    is answer($token), 200, 'a token of a key';
    rotate(jwks($keys[4]));
    soon { answer($token) eq 'unknown_signing_key' }
        'is refused when the issuer drops the key';
}

# Unknown keys: a flood costs the issuer one question a second.

{
    my $token = $keys[4]->sign(claims());
    my ($h, $p, $s) = split(/\./, $token);
    my @flood = map { Partner::Jwt::jws_of(
        qq({"alg":"ES256","kid":"nobody$_"}), $p, $s) } 1 .. UNKNOWN;

    my ($before, $begun) = (fetches(), time());
    my @r = $t->parallel([calls(@flood)], at_once => 1000);
    my $took = time() - $begun;
    my $asked = fetches() - $before;

    is statuses(@r), '401:' . UNKNOWN, 'unknown keys are refused';
    is $r[0]->code, 'unknown_signing_key', 'by their code';
    cmp_ok $asked, '<=', int($took) + 2, sprintf(
        '%d unknown keys in %.1f s: %d fetches', UNKNOWN, $took, $asked);
    is answer($token), 200, 'a good token beside them';
}

# What is no key set changes nothing.

for my $text ('', '{}', '{"keys":[]}', '<html>', '{"keys":[{"kty":"RSA"}]}',
    '{"keys":[' . ' ' x 70_000 . ']}')
{
    rotate($text);
    my $before = fetches();
    is answer($keys[4]->sign(claims())), 200, 'the keys we have count on';
    soon { answer($keys[4]->sign(claims())) eq '200' && fetches() > $before }
        'and the issuer is asked again';
    rotate(jwks($keys[4]));
    soon { answer($keys[3]->sign(claims())) eq 'unknown_signing_key' }
        'good keys again';
}


# Other words about the issuer.
sub with_stale {
    my ($limit) = @_;
    my $text = $t->read_file('nginx.conf');
    $text =~ s/stale=\w+/stale=$limit/ or die 'nothing to change';
    $t->write_file('nginx.conf', $text);
    $nginx->reload;
}

# The issuer is away for longer than the refresh, then longer than the limit.

with_stale('6s');
my $token = $keys[4]->sign(claims());
my ($before, $then) = (fetches(), time());

# the last of two began a second after the other, so surely later than `then`
soon { answer($token) eq '200' && fetches() >= $before + 2 }
    'before the issuer goes';
$issuer->stop;
my $away = time();
my $served = 0; # the last call that was

soon {
    my $begun = time();
    my $now = answer($token);
    $served = $begun if $now eq '200';
    $now eq 'issuer_keys_unavailable';
} 'keys do not count for ever';

cmp_ok time() - $then, '>=', 6, 'nor less than stale= after the last answer';
cmp_ok $served - $away, '<=', 6.1, 'and no longer';
is $t->get_as($token, '/')->status, 503, 'then the answer is 503';
is $t->get_as($token, '/')->header('Retry-After'), 1, 'with Retry-After';
is answer($keys[4]->sign(claims())), 'issuer_keys_unavailable',
    'for a new token as well';

$issuer = start_issuer();
soon { answer($token) eq '200' } 'the issuer is back';

# A call that waits for a key outlives the reload.

{
    my $before = fetches();
    $t->write_file('published.json.slow', '');
    rotate('slow ' . jwks(@keys[0, 4]));
    my $waiting = $t->connect;
    $waiting->send(Partner::Http::format_request('GET', '/', headers =>
        { Authorization => 'Bearer ' . $keys[1]->sign(claims()) }));
    soon { fetches() > $before } 'an unknown key is asked for';
    rotate(jwks(@keys[1, 4]));
    my $late = $t->connect;
    $late->send(Partner::Http::format_request('GET', '/', headers =>
        { Authorization => 'Bearer ' . $keys[1]->sign(claims()) }));
    $nginx->signal('HUP');
    unlink("$jwks.slow");
    like $waiting->response->status, qr/^(200|401)$/,
        'who waits for a fetch is answered';
    is $late->response->status, 200, 'and who waits for the next';
}

# Other words about an issuer leave its keys, also while it is away.

{
    $issuer->stop;
    with_stale('1h');
    is answer($keys[4]->sign(claims())), 200, 'the keys are kept';
    $issuer = start_issuer();
}

# A reload keeps keys and tokens, and leaves memory flat.

sub memory {
    my $sum = 0;

    for my $pid ($nginx->pid) {
        open(my $fh, '<', "/proc/$pid/status") or die;
        $sum += /^VmRSS:\s+(\d+)/ ? $1 : 0 for <$fh>;
    }

    return $sum;
}

my $after_few;

for my $i (1 .. RELOADS) {
    $nginx->reload;
    is answer($token), 200, "after reload $i" if $i % 10 == 0;
    $after_few = memory() if $i == 10;
}

my $grown = memory() - $after_few;
is answer($filed->sign(claims(iss => 'https://file.example'))), 200,
    'keys of a file are read with each';

SKIP: {
    skip 'a sanitizer keeps what was freed', 1 if Partner::Test::sanitized();
    cmp_ok $grown, '<', 1024, "the master grew by $grown KiB after the tenth";
}

done_testing;
