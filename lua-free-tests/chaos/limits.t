#!/usr/bin/perl

# Two gateways of two workers each and one Redis: over every window of the trace
# no more calls pass than burst + rate * its length, by lease and strictly; and
# the same while Redis is killed, stopped, slow, read-only and emptied, as
# on_redis_error promises.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use List::Util qw(sum0);
use Time::HiRes ();

use Partner::Awake;
use Partner::Host;
use Partner::Load;
use Partner::Platform;
use Partner::Slow;
use Partner::Test;
use Test::More;

# Milliseconds, of calls while the breaker is open, and until one passes again.
use constant { ADDED => 2, BACK => 1000 };

my $long = $ENV{CHAOS} ? 1 : 0;
my ($rate, $burst) = (2000, 500);

my $t = Partner::Test->new;
my $awake = Partner::Awake->start($t);
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $slow = Partner::Slow->start(dir => $t->dir . '/slow',
    to => $redis->socket);
$t->define(SLOW => 'unix:' . $slow->socket);
$t->define(LIMIT => "rate=${rate}r/s burst=$burst");

# A gateway: its workers and its way to Redis.
sub gateway {
    my ($name, $workers, $to) = @_;

    $t->define(WORKERS => $workers, PORT => $t->port($name), TO => $to);

    return $t->run(<<'EOC', $name);
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes %%WORKERS%%;

events { worker_connections 1024; }

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:4m;
    partner_redis %%TO%% nodes=2;
    partner_tier  gold   limit_mode=lease  revocation_lease=1h;
    partner_tier  silver limit_mode=strict revocation_lease=1h;
    partner_tier  basic  limit_mode=lease  revocation_lease=1h
                         on_redis_error=local;

    partner_limit_policy client %%LIMIT%%;
    partner_limit_policy three  rate=3r/s;

    server {
        listen 127.0.0.1:%%PORT%% reuseport;
        partner_auth key;
        location / { partner_limit client; proxy_pass http://%%BACK%%; }
        location /three { partner_limit three; proxy_pass http://%%BACK%%; }
        location = /metrics { partner_auth off; partner_metrics; }
    }
}
EOC
}


$t->define(BACK => 'unix:' . $t->dir . '/back.sock');
$t->run(<<'EOC', 'back');
%%GLOBALS_LOAD%%

events { worker_connections 2048; }

http {
    %%GLOBALS_HTTP%%

    server {
        listen %%BACK%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

my $listeners = 0;


sub gateways {
    my ($names, $workers, $to) = @_;

    gateway($_, $workers, $to) for @$names;
    $listeners += @$names * $workers;
    soon { $platform->listeners == $listeners } 'all workers have Redis';
}


sub metric {
    my ($names, $metric) = @_;
    my $sum = 0;

    for my $name (@$names) {
        my ($n) = $t->get('/metrics', port => $name)->body
            =~ /^partner_\Q$metric\E (\d+)$/m;
        $sum += $n;
    }

    return $sum;
}


# Begins a load on each gateway; gives the traces' names and the loads.
sub load {
    my ($names, %o) = @_;
    my (@loads, @traces);

    for my $name (@$names) {
        push @traces, $t->dir . "/trace.$name." . ++$o{_};
        push @loads, Partner::Load->start($t, port => $t->port($name),
            connections => 16, %o{grep { $_ ne '_' } keys %o},
            trace => $traces[-1]);
    }

    return (\@loads, \@traces);
}


# What the worst window says: {calls, passed, us, over}.
sub windows {
    my ($traces, $key, $rate, $burst) = @_;

    my $said = join('', map { `$_` } join(' ',
        Partner::Test::build() . '/windows', $rate, 1_000_000, $burst, $key,
        @$traces));
    return JSON::PP->new->decode($said);
}


# How many of the calls that could have passed did.
sub share {
    my ($w, $rate, $burst) = @_;
    return $w->{passed} / ($burst + $rate * $w->{us} / 1e6);
}


my @pair = qw(a b);
gateways(\@pair, 2, '%%REDIS%%');

my %key = map { $_ => $platform->key(tier => $_, partnerId => $_) }
    qw(gold silver basic);

for my $case ([lease => 'gold', 0.98], [strict => 'silver', 0.98]) {
    my ($mode, $tier, $least) = @$case;

    subtest "$mode: every window" => sub {
        my $evals = $platform->calls('evalsha');
        my ($loads, $traces) = load(\@pair, keys => [$key{$tier}],
            calls => $long ? 500_000 : 15_000);
        my ($tallies, $stolen) = Partner::Host::undisturbed(1,
            sub { [map { $_->tally } @$loads] });
        my @tally = @$tallies;
        diag("$mode: " . Partner::Load::line($_)) for @tally;

        my $w = windows($traces, 0, $rate, $burst);
        my $asked = $platform->calls('evalsha') - $evals;

        is $w->{over}, 0, 'no window holds a call too many';
        is $_->{dropped}, 0, 'every call was answered' for @tally;
        diag(sprintf('%s: %d of %d calls passed in %.1f s, %.1f %% of what '
            . 'could; %.4f questions a call, %.4f a call that passed', $mode,
            $w->{passed}, $w->{calls}, $w->{us} / 1e6,
            100 * share($w, $rate, $burst), $asked / $w->{calls},
            $asked / $w->{passed}));
        cmp_ok windows($traces, 0, $rate, $burst - 50)->{over}, '>', 0,
            'as one would see' if $mode eq 'strict';

        # Redis that stands still for long has calls refused.
        Partner::Host::held_to($stolen, share($w, $rate, $burst), '>', $least,
            'and hardly any holds one too few') if $long;

        cmp_ok $asked / $w->{calls}, '<=', 0.05, 'Redis was asked seldom'
            if $mode eq 'lease' && $long;

        my $sockets = grep { !/cmd=client/ }
            split(/\n/, $redis->command('CLIENT', 'LIST'));
        is $sockets, 2 * $listeners, 'with two sockets a worker';
    };
}

diag(sprintf('leases: %d tokens lent, %d given back, %d wasted',
    map { metric(\@pair, "lease_${_}_total") } qw(granted returned wasted)));
cmp_ok metric(\@pair, 'lease_wasted_total'), '<=',
    0.02 * metric(\@pair, 'lease_granted_total'), 'at most 2 % is wasted';

subtest 'every key has an end' => sub {
    my @keys = @{$redis->command('KEYS', 'partner:limit:*')};
    cmp_ok $redis->command('PTTL', $_), '>', 0, $_ for @keys;
    soon { !@{$redis->command('KEYS', 'partner:limit:*')} } 'and comes to it',
        30;
};

subtest '3 a second over 8 workers' => sub {
    my @eight = qw(e f);
    # long enough for any pause of the host: none is answered too late
    gateways(\@eight, 4, '%%REDIS%% timeout=10s');

    for my $tier (qw(gold silver)) {
        my ($loads, $traces) = load(\@eight, keys => [$key{$tier}],
            uri => '/three', rate => 50, seconds => $long ? 120 : 4);
        my @tally = map { $_->tally } @$loads;
        diag("$tier: " . Partner::Load::line($_)) for @tally;

        my $w = windows($traces, 0, 3, 3);
        diag(sprintf('%s: %d passed in %.1f s, %.2f %%', $tier, $w->{passed},
            $w->{us} / 1e6, 100 * share($w, 3, 3)));
        is sum0(map { $_->{status}{503} // 0 } @tally), 0,
            "$tier: each call is decided";
        is $w->{over}, 0, "$tier: no window holds a call too many";
        cmp_ok $w->{passed}, '>=', int(0.99 * (3 + 3 * $w->{us} / 1e6)) - 1,
            "$tier: nor too few";
    }
};

my @faults = (
    killed => sub { $redis->kill }, sub {
        $redis->start;
        $platform->complete;
    },
    stopped => sub { $redis->pause }, sub { $redis->resume },
    slow => sub { $slow->delay(0.5) }, sub { $slow->delay(0) },
    'read-only' => sub {
        $redis->command('CONFIG', 'SET', 'min-replicas-to-write', 1);
    }, sub { $redis->command('CONFIG', 'SET', 'min-replicas-to-write', 0) },
    emptied => sub {
        $redis->command('FLUSHALL');
        $platform->complete;
    }, sub { },
);

# Each key brings more than that.
my $low = 400;
$t->define(LIMIT => "rate=${low}r/s burst=$burst");
gateways([qw(c d)], 2, '%%SLOW%%');

# Three keys in turn, and what each is promised while Redis is away.
my @promise = (
    [gold => 'lease, deny', 1], [silver => 'strict, deny', 1],
    [basic => 'lease, local', 2],
);


# The 99th percentile of a key's latency, in ms, of calls sent in a time.
sub p99 {
    my ($traces, $key, $from, $to) = @_;
    my @us;

    for my $trace (@$traces) {
        open(my $fh, '<', $trace) or die "$trace: $!";

        while (<$fh>) {
            my ($sent, $received, undef, $which) = split ' ';
            push @us, $received - $sent
                if $which == $key && $sent >= $from && $sent < $to;
        }
    }

    @us = sort { $a <=> $b } @us;
    return @us ? $us[0.99 * $#us] / 1e3 : 0;
}


# When a key passed first again, in ms after a moment.
sub recovery {
    my ($traces, $key, $from) = @_;
    my $first;

    for my $trace (@$traces) {
        open(my $fh, '<', $trace) or die "$trace: $!";

        while (<$fh>) {
            my ($sent, $received, $status, $which) = split ' ';
            $first = $received if $which == $key && $status == 200
                && $sent >= $from && (!defined $first || $received < $first);
        }
    }

    return defined $first ? ($first - $from) / 1e3 : undef;
}


sub now_us { Time::HiRes::clock_gettime(Time::HiRes::CLOCK_MONOTONIC()) * 1e6 }


# The load takes its time; nothing but the clock tells which part it is in.
sub reach {
    my ($moment) = @_;
    wait_until { now_us() >= $moment };
}


# A load of three parts: well, broken, well again.  What holds at any time is
# tested each time; gives the times of each key, in ms: by how much p99 grew
# while the breaker was open, and when the first call passed afterwards.
sub fault {
    my ($name, $break, $mend) = @_;
    my $part = $long ? 4 : 1.2;
    my ($loads, $traces) = load([qw(c d)],
        keys => [map { $key{$_->[0]} } @promise],
        rate => 1500, seconds => $long ? 12 : 4);

    my $start = now_us();
    reach($start + $part * 1e6);
    my $broken = now_us();
    $break->();
    reach($broken + $part * 1e6);
    my $mended = now_us();
    $mend->();
    my @tally = map { $_->tally } @$loads;
    diag("$name: " . Partner::Load::line($_)) for @tally;
    is $_->{dropped}, 0, 'every call was answered' for @tally;

    my @times;

    for my $key (0 .. $#promise) {
        my ($tier, $what, $times) = @{$promise[$key]};

        # while Redis is away, `local` adds the nodes' shares; one that has
        # lost what it held begins with new buckets
        my $lost = $name =~ /killed|emptied/ ? 1 : 0;
        my $w = windows($traces, $key, $low * $times,
            $burst * ($times + $lost));
        my ($before, $open) = (p99($traces, $key, $start, $broken),
            p99($traces, $key, $broken + 5e5, $mended));
        my $recovery = recovery($traces, $key, $mended);

        is $w->{over}, 0, "$what: the promise holds";
        soon { $t->get_as($key{$tier}, '/', port => 'c')->status == 200 }
            "$what: calls pass again";
        diag(sprintf('%s, %s: p99 %.1f ms before, %.1f ms once open, '
            . 'first passed %.0f ms after', $name, $what, $before, $open,
            $recovery // -1));
        push @times, { what => $what, added => $open - $before,
            recovery => $recovery // 9999 };
    }

    soon { $platform->listeners == $listeners } "$name: all workers are back",
        30;

    return \@times;
}


while (my ($name, $break, $mend) = splice(@faults, 0, 3)) {
    subtest "Redis is $name" => sub {
        my ($times, $stolen) = Partner::Host::undisturbed($long ? 4 : 1,
            sub { fault($name, $break, $mend) });

        for (grep { $long } @$times) {
            Partner::Host::held_to($stolen, $_->{added}, '<=', ADDED,
                "$_->{what}: p99 while open");
            Partner::Host::held_to($stolen, $_->{recovery}, '<', BACK,
                "$_->{what}: back soon");
        }
    };
}

done_testing;
