#!/usr/bin/perl

# Metrics say how often a credential was known without Redis, how long Redis
# takes to answer, and whether it is there, without any call.

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
my $known = $platform->key;
my $listed = new_key();

$t->write_file('keys.json', registry($listed));
$platform->heartbeat;

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  gold limit_mode=local revocation_lease=1h stale=1h;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_metrics; }
        location = /json { partner_metrics json; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC


sub metric {
    my ($name) = @_;
    return $t->get('/metrics')->body =~ /^\Q$name\E ([\d.]+)$/m ? $1 : undef;
}


is metric('partner_cache_hits_total'), 0, 'no hit yet';
is metric('partner_cache_misses_total'), 0, 'no miss yet';

is $t->get_as($known, '/')->status, 200, 'a key of the platform';
is metric('partner_cache_misses_total'), 1, 'is a miss';

my $answers = metric('partner_redis_duration_seconds_count');
my $seconds = metric('partner_redis_duration_seconds_sum');
cmp_ok $answers, '>', 0, 'Redis answered';
cmp_ok $seconds, '>', 0, 'which took time';

is $t->get_as($known, '/')->status, 200, 'the key again' for 1 .. 3;
is metric('partner_cache_hits_total'), 3, 'is a hit each time';
is metric('partner_cache_misses_total'), 1, 'and no miss';

is $t->get_as($listed, '/')->status, 200, 'a key of the file';
is metric('partner_cache_hits_total'), 3, 'is not looked for there';

my $unknown = new_key();
is $t->get_as($unknown, '/')->status, 401, 'nobody knows it';
is metric('partner_cache_misses_total'), 2, 'Redis is asked';
soon {
    $t->get_as($unknown, '/');
    metric('partner_cache_hits_total') > 3;
} 'and then not, for a second';

sub connected {
    return join(' ', map { $_ // 'none' } metric('partner_redis_connected'),
        $t->get('/json')->json->{node}{partner_redis_connected});
}


soon { connected() eq '1 1' } 'Redis is there';
my $errors = metric('partner_redis_errors_total');

$redis->kill;
soon { connected() eq '0 0' } 'Redis is away, and nobody called';
is metric('partner_redis_errors_total'), $errors, 'which no command found out';

$redis->start;
soon { connected() eq '1 1' } 'Redis is back';

$redis->pause;
soon { connected() eq '0 0' } 'Redis hangs, and nobody called';
$redis->resume;
soon { connected() eq '1 1' } 'Redis goes on';

$nginx->reload;
soon { connected() eq '1 1' } 'a worker that is new hears it as well';

(my $without = $t->read_file('nginx.conf')) =~ s/^ *partner_redis .*\n//m;
$t->write_file('nginx.conf', $without);
$nginx->reload;
soon { connected() eq 'none none' } 'who uses no Redis says nothing of it';

done_testing;
