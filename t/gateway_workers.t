#!/usr/bin/perl

# Workers are killed, the master is killed, the configuration is read again:
# calls go on, and counters and buckets with them.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $listed = new_key();

$t->write_file('keys.json', registry($listed => { partnerId => 'listed' }));
$t->write_file('html/hello', "hello\n");

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%
    error_log %%PREFIX%%/error.log info;

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=5s connect_timeout=5s;
    partner_tier  gold limit_mode=local revocation_lease=1h;
    partner_limit_policy wide rate=1r/d burst=50000;

    keepalive_requests 1000000;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        root %%DIR%%/html;
        add_header X-Worker $pid always;

        location / {
            partner_auth key;
            partner_limit wide;
        }

        location = /metrics { partner_metrics; }
        location = /status { partner_status; }
    }
}
EOC

my $key = $platform->key(partnerId => 'p2');


sub metric {
    my ($name) = @_;
    return $t->get('/metrics')->body =~ /^\Q$name\E (\d+)$/m ? $1 : 0;
}


sub counted { metric('partner_calls_total{partner="listed",outcome="ok"}') }
sub status { $t->get('/status')->json }


# Calls one after the other, each on a connection of its own, in processes
# beside the test, until it says stop; then how many were answered and failed.
sub load {
    my ($n) = @_;

    $t->write_file('load', 'on');
    return map {
        my $file = $t->dir . "/load.$_";
        $t->write_file("load.$_.now", 0);
        my $process = Partner::Process->start(name => "load $_",
            dir => $t->dir, log => "$file.log", code => sub {
                my ($good, $bad) = (0, 0);

                while (-e $t->dir . '/load') {
                    my $r = eval { $t->get_as($listed, '/hello') };
                    $r && $r->status == 200 ? $good++ : $bad++;
                    $t->write_file("load.$_.now", $good + $bad);
                }

                $t->write_file("load.$_", "$good $bad");
            });
        [$process, $file]
    } 1 .. $n;
}


# Waits until each has made so many calls more.
sub progress {
    my ($calls, @load) = @_;

    for my $load (@load) {
        my $now = sub { (eval { $t->read_file("$load->[1].now") } || 0) + 0 };
        my $from = $now->();
        wait_until { $now->() >= $from + $calls } or die 'no progress';
    }
}


