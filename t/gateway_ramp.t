#!/usr/bin/perl

# A partner that goes live has a part of its limits that grows with time, in
# shared memory, by Redis and by lease; others have theirs at once.

use strict;
use warnings;
use lib 't/lib';

use POSIX qw(strftime);
use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);


sub at { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time() + $_[0])) }


# Half of a month has passed, none of it, all of it.
my %start = (half => at(-15 * 86400), before => at(3600),
    over => at(-30 * 86400 - 60), soon => at(-1));
$t->define(uc $_ => $start{$_}) for keys %start;

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;

    partner_tier basic  limit_mode=local;
    partner_tier silver limit_mode=strict;
    partner_tier gold   limit_mode=lease;

    partner_limit_policy daily rate=10000r/d burst=1000;
    partner_limit_policy key   rate=20r/d per=key plan=on;

    partner_ramp partner=half   start=%%HALF%%   over=30d;
    partner_ramp partner=before start=%%BEFORE%% over=30d from=20%;
    partner_ramp partner=over   start=%%OVER%%   over=30d;
    partner_ramp partner=dry    start=%%BEFORE%% over=30d from=20% dry_run=on;
    partner_ramp partner=soon   start=%%SOON%%   over=3s from=1%;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth key;

        location / {
            partner_limit daily;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }

        location = /metrics { partner_auth off; partner_metrics; }

        location /key {
            partner_limit key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%/;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

my $nginx = $t->run($conf);


sub limit {
    my ($key, $uri) = @_;
    my $r = $t->get_as($key, $uri // '/');
    is $r->status, 200, 'served';
    return $r->header('X-RateLimit-Limit');
}


for my $tier (qw(basic silver gold)) {
    subtest $tier => sub {
        my %key = map { $_ => $platform->key(tier => $tier, partnerId => $_) }
            qw(half before over other);

        # half of what is left above 1 %, in whole percents
        is limit($key{half}), 500, 'halfway: half';
        is limit($key{before}), 200, 'before: what it begins with';
        is limit($key{over}), 1000, 'afterwards: all';
        is limit($key{other}), 1000, 'another: all';

        my $r = $t->get_as($key{half}, '/');
        is $r->header('RateLimit-Policy'), '"daily";q=5000;w=86400',
            'the policy says so' if $tier ne 'gold';
    };
}

sub dry_runs {
    return ($t->get('/metrics')->body
        =~ /^partner_limit_dry_runs_total (\d+)$/m)[0];
}


for my $tier (qw(basic silver gold)) {
    subtest "a dry run: $tier" => sub {
        my $key = $platform->key(tier => $tier, partnerId => 'dry');
        my $before = dry_runs();
        is limit($key, '/key'), 20, 'all of the limit is there';
        my @r = map { $t->get_as($key, '/key') } 1 .. 20;
        is join(' ', map { $_->status } @r[0 .. 18]),
            join(' ', (200) x 19), 'and is served';
        is $r[19]->status, 429, 'up to the policy\'s own refusal';
        is dry_runs() - $before, 17, 'whom the ramp would refuse is counted'
            if $tier eq 'basic';
    };
}

subtest 'less than one call a window' => sub {
    my $key = $platform->key(tier => 'basic', partnerId => 'before',
        rateLimit => 2);
    like $t->get_as($key, '/key')->header('RateLimit-Policy'),
        qr/"key-key";q=1;w=9000\b/, 'is one call in a longer window';
};

subtest 'the limit refuses, and grows' => sub {
    my $key = $platform->key(tier => 'basic', partnerId => 'before');
    is limit($key, '/key'), 4, 'a fifth of twenty';
    my @r = map { $t->get_as($key, '/key') } 1 .. 4;
    is join(' ', map { $_->status } @r), '200 200 200 429', 'is used up';
    is $r[3]->code, 'rate_limited', 'as any limit';

    my $own = $platform->key(tier => 'basic', partnerId => 'half',
        rateLimit => 100);
    is limit($own, '/key'), 50, "a key's own limit grows likewise";

    my $soon = $platform->key(tier => 'basic', partnerId => 'soon');
    soon { limit($soon) == 1000 } 'until all of it is there';
};

done_testing;
