#!/usr/bin/perl

# A call that waits for the limiter while its key is revoked: once the gateway
# has heard of it, the answer of the limiter is no way in.

use strict;
use warnings;
use lib 't/lib';

use Partner::Platform;
use Partner::Slow;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $slow = Partner::Slow->start(dir => $t->dir . '/slow',
    to => $redis->socket);

$t->define(SLOW => 'unix:' . $slow->socket);

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%SLOW%% timeout=10s connect_timeout=10s;
    partner_tier  gold limit_mode=strict revocation_lease=1h;
    partner_limit_policy client rate=10r/d;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth  key;
            partner_limit client;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

my $first = $platform->key(partnerId => 'first');
soon { $t->get_as($first, '/')->status == 200 } 'the limiter has Redis';

my %key = map { $_ => $platform->key(partnerId => $_) } qw(kept revoked);

is $t->get_as($key{$_}, '/')->status, 200, "$_: cached" for sort keys %key;

# How many requests the worker has read.
sub arrived { return scalar(() = $nginx->error_log =~ m{http uri: "/"}g) }


$slow->delay(1);
my $before = arrived();
my $scripts = $platform->calls('evalsha');
my %waiting = map { $_ => $t->connect } keys %key;

for my $name (sort keys %key) {
    $waiting{$name}->send(Partner::Http::format_request('GET', '/',
        headers => { Authorization => "Bearer $key{$name}" }));
}

# Once the worker has read a request it gets as far as the limiter before it
# hears anything else.
wait_until { arrived() == $before + keys %key } or die 'no call arrives';
$platform->change($key{revoked}, status => 'revoked');
is $platform->calls('evalsha'), $scripts, 'the limiter was not asked yet';

my $r = $waiting{revoked}->response;
is $r->status . ' ' . ($r->code // ''), '401 revoked_credential',
    'the revoked one is refused';

$r = $waiting{kept}->response;
is $r->status, 200, 'the other is served';
is $r->header('X-RateLimit-Remaining'), 8, 'and was debited once';


# A worker that ends takes up no call again: it could not answer any more.
my $last = $t->connect;
$before = arrived();
$last->send(Partner::Http::format_request('GET', '/', headers => {
    Authorization => 'Bearer ' . $platform->key(partnerId => 'last')
}));
wait_until { arrived() == $before + 1 } or die 'no call arrives';
$nginx->stop;

ok $last->closed, 'who waits for a look-up while nginx ends';
is $last->unread, '', 'is not served by a worker on its way out';

done_testing;
