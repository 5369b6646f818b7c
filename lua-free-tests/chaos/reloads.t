#!/usr/bin/perl

# The configuration is read again and again under load: no call is dropped, no
# usage is lost, and nothing grows.

use strict;
use warnings;
use lib 't/lib';

use List::Util qw(sum);

use Partner::Load;
use Partner::Platform;
use Partner::Test;
use Test::More;

my ($calls, $reloads) = $ENV{CHAOS} ? (1_000_000, 50) : (20_000, 4);

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;

events { worker_connections 1024; }

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:4m;
    partner_redis %%REDIS%% timeout=2s connect_timeout=2s;
    partner_tier  silver limit_mode=strict;
    partner_limit_policy client rate=1000000r/s;

    keepalive_requests 10000;

    upstream api {
        server 127.0.0.1:%%PORT_8081%%;
        keepalive 64;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth  key;
            partner_limit client;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_pass http://api;
        }

        location = /metrics { partner_metrics; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        access_log off;
        location / { return 200 "hello\n"; }
    }
}
EOC

my @keys = map { $platform->key(tier => $_, partnerId => $_) }
    qw(gold silver);

my $load = Partner::Load->start($t, port => $t->port(8080), keys => \@keys,
    connections => 32, calls => $calls);

$nginx->reload for 1 .. $reloads;

# Whatever is left of the load is served without a reload.
my $under_load = $load->running;
my $tally = $load->tally;
diag(Partner::Load::line($tally));

ok $under_load, "all $reloads reloads fell into the load";
is $tally->{calls}, $calls, 'every call is accounted for';
is $tally->{dropped}, 0, 'none was dropped';
is $tally->{status}{200}, $calls, 'and all were served';

# Two a worker, and the probe of this test.
soon { $platform->clients <= 2 * 2 + 1 }
    'no connection to Redis was left behind';

my @ok = $t->get('/metrics')->body
    =~ /^partner_requests_total\{[^}]*outcome="ok"[^}]*\} (\d+)/mg;
is sum(@ok), $calls, 'the metrics have each call once';

done_testing;
