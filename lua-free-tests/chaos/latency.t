#!/usr/bin/perl

# Quantiles of the gateway against those of an open-loop load, which makes its
# calls when they are due: on an upstream that takes 50 ms and more they differ
# by at most 2 %.  What the host takes between gateway and load is in the load's
# alone, and a hundredth of the time is all of p99: so a long run makes many
# rounds, each of an operation of its own, until one is left alone.  The short
# run looks at medians of 400 ms and more: what a busy machine adds on the
# client's way is not the gateway's.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Partner::Awake;
use Partner::Host;
use Partner::Key qw(new_key registry);
use Partner::Load;
use Partner::Test;
use Test::More;

my ($calls, $rate, $rounds, @quantiles) = $ENV{CHAOS}
    ? (5_000, 500, 10, [0.5, 'p50Us'], [0.95, 'p95Us'], [0.99, 'p99Us'])
    : (100, 100, 1, [0.5, 'p50Us']);

use constant {
    WITHIN => 0.02,
    CALM => 0.001, # of the processors' time
};

my %delay = $ENV{CHAOS} ? (gold => 50, silver => 100, basic => 200)
    : (silver => 400, basic => 800); # ms

my $t = Partner::Test->new;
my $awake = Partner::Awake->start($t);
my %key = map { $_ => new_key() } keys %delay;

$t->write_file('keys.json', registry(map {
    $key{$_} => { partnerId => $_, tier => $_, scopes => [] }
} keys %key));
$t->write_file('nobody', '');
$t->write_file('rides.json', JSON::PP::encode_json({
    openapi => '3.1.0', security => [],
    paths => { map {
        my $tier = $_;
        map { ("/$tier/$_" => { get => { operationId => "$tier.$_" } }) }
            1 .. $rounds
    } keys %delay },
}));

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

    partner_zone zone=partners:64m;
    partner_keys %%DIR%%/keys.json;

    upstream api {
        server 127.0.0.1:%%PORT_8081%%;
        keepalive 256;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            partner_contract %%DIR%%/rides.json;
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


# Calls to one operation, of which nobody has called before: what the load saw,
# and what the gateway has.
sub round_of {
    my ($tier, $round) = @_;
    my $trace = $t->dir . "/$tier.trace";

    my $tally = Partner::Load->start($t, port => $t->port(8080),
        uri => "/$tier/$round", keys => [$key{$tier}], connections => 256,
        calls => $calls, rate => $rate, trace => $trace,
        busy => $ENV{CHAOS})->tally;
    diag("$delay{$tier} ms: " . Partner::Load::line($tally));
    is $tally->{status}{200}, $calls, "$tier.$round: each call was answered";

    my $found;
    wait_until {
        $found = $t->get('/json')->json->{operations}{"$tier.$round"}{total};
        $found->{count} == $calls;
    };
    is $found->{count}, $calls, "$tier.$round: and counted";

    return { found => $found, latencies => [latencies($trace)] };
}


for my $tier (sort { $delay{$a} <=> $delay{$b} } keys %delay) {
    my $round = 0;
    my ($seen, $stolen) = Partner::Host::undisturbed($rounds,
        sub { return round_of($tier, ++$round) }, CALM);

    for (@quantiles) {
        my ($q, $name) = @$_;
        my $ours = $seen->{found}{$name};
        my $theirs = quantile($q, @{$seen->{latencies}});
        my $off = $ours / $theirs - 1;
        my $text = sprintf('%s: %s is %.2f ms here, %.2f ms there: %+.2f %%',
            $tier, $name, $ours / 1000, $theirs / 1000, 100 * $off);
        diag(sprintf('%s, where the host took %.2f %%', $text, 100 * $stolen));
        Partner::Host::held_to($stolen, abs($off), '<=', WITHIN, $text);
    }
}

done_testing;
