#!/usr/bin/perl

# Names are kept for good: where there is no room for those of another key, it
# gets 503 and the log says why, while all that are known go on.  No partner
# takes the room of others.

use strict;
use warnings;
use lib 't/lib';

use Partner::Platform;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 1;
events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  gold revocation_lease=1h;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_set_header X-Partner $partner_id;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_metrics; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 $http_x_partner; }
    }
}
EOC

soon { $platform->listeners == 1 } 'the worker has Redis';


sub fill {
    my ($kind) = @_;
    my ($bytes) = $t->get('/metrics')->body
        =~ /^partner_zone_${kind}_bytes\{area="names"\} (\d+)/m;
    return $bytes;
}


# As long as names may be: some 1,100 bytes a key.
sub key {
    my ($n, $partner) = @_;
    return $platform->key(partnerId => $partner // "p$n", scopes => [
        map { sprintf('%s:%05d', chr(ord('a') + $_) x 56, $n) } 0 .. 14
    ]);
}


sub logged { return scalar(() = $nginx->error_log =~ /$_[0]/g) }

my $share = qr/room for another name of "big", which has taken 1\/8/;
my $all = qr/no room for another name: credentials with new names/;

subtest 'of one partner' => sub {
    my @big = map { key(1000 + $_, 'big') } 1 .. 20;
    my @status = map { $t->get_as($_, '/')->status } @big;
    my ($served) = grep { $status[$_] != 200 } 0 .. $#status;

    cmp_ok $served, '>', 3, 'it has some room';
    is_deeply [@status[$served .. $#status]], [(503) x (@status - $served)],
        'and no more than that';
    is logged($share), 1, 'the log says so once';
    like $t->get('/metrics')->body,
        qr/^partner_names_refused_total @{[@status - $served]}$/m,
        'each is counted';
    is $t->get_as($big[0], '/')->status, 200, 'what it has goes on';
    is $t->get_as($platform->key(partnerId => 'big'), '/')->status, 200,
        'a key whose names are known costs nothing';
    is $t->get_as(key(999, 'small'), '/')->status, 200,
        'another partner is not concerned';
};


my (@keys, $last);

for my $n (1 .. 200) {
    push @keys, key($n);
    $last = $t->get_as($keys[-1], '/');
    last if $last->status != 200;
}

is $last->code, 'credential_store_unavailable', 'there is an end to it';
cmp_ok scalar @keys, '>', 50, 'but not soon';
is $t->get_as(key(998), '/')->status, 503, 'for each new one';
is logged($all), 1, 'the log says why, once';
cmp_ok fill('used'), '>', fill('size') - 1200, 'the metrics show it coming';

pop @keys;
my @wrong = grep { $t->get_as($keys[$_ - 1], '/')->body ne "p$_" }
    1 .. @keys;
is_deeply \@wrong, [], 'all that are known go on, each under its own name';

is $t->get_as($platform->key(partnerId => 'p1',
    scopes => ['read:rides']), '/')->status, 200,
    'as does a key with names that are known, and short ones';

done_testing;
