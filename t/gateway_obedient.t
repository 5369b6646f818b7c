#!/usr/bin/perl

# Clients that keep to the headers are not refused once, in any mode: an hour of
# 200 calls an hour, run 3600 times as fast, twice over.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;
use Time::HiRes ();
use Time::Local qw(timegm);

my $t = Partner::Test->new;
my $redis = $t->redis;
my @tiers = qw(gold silver basic);
my %mode = (gold => 'lease', silver => 'strict', basic => 'local');
my %key = map { $_ => new_key() } @tiers;

$t->write_file('keys.json', registry(map {
    $key{$_} => { tier => $_, partnerId => $_ } } @tiers));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%
    error_log %%PREFIX%%/error.log info;
    keepalive_requests 1000000;

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  gold   limit_mode=lease;
    partner_tier  silver limit_mode=strict;
    partner_tier  basic  limit_mode=local;

    partner_limit_policy hour rate=200r/s;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;
        partner_auth key;
        partner_limit hour;
        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

soon { !grep { $t->get_as($_, '/')->status != 200 } values %key }
    'Redis is there';


sub now { Time::HiRes::time() }


sub until_time {
    my ($moment) = @_;
    wait_until { now() >= $moment };
}


# The moment that X-RateLimit-Reset names.
sub reset_of {
    my ($r) = @_;
    my ($y, $m, $d, @hms) = $r->header('X-RateLimit-Reset') =~ /(\d+)/g;
    return timegm(reverse(@hms), $d, $m - 1, $y);
}


# As many calls at once as Remaining says, then nothing until Reset.
sub at_once {
    my ($call) = @_;
    my $r = $call->();

    for (1 .. 1000) {
        last if $r->status != 200 || !$r->header('X-RateLimit-Remaining');
        $r = $call->();
    }

    until_time(reset_of($r));
    return $r;
}


# Up to 20 calls while Remaining is above 10, then rests for a tenth in all.
sub spread {
    my ($call) = @_;
    my $until = now() + 0.1;
    my $r = $call->();

    for (1 .. 20) {
        last if $r->status != 200
            || $r->header('X-RateLimit-Remaining') < 10;
        $r = $call->();
    }

    $r->header('X-RateLimit-Remaining') == 0 ? until_time(reset_of($r))
        : until_time($until);
    return $r;
}


for my $tier (@tiers) {
    for my $style (['at once', \&at_once], ['spread', \&spread]) {
        my ($name, $way) = @$style;
        my $http = $t->connect;
        my ($calls, $refused) = (0, 0);

        my $call = sub {
            my $r = $http->request('GET', '/', headers => {
                Authorization => "Bearer $key{$tier}" });
            $calls++;
            $refused++ if $r->status != 200;
            return $r;
        };

        my $until = now() + ($ENV{CHAOS} ? 30 : 2);
        $way->($call) while now() < $until;

        is $refused, 0, "$mode{$tier}, $name: none of $calls was refused";
        cmp_ok $calls, '>=', 10, "$mode{$tier}, $name: it did call";
    }
}

done_testing;
