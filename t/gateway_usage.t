#!/usr/bin/perl

# Usage is published as absolute values until the platform confirms it; no
# death and no absence of Redis loses or doubles a call.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use Partner::Upstream;
use Test::More;
use Time::HiRes qw(time);

use constant {
    CROWD => 150, # partners, more than fit one command
    MINUTE => 60, # longer than this test takes
};

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

my %key = map { $_ => new_key() } qw(fleet lone suspended);
my @crowd = map { new_key() } 1 .. CROWD;

$t->write_file('keys.json', registry(
    $key{fleet} => { partnerId => 'fleet', applicationId => 'fleet.app-1' },
    $key{lone} => { partnerId => 'lone', scopes => ['-', 'read:rides'] },
    $key{suspended} => { partnerId => 'bad', partnerStatus => 'suspended' },
    map { $crowd[$_] => { partnerId => "crowd-$_" } } 0 .. $#crowd
));

my $upstream = $t->upstream(sub {
    my ($connection, $request) = @_;

    if ($request->{uri} =~ m{^/slow}) {
        print $connection "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";
        sysread($connection, my $nothing, 1);
        return 0;
    }

    # In nginx' clock this takes at least 20 ms.
    wait_until { 0 } 0.03 if $request->{uri} =~ m{^/late};
    return Partner::Upstream::answer($connection,
        $request->{uri} =~ m{^/status/(\d+)} ? $1 : 200, '{"a":1}');
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  gold limit_mode=local;
    partner_limit_policy two rate=1r/d burst=2;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key;

        location / { proxy_pass http://%%UPSTREAM%%; }
        location /dead { proxy_pass http://127.0.0.1:%%PORT_8082%%; }

        location /write {
            partner_scope write:rides;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /two {
            partner_limit two;
            proxy_pass http://%%UPSTREAM%%;
        }

        location = /metrics { partner_auth off; partner_metrics; }
        location = /status { partner_auth off; partner_status; }
    }
}
EOC

my $node = $t->get('/status')->json->{incarnation};


# What is published, by partner/application/operation/outcome; the hours of
# this test together.
sub published {
    my @pairs = @{$redis->command('HGETALL', "partner:usage:$node")};
    my %sum;

    while (my ($field, $value) = splice(@pairs, 0, 2)) {
        my ($hour, $rest) = split(m{/}, $field, 2);
        $rest =~ s{/(?:gold|silver|basic)/\d+\z}{} or die "no promise: $rest";
        die "hour $hour" if abs($hour * 3600 - time) > 2 * 3600;
        my @n = split(/ /, $value);
        $sum{$rest}[$_] += $n[$_] for 0 .. 3;
    }

    return \%sum;
}


sub calls {
    my ($name) = @_;
    return published()->{$name}[0] // 0;
}


sub publications {
    return $t->get('/metrics')->body
        =~ /^partner_usage_publications_total (\d+)$/m ? $1 : undef;
}


# Waits until all that is counted by now has been published.
sub settle {
    my $now = publications();
    soon { publications() >= $now + 2 } 'published';
}


# What the intake does: takes the hash, and confirms what it took.
sub take {
    my ($change) = @_;
    my $pairs = $redis->command('HGETALL', "partner:usage:$node");
    return 0 unless @$pairs;

    $redis->command('DEL', "partner:usage:$node");
    $redis->command('HSET', "partner:confirmed:$node",
        $change ? $change->(@$pairs) : @$pairs);
    return 1;
}


# Counters belong to an hour, and what follows looks for one of them.
wait_until { time % 3600 < 3600 - MINUTE } MINUTE;

soon { $platform->listeners == 2 } 'both workers have Redis';
like $node, qr/^[0-9a-f]{16}$/, 'an incarnation';

subtest 'outcomes' => sub {
    is $t->get_as($key{fleet}, '/')->status, 200, 'ok' for 1 .. 3;
    is $t->get_as($key{fleet}, '/status/304')->status, 304, 'ok as well';
    is $t->get_as($key{fleet}, '/status/404')->status, 404, 'client_error';
    is $t->get_as($key{fleet}, '/status/500')->status, 500, 'server_error';
    is $t->get_as($key{fleet}, '/dead')->status, 502, 'server_error too';
    is $t->get_as($key{fleet}, '/write')->status, 403, 'refused: scope';
    is join(' ', map { $t->get_as($key{fleet}, '/two')->status } 1 .. 4),
        '200 200 429 429', 'refused: limit';
    is $t->get_as($key{suspended}, '/')->status, 403, 'refused: suspended';
    is $t->get('/')->status, 401, 'refused, of nobody';
    is $t->get_as(new_key(), '/')->status, 401, 'refused, of nobody';

    my $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', '/slow',
        headers => { Authorization => "Bearer $key{fleet}" }));
    wait_until { grep { $_->{uri} eq '/slow' } $upstream->requests };
    $http->close;

    soon { calls('fleet/fleet.app-1/-/aborted') == 1 } 'aborted';
    my %expected = (
        'fleet/fleet.app-1/-/ok' => 6,
        'fleet/fleet.app-1/-/client_error' => 1,
        'fleet/fleet.app-1/-/server_error' => 2,
        'fleet/fleet.app-1/-/refused' => 3,
        'fleet/fleet.app-1/-/aborted' => 1,
        'bad/-/-/refused' => 1,
    );
    settle();
    my $published = published();
    is_deeply { map { $_ => $published->{$_}[0] } keys %$published },
        \%expected, 'by partner, application and outcome';
    is_deeply $redis->command('SMEMBERS', 'partner:gateways'), [$node],
        'under a name that the intake knows';
};

subtest 'bytes and time' => sub {
    my ($in, $out) = (0, 0);
    my $http = $t->connect;

    for my $size (0, 10, 100_000) {
        my $request = Partner::Http::format_request('POST', '/late',
            body => 'x' x $size,
            headers => { Authorization => "Bearer $key{lone}" });
        $in += length $request;
        $http->send($request);
        my $r = $http->response;
        is $r->status, 200, "$size bytes of body";
        $out += length($r->head) + 4 + length $r->body;
    }

    settle();
    my ($calls, $request, $response, $us) = @{published()->{'lone/-/-/ok'}};
    is $calls, 3, 'calls';
    is $request, $in, 'bytes that came';
    is $response, $out, 'bytes that went';
    cmp_ok $us, '>=', 3 * 20_000, 'microseconds of the upstream';
    cmp_ok $us, '<', 3 * 10_000_000, 'and not of anything else';
};

# Each of two workers looks ten times a second whether it is time.
subtest 'about once a second' => sub {
    my ($from, $begun) = (publications(), time);
    wait_until { publications() >= $from + 4 };
    cmp_ok publications() - $from, '<=', time - $begun + 2, 'and not oftener';
};

subtest 'values are absolute' => sub {
    for my $n (4 .. 6) {
        $t->get_as($key{lone}, '/');
        soon { calls('lone/-/-/ok') == $n } "$n calls";
    }

    is $t->get_as($_, '/')->status, 200, 'one of many' for @crowd;
    settle();
    my $published = published();
    is scalar(grep { $published->{"crowd-$_/-/-/ok"}[0] == 1 } 0 .. $#crowd),
        CROWD, 'more counters than fit one command';
    is $published->{'lone/-/-/ok'}[0], 6, 'the others stay';

    $redis->command('FLUSHALL');
    $platform->complete;
    soon { calls('lone/-/-/ok') == 6 } 'an emptied Redis gets all of it';
    settle();
    is_deeply published(), $published, 'the same';
    is_deeply $redis->command('SMEMBERS', 'partner:gateways'), [$node],
        'and the name';
};

subtest 'what is confirmed' => sub {
    my $all = published();

    # Older values, and much that makes no sense.
    take(sub {
        my %pairs = @_;
        return ((map { $_ => '0 0 0 0 0 0' } keys %pairs), '', 'x',
            'a/b' => '1', '1/2/3/4/5' => '1 2 3 4', '////' => '   ',
            'x' x 3000 => 'y', (keys %pairs)[0] . 'x' => '1 1 1 1',
            '1/lone/-/-/ok' => '9');
    });
    soon { !$redis->command('EXISTS', "partner:confirmed:$node") }
        'the note is read';
    settle();
    is_deeply published(), $all, 'older values confirm nothing';

    take();
    soon { !$redis->command('EXISTS', "partner:confirmed:$node") }
        'the note is read again';
    $redis->command('DEL', "partner:usage:$node");
    settle();
    is_deeply published(), {}, 'what is confirmed is not sent again';

    $t->get_as($key{lone}, '/');
    soon { calls('lone/-/-/ok') == 7 }
        'a counter that moves on is, with all that it ever had';
    settle();
    is_deeply [keys %{published()}], ['lone/-/-/ok'], 'alone';
};

$t->expect_alert(qr/worker process \d+ exited on signal 9/);
$t->expect_alert(qr/shared memory zone "partners" was locked by \d+/);

subtest 'any worker publishes' => sub {
    my $n = calls('lone/-/-/ok');

    for my $round (1 .. 4) {
        my @workers = $nginx->workers;
        kill('KILL', $workers[$round % 2]);
        wait_until { my @now = $nginx->workers;
            @now == 2 && "@now" ne "@workers" };
        is $t->get_as($key{lone}, '/')->status, 200, 'a call';
        $n++;
        soon { calls('lone/-/-/ok') == $n } "published without $round";
    }

    $nginx->reload;
    is $t->get_as($key{lone}, '/')->status, 200, 'a call after a reload';
    soon { calls('lone/-/-/ok') == $n + 1 } 'goes on from there';
    is $t->get('/status')->json->{incarnation}, $node, 'the same name';
};

subtest 'Redis is away' => sub {
    my $n = calls('lone/-/-/ok');

    $redis->kill;
    is $t->get_as($key{lone}, '/')->status, 200, 'a call' for 1 .. 20;
    $redis->start;
    soon { calls('lone/-/-/ok') == $n + 20 } 'killed: nothing is lost';

    $redis->pause;
    is $t->get_as($key{lone}, '/')->status, 200, 'a call' for 1 .. 20;
    $redis->resume;
    soon { calls('lone/-/-/ok') == $n + 40 } 'paused: nothing is lost';

    $redis->command('REPLICAOF', 'localhost', 1);
    is $t->get_as($key{lone}, '/')->status, 200, 'a call' for 1 .. 20;
    $redis->command('REPLICAOF', 'NO', 'ONE');
    soon { calls('lone/-/-/ok') == $n + 60 } 'read-only: nothing is lost';

    $redis->command('DEL', "partner:usage:$node");
    $redis->command('SET', "partner:usage:$node", 'not a hash');
    is $t->get_as($key{lone}, '/')->status, 200, 'a call';
    $redis->command('DEL', "partner:usage:$node");
    soon { calls('lone/-/-/ok') == $n + 61 } 'in the way: nothing is lost',
        20;
};

subtest 'the same numbers everywhere' => sub {
    my $body = $t->get('/metrics')->body;
    my ($ok) = $body =~ /^partner_calls_total\{partner="lone",outcome="ok"\}
        \ (\d+)$/mx;
    is calls('lone/-/-/ok'), $ok, 'usage and metrics';
    like $body, qr/^partner_usage_dropped_total 0$/m, 'nothing was dropped';
};

subtest 'a planned stop' => sub {
    my $n = calls('lone/-/-/ok');

    is $t->get_as($key{lone}, '/')->status, 200, 'a call' for 1 .. 7;
    $nginx->stop('QUIT');
    is calls('lone/-/-/ok'), $n + 7, 'is published before it';
};

done_testing;
