#!/usr/bin/perl

# More calls in flight than the zone has places for: the limiter is what cannot
# do it, and nobody is told of a limit that he keeps.

use strict;
use warnings;
use lib 't/lib';

use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

# 1m has places for some 520
use constant { CALLS => 700, DRY => 100 };

my $t = Partner::Test->new;
my $key = new_key();
$t->write_file('keys.json', registry($key => {}));

# Calls are held for so many seconds: all have to be there before one ends,
# and where that is too short, more are tried.
my @hold = (4, 16, 64);

$t->define(PLACES => join('', map { <<"EOC" } @hold));
        location /$_/ {
            partner_limit many;
            proxy_read_timeout ${_}s;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

        location /dry$_/ {
            partner_limit dry;
            proxy_read_timeout ${_}s;
            proxy_pass http://127.0.0.1:%%PORT_8081%%;
        }

EOC

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_rlimit_nofile 8192;

events { worker_connections 4096; }

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;
    partner_limit_policy many concurrency=100000;
    partner_limit_policy dry  concurrency=100000 dry_run=on;

    limit_req_zone $held zone=queue:64k rate=1r/m;

    map $uri $held { ~^(?<place>/\w+/) $place; }

    server {
        listen 127.0.0.1:%%PORT_8080%% backlog=2048;
        partner_auth key;

%%PLACES%%
        location = /metrics { partner_metrics; }
    }

    # Holds its calls until the gateway gives them up.
    server {
        listen 127.0.0.1:%%PORT_8081%% backlog=2048;
        location / { limit_req zone=queue burst=2000; try_files /none =204; }
    }
}
EOC


sub metric {
    my ($name) = @_;
    my ($value) = $t->get_as($key, '/metrics')->body =~ /^$name (\d+)/m;
    return $value;
}


# All at once, by what they were answered with.
sub calls {
    my ($hold) = @_;
    my @uri = (("/$hold/") x CALLS, ("/dry$hold/") x DRY);
    my @answers = $t->parallel([map { ['GET', $_,
        headers => { Authorization => "Bearer $key" }] } @uri],
        timeout => 300);
    my %n = map { $_ => {} } @uri;
    $n{$uri[$_]}{$answers[$_]->status == 503 ? $answers[$_]->code
        : 'passed'}++ for 0 .. $#uri;

    return map { $n{$_} } "/$hold/", "/dry$hold/";
}

my ($many, $dry, $full);

for my $hold (@hold) {
    ($many, $dry) = calls($hold);
    last if $full = $many->{limiter_unavailable};
}

cmp_ok $full, '>', 0, 'those without a place are refused as that';
is $many->{passed}, CALLS - $full, 'and all others passed';
is $dry->{passed}, DRY, 'a dry run refuses nobody';
is metric('partner_limit_dry_runs_total'), 0, 'nor says that it would have';
cmp_ok metric('partner_in_flight_full_total'), '>=', $full, 'they are counted';
is metric('partner_in_flight'), 0, 'none is in flight any more';

done_testing;
