#!/usr/bin/perl

# Retry-After is the truth, in any mode: who is refused, and refused again at
# once, and then waits as told, passes.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

my $t = Partner::Test->new;
my $redis = $t->redis;
my %mode = (gold => 'lease', silver => 'strict', basic => 'local');
my %key = map { $_ => new_key() } keys %mode;

$t->write_file('keys.json', registry(map {
    $key{$_} => { tier => $_, partnerId => $_ } } keys %mode));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  gold   limit_mode=lease;
    partner_tier  silver limit_mode=strict;
    partner_tier  basic  limit_mode=local;

    partner_limit_policy slow  rate=20r/m burst=2;
    partner_limit_policy quota rate=1r/h burst=1;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;

        location / {
            partner_limit slow;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /quota {
            partner_limit quota;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /ready { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "ok\n"; }
    }
}
EOC

soon { !grep { $t->get_as($_, '/ready')->status != 200 } values %key }
    'Redis is there';


# Calls until it is refused, and once more; what the last answer says to wait.
sub refused {
    my ($key, $uri) = @_;
    my $r;

    for (1 .. 20) {
        $r = $t->get_as($key, $uri);
        last if $r->status == 429;
    }

    $r = $t->get_as($key, $uri);
    return $r->status == 429 ? $r->header('Retry-After') : 'no refusal';
}


for my $turn (1 .. 2) {
    my %due = map { $_ => refused($key{$_}, '/') + time } keys %mode;

    for my $tier (sort keys %mode) {
        wait_until { time >= $due{$tier} };
        is $t->get_as($key{$tier}, '/')->status, 200,
            "$mode{$tier}: who waits as told passes, turn $turn";
    }
}

cmp_ok refused($key{$_}, '/quota'), '>', 3000,
    "$mode{$_}: an hour is told as one" for sort keys %mode;

done_testing;
