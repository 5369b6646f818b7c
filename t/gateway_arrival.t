#!/usr/bin/perl

# A call that comes before its worker has reached Redis for the first time
# waits for that: a start or a reload refuses nobody by itself.

use strict;
use warnings;
use lib 't/lib';

use POSIX qw(mkfifo);

use Partner::Platform;
use Partner::Process;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $key = $platform->key(tier => 'gold', partnerId => 'acme');
my $other = $platform->key(tier => 'gold', partnerId => 'acme');

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% timeout=2500ms connect_timeout=CONNECT
                  waiting=2;
    partner_tier  gold limit_mode=strict revocation_lease=1h;
    partner_limit_policy hourly rate=1r/h burst=1000;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth  key;
            partner_limit hourly;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }

        location = /metrics { partner_metrics; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC


# A worker whose first connection is made, but gets no answer.
sub start {
    my ($connect) = @_;
    (my $text = $conf) =~ s/CONNECT/$connect/;
    $redis->pause;
    return $t->run($text);
}


# A call that was sent, and is known to have arrived with those before it.
sub send_call {
    my ($with) = @_;
    my $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', '/',
        headers => { Authorization => "Bearer $with" }));
    $t->get('/metrics') for 1 .. 2;
    return $http;
}


subtest 'the platform knows who serves' => sub {
    my $new = $platform->key(partnerId => 'first');
    my $monitor = $redis->connect;
    $monitor->command('MONITOR');

    my $nginx = start('60s');
    my $http = send_call($new);
    $redis->resume;
    is $http->response->status, 200, 'a call waits, and is served';

    my @seen;
    while (!grep { $_ eq 'MGET' } @seen) {
        my $line = $monitor->reply(10) // last;
        push @seen, $1 if $line =~ /"(MGET|PUBLISH)"/;
    }
    is_deeply \@seen, ['PUBLISH', 'MGET'],
        'the gateway tells of itself before it looks a key up';
    $nginx->stop;
};

subtest 'Redis answers in the end' => sub {
    my $nginx = start('60s');
    my @waiting = map { send_call($_) } $key, $other;
    my $left = send_call($key);
    is $left->response->code, 'credential_store_unavailable',
        'as many wait as may wait for Redis';
    ok !$_->closed(0), 'a call waits' for @waiting;

    $redis->resume;
    is $_->response->status, 200, 'and is served' for @waiting;
    is $t->get_as($key, '/')->header('X-RateLimit-Remaining'), 997,
        'each was counted once';

    # The zone knows the key now, so it is the limiter that waits.
    $redis->pause;
    $nginx->reload;
    my $http = send_call($key);
    $redis->resume;
    is $http->response->status, 200, 'after a reload as well';

    $redis->pause;
    $nginx->reload;
    $http = send_call($key);
    $http->close;
    $t->get('/metrics');
    $http = send_call($key);
    $redis->resume;
    is $http->response->status, 200, 'a client that left is not missed';
    $nginx->stop;
};

subtest 'Redis does not answer' => sub {
    my $nginx = start('300ms');
    is send_call($key)->response->code, 'credential_store_unavailable',
        'the wait ends with the attempt';
    $redis->resume;
    soon { $t->get_as($key, '/')->status == 200 } 'later it is there';

    $redis->pause;
    $nginx->reload;
    is send_call($key)->response->code, 'limiter_unavailable',
        'and the same before the limiter';
    $redis->resume;
    $nginx->stop;
};

# An `include` of a pipe is read when somebody writes: later than a
# connect_timeout.
subtest 'a configuration that takes its time' => sub {
    my $pipe = $t->dir . '/pipe.conf';
    mkfifo($pipe, 0600) or die "$pipe: $!";

    (my $text = $conf) =~ s/CONNECT/2s/;
    $text =~ s/^(\s+)(partner_tier)/$1include $pipe;\n$1$2/m or die;

    my $slow = sub {
        return Partner::Process->start(name => 'slow', dir => $t->dir,
            log => $t->dir . '/slow.log', code => sub {
                wait_until { 0 } 3;
                open(my $fh, '>', $pipe) or die "$pipe: $!";
            });
    };

    my $writer = $slow->();
    my $nginx = $t->run($text);
    is send_call($key)->response->status, 200, 'at a start';
    wait_until { !$writer->running };

    $writer = $slow->();
    $nginx->reload;
    is send_call($key)->response->status, 200, 'at a reload';
    wait_until { !$writer->running };

    is scalar(grep { /no answer in 2000 ms/ } $nginx->error_log), 0,
        'no connection is given up before it is made';
};

done_testing;