# Every worker has its connections to Redis: of so many calls each worker gets
# some, and none is refused for lack of them.
sub connected {
    my ($name) = @_;

    soon {
        !grep { ($_->code // '') ne 'unknown_credential' }
            $t->parallel([map { ['GET', '/hello', headers => {
                Authorization => 'Bearer ' . new_key() }] } 1 .. 20])
    } $name;
}


sub stop {
    my (@load) = @_;
    my ($good, $bad) = (0, 0);

    unlink($t->dir . '/load');

    for my $load (@load) {
        wait_until { !$load->[0]->running };
        my @n = split(/ /, $t->read_file($load->[1]));
        $good += $n[0];
        $bad += $n[1];
    }

    return ($good, $bad);
}


soon { $platform->listeners == 2 } 'both workers have Redis';
is $t->get_as($key, '/hello')->status, 200, 'a key of the platform';

subtest 'reload under load' => sub {
    my $before = counted();
    my $left = $t->get_as($listed, '/hello')
        ->header('X-RateLimit-Remaining');
    my $incarnation = status()->{incarnation};
    my $lookups = metric('partner_lookups_total');
    my @load = load(3);

    for my $round (1 .. 8) {
        progress(10, @load);
        $nginx->reload;
    }

    my ($good, $bad) = stop(@load);
    note "$good calls";
    is $bad, 0, 'no call was dropped';
    soon { counted() == $before + $good + 1 } 'every call was counted';
    is $t->get_as($listed, '/hello')->header('X-RateLimit-Remaining'),
        $left - $good - 1, 'and debited, once';
    is status()->{incarnation}, $incarnation, 'the zone is the same';
    is $t->get_as($key, '/hello')->status, 200, 'what was cached';
    is metric('partner_lookups_total'), $lookups, 'still is';
    soon { $platform->listeners == 2 } 'two subscriptions';
    soon {
        2 * $nginx->workers == grep { !/cmd=(?:client|pubsub)/ }
            split(/\n/, $redis->command('CLIENT', 'LIST'))
    } 'no connection was left behind';
};

$t->expect_alert(qr/worker process \d+ exited on signal 9/);

# What nginx' master says of one that died at work in the zone.
$t->expect_alert(qr/shared memory zone "partners" was locked by \d+/);

subtest 'a worker killed under load' => sub {
    my $before = counted();
    my $left = $t->get_as($listed, '/hello')
        ->header('X-RateLimit-Remaining');
    my @load = load(3);

    for my $round (1 .. 12) {
        progress(5, @load);
        my @workers = $nginx->workers;
        kill('KILL', $workers[0]);
        wait_until {
            my @now = $nginx->workers;
            @now == 2 && !grep { $_ == $workers[0] } @now
        } or die 'no other worker';
    }

    my ($good, $bad) = stop(@load);
    note "$good calls answered, $bad lost with their worker";
    cmp_ok $bad, '<=', 12 * 3, 'no more calls were lost than were in flight';
    soon { counted() >= $before + $good } 'every answer was counted';
    cmp_ok counted(), '<=', $before + $good + $bad + 1, 'once';

    if (!metric('partner_zone_rebuilds_total')) {
        my $now = $t->get_as($listed, '/hello')
            ->header('X-RateLimit-Remaining');
        cmp_ok $now, '<=', $left - $good - 1, 'and debited';
        cmp_ok $now, '>=', $left - $good - $bad - 1, 'once';
    }

    connected('the new workers have Redis');
};

subtest 'a worker killed with calls that wait' => sub {
    my @parked = parked(10);
    my @old = $nginx->workers;
    kill('KILL', @old);

    ok $_->closed, 'its client is told' for @parked;
    soon { my @now = $nginx->workers; @now == 2 && "@now" ne "@old" }
        'there are others';
    $redis->resume;
    connected('they look keys up');
};


# Connections whose calls wait for Redis, which does not answer.
sub parked {
    my ($n) = @_;

    $redis->pause;
    my @parked = map { $t->connect } 1 .. $n;
    $_->send(Partner::Http::format_request('GET', '/hello', headers => {
        Authorization => 'Bearer ' . new_key() })) for @parked;

    my %waiting;
    wait_until {
        my $s = status();
        $waiting{$s->{pid}} = $s->{waiting};
        my $sum = 0;
        $sum += $_ for values %waiting;
        $sum == $n
    } or die 'they do not wait';

    return @parked;
}


subtest 'workers leave while calls wait' => sub {
    my @parked = parked(10);
    my @old = $nginx->workers;
    $nginx->signal('HUP');
    soon { !grep { my $pid = $_; grep { $_ == $pid } @old } $nginx->workers }
        'new workers serve';
    $redis->resume;
    is join(' ', map { $_->response->status } @parked), '401 ' x 9 . '401',
        'the old ones answer what waits';
    soon { !grep { Partner::Process::alive($_) } @old } 'and go';
    connected('the new ones have Redis');

    @parked = parked(10);
    @old = $nginx->workers;
    $nginx->signal('HUP');
    is join(' ', map { $_->response->status } @parked), '503 ' x 9 . '503',
        'a Redis that stays away is not waited for';
    soon { !grep { Partner::Process::alive($_) } @old } 'they go as well';
    $redis->resume;
    connected('and Redis is back');
};

subtest 'the zone is full of keys and goes on' => sub {
    my @keys = map { $platform->key } 1 .. 3000;
    my @r = $t->parallel([map { ['GET', '/hello', headers => {
        Authorization => "Bearer $_" }] } @keys], at_once => 50);
    is scalar(grep { $_ && $_->status == 200 } @r), 3000, 'all are served';
    cmp_ok status()->{cache}{evictions}, '>', 0, 'some gave way';
};

subtest 'the master killed' => sub {
    my @orphans = $nginx->workers;
    my $calls = counted();

    $t->expect_leftovers;
    kill('KILL', $nginx->pid);
    soon { !$nginx->process->running } 'the master is gone';

    is $t->get_as($listed, '/hello')->status, 200, 'the orphans serve on'
        for 1 .. 20;
    soon { counted() == $calls + 20 } 'and count';

    # docs/operations.md, "When the master was killed".
    my $slow = $t->connect;
    is $slow->request('GET', '/status')->status, 200, 'one is kept open';
    kill('QUIT', $_) for @orphans;
    soon { !grep { Partner::Process::alive($_) } @orphans }
        'they end gracefully';
    ok $slow->closed, 'idle connections are closed';
    unlink($t->dir . '/nginx.pid');
    $nginx->start;

    is $t->get_as($listed, '/hello')->status, 200, 'a new start serves';
    soon { counted() == 1 } 'with counters of its own';
    connected('and has Redis');
    is $t->get_as($key, '/hello')->status, 200, 'keys are looked up again';
};

subtest 'stopped with calls that wait' => sub {
    my @parked = parked(10);
    is $nginx->stop('TERM'), 0, 'at once';
    ok $_->closed, 'its client is told' for @parked;
    $redis->resume;

    $nginx->start;
    connected('again');
    @parked = parked(10);
    $redis->resume;
    is $nginx->stop('QUIT'), 0, 'gracefully';
    like $_->response->status, qr/^(?:401|503)$/, 'its client is answered'
        for @parked;
};

unlike $nginx->error_log, qr/open socket/, 'no socket was left open';

done_testing;
