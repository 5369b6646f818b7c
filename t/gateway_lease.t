#!/usr/bin/perl

# Leases: a bucket is spent from shared memory, by all workers, and no more of
# it than it holds; what nobody wants goes back; a raised plan counts at once.
# And what else the limit stage has: calls in flight, dry runs, the breaker.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

# A worker that gets no processor for seconds lets leases run out, and says so:
# every try accounts for each token, and one of them has to waste none.
use constant TRIES => 5;

my %key = map { $_ => new_key() } qw(small flight killed dry broken),
    map { ("flood$_", "slow$_") } 1 .. TRIES;
$t->write_file('keys.json',
    registry(map { $key{$_} => { partnerId => $_ } } keys %key));

# Holds a call until the test says so.
my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;
    my $file = $t->dir . '/held';
    wait_until { !-e $file } if $request->{uri} =~ /held/;
    return Partner::Upstream::answer($connection, 200, '{}');
});

$t->define(BACK => 'unix:' . $t->dir . '/back.sock');

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events { worker_connections 2048; }

http {
    %%GLOBALS_HTTP%%
    error_log %%PREFIX%%/error.log info;

    partner_zone  zone=partners:2m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=60s connect_timeout=60s;
    partner_tier  gold limit_mode=lease;

    partner_limit_policy big    rate=1r/d burst=2000;
    partner_limit_policy small  rate=1r/d burst=20;
    partner_limit_policy flight concurrency=2;
    partner_limit_policy dry    rate=1r/d burst=1 dry_run=on;
    partner_limit_policy never  concurrency=1 dry_run=on;
    partner_limit_policy plan   rate=2000r/h per=key plan=on;
    partner_limit_policy group  rate=1r/d burst=5 per=group;
    partner_limit_policy client rate=1r/d burst=5 per=client;

    server {
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        partner_auth key;
        add_header X-Worker $pid always;
        add_header X-Limit $partner_limit_status always;

        location /big    { partner_limit big; proxy_pass http://%%BACK%%; }
        location /small  { partner_limit big small;
                           proxy_pass http://%%BACK%%; }
        location /plan   { partner_limit plan; proxy_pass http://%%BACK%%; }
        location /who    { partner_limit group client;
                           proxy_pass http://%%BACK%%; }
        location /flight { partner_limit flight;
                           proxy_pass http://%%UPSTREAM%%; }
        location /dry    { partner_limit dry never big;
                           proxy_pass http://%%UPSTREAM%%; }
        location = /metrics { partner_auth off; partner_metrics; }
    }

    server {
        listen %%BACK%%;
        location / { return 200 "hello\n"; }
    }
}
EOC


sub metric {
    my ($name) = @_;
    return $t->get('/metrics')->body =~ /^partner_\Q$name\E (\d+)$/m
        ? $1 : undef;
}


# So many calls, as fast as they go; how many of each status.
sub flood {
    my ($as, $uri, $n, $each) = @_;
    my %seen;

    for my $r ($t->parallel([map { ['GET', $uri, headers => {
        Authorization => "Bearer $key{$as}" }] } 1 .. $n], at_once => 50))
    {
        $seen{$r->status}++;
        $each->($r) if $each;
    }

    return \%seen;
}


# Unknown keys are answered by Redis alone, on the connection of limits.
sub connected {
    soon {
        !grep { ($_->code // '') ne 'unknown_credential' }
            $t->parallel([map { ['GET', '/big', headers => {
                Authorization => 'Bearer ' . new_key() }] } 1 .. 20])
    } 'both workers have Redis';
}


connected();

sub wasted { return metric('lease_wasted_total') }


sub thrifty {
    my ($try) = @_;
    my $wasted;

    for my $n (1 .. TRIES) {
        my $before = wasted();
        $try->($n, sub { wasted() - $before });
        $wasted = wasted() - $before or last;
    }

    is $wasted, 0, 'none was wasted';
}


# Calls until so many have passed, but for what was wasted: a flood leaves some
# tokens at the other end of a question, and they come back.
sub all_found {
    my ($as, $found, $all, $wasted) = @_;

    soon {
        $found += flood($as, '/big', 100)->{200} // 0;
        $found + $wasted->() >= $all
    } 'no token is lost';

    $found += flood($as, '/big', 100)->{200} // 0;
    is $found + $wasted->(), $all, 'and there are no more';
}


subtest 'a bucket is spent, and not more' => sub {
    thrifty(sub {
        my ($n, $wasted) = @_;
        my %worker;
        my $evals = $platform->calls('evalsha');
        my $seen = flood("flood$n", '/big', 2500, sub {
            $worker{$_[0]->header('X-Worker')}++;
        });

        cmp_ok $seen->{200}, '<=', 2000, 'at most the burst';
        is $seen->{200} + $seen->{429}, 2500, 'all else is refused';
        is keys %worker, 2, 'through two workers';
        cmp_ok $platform->calls('evalsha') - $evals, '<', 1000,
            'most calls did not ask Redis';

        all_found("flood$n", $seen->{200}, 2000, $wasted);
    });

    cmp_ok metric('lease_granted_total'), '>', 500, 'they were borrowed';

    my $ttl = $redis->command('PTTL', 'partner:limit:{flood1}:big:partner');
    cmp_ok $ttl, '>', 1999 * 86400000, 'the key lives until it is full';
};


# Whether Redis counts tokens of that bucket as lent: behind the bucket itself
# stand node, sequence, tokens and end, in microseconds, of each lease.
sub is_lent {
    my ($key) = @_;
    my (undef, undef, undef, undef, @lease) =
        split(/ /, $redis->command('GET', $key));
    my ($seconds) = @{$redis->command('TIME')};
    return scalar grep { $_ % 4 == 3 && $lease[$_] / 1e6 > $seconds }
        0 .. $#lease;
}


subtest 'what is not wanted goes back' => sub {
    thrifty(sub {
        my ($n, $wasted) = @_;
        my $seen = flood("slow$n", '/big', 600);
        is $seen->{200}, 600, 'all pass';

        soon { !is_lent("partner:limit:{slow$n}:big:partner") }
            'no lease is left';
        all_found("slow$n", 600, 2000, $wasted);
    });
};

subtest 'where no lease pays' => sub {
    my $seen = flood('small', '/small', 200);
    is_deeply $seen, { 200 => 20, 429 => 180 }, 'a small bucket is exact';
    like $t->get_as($key{small}, '/small')->header('RateLimit'),
        qr/^"big";r=\d+;t=\d+, "small";r=0;t=\d+$/, 'both are told';
};

subtest 'whose bucket it is' => sub {
    is $t->get_as($key{small}, '/who')->status, 200, 'group and client';
    is_deeply [sort grep { /group|client/ } @{$redis->command('KEYS',
        'partner:limit:{small}*')}],
        [map { "partner:limit:{small}:$_" } 'client:key=' . id('small'),
            'group:group='], 'as Redis sees it';
};


sub id {
    my ($as) = @_;
    my $registry = JSON::PP::decode_json($t->read_file('keys.json'));
    my ($entry) = grep { $_->{sha256} eq Partner::Key::key_digest($key{$as}) }
        @{$registry->{keys}};
    return $entry->{id};
}


subtest 'a raised plan counts at once' => sub {
    my $raised = $platform->key(partnerId => 'raised', rateLimit => 2);
    is join(' ', map { $t->get_as($raised, '/plan')->status } 1 .. 3),
        '200 200 429', 'two an hour';
    $platform->change($raised, rateLimit => 1000);
    soon { $t->get_as($raised, '/plan')->status == 200 } 'a thousand';
    is $t->get_as($raised, '/plan')->header('X-RateLimit-Limit'), 1000,
        'as the header has it';
};

# Calls that stay in flight until the file is gone.
sub hold {
    my ($as, $uri, $n) = @_;
    $t->write_file('held', '');

    return map {
        my $http = $t->connect;
        $http->send(Partner::Http::format_request('GET', "$uri/held",
            headers => { Authorization => "Bearer $key{$as}" }));
        $http;
    } 1 .. $n;
}


sub release { unlink($t->dir . '/held') }


subtest 'calls in flight' => sub {
    my @held = hold('flight', '/flight', 2);
    soon { metric('in_flight') == 2 } 'two are in flight';

    my $r = $t->get_as($key{flight}, '/flight');
    is $r->status . ' ' . $r->code, '429 concurrency_limited', 'not a third';
    is $r->header('X-Limit'), 'concurrency_limited', 'as the log has it';
    is $t->get_as($key{killed}, '/flight')->status, 200,
        'of another partner';

    release();
    is $_->response->status, 200, 'an answer' for @held;
    soon { metric('in_flight') == 0 } 'none is in flight';
    is $t->get_as($key{flight}, '/flight')->status, 200, 'and again';
};

subtest 'clients that leave' => sub {
    $_->close for hold('flight', '/flight', 2);
    soon { metric('in_flight') == 0 } 'none is in flight';
    release();
};

subtest 'a worker that was killed' => sub {
    my @held = hold('killed', '/flight', 2);
    soon { metric('in_flight') == 2 } 'two are in flight';
    is $t->get_as($key{killed}, '/flight')->status, 429, 'not a third';

    $t->expect_alert(qr/exited on signal 9/);
    my %old = map { $_ => 1 } $nginx->workers;
    kill('KILL', keys %old);
    soon { 2 == grep { !$old{$_} } $nginx->workers } 'there are new ones';
    soon { $t->get_as($key{killed}, '/flight')->status == 200 }
        'their calls came back';
    soon { metric('in_flight') == 0 } 'all';
    is metric('in_flight_reclaimed_total'), 2, 'of them';
    release();
};

subtest 'a dry run' => sub {
    connected();
    my @r = map { $t->get_as($key{dry}, '/dry') } 1 .. 3;
    is join(' ', map { $_->status } @r), '200 200 200', 'refuses nobody';
    is join(' ', map { $_->header('X-Limit') } @r), 'passed dry_run dry_run',
        'but says so';
    # what is left of the bucket, or of the lease that the node has by then
    like $r[2]->header('RateLimit'), qr/^"big";r=(?:1997|1?\d|20);/,
        'not to the client';
    is $r[2]->header('RateLimit-Policy'), '"big";q=1;w=86400', 'at all';
    is $r[2]->header('X-RateLimit-Limit'), 2000, 'anywhere';

    my @held = hold('dry', '/dry', 3);
    soon { metric('limit_dry_runs_total') >= 6 } 'counted';
    release();
    is $_->response->status, 200, 'an answer' for @held;
};

subtest 'the breaker' => sub {
    is $t->get_as($key{broken}, '/small')->status, 200, 'Redis decides';
    $redis->command('CONFIG', 'SET', 'min-replicas-to-write', 1);

    # whichever worker it is, three times
    my @r = map { $t->get_as($key{broken}, '/small') } 1 .. 30;
    is_deeply [sort { $a cmp $b } do { my %c = map { $_->code // '' => 1 } @r;
        keys %c }], ['limiter_unavailable'], 'it refuses to write';
    is metric('limit_breaks_total'), 2, 'both workers have seen it';

    my $monitor = $redis->connect;
    $monitor->command('MONITOR');
    $t->get_as($key{broken}, '/small') for 1 .. 200;

    $redis->command('ECHO', 'calls');

    my $asked = 0;
    while ((my $line = $monitor->reply) !~ /"ECHO" "calls"/) {
        $asked++ if $line =~ /"EVALSHA".*"partner:limit:\{broken\}/;
    }
    is $asked, 0, 'no call asks';

    soon { ($monitor->reply(1) // '') =~ /"EVALSHA".*\}:probe"/ }
        'only probes do';

    $redis->command('CONFIG', 'SET', 'min-replicas-to-write', 0);
    soon { 10 == grep { $t->get_as($key{broken}, '/small')->status != 503 }
        1 .. 10 } 'and well again';
};

done_testing;
