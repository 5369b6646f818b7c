#!/usr/bin/perl

# A key with an allow list may be used from its networks alone: from the
# registry and from Redis, by the address that nginx holds for the client's.

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

my %listed = map { $_ => new_key() } qw(v4 v6 nobody anybody);
$t->write_file('keys.json', registry(
    $listed{v4} => { allowedNetworks => ['192.0.2.0/24', '127.0.0.1'] },
    $listed{v6} => { allowedNetworks => ['2001:db8::/32', '::/0'] },
    $listed{nobody} => { allowedNetworks => [] },
    $listed{anybody} => { allowedNetworks => undef },
));

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;
events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:1m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        listen unix:%%DIR%%/plain.sock;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        # as whatever address the test says
        location /as {
            set_real_ip_from 127.0.0.1;
            real_ip_header   X-Address;
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /socket { proxy_pass http://unix:%%DIR%%/plain.sock:/; }
        location = /status { partner_status; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
    }
}
EOC

soon { $platform->listeners == 2 } 'both workers have Redis';

my $refused = '403 network_not_allowed';


sub answer {
    my ($key, $uri, $address) = @_;

    my $r = $t->get($uri, headers => {
        Authorization => "Bearer $key",
        defined $address ? ('X-Address' => $address) : (),
    });
    return join(' ', grep { defined } $r->status, $r->code);
}


subtest 'keys of the registry' => sub {
    is answer($listed{v4}, '/'), '200', 'the address of the connection';
    is answer($listed{v4}, '/as', '192.0.2.255'), '200', 'the one it is for';
    is answer($listed{v4}, '/as', '192.0.3.0'), $refused, 'next door';
    is answer($listed{v4}, '/as', '2001:db8::1'), $refused, 'IPv6';
    is answer($listed{v6}, '/as', '2001:db8::1'), '200', 'in IPv6';
    is answer($listed{v6}, '/as', '2001:db9::1'), '200', 'in all IPv6';
    is answer($listed{v6}, '/as', '192.0.2.1'), $refused,
        'all of IPv6 is not IPv4';
    is answer($listed{v4}, '/as', '::ffff:192.0.2.1'), '200',
        'IPv4 that came to an IPv6 socket';
    is answer($listed{v6}, '/as', '::ffff:192.0.2.1'), $refused, 'is no IPv6';
    is answer($listed{nobody}, '/'), $refused, 'an empty list is for nobody';
    is answer($listed{anybody}, '/'), '200', 'none is for anybody';
    is answer($listed{v4}, '/socket'), $refused, 'a Unix socket has no address';
    is answer($listed{anybody}, '/socket'), '200', 'and needs none';
};

subtest 'keys of the platform' => sub {
    my $key = $platform->key(allowedNetworks => ['198.51.100.0/24', '::1']);

    is answer($key, '/as', '198.51.100.7'), '200', 'within, looked up';
    is answer($key, '/as', '198.51.100.7'), '200', 'within, cached';
    is answer($key, '/as', '198.51.101.7'), $refused, 'without';
    is answer($key, '/as', '::1'), '200', 'IPv6';
    is answer($key, '/socket'), $refused, 'a Unix socket';

    $platform->change($key, allowedNetworks => ['203.0.113.0/24']);
    soon { answer($key, '/as', '203.0.113.1') eq '200' } 'a new list counts';
    is answer($key, '/as', '198.51.100.7'), $refused, 'instead of the old';

    $platform->change($key, allowedNetworks => undef);
    soon { answer($key, '/as', '198.51.100.7') eq '200' } 'none counts too';
};


# Distinct sets of so many networks that none of them merge.
sub networks {
    my ($seed, $n) = @_;

    return [map {
        sprintf('10.%d.%d.%d/31', $seed, $_ >> 6, ($_ & 63) << 2)
    } 0 .. $n - 1];
}


# 1/36 of the zone is theirs: 28 KB, of which four lists of 480 networks take
# 16.
subtest 'gaps are closed' => sub {
    my @keys = map { $platform->key(allowedNetworks => networks($_, 480)) }
        1 .. 3;
    my $same = $platform->key(allowedNetworks => networks(1, 480));

    is answer($keys[$_ - 1], '/as', "10.$_.7.0"), '200', "key $_" for 1 .. 3;
    is answer($same, '/as', '10.1.7.1'), '200', 'a list that is there';

    my $right = 0;

    for my $round (4 .. 23) {
        my $key = $keys[$round % 3];
        $platform->change($key, allowedNetworks => networks($round, 480));
        $right++
            if wait_until { answer($key, '/as', "10.$round.7.0") eq '200' };
    }

    is $right, 20, 'a list of each took the place of another';
    is answer($same, '/as', '10.1.7.0'), '200', 'the shared one is there';
    is answer($same, '/as', '10.1.7.2'), $refused, 'and whole';
};

subtest 'no room' => sub {
    my $key = $platform->key;
    is answer($key, '/'), '200', 'a key without a list';

    $platform->change($key, allowedNetworks => networks(30, 4000));
    soon { answer($key, '/') eq '503 credential_store_unavailable' }
        'gets one that fits nowhere';
    is answer($key, '/as', '10.30.0.1'), '503 credential_store_unavailable',
        'it is not served without, not even from within';
    like $nginx->error_log, qr/no room for the networks of/,
        'the log says why';

    $platform->change($key, allowedNetworks => ['127.0.0.1']);
    soon { answer($key, '/') eq '200' } 'one that fits serves again';
};

done_testing;
