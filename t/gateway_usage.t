#!/usr/bin/perl

# Usage counters reach Redis as docs/architecture.md has them: absolute values
# that are sent until they are confirmed, whoever publishes, whatever fails.

use strict;
use warnings;
use lib 't/lib';

use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $key = $platform->key(partnerId => 'acme', applicationId => 'app_1');
my $tight = $platform->key(partnerId => 'tight');
my $first = $platform->key(partnerId => 'first');

# An API that waits until its caller has given up.
$t->upstream(sub { my ($connection) = @_; sysread($connection, my $end, 1) });

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% timeout=500ms;
    partner_limit_policy once rate=1r/d;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /once {
            partner_auth key;
            partner_limit once;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }

        location /slow {
            partner_auth key;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /dead {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "0123456789"; }
        location /missing { return 404; }
        location /broken { return 500; }
    }
}
EOC

my ($node) = ();


# "<partner>/<application>/<operation>/<outcome>" => [values], any hour.
sub published {
    $node //= $redis->command('SMEMBERS', 'partner:gateways')->[0] // return {};
    my @flat = @{$redis->command('HGETALL', "partner:usage:$node")};
    my %usage;

    while (my ($field, $values) = splice(@flat, 0, 2)) {
        my ($hour, $rest) = $field =~ m{^(\d+)/(.*)};
        $usage{$rest} = [split(/ /, $values)];
        die "hour $hour" if abs($hour - time() / 3600) > 2;
    }

    return \%usage;
}


sub calls { return (published()->{$_[0]} || [0])->[0] }


soon { $t->get_as($first, '/')->status == 200 } 'the gateway has Redis';

$t->get_as($key, '/') for 1 .. 5;
$t->get_as($key, '/missing') for 1 .. 2;
$t->get_as($key, '/broken');
$t->get_as($key, '/dead') for 1 .. 3;
$t->get_as($tight, '/once') for 1 .. 4;

my $impatient = $t->connect;
$impatient->send("GET /slow HTTP/1.1\r\nHost: a\r\n"
    . "Authorization: Bearer $key\r\n\r\n");
$nginx->wait_log(qr/connect to unix:.*upstream/);
$impatient->close;

soon { calls('acme/app_1/-/server_error') == 4
    && calls('acme/app_1/-/aborted') == 1
    && calls('tight/-/-/refused') == 3 } 'everything is published';

like $node, qr/^[0-9a-f]{16}$/, 'under the incarnation';
is calls('acme/app_1/-/ok'), 5, 'answers';
is calls('acme/app_1/-/client_error'), 2, 'errors of the client';
is calls('tight/-/-/ok'), 1, 'one call within the limit';
cmp_ok published()->{'acme/app_1/-/ok'}[1], '>', 5 * 50, 'bytes of requests';
cmp_ok published()->{'acme/app_1/-/ok'}[2], '>', 5 * 100, 'and of answers';

# ---- the platform takes the hash, and confirms what it has stored ----

my %taken = @{$redis->command('HGETALL', "partner:usage:$node")};
$redis->command('DEL', "partner:usage:$node");

soon { calls('acme/app_1/-/ok') == 5 } 'what is not confirmed is sent again';

$redis->command('HSET', "partner:confirmed:$node", %taken);
soon { !$redis->command('EXISTS', "partner:confirmed:$node") }
    'a confirmation is taken note of';

$redis->command('DEL', "partner:usage:$node");
$t->get_as($key, '/');
soon { calls('acme/app_1/-/ok') == 6 } 'values are absolute';
is_deeply [keys %{published()}], ['acme/app_1/-/ok'],
    'what is confirmed is not sent again';

# ---- whoever published dies, Redis goes away and comes back empty ----

my $worker = ($nginx->workers)[0];
$t->expect_alert(qr/worker process $worker exited on signal 9/);
kill 'KILL', $worker;

$t->get_as($key, '/') for 1 .. 3;
soon { calls('acme/app_1/-/ok') == 9 } 'another worker publishes';

$redis->kill;
is $t->get_as($key, '/')->status, 200, 'a cached key is served without Redis'
    for 1 .. 4;

$redis->start;
soon { calls('acme/app_1/-/ok') == 13 } 'nothing is lost';

$nginx->reload;
$platform = Partner::Platform->new($redis);
$platform->put($key, partnerId => 'acme', applicationId => 'app_1');
soon { $t->get_as($key, '/')->status == 200 } 'served after a reload';
soon { calls('acme/app_1/-/ok') >= 14 } 'counters survive a reload';

done_testing;
