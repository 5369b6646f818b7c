#!/usr/bin/perl

# More partners than the metrics have room for: all are served, and each call is
# counted, for its partner or as one of those that are not listed.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my @keys = map { new_key() } 1 .. 1200;

$t->write_file('keys.json', registry(map {
    ($keys[$_] => {partnerId => "p$_"})
} 0 .. $#keys));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 1;
events {}

http {
    %%GLOBALS_HTTP%%

    # Some thousand calls would be pages of lines at debug level.
    error_log %%PREFIX%%/error.log info;
    keepalive_requests 10000;

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location = /metrics { partner_metrics; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200; }
    }
}
EOC

# How many partners are listed, the sum of their calls, and the calls of others.
sub counted {
    my $page = $t->get('/metrics')->body;
    my %calls;
    $calls{$1} += $2
        while $page =~ /^partner_calls_total\{partner="(\w+)".*\} (\d+)$/mg;
    my ($unlisted) = $page =~ /^partner_calls_unlisted_total (\d+)$/m;
    my $sum = 0;
    $sum += $_ for values %calls;
    return scalar(keys %calls), $sum, $unlisted;
}


my $http = $t->connect;
my @wrong;

for my $round (1, 2) {
    for my $n (0 .. $#keys) {
        my $r = $http->request('GET', '/',
            headers => {Authorization => "Bearer $keys[$n]"});
        push @wrong, "$n: " . $r->status if $r->status != 200;
    }
}

is_deeply \@wrong, [], 'all are served';

my ($listed, $sum, $unlisted) = counted();
cmp_ok $listed, '>', 256, 'many are listed';
cmp_ok $listed, '<', @keys, 'but not all';
is $sum, 2 * $listed, 'each with both of its calls';
is $unlisted, 2 * @keys - $sum, 'and the others are counted together';

done_testing;
