#!/usr/bin/perl

# What a limit promises holds across workers, policies and modes: exactly the
# burst passes, and what refuses takes nothing.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
$redis->command('SELECT', 3);
my $platform = Partner::Platform->new($redis);

my %key = (
    map({ $_ => new_key() } qw(fleet_a fleet_a2 fleet_b none plan)),
    map({ $_ => new_key() } qw(silver basic local race race_local both))
);

$t->write_file('keys.json', registry(
    $key{fleet_a} => { applicationId => 'a' },
    $key{fleet_a2} => { applicationId => 'a' },
    $key{fleet_b} => { applicationId => 'b' },
    $key{none} => {},
    $key{plan} => { partnerId => 'planned', rateLimit => 7 },
    $key{silver} => { partnerId => 'silver', tier => 'silver' },
    $key{basic} => { partnerId => 'basic', tier => 'basic', rateLimit => 3 },
    $key{local} => { partnerId => 'local', tier => 'silver' },
    $key{race} => { partnerId => 'race' },
    $key{race_local} => { partnerId => 'race_local', tier => 'basic' },
    $key{both} => { partnerId => 'both' },
));

$t->define(BACK => 'unix:' . $t->dir . '/back.sock');

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events { worker_connections 2048; }

http {
    %%GLOBALS_HTTP%%

    # At debug level the calls of the race would be a gigabyte of lines.
    error_log %%PREFIX%%/error.log info;

    partner_zone  zone=partners:2m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=10s db=3;

    partner_tier basic limit_mode=local;

    partner_limit_policy race   rate=1r/h   burst=100;
    partner_limit_policy tight  rate=1r/h   burst=2;
    partner_limit_policy wide   rate=1000r/h;
    partner_limit_policy whole  rate=1r/d   burst=10;
    partner_limit_policy app    rate=1r/d   burst=10 per=application;
    partner_limit_policy key    rate=1r/d   burst=10 per=key;
    partner_limit_policy quota  rate=100r/h plan=on;
    partner_limit_policy tiered rate=10r/h;
    partner_limit_policy tiered tier=silver rate=20r/m burst=5;
    partner_limit_policy tiered tier=gold   rate=30r/s;
    partner_limit_policy quick  rate=5r/s   burst=1;
    partner_limit_policy p8 rate=8r/d;

    server {
        # Each worker has a socket of its own, so both get calls.
        listen 127.0.0.1:%%PORT_8080%% reuseport;

        partner_auth key;
        add_header X-Worker $pid always;

        location /race   { partner_limit race; proxy_pass http://%%BACK%%; }
        location /both   { partner_limit wide tight whole;
                           proxy_pass http://%%BACK%%; }
        location /whole  { partner_limit whole; proxy_pass http://%%BACK%%; }
        location /app    { partner_limit app; proxy_pass http://%%BACK%%; }
        location /key    { partner_limit key; proxy_pass http://%%BACK%%; }
        location /quota  { partner_limit quota; proxy_pass http://%%BACK%%; }
        location /tiered { partner_limit tiered; proxy_pass http://%%BACK%%; }
        location /quick  { partner_limit quick; proxy_pass http://%%BACK%%; }
        location /eight  {
            partner_limit race tight wide whole app key quota p8;
            proxy_pass http://%%BACK%%;
        }
        location = /metrics { partner_auth off; partner_metrics; }
    }

    server {
        listen %%BACK%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

sub left { $_[0]->header('X-RateLimit-Remaining') }


sub race {
    my ($as) = @_;
    my @r = $t->parallel([map { ['GET', '/race', headers => {
        Authorization => "Bearer $key{$as}" }] } 1 .. 500],
        at_once => 500);

    my (%status, %worker, %left);
    for my $r (@r) {
        $status{$r->status}++;
        $worker{$r->header('X-Worker')}++;
        $left{left($r)}++ if $r->status == 200;
    }

    return (\%status, \%worker, \%left);
}



# Unknown keys are answered by Redis alone, and take from no bucket.
sub connected {
    my ($name) = @_;

    soon {
        !grep { ($_->code // '') ne 'unknown_credential' }
            $t->parallel([map { ['GET', '/race', headers => {
                Authorization => 'Bearer ' . new_key() }] } 1 .. 20])
    } $name;
}


connected('both workers have Redis');

for my $case ([race => 'strict'], [race_local => 'local']) {
    my ($as, $mode) = @$case;

    subtest "500 calls at once, $mode" => sub {
        my ($status, $worker, $left) = race($as);
        is_deeply $status, { 200 => 100, 429 => 400 },
            'exactly the burst passes';
        is keys %$worker, 2, 'through two workers';
        is_deeply [sort { $a <=> $b } keys %$left], [0 .. 99],
            'each with a number of its own left';
    };
}

subtest 'policies are decided together' => sub {
    my @r = map { $t->get_as($key{both}, '/both') } 1 .. 5;
    is join(' ', map { $_->status } @r), '200 200 429 429 429',
        'the tightest decides';
    like $r[4]->header('RateLimit'),
        qr/^"wide";r=998;t=\d+, "tight";r=0;t=\d+, "whole";r=8;t=\d+$/,
        'what refused took nothing from the others';
    is $r[4]->header('RateLimit-Policy'), '"wide";q=1000;w=3600, '
        . '"tight";q=1;w=3600, "whole";q=1;w=86400', 'all are told';
    is left($r[4]), 0, 'the tightest is reported';
    is $r[4]->header('X-RateLimit-Limit'), 2, 'with its burst';
    cmp_ok $r[4]->header('Retry-After'), '>', 3590, 'and its wait';
    cmp_ok $r[4]->header('Retry-After'), '<=', 3600, 'in seconds';
    is left($t->get_as($key{both}, '/whole')), 7,
        'a bucket is the same in every location';
};

subtest 'whose bucket it is' => sub {
    my @who = qw(fleet_a fleet_a2 fleet_b none);
    my $left = sub {
        my ($uri) = @_;
        return join(' ', map { left($t->get_as($key{$_}, $uri)) } @who);
    };

    is $left->('/whole'), '9 8 7 6', 'the partner';
    is $left->('/app'), '9 8 9 9', 'the application';
    is $left->('/key'), '9 9 9 9', 'the key';
    is_deeply [sort grep { /p1/ } @{$redis->command('KEYS',
        'partner:limit:*')}],
        [sort 'partner:limit:{p1}:whole:partner',
            map({ "partner:limit:{p1}:app:application=$_" } '', 'a', 'b'),
            map({ "partner:limit:{p1}:key:key=$_" } keys_of(@who))],
        'as Redis sees it';
};


# The ids that registry() gave, in the order of its arguments.
sub keys_of {
    my %id;
    my $registry = JSON::PP::decode_json($t->read_file('keys.json'));
    $id{$_->{sha256}} = $_->{id} for @{$registry->{keys}};
    return map { $id{Partner::Key::key_digest($key{$_})} } @_;
}


subtest 'numbers of tiers, numbers of keys' => sub {
    my $limit = sub {
        my ($as, $uri) = @_;
        my $r = $t->get_as($key{$as}, $uri);
        return join(' ', $r->status, $r->header('X-RateLimit-Limit'),
            $r->header('RateLimit-Policy'));
    };

    is $limit->('none', '/tiered'), '200 30 "tiered";q=30;w=1', 'gold';
    is $limit->('silver', '/tiered'), '200 5 "tiered";q=20;w=60', 'silver';
    is $limit->('basic', '/tiered'), '200 10 "tiered";q=10;w=3600',
        'the rest';
    my $both = '"quota-key";q=%d;w=3600, "quota";q=100;w=3600';
    is $limit->('plan', '/quota'), '200 7 ' . sprintf($both, 7), 'of the key';
    is $limit->('basic', '/quota'), '200 3 ' . sprintf($both, 3),
        'of the key, local';
    is $limit->('none', '/quota'), '200 100 "quota";q=100;w=3600',
        'of the policy';
    like $limit->('plan', '/tiered'), qr/^200 30 /,
        'the key has no say in other policies';
    is $t->get_as($key{silver}, '/eight')->status, 200, 'eight policies';
};

subtest 'time gives back' => sub {
    is $t->get_as($key{none}, '/quick')->status, 200, 'one';
    my $r = $t->get_as($key{none}, '/quick');
    is $r->header('Retry-After') // 1, 1, 'at most a second';
    soon { $t->get_as($key{none}, '/quick')->status == 200 } 'and again';
};

subtest 'Redis forgets the script' => sub {
    my $before = left($t->get_as($key{both}, '/whole'));
    $redis->command('SCRIPT', 'FLUSH');
    is left($t->get_as($key{both}, '/whole')), $before - 1,
        'the call that finds out is decided';
    my $evals = $platform->calls('eval');
    is left($t->get_as($key{both}, '/whole')), $before - 2, 'so is the next';
    is $platform->calls('eval'), $evals, 'by the digest again';

    $redis->command('SCRIPT', 'FLUSH');
    $redis->command('DEL', 'partner:limit:{race}:race:partner');
    is_deeply((race('race'))[0], { 200 => 100, 429 => 400 },
        'in the middle of a race');
};

subtest 'what stands in Redis under the name of a bucket' => sub {
    $redis->command('SET', 'partner:limit:{silver}:whole:partner', 'junk');
    is left($t->get_as($key{silver}, '/whole')), 9, 'nonsense is full';
    $redis->command('DEL', 'partner:limit:{local}:whole:partner');
    $redis->command('RPUSH', 'partner:limit:{local}:whole:partner', 'x');
    is left($t->get_as($key{local}, '/whole')), 9, 'so is another type';
    unlike $nginx->error_log, qr/refused a limit decision/, 'no error';
};

subtest 'a reload keeps both kinds of bucket' => sub {
    my %before = map { $_ => left($t->get_as($key{$_}, '/tiered')) }
        qw(silver basic);
    $nginx->reload;
    connected('new workers have Redis');
    cmp_ok left($t->get_as($key{basic}, '/tiered')), '<', $before{basic},
        'local';
    is left($t->get_as($key{race_local}, '/race')), 0, 'the race is over';
    is left($t->get_as($key{race}, '/race')), 0, 'there as well';
};

done_testing;
