#!/usr/bin/perl

# What the log says of a Redis that goes away and comes back: where it is, once,
# whatever the number of workers.

use strict;
use warnings;
use lib 't/lib';

use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 3;
events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% timeout=5s connect_timeout=5s;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }
}
EOC

my $at = 'unix:' . $redis->socket;


# How many lines of that level say so of a connection.
sub said {
    my ($level, $name, $what) = @_;
    return scalar(() = $nginx->error_log
        =~ /\[$level\].*redis \($name\) at \Q$at\E: $what/g);
}


for my $round (1, 2) {
    soon { $platform->listeners == 3 } 'all workers listen';
    $redis->kill;

    for my $name (qw(commands revisions)) {
        my $failed = said('info', $name, 'connect failed');
        soon { said('info', $name, 'connect failed') > $failed + 3 }
            "$name: each tries again, for who wants to see it";
        is said('error', $name, '(?:connection lost|connect failed)'), $round,
            "$name: one error";
    }

    $redis->start;

    for my $name (qw(commands revisions)) {
        soon { said('notice', $name, 'is back') == $round } "$name: is back";
    }
}

# One that notices only when the others are back has nothing new to say.
soon { $platform->listeners == 3 } 'all workers listen';
my ($late) = $nginx->workers;
kill('STOP', $late);
$redis->kill;

for my $name (qw(commands revisions)) {
    soon { said('error', $name, '(?:connection lost|connect failed)') == 3 }
        "$name: the others say so";
}

$redis->start;

for my $name (qw(commands revisions)) {
    soon { said('notice', $name, 'is back') == 3 } "$name: they are back";
}

kill('CONT', $late);
soon { $platform->listeners == 3 } 'the late one is back, too';

for my $name (qw(commands revisions)) {
    is said('error', $name, '(?:connection lost|connect failed)'), 3,
        "$name: still three errors";
    is said('notice', $name, 'is back'), 3, "$name: and three notices";
}

unlike $nginx->error_log, qr/\[warn\].*redis \(/, 'nothing in between';

done_testing;
