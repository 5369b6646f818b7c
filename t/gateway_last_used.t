#!/usr/bin/perl

# The platform is told when keys were last used: those that were, roughly, and
# none that was not.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use Test::More;

use constant KEYS => 150; # more than one command takes

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $listed = new_key();

$t->write_file('keys.json', registry($listed => { id => 'listed' }));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;
events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% last_used=1s timeout=60s
                  connect_timeout=60s;

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

soon { $platform->listeners == 2 } 'the workers have Redis';


sub told {
    return { @{$redis->command('HGETALL', 'partner:used')} };
}


my @keys = map { $platform->key(id => "used_$_") } 1 .. KEYS;
my $idle = $platform->key(id => 'idle');
my $refused = $platform->key(id => 'refused', status => 'revoked');
my $before = time;

$t->get_as($_, '/') for @keys, $listed, $refused;

soon { keys %{told()} == KEYS + 1 } 'each key that was used';

my $told = told();
my @wrong = grep { $told->{$_} !~ /^\d+$/ || $told->{$_} < $before
    || $told->{$_} > time } keys %$told;
is_deeply \@wrong, [], 'with a time in seconds';

ok !exists $told->{idle}, 'no key that was not used';
ok !exists $told->{listed}, 'nor one that the platform does not have';
ok exists $told->{refused}, 'a refused key was used as well';

$redis->command('DEL', 'partner:used');
$t->get_as($idle, '/');
soon { exists told()->{idle} } 'the next round';

# Those from before may be told once more: their second had not passed.
$redis->command('DEL', 'partner:used');
my $later = $platform->key(id => 'later');
$t->get_as($later, '/');
soon { exists told()->{later} } 'and the one after it';
is scalar(grep { /^used_/ } keys %{told()}), 0, 'tell nothing again';

$redis->kill;
$t->get_as($keys[0], '/');
$redis->start;
$platform->complete;
my $back = $platform->key(id => 'back');
soon { $t->get_as($back, '/')->status == 200 } 'Redis was away';
soon { exists told()->{back} } 'and is told again';

done_testing;
