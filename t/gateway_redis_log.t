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
    partner_redis %%REDIS%% timeout=60s connect_timeout=60s;

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


# Where the log ends, and the workers that have said since then that they have
# Redis.  One that has yet to read its answer when Redis is killed would say so
# after the others have lost it, and Redis would be back for a moment.
my $mark = 0;


sub reached {
    my ($name) = @_;
    my %worker = map { $_ => 1 } substr($nginx->error_log, $mark)
        =~ /(\d+)#\d+: redis \($name\) at \Q$at\E: (?:connected|is back)/g;
    return scalar keys %worker;
}


# The heartbeats keep the revisions' connection from being taken for broken.
sub all_reached {
    soon {
        $platform->heartbeat;
        2 == grep { reached($_) == 3 } qw(commands revisions)
    } 'all workers have Redis';
}


sub kill_redis {
    $mark = length $nginx->error_log;
    $redis->kill;
}


sub lost {
    my ($name) = @_;
    return said('error', $name, '(?:connection lost|connect failed)');
}


for my $round (1, 2) {
    all_reached();
    kill_redis();

    for my $name (qw(commands revisions)) {
        my $failed = said('info', $name, 'connect failed');
        soon { said('info', $name, 'connect failed') > $failed + 3 }
            "$name: each tries again, for who wants to see it";
        is lost($name), $round, "$name: one error";
    }

    $redis->start;

    for my $name (qw(commands revisions)) {
        soon { said('notice', $name, 'is back') == $round } "$name: is back";
    }
}

# One that notices only when the others are back has nothing new to say.
all_reached();
my ($late) = $nginx->workers;
kill('STOP', $late);
kill_redis();

for my $name (qw(commands revisions)) {
    soon { lost($name) == 3 } "$name: the others say so";
}

$redis->start;

for my $name (qw(commands revisions)) {
    soon { said('notice', $name, 'is back') == 3 } "$name: they are back";
}

kill('CONT', $late);
all_reached();

for my $name (qw(commands revisions)) {
    is lost($name), 3, "$name: still three errors";
    is said('notice', $name, 'is back'), 3, "$name: and three notices";
}

unlike $nginx->error_log, qr/\[warn\].*redis \(/, 'nothing in between';

done_testing;
