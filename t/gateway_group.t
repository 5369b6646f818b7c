#!/usr/bin/perl

# A policy per group: the operations that a contract puts together share a
# bucket of each partner, the others have none of it; in each mode.

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
Partner::Platform->new($redis);
my %key = map { $_ => new_key() } qw(gold silver basic other);
$t->write_file('keys.json', registry(
    map({ $key{$_} => { tier => $_, partnerId => $_ } } qw(gold silver basic)),
    $key{other} => { tier => 'gold', partnerId => 'other' },
));


sub operation {
    my ($id, %o) = @_;
    return { get => { operationId => $id, security => [], %o } };
}


$t->write_file('api.json', JSON::PP::encode_json({
    openapi => '3.1.0', paths => {
        '/find' => operation('find', 'x-limit-group' => 'search'),
        '/list' => operation('list', tags => ['search']),
        '/book' => operation('book', tags => ['booking']),
        '/ping' => operation('ping'),
    }
}));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=60s connect_timeout=60s;
    partner_tier  gold   limit_mode=local;
    partner_tier  silver limit_mode=strict;
    partner_tier  basic  limit_mode=lease;

    partner_limit_policy group rate=1r/d burst=2 per=group;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth     key;
        partner_contract %%DIR%%/api.json unknown=deny;
        partner_limit    group;
        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC


sub statuses {
    my ($as, @paths) = @_;
    return join(' ', map { $t->get_as($key{$as}, $_)->status } @paths);
}


soon { $t->get_as(new_key(), '/ping')->status == 401 } 'Redis is there';

for my $as (qw(gold silver basic)) {
    is statuses($as, qw(/find /list /find)), '200 200 429', "$as: one group";
    is statuses($as, qw(/book /book /book)), '200 200 429', "$as: another";
    is statuses($as, qw(/ping /ping /ping)), '200 200 429', "$as: no group";
}

is statuses('other', '/find'), '200', 'of another partner';
is_deeply [sort @{$redis->command('KEYS', 'partner:limit:{silver}*')}],
    [map { "partner:limit:{silver}:group:group=$_" } '', 'booking', 'search'],
    'as Redis sees it';

done_testing;
