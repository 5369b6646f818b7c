#!/usr/bin/perl

# Quantiles of the gateway against those of an open-loop load, which makes its
# calls when they are due: on an upstream that takes 50 ms and more they differ
# by at most 2 %.  The short run looks at medians of 100 ms and more alone: what
# a busy machine adds on the client's way is not the gateway's.

use strict;
use warnings;
use lib 't/lib';

use Partner::Awake;
use Partner::Host;
use Partner::Key qw(new_key registry);
use Partner::Load;
use Partner::Test;
use Test::More;

my ($calls, $rate, @quantiles) = $ENV{CHAOS}
    ? (20_000, 500, [0.5, 'p50Us'], [0.95, 'p95Us'], [0.99, 'p99Us'])
    : (100, 100, [0.5, 'p50Us']);

use constant WITHIN => 0.02;

my %delay = (silver => 100, basic => 200); # ms
$delay{gold} = 50 if $ENV{CHAOS};

my $t = Partner::Test->new;
my $awake = Partner::Awake->start($t);
my %key = map { $_ => new_key() } keys %delay;

$t->write_file('keys.json', registry(map {
    $key{$_} => { partnerId => $_, tier => $_, scopes => [] }
} keys %key));
$t->write_file('nobody', '');

# Who does not log in waits, and gets an answer all the same.
my $late = join("\n", map { qq(
    location /$_ {
        auth_basic           late;
        auth_basic_user_file %%DIR%%/nobody;
        auth_delay           $delay{$_}ms;
        error_page           401 =200 /ok;
    }) } keys %delay);

$t->run(<<"EOC", 'api');
%%GLOBALS_LOAD%%
events { worker_connections 2048; }

http {
    %%GLOBALS_HTTP%%
    access_log off;

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        $late
        location = /ok { internal; return 200 "{}"; }
    }
}
EOC

$t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;
events { worker_connections 2048; }

http {
    %%GLOBALS_HTTP%%
    access_log off;

    partner_zone zone=partners:2m;
    partner_keys %%DIR%%/keys.json;

    upstream api {
        server 127.0.0.1:%%PORT_8081%%;
        keepalive 256;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Authorization "";
            proxy_pass http://api;
        }

        location = /json { partner_metrics json; }
    }
}
EOC


# Nearest rank, as the gateway has it.
sub quantile {
    my ($q, @sorted) = @_;
    my $rank = int($q * @sorted);
    $rank++ if $rank < $q * @sorted;
    return $sorted[$rank - 1];
}


# Microseconds of each answer, sorted.
sub latencies {
    my ($trace) = @_;
    open(my $fh, '<', $trace) or die "$trace: $!";
    return sort { $a <=> $b } map { my @f = split; $f[1] - $f[0] } <$fh>;
}


for my $tier (sort { $delay{$a} <=> $delay{$b} } keys %delay) {
    my $trace = $t->dir . "/$tier.trace";
    my ($tally, $stolen) = Partner::Host::undisturbed(1, sub {
        return Partner::Load->start($t, port => $t->port(8080),
            uri => "/$tier", keys => [$key{$tier}], connections => 256,
            calls => $calls, rate => $rate, trace => $trace)->tally;
    });
    diag("$delay{$tier} ms: " . Partner::Load::line($tally));
    is $tally->{status}{200}, $calls, "$tier: each call was answered";

    my $found;
    wait_until { $found = $t->get('/json')->json->{tiers}{$tier};
        $found->{total}{count} == $calls };
    is $found->{total}{count}, $calls, "$tier: and counted";

    my @latency = latencies($trace);

    for (@quantiles) {
        my ($q, $name) = @$_;
        my $theirs = quantile($q, @latency);
        my $off = $found->{total}{$name} / $theirs - 1;
        Partner::Host::held_to($stolen, abs($off), '<=', WITHIN, sprintf(
            '%s: %s is %.2f ms here, %.2f ms there: %+.2f %%', $tier, $name,
            $found->{total}{$name} / 1000, $theirs / 1000, 100 * $off));
    }
}

done_testing;
