#!/usr/bin/perl

# A flood of well-formed keys that nobody has, each another one: no memory
# grows, no principal gives way, each key is looked up at most once, and good
# traffic beside it fares as it does beside as much good traffic.

use strict;
use warnings;
use lib 't/lib';

use Partner::Awake;
use Partner::Host;
use Partner::Key;
use Partner::Load;
use Partner::Platform;
use Partner::Test;
use Test::More;

use constant GROWTH => 1024; # KB of a worker's own memory, at most

my ($calls, $served, $rounds, $seconds, $tries) = $ENV{CHAOS}
    ? (1_000_000, 3000, 15, 4, 4) : (20_000, 400, 1, 2, 1);

my $t = Partner::Test->new;
my $awake = Partner::Awake->start($t);
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;

events { worker_connections 2048; }

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:4m;
    partner_redis %%REDIS%% timeout=5s connect_timeout=5s waiting=64;
    partner_tier  gold revocation_lease=1h stale=1h;

    keepalive_requests 100000000;

    upstream api {
        server 127.0.0.1:%%PORT_8081%%;
        keepalive 64;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

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

soon { $platform->listeners == 2 } 'both workers have Redis';

my @keys = map { $platform->key(partnerId => "p$_") } 1 .. 200;


sub load { return Partner::Load->start($t, port => $t->port(8080), @_) }


sub metric {
    my ($name) = @_;
    my ($value) = $t->get('/metrics')->body =~ /^$name (\d+)/m;
    return $value;
}


# KB that a process has for itself, the largest of the workers.
sub own_memory {
    my ($most) = sort { $b <=> $a } map {
        open(my $fh, '<', "/proc/$_/status") or die "$_: $!";
        my ($kb) = join('', <$fh>) =~ /^RssAnon:\s+(\d+) kB/m;
        $kb;
    } $nginx->workers;

    return $most;
}


# All of the flood's answers: 401, or 503 of those that found too many waiting.
sub refused {
    my ($tally) = @_;
    return ($tally->{status}{401} // 0) + ($tally->{status}{503} // 0);
}


my $warm = load(keys => \@keys, calls => 2000)->tally;
is $warm->{status}{200}, 2000, 'good keys are served';
is metric('partner_lookups_total'), 200, 'after a look-up each';

# Connections and queues reach their size before anything is measured.
load(connections => 256, calls => 5000)->tally;
my $before = own_memory();
my $lookups = metric('partner_lookups_total');

my $flood = load(connections => 256, calls => $calls);
my $good = load(keys => \@keys, connections => 16, rate => 200,
    calls => $served)->tally;
my $tally = $flood->tally;
diag('the flood: ' . Partner::Load::line($tally));
diag('good calls meanwhile: ' . Partner::Load::line($good));

is refused($tally), $calls, 'each call of the flood is refused';
is $tally->{dropped} + $good->{dropped}, 0, 'none is dropped';
is $good->{status}{200}, $served, 'each good call is served';
cmp_ok metric('partner_lookups_total') - $lookups, '<=', $calls,
    'at most one look-up a key, and none for the good ones';
is metric('partner_cache_evictions_total'), 0, 'no principal gave way';
is $t->get('/status')->json->{cache}{principals}, 200, 'all are there';

my $grown = own_memory() - $before;
diag("a worker has $before KB, and $grown KB more after the flood");

SKIP: {
    skip 'a sanitizer keeps what was freed', 1 if Partner::Test::sanitized();
    cmp_ok $grown, '<=', GROWTH, 'memory stands still';
}

# One key that nobody has, from everywhere at once: each worker asks once, and
# once more a second.
my $unknown = Partner::Key::new_key();
$lookups = metric('partner_lookups_total');
my $one = load(keys => [$unknown], connections => 128, calls => 5000)->tally;
is refused($one), 5000, 'a key that nobody has';
cmp_ok metric('partner_lookups_total') - $lookups, '<=',
    2 * (2 + int($one->{elapsed_us} / 1e6)), 'is looked up once a worker';

# Good traffic beside a flood at full speed, against good traffic beside as many
# connections of other good traffic: the machine is shared with what makes the
# load.
my (%p99, %beside, %stolen);


sub good_beside {
    my ($kind) = @_;
    my $load = load(connections => 64, seconds => $seconds + 1,
        $kind eq 'known' ? (keys => \@keys) : ());

    my $tally = load(keys => \@keys, connections => 16, rate => 500,
        seconds => $seconds)->tally;

    return { p99 => $tally->{p99_us} / 1e3,
        beside => $load->tally->{calls} / ($seconds + 1) };
}


for my $round (1 .. $rounds) {
    for my $kind ('known', 'unknown') {
        my ($figures, $stolen) = Partner::Host::undisturbed($tries,
            sub { good_beside($kind) });
        push @{$p99{$kind}}, $figures->{p99};
        push @{$beside{$kind}}, $figures->{beside};
        push @{$stolen{$kind}}, $stolen;
    }
}


sub middle { return (sort { $a <=> $b } @_)[$#_ / 2] }

diag(sprintf('good calls, 500 a second, beside %d a second of %s keys: '
    . 'p99 %.2f ms; the host took %.1f %% of the time',
    middle(@{$beside{$_}}), $_, middle(@{$p99{$_}}),
    100 * middle(@{$stolen{$_}}))) for sort keys %p99;

Partner::Host::held_to(middle(map { @$_ } values %stolen),
    middle(@{$p99{unknown}}), '<=', 1.1 * middle(@{$p99{known}}),
    'good calls fare as beside good traffic, within a tenth') if $rounds > 1;

is metric('partner_cache_evictions_total'), 0, 'still none gave way';

done_testing;
