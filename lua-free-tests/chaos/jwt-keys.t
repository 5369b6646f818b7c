#!/usr/bin/perl

# Keys of tokens, under load: rotations and reloads refuse no good token, a
# flood of keys that nobody has costs the issuer one question a second, and
# memory stays flat.

use strict;
use warnings;
use lib 't/lib';

use Partner::Jwt qw(claims jwks);
use Partner::Load;
use Partner::Test;
use Partner::Upstream;
use Test::More;
use Time::HiRes qw(time);

use constant {
    GROWTH => 1024, # KB of a process's memory, at most
    WARM => 4,      # rotations until a worker has what it needs
};

my ($rotations, $unknown, $reloads) = $ENV{CHAOS} ? (60, 10_000, 100)
    : (8, 1_000, 5);

my $t = Partner::Test->new;
my $jwks = $t->dir . '/published.json';

my $issuer = $t->upstream(sub {
    open(my $fh, '<', $jwks) or return 0;
    return Partner::Upstream::answer($_[0], 200, do { local $/; <$fh> });
}, 'issuer');

my ($steady, @turns) = map { Partner::Jwt->new($t->dir, 'ES256', "k$_") }
    0 .. 3;


# Replaced in one step: a load may fetch at any moment.
sub publish {
    $t->write_file('next.json', jwks(@_));
    rename($t->dir . '/next.json', $jwks) or die "rename: $!";
}


sub fetches { my @asked = $issuer->requests; return scalar @asked }

publish($steady);

# so many that what loses a set of keys shows
my @strangers = Partner::Jwt->strangers(60);

# of each kind that OpenSSL prepares in its own way, read with each reload
$t->write_file('file.json', jwks(@strangers,
    map { Partner::Jwt->new($t->dir, $_, "file-$_") }
        qw(RS256 PS256 ES256 EdDSA)));

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;

events { worker_connections 8192; }

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:1m;
    partner_jwt_zone zone=tokens:4m;
    partner_jwt issuer=https://issuer.example audience=gateway jwks=/_keys
                partner=partner refresh=1s stale=10s waiting=4096;
    partner_jwt issuer=https://file.example audience=gateway
                jwks_file=%%DIR%%/file.json partner=partner;

    server {
        listen 127.0.0.1:%%PORT_8080%% backlog=8192;
        keepalive_requests 1000000;

        location / {
            partner_auth jwt;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /_keys { internal; proxy_pass http://%%ISSUER%%:/keys; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC

my @good = map { $steady->sign(claims(exp => time() + 86_400)) } 1 .. 50;


sub status { return $t->get_as($_[0], '/')->status }


# A load of good tokens, to be ended by its number of calls.
sub load {
    my ($seconds) = @_;
    return Partner::Load->start($t, port => $t->port('8080'), keys => \@good,
        connections => 16, rate => 300, seconds => $seconds);
}


sub all_served {
    my ($load, $name) = @_;
    my $tally = $load->tally;

    note Partner::Load::line($tally);
    is_deeply [keys %{$tally->{status}}], [200], "$name: every answer is 200";
    is $tally->{dropped}, 0, "$name: no call is lost";
}


# Of its own, in KB: what all share fills as calls come.
sub memory {
    my ($pid) = @_;
    my ($kb) = $t->read_file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+)/m;
    return $kb;
}


sub workers {
    my $pid = $nginx->pid;
    return split(' ', $t->read_file("/proc/$pid/task/$pid/children"));
}


sub flat {
    my ($grown, $name) = @_;

    SKIP: {
        skip 'a sanitizer keeps what was freed', 1
            if Partner::Test::sanitized();
        cmp_ok $grown, '<', GROWTH, "$name grew by $grown KiB";
    }
}

subtest 'rotations' => sub {
    my $load = load(2 * $rotations + 2);
    my $refused = 0;
    my %warm;

    for my $i (1 .. $rotations) {
        my $key = $turns[$i % @turns];
        publish($steady, $key, @strangers);
        $refused++ if status($key->sign(claims())) != 200;
        wait_until { 0 } 0.5;
        %warm = map { $_ => memory($_) } workers() if $i == WARM;
    }

    is $refused, 0, "the first token of each of $rotations new keys passes";
    all_served($load, 'tokens of the old one');
    flat(memory($_) - $warm{$_}, 'a worker') for sort keys %warm;
};

subtest 'unknown keys' => sub {
    my ($header, $payload, $signature) = split(/\./, $good[0]);
    my @flood = map { Partner::Jwt::jws_of(
        qq({"alg":"ES256","kid":"nobody$_"}), $payload, $signature) }
        1 .. $unknown;

    my $good = load(5 + int($unknown / 256));
    my ($before, $begun) = (fetches(), time());
    my $tally = Partner::Load->start($t, port => $t->port('8080'),
        keys => \@flood, calls => $unknown, connections => 256)->tally;
    my $took = time() - $begun;
    my $asked = fetches() - $before;

    note Partner::Load::line($tally);
    is_deeply $tally->{status}, { 401 => $unknown }, 'are refused';
    cmp_ok $asked, '<=', int($took) + 2, sprintf(
        '%d of them in %.1f s: %d questions', $unknown, $took, $asked);
    all_served($good, 'good tokens beside them');
};


subtest 'reloads' => sub {
    my $load = load($ENV{CHAOS} ? 60 : 4);
    my $warm;

    for my $i (1 .. $reloads) {
        $nginx->reload;
        publish($steady, $turns[$i % @turns]);
        $warm = memory($nginx->pid) if $i == int($reloads / 5) || $i == 1;
    }

    all_served($load, "$reloads reloads");

    flat(memory($nginx->pid) - $warm, 'the master');
};

done_testing;
