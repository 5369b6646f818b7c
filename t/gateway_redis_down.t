#!/usr/bin/perl

# Redis fails in every way it can, under load: cached keys are served, unknown
# ones get 503, every call is answered, and all is well when Redis is.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key);
use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    # Each call that fails would be a page of lines at debug level.
    error_log %%PREFIX%%/error.log info;

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% timeout=500ms connect_timeout=500ms;

    partner_tier gold   revocation_lease=1h limit_mode=strict
                        on_redis_error=deny;
    partner_tier silver revocation_lease=1h limit_mode=strict
                        on_redis_error=local;

    partner_limit_policy hourly rate=1r/h burst=100000;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        partner_auth key;
        add_header X-Worker $pid always;
        add_header X-Auth $partner_auth_status always;

        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location /limited {
            partner_limit hourly;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_auth off; partner_metrics; }
        location = /status { partner_auth off; partner_status; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

my ($gold, $silver) = map { $platform->key(tier => $_, partnerId => $_) }
    qw(gold silver);
my @connections = by_worker(10);
my @workers = $nginx->workers;


# So many kept connections to each worker.
sub by_worker {
    my ($n) = @_;
    my %of;

    wait_until {
        my $http = $t->connect;
        my $r = $http->request('GET', '/status');
        push @{$of{$r->header('X-Worker')}}, $http;
        keys %of == 2 && !grep { @$_ < $n } values %of;
    } or die 'no connection to each worker';

    return map { @$_[0 .. $n - 1] } values %of;
}


# One call on each connection, all in flight together; status and code of the
# answers, each once, in order.
sub answers {
    my ($key, $uri, $meanwhile) = @_;
    my %seen;

    for my $http (@connections) {
        my $as = $key // new_key();
        $http->send(Partner::Http::format_request('GET', $uri // '/',
            headers => { Authorization => "Bearer $as" }));
    }

    $meanwhile->() if $meanwhile;

    for my $http (@connections) {
        my $r = $http->response;
        $seen{join ' ', grep { defined } $r->status, $r->code}++;
    }

    return join(', ', sort keys %seen);
}


# For what needs an answer of Redis: one that a busy machine delays comes too
# late.
sub in_time {
    my ($key, $uri, $expected, $name) = @_;
    soon { answers($key, $uri) eq $expected } $name;
}


sub metric {
    my ($name) = @_;
    return $t->get('/metrics')->body =~ /^\Q$name\E (\d+)$/m ? $1 : undef;
}


# What holds whenever Redis gives no answer.
sub away {
    my ($name) = @_;

    for (1 .. 5) {
        is answers($gold), '200', "$name: a cached key";
        is answers(undef), '503 credential_store_unavailable',
            "$name: unknown keys";
        is answers($gold, '/limited'), '503 limiter_unavailable',
            "$name: a limit that is denied without Redis";
        is answers($silver, '/limited'), '200',
            "$name: a limit that then is local";
    }

    is $t->get_as(new_key(), '/')->header('X-Auth'),
        'credential_store_unavailable', "$name: nobody knows who calls";
    is $t->get_as($gold, '/limited')->header('X-Auth'), 'passed',
        "$name: or it is known, whatever the limit";
}


# What holds whenever it does.
sub back {
    my ($name) = @_;

    # Both workers, one after the other, in their own time.
    soon {
        my @strict = answers($gold, '/limited');
        my @unknown = answers(undef);
        "@strict @unknown" eq '200 401 unknown_credential'
    } "$name: limits and look-ups work again";

    in_time($platform->key, '/', '200', "$name: a new key");
    is answers($gold), '200', "$name: a cached key";
    is join(' ', $nginx->workers), "@workers", "$name: no worker was lost";
}


soon { $platform->listeners == 2 } 'both workers have Redis';
in_time($_, '/', '200', 'a good key') for $gold, $silver;
back('at first');

subtest 'killed' => sub {
    is answers($gold, '/', sub { $redis->kill }), '200',
        'while it is killed: a cached key';
    away('killed');

    $redis->start;
    $platform->complete;
    back('started again');
};

subtest 'killed with calls in flight' => sub {
    $redis->pause;
    is answers(undef, '/', sub { kill('KILL', $redis->pid) }),
        '503 credential_store_unavailable', 'those that wait are answered';
    $redis->kill;
    $redis->start;
    $platform->complete;
    back('started again');
};

subtest 'paused' => sub {
    my $timeouts = metric('partner_redis_timeouts_total');

    $redis->pause;
    away('paused');
    cmp_ok metric('partner_redis_timeouts_total'), '>', $timeouts,
        'deadlines were missed';
    $redis->resume;
    back('resumed');
};

subtest 'emptied' => sub {
    $redis->command('FLUSHALL');

    for (1 .. 3) {
        is answers($gold), '200', 'a cached key';
        is answers(undef), '503 credential_store_unavailable', 'unknown keys';
        in_time($gold, '/limited', '200', 'limits begin anew');
    }

    $platform->complete;
    back('filled');
};

subtest 'a replica that takes no writes' => sub {
    $redis->command('REPLICAOF', 'localhost', 1);

    for (1 .. 3) {
        is answers($gold), '200', 'a cached key';
        in_time(undef, '/', '401 unknown_credential',
            'look-ups need no writes');
        is answers($gold, '/limited'), '503 limiter_unavailable',
            'a limit that is denied';
        is answers($silver, '/limited'), '200', 'a limit that then is local';
    }

    $redis->command('REPLICAOF', 'NO', 'ONE');
    back('a primary again');
};

subtest 'every connection refused' => sub {
    my $own = $redis->command('CLIENT', 'ID');
    my $away = sub {
        $redis->command('CLIENT', 'KILL', 'TYPE', 'pubsub');
        $redis->command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
        away($_[0]);
    };

    $redis->command('CONFIG', 'SET', 'maxclients', 1);
    $away->('too many clients');
    $redis->command('CONFIG', 'SET', 'maxclients', 1000);
    back('clients allowed');

    $redis->command('CONFIG', 'SET', 'requirepass', 'x');
    $away->('a password');
    $redis->command('CONFIG', 'SET', 'requirepass', '');
    back('no password');

    $redis->command('ACL', 'SETUSER', 'default', '-@all', '+config', '+acl',
        '+ping', '+client');
    $away->('no permission');
    $redis->command('ACL', 'SETUSER', 'default', '+@all');
    back('permission');
    is $redis->command('CLIENT', 'ID'), $own, 'the test was not killed';
};

subtest 'connections lost again and again' => sub {
    for my $round (1 .. 30) {
        $redis->command('CLIENT', 'KILL', 'TYPE',
            $round % 2 ? 'normal' : 'pubsub', 'SKIPME', 'yes');
        like answers(undef), qr/^(?:401\ unknown_credential(?:,\ |$))?
            (?:503\ credential_store_unavailable)?$/x, "round $round";
        is answers($gold), '200', 'a cached key';
    }

    back('left alone');
};

subtest 'nothing is left behind' => sub {
    my $status = $t->get('/status')->json;
    is $status->{redis}, 'connected', 'connected';
    is $status->{waiting}, 0, 'nobody waits';
    is $platform->listeners, 2, 'one subscription a worker';

    my @clients = grep { !/cmd=client/ }
        split(/\n/, $redis->command('CLIENT', 'LIST'));
    is @clients, 4, 'two connections a worker';
};

done_testing;
