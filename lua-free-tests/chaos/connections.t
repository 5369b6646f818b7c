#!/usr/bin/perl

# Ten thousand connections, open at once and all of them used, a tenth at any
# moment: each call is answered, and what the gateway keeps for them goes when
# they go.

use strict;
use warnings;
use lib 't/lib';

use Partner::Load;
use Partner::Platform;
use Partner::Test;
use Test::More;

my ($connections, $rounds) = $ENV{CHAOS} ? (10_000, 20) : (1_000, 3);
my $calls = $connections * $rounds;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

# A worker that got all of them has this many left for the API behind it.
$t->define(DESCRIPTORS => int(1.5 * $connections) + 1024);

$t->run(<<'EOC', 'api');
%%GLOBALS_LOAD%%
worker_rlimit_nofile %%DESCRIPTORS%%;

events { worker_connections %%DESCRIPTORS%%; }

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8081%% backlog=16384;
        location / { return 200 "hello\n"; }
    }
}
EOC

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;
worker_rlimit_nofile %%DESCRIPTORS%%;

events { worker_connections %%DESCRIPTORS%%; }

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:4m;
    partner_redis %%REDIS%% timeout=5s connect_timeout=5s waiting=10000;
    partner_tier  silver limit_mode=strict;
    partner_limit_policy client rate=1000000r/s;

    upstream api {
        server 127.0.0.1:%%PORT_8081%%;
        keepalive 16;
    }

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport backlog=16384;

        location / {
            partner_auth  key;
            partner_limit client;
            proxy_http_version 1.1;
            proxy_set_header   Connection "";
            proxy_pass         http://api;
        }

        location = /status { stub_status; }
    }
}
EOC

my @keys = map { $platform->key(tier => 'gold', partnerId => "p$_") } 1 .. 64;

# Two a worker, for commands and for revisions, and this test's own.
my $sockets = 2 * 2 + 1;

my $load = Partner::Load->start($t, port => $t->port(8080), keys => \@keys,
    connections => $connections, flight => $connections / 10,
    calls => $calls);
my $tally = $load->tally;
diag(Partner::Load::line($tally));

is $tally->{open}, $connections, "$connections connections were open at once";
is $tally->{status}{200}, $calls, 'each call was served';
is $tally->{dropped} + $tally->{retried}, 0, 'none was lost on the way';
cmp_ok $platform->clients, '<=', $sockets, 'Redis saw no connection more';

soon { $t->get('/status')->body =~ /^Active connections: (\d+)/ && $1 < 10 }
    'the connections are gone';

done_testing;
