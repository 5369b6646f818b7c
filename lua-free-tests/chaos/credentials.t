#!/usr/bin/perl

# A million credentials through a real Redis: each is looked up once and then
# served from shared memory, of which it takes at most 200 bytes; and what a
# change of one costs.

use strict;
use warnings;
use lib 't/lib';

use Compress::Raw::Zlib qw(crc32);
use Digest::SHA qw(sha256_hex);
use Partner::Load;
use Partner::Platform;
use Partner::Test;
use POSIX ();
use Test::More;
use Time::HiRes qw(time);

use constant {
    BYTES => 200,     # of shared memory for each, at most
    OF_PARTNER => 10, # credentials and an application
};

my ($n, $changes, $zone) = $ENV{CHAOS} ? (1_000_000, 20_000, '450m')
    : (4_000, 500, '2300k');

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
$t->define(ZONE => $zone);

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 1;

events { worker_connections 1024; }

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:%%ZONE%%;
    partner_redis %%REDIS%% timeout=5s connect_timeout=5s;
    partner_tier  gold revocation_lease=1h stale=1h;

    keepalive_requests 100000000;

    upstream api {
        server 127.0.0.1:%%PORT_8081%%;
        keepalive 64;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://api;
        }

        location = /metrics { partner_metrics; }
        location = /status { partner_status; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

my @digits = ('0' .. '9', 'A' .. 'Z', 'a' .. 'z');


# As Partner::Key makes them, a hundred times as fast.
sub quick_key {
    my $key = 'sk_' . join('', map { $digits[rand @digits] } 1 .. 43);
    my $crc = crc32($key);
    my $tail = '';

    for (1 .. 6) {
        $tail = $digits[$crc % 62] . $tail;
        $crc = int($crc / 62);
    }

    return $key . $tail;
}


# What the platform has of credential $i: ids are UUIDs, as in PostgreSQL.
sub record {
    my ($i, $version) = @_;
    my $partner = int($i / OF_PARTNER);

    return sprintf('{"id":"6f1c7d6e-2b0a-4d5e-9f00-%012d",'
        . '"partnerId":"0b9e4a52-7c31-4f6d-8e00-%012d",'
        . '"applicationId":"application-%d","tier":"gold",'
        . '"scopes":["read:rides","write:rides","group:%d"],'
        . '"status":"active","partnerStatus":"active",'
        . '"environment":"production","version":%d}',
        $i, $partner, $partner, $i % 100, $version);
}


# Many commands at once, none of which may fail.
sub pour {
    my ($next) = @_;
    my $said = $t->dir . '/poured';

    open(my $pipe, '|-', "redis-cli -s '" . $redis->socket
        . "' --pipe >'$said' 2>&1") or die "redis-cli: $!";

    while (my @command = $next->()) {
        print $pipe '*', scalar @command, "\r\n",
            map { '$' . length($_) . "\r\n$_\r\n" } @command;
    }

    close($pipe);
    return $t->read_file('poured') =~ /errors: 0\b/;
}


sub metric {
    my ($name) = @_;
    my ($value) = $t->get('/metrics')->body =~ /^\Q$name\E (\S+)/m;
    return $value;
}


sub call_all {
    my ($keys, $calls) = @_;

    soon { $platform->heartbeat == 1 } 'the worker hears the platform';

    my $load = Partner::Load->start($t, port => $t->port(8080),
        keys => $keys, calls => $calls);
    $platform->beat_while(sub { $load->running });

    my $tally = $load->tally;
    diag(Partner::Load::line($tally));
    return $tally;
}


# Microseconds of CPU, user and system, that the worker has had.
sub cpu {
    my ($pid) = $nginx->workers;
    open(my $fh, '<', "/proc/$pid/stat") or die "$pid: $!";
    my ($rest) = <$fh> =~ /\) (.*)/;
    my @fields = split / /, $rest;

    return ($fields[11] + $fields[12]) * 1e6
        / POSIX::sysconf(&POSIX::_SC_CLK_TCK);
}


soon { $platform->listeners == 1 } 'the worker has Redis';

my @keys = map { quick_key() } 1 .. $n;
my $i = 0;

ok pour(sub {
    return if $i == $n;
    my @command = ('SET', 'partner:cred:' . sha256_hex($keys[$i]),
        record($i, 1));
    $i++;
    return @command;
}), "Redis has $n credentials";

my $names = metric('partner_zone_used_bytes{area="names"}');

is call_all(\@keys, $n)->{status}{200}, $n, 'each is served';
is metric('partner_lookups_total'), $n, 'and looked up once';
is metric('partner_cache_evictions_total'), 0, 'none gave way';
is $t->get('/status')->json->{cache}{principals}, $n, 'all are there';

# Beside its text a name has a reference in an index that is half empty.
my $named = 2 * $n / OF_PARTNER;
my $bytes = (metric('partner_zone_used_bytes{area="principals"}')
    + metric('partner_zone_used_bytes{area="names"}') - $names
    + $named * 8) / $n;
diag(sprintf('%.1f bytes of shared memory each: entry, chains, unknown '
    . 'credentials, names', $bytes));

SKIP: {
    skip 'tables of fixed size weigh more in a small zone', 1
        unless $ENV{CHAOS};
    cmp_ok $bytes, '<=', BYTES, 'at most ' . BYTES . ' bytes each';
}

is call_all(\@keys, $n)->{status}{200}, $n, 'each is served again';
is metric('partner_lookups_total'), $n, 'without a look-up';

# Changes of credentials all over the cache, told one by one.
my @changed = map { int($_ * $n / $changes) } 0 .. $changes - 1;
my @commands = map {
    my $digest = sha256_hex($keys[$_]);
    ["SET", "partner:cred:$digest", record($_, 2)],
    ['PUBLISH', 'partner:revisions',
        join(' ', ++$platform->{revision}, $digest, 2)]
} @changed;

my ($begun, $cpu) = (time, cpu());

ok pour(sub { return @commands ? @{shift @commands} : () }),
    "$changes credentials change";
soon { metric('partner_revision') == $platform->{revision} }
    'the worker has heard of each';

diag(sprintf('an update: %.1f us until it is heard, %.1f us of the worker',
    (time - $begun) * 1e6 / $changes, (cpu() - $cpu) / $changes));

is call_all([@keys[@changed]], $changes)->{status}{200}, $changes,
    'each that changed is served';
is metric('partner_lookups_total'), $n + $changes, 'and looked up once more';
is call_all(\@keys, $n)->{status}{200}, $n, 'so are all';
is metric('partner_lookups_total'), $n + $changes, 'the others not again';

done_testing;
