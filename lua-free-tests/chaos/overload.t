#!/usr/bin/perl

# An API that is asked for twice what it can answer, by three tiers: without
# partner_overload all wait; with it gold keeps its promise and basic is turned
# away first.  The same where half of gold's budget goes without any queue,
# where the API is slow by itself, and when it recovers.
#
# Shares of calls are held to their bound in the long version only.

use strict;
use warnings;
use lib 't/lib';

use Partner::Awake;
use Partner::Host;
use Partner::Key qw(new_key registry);
use Partner::Load;
use Partner::Test;
use Test::More;

my $long = $ENV{CHAOS} ? 1 : 0;
my $seconds = $long ? 60 : 3;
my $capacity = 200; # calls a second

my $t = Partner::Test->new;
my $awake = Partner::Awake->start($t);
my @tiers = qw(basic silver gold);
my %key = map { $_ => new_key() } @tiers;
$t->write_file('keys.json', registry(map {
    $key{$_} => { partnerId => $_, tier => $_ } } @tiers));
$t->define(CAPACITY => $capacity);

# Of ten calls one is gold, three are silver.
my @mix = qw(gold silver silver silver basic basic basic basic basic basic);

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;

events { worker_connections 4096; }

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:4m;
    partner_keys %%DIR%%/keys.json;

    limit_req_zone   $server_name zone=api:64k rate=%%CAPACITY%%r/s;
    limit_req_zone   $server_name zone=late:64k rate=%%CAPACITY%%r/s;
    limit_req_status 500;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key;
        proxy_http_version 1.1;

        location /plain { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location /kept {
            partner_overload kept;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /dry {
            partner_overload dry dry_run=on;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /late {
            partner_overload late;
            proxy_pass http://127.0.0.1:%%PORT_8083%%;
        }

        location /latest { proxy_pass http://127.0.0.1:%%PORT_8083%%; }

        location /slow {
            partner_overload slow;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }

        location = /metrics { partner_auth off; partner_metrics; }
    }

    # One queue, emptied at so many calls a second.
    server {
        listen 127.0.0.1:%%PORT_8081%%;
        server_name one-for-all;

        location / {
            limit_req zone=api burst=100000;
            try_files /none =204;
        }
    }

    # The same queue, and then 100 ms for each call: it asks for a password.
    server {
        listen 127.0.0.1:%%PORT_8083%%;
        server_name late;

        location / {
            limit_req zone=late burst=100000;
            auth_delay 100ms;
            auth_basic "late";
            auth_basic_user_file %%DIR%%/keys.json;
            error_page 401 =204 /late-answer;
        }

        location = /late-answer { internal; return 204; }
    }

    # Any number of calls, each of which takes 300 ms.
    server {
        listen 127.0.0.1:%%PORT_8082%%;

        location / {
            auth_delay 300ms;
            auth_basic "slow";
            auth_basic_user_file %%DIR%%/keys.json;
        }
    }
}
EOC


my $stolen = 0; # the worst that the host did in this subtest


# Shares are the product's where the host let it be.
sub held { return Partner::Host::held_to($stolen, @_) }


# Reads the trace of a load: by tier, how many calls, how many were turned
# away, and of the others those within gold's 200 ms.
sub asked {
    my ($uri, $rate, $for, $meanwhile) = @_;
    my $trace = $t->dir . '/trace';

    my $load = Partner::Load->start($t, port => $t->port('8080'), uri => $uri,
        keys => [map { $key{$_} } @mix], connections => 800, rate => $rate,
        calls => $rate * $for, seconds => $for + 30, trace => $trace);
    my ($tally, $share) = Partner::Host::undisturbed(1, sub {
        $meanwhile->() if $meanwhile;
        return $load->tally;
    });
    $stolen = $share if $share > $stolen;
    diag("$uri: " . Partner::Load::line($tally));

    my %by = map { $_ => { calls => 0, turned => 0, quick => 0 } } @tiers;
    my $from;
    open(my $fh, '<', $trace) or die "$trace: $!";

    while (my $line = <$fh>) {
        my ($sent, $received, $status, $which) = split(' ', $line);
        $from //= $sent;
        next if $sent - $from < 1e6; # the queue grows, and limits are learnt
        my $tier = $by{$mix[$which]};
        $tier->{calls}++;
        $tier->{turned}++ if $status == 503;
        $tier->{quick}++ if $status == 204 && $received - $sent <= 200_000;
    }

    for my $tier (reverse @tiers) {
        my $of = $by{$tier};
        diag sprintf('%-6s %-6s %6d calls, %5.1f %% turned away, %6.2f %% '
            . 'answered in 200 ms', $uri, $tier, $of->{calls},
            100 * $of->{turned} / $of->{calls},
            100 * $of->{quick} / $of->{calls});
    }

    is $tally->{dropped}, 0, "$uri: every call was answered";
    return \%by;
}


sub share { my ($of, $what) = @_; return $of->{$what} / $of->{calls} }


sub metric {
    my ($name) = @_;
    return ($t->get('/metrics')->body =~ /^\Q$name\E (\S+)/m)[0];
}


subtest 'what it can answer' => sub {
    $stolen = 0;
    my $by = asked('/kept', $capacity * 0.7, $seconds);

    # a machine that does other things as well is slow at times
    my $most = $long ? 0 : 0.2;
    held(share($by->{$_}, 'turned'), '<=', $most,
        "$_: nobody is turned away") for @tiers;
};

subtest 'twice that' => sub {
    $stolen = 0;
    my $by = asked('/kept', $capacity * 2, $seconds, sub {
        my $r;
        soon { ($r = $t->get_as($key{basic}, '/kept'))->status == 503 }
            'a call is turned away';
        is $r->code, 'overloaded', 'and says why';
        is $r->header('Retry-After'), 1, 'when to come back';
        is $r->header('Cache-Control'), 'no-store', 'that nobody keeps it';
        like $r->json->{detail}, qr/more than it can answer in time/,
            'and what it means';
    });
    my ($basic, $silver, $gold) = map { share($by->{$_}, 'turned') } @tiers;

    held($basic, '>', 0.5, 'basic is turned away, more than half of it');
    held($basic, '>', 2 * $silver, 'silver less');
    held($silver + 0.001, '>', $gold, 'and gold still less');
    held(share($by->{gold}, 'quick'), '>=', 0.999, 'gold within its budget')
        if $long;

    cmp_ok metric('partner_overload_turned_total{pool="kept",tier="basic"}'),
        '>', 0, 'it is counted';
    cmp_ok metric('partner_overload_limit{pool="kept",tier="gold"}'), '>',
        metric('partner_overload_limit{pool="kept",tier="basic"}'),
        'limits are shown';
    is metric('partner_in_flight'), 0, 'nothing stays in flight';

    $by = asked('/kept', $capacity * 0.7, $seconds);
    held(share($by->{$_}, 'turned'), '<', 0.01, "$_: served again after it")
        for @tiers;
};

subtest 'twice what a slow one can answer' => sub {
    $stolen = 0;
    asked('/late', $capacity * 2, 3); # learns what it is
    my $by = asked('/late', $capacity * 2, $seconds);
    my ($basic, $silver, $gold) = map { share($by->{$_}, 'turned') } @tiers;

    held($basic, '>', 0.5, 'basic is turned away, more than half of it');
    held($silver + 0.001, '>', $gold, 'gold no more than silver');
    held(share($by->{gold}, 'quick'), '>=', 0.999, 'gold within its budget')
        if $long;
};

subtest 'slow by itself' => sub {
    $stolen = 0;
    asked('/slow', $capacity, 3); # learns that it is
    my $by = asked('/slow', $capacity, $seconds);
    held(share($by->{$_}, 'turned'), '<', 0.01,
        "$_: nobody is turned away for what would not help") for @tiers;
};

subtest 'without it, and in a dry run' => sub {
    $stolen = 0;
    for my $uri ('/plain', '/dry', '/latest') {
        my $by = asked($uri, $capacity * 2, $long ? 10 : $seconds);
        is $by->{$_}{turned}, 0, "$uri: nobody is turned away" for @tiers;
        held(share($by->{gold}, 'quick'), '<', 0.5, "$uri: gold waits")
            if $long;
    }

    cmp_ok metric('partner_overload_turned_total{pool="dry",tier="basic"}'),
        '>', 0, 'a dry run counts whom it would turn away';
};

done_testing;
