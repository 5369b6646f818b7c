#!/usr/bin/perl

# What the revision channel costs others: changes of partners leave the keys of
# all others alone, and a worker that lags behind does not doubt what is cached.

use strict;
use warnings;
use lib 't/lib';

use IO::Socket::UNIX;
use Partner::Platform;
use Partner::Test;
use POSIX ();
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;
events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:2m;
    partner_redis %%REDIS%% timeout=5s connect_timeout=5s;
    partner_tier  gold revocation_lease=1h stale=1h limit_mode=local;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
    }
}
EOC

my @keys = map { $platform->key(partnerId => "p$_") } 1 .. 5;

sub good { return !grep { $t->get_as($_, '/')->status != 200 } @_ }

soon { $platform->listeners == 2 } 'both workers listen';
$platform->heartbeat;
soon {
    my $asked = $platform->calls('mget');
    good(@keys) && $platform->calls('mget') == $asked
} 'all are cached';

my $logged = length $nginx->error_log;
sub new_log { return substr($nginx->error_log, $logged) }


subtest 'a worker lags behind' => sub {
    my ($ahead, $behind) = $nginx->workers;

    $redis->command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    soon { $platform->listeners == 2 } 'both listen anew';
    kill('STOP', $behind);

    $platform->heartbeat;
    $platform->publish($platform->key(partnerId => 'p9'), 1) for 1 .. 3;
    my $revision = $platform->{revision};
    soon {
        my ($node) = @{$redis->command('ZRANGE', 'partner:nodes', 0, -1)};
        ($redis->command('GET', "partner:node:$node") // '')
            =~ /"revision":$revision\b/;
    } 'one has heard it';
    kill('CONT', $behind);

    # A gap that both tell of says that both have heard what lies before it.
    $platform->skip;
    $platform->heartbeat;
    my $end = $platform->{revision};
    soon { (() = new_log() =~ /revisions: $end follows/g) == 2 } 'both have';
    is_deeply [new_log() =~ /(revisions: \d+ follows \d+)/g],
        [("revisions: $end follows $revision") x 2],
        'nothing before it was taken for a gap';
};

subtest 'others change while keys are looked up' => sub {
    my @new = map { $platform->key(partnerId => 'quiet') } 1 .. 200;
    my $child = fork // die "fork: $!";

    if ($child == 0) {
        my $socket = IO::Socket::UNIX->new(Peer => $redis->socket);
        my $revision = $platform->{revision};

        while ($socket) {
            for (1 .. 20) {
                my $text = ++$revision . ' partner '
                    . ($revision % 2 ? 'p1' : 'stranger');
                print $socket "*3\r\n\$7\r\nPUBLISH\r\n"
                    . "\$17\r\npartner:revisions\r\n"
                    . '$' . length($text) . "\r\n$text\r\n";
            }
            $socket->flush;
            sysread($socket, my $replies, 4096) or last;
        }

        POSIX::_exit(0);
    }

    my %seen;
    $seen{$t->get_as($_, '/')->status}++ for @new;
    kill('TERM', $child);
    waitpid($child, 0);
    is_deeply \%seen, { 200 => scalar @new }, 'each is good';
};

done_testing;
