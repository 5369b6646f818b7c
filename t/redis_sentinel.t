#!/usr/bin/perl

# Redis behind Sentinels: its master is killed under load, and gateway and
# platform go on with the one that the Sentinels name.

use strict;
use warnings;
use lib 't/lib';

use Partner::Redis;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

# ms until Sentinels take a master for dead: of one that a busy machine only
# holds up they are not to.
use constant { DOWN => 500, PATIENT => 600_000 };

my $t = Partner::Test->new;
my @ports = map { $t->port("redis$_") } 0 .. 1;
my @sentinel_ports = map { $t->port("sentinel$_") } 0 .. 2;

Partner::Ports::release(@ports, @sentinel_ports);

my $redis = $t->redis('redis', port => $ports[0]);
my $replica = $t->redis('replica', port => $ports[1],
    options => ['--replicaof', '127.0.0.1', $ports[0]]);

my @sentinels = map { Partner::Redis->new(dir => "$t->{dir}/sentinel$_") }
    0 .. 2;

for my $i (0 .. 2) {
    my $conf = $t->write_file("sentinel$i.conf", join("\n",
        "port $sentinel_ports[$i]", 'bind 127.0.0.1', "dir $t->{dir}",
        "sentinel monitor main 127.0.0.1 $ports[0] 2",
        'sentinel down-after-milliseconds main ' . PATIENT,
        'sentinel failover-timeout main 5000',
        'unixsocket ' . $sentinels[$i]->socket, ''));
    Partner::Process->start(name => "sentinel$i", dir => $t->dir,
        log => "$t->{dir}/sentinel$i.log",
        argv => ['redis-server', $conf, '--sentinel']);
}

my $address = 'sentinel:main@'
    . join(',', map { "127.0.0.1:$_" } 1, @sentinel_ports);
$t->define(SENTINELS => $address);

# The first of them is nobody: the next is asked.
my $p = $t->partnerd(redis => $redis,
    environment => { PARTNERD_REDIS => $address });

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%
    error_log %%PREFIX%%/error.log info;

    partner_zone  zone=partners:2m;
    partner_redis %%SENTINELS%% timeout=200ms connect_timeout=200ms;
    partner_tier  basic limit_mode=strict on_redis_error=local;
    partner_limit_policy many rate=100000r/s burst=1000;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth  key;
            partner_limit many;
            proxy_pass    http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "{}"; }
    }
}
EOC


my $partner = $p->partner;

sub call { return $p->call(@_) }
sub new_key { return $p->key($partner) }


my $key = new_key();
my $doomed = new_key();

# What was cached before the first message is looked up again.
ok $nginx->wait_log(qr/cached principals are verified again/),
    'the gateway hears the platform';

for my $known ($key, $doomed) {
    soon { $t->get_as($known->{fullKey}, '/')->status == 200 }
        'a key is known';
}

soon { $redis->command('INFO', 'replication') =~ /connected_slaves:1/
    && $redis->command('INFO', 'replication') =~ /state=online/ }
    'the replica follows';
soon { $t->read_file("$t->{dir}/sentinel0.log") =~ /\+slave / }
    'the Sentinels know it';
soon { 2 <= (() = $t->read_file("$t->{dir}/sentinel0.log")
    =~ /\+sentinel /g) } 'and each other';

# What the platform said since has to be looked up while there is a Redis, so
# all of it has to be said and heard: revisions are obeyed in their order.
my $last = new_key();
soon { call('DELETE', "/api/keys/$last->{id}")->status == 200 }
    'the gateway obeys all that was said';
soon { $t->get_as($key->{fullKey}, '/')->status == 200 } 'the key is fresh';

# ---- the master dies under load ----

local $SIG{PIPE} = 'IGNORE';


# A server whose role changes hangs up on its clients.
sub ask {
    my ($server, @command) = @_;
    my $reply = eval { $server->command(@command) };

    $server->{client} = undef unless defined $reply;
    return $reply;
}


sub down_after {
    my ($ms) = @_;
    $_->command('SENTINEL', 'SET', 'main', 'down-after-milliseconds', $ms)
        for @sentinels;
}


down_after(DOWN);
my $killed = time();
$redis->kill;

my $calls = 0;
my %bad; # answers but 200
my ($first, $ready) = (0, 0);

# Until a worker hears the new master a cached key is served.  From then on it
# has to be looked up there, which a worker that comes later cannot at once.
while (!$ready && time() - $killed < 120) {
    $calls++;
    my $r = $t->get_as($key->{fullKey}, '/');
    my $answer = join(' ', $r->status, $r->code // ());
    my $heard = ask($replica, 'PUBSUB', 'NUMSUB', 'partner:revisions');
    $first ||= $heard && $heard->[1];
    $bad{$answer}++ unless $answer eq '200'
        || $first && $answer eq '503 credential_store_unavailable';
    my $clients = ask($replica, 'INFO', 'clients') // '';
    $ready = $heard && $heard->[1] == 2
        && $clients =~ /connected_clients:(\d+)/ && $1 >= 8;
}

my $took = time() - $killed;
ok $ready, 'gateway and platform are at the new master';
down_after(PATIENT);
diag sprintf('failover: all connections at the new master after %.1f s, '
    . 'Sentinels take %.1f s to call one dead; %d calls meanwhile',
    $took, DOWN / 1000, $calls);
cmp_ok $calls, '>', 10, 'calls went on';
is_deeply \%bad, {}, 'each was served';

soon { $t->get_as($key->{fullKey}, '/')->status == 200 }
    'a cached key is looked up there';
my $fresh = new_key();
soon { $t->get_as($fresh->{fullKey}, '/')->status == 200 }
    'a new key reaches the gateway';
soon { call('DELETE', "/api/keys/$doomed->{id}")->status == 200 }
    'a revocation is acknowledged';
is $t->get_as($doomed->{fullKey}, '/')->code, 'revoked_credential',
    'and obeyed';
is ask($replica, 'ROLE')->[0], 'master', 'in the new master';

# ---- the old one comes back, as a replica ----

$redis->start;
soon { (ask($redis, 'ROLE') // [''])->[0] eq 'slave' }
    'the old one is demoted';
is $t->get_as($fresh->{fullKey}, '/')->status, 200, 'nothing changes';

done_testing;
