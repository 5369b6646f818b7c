#!/usr/bin/perl

# A worker that gets no processor for longer than Redis has time to answer: an
# answer that stands in the socket by then counts, and a Redis that is gone is
# given up all the same, one deadline later.

use strict;
use warnings;
use lib 't/lib';

use Partner::Platform;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

use constant { DEADLINE => 2, TRIES => 10 };

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

$t->define(DEADLINE => DEADLINE . 's');

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 1;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% timeout=%%DEADLINE%% connect_timeout=60s;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_metrics; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
    }
}
EOC


sub metric {
    my ($name) = @_;
    return $t->get('/metrics')->body =~ /^partner_$name (\d+)$/m ? $1 : undef;
}


# A key that is to be looked up while Redis answers nothing; the worker stops
# soon after it asked, and goes on behind the deadline.  Where the test itself
# was too slow to stop it in time, it is tried again.
sub halted {
    my ($meanwhile) = @_;

    for (1 .. TRIES) {
        soon { $t->get_as($platform->key, '/')->status == 200 }
            'Redis is there';
        my ($worker) = $nginx->workers;
        my $before = metric('lookups_total');
        my $timeouts = metric('redis_timeouts_total');
        my $key = $platform->key;
        $redis->pause;

        my $http = $t->connect;
        my $sent = time;
        $http->send(Partner::Http::format_request('GET', '/',
            headers => { Authorization => "Bearer $key" }));
        soon { metric('lookups_total') > $before } 'Redis is asked';
        kill('STOP', $worker);

        my $in_time = time - $sent < DEADLINE / 2;
        wait_until { !$in_time || time - $sent > 1.2 * DEADLINE };
        $meanwhile->() if $in_time;
        kill('CONT', $worker);
        my $response = $http->response;
        $redis->resume;

        return ($response, metric('redis_timeouts_total') - $timeouts)
            if $in_time;
    }

    BAIL_OUT('the worker cannot be stopped in time');
}


subtest 'Redis answers meanwhile' => sub {
    my ($response, $timeouts) = halted(sub {
        $redis->resume;
        $redis->command('PING') for 1 .. 2; # behind what it was asked before
    });

    is $response->status, 200, 'the answer counts';
    is $timeouts, 0, 'no deadline was missed';
};

subtest 'Redis does not' => sub {
    my ($response, $timeouts) = halted(sub { });

    is $response->code, 'credential_store_unavailable', 'it is given up';
    is $timeouts, 1, 'at the second deadline';
};

done_testing;
