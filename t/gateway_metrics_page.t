#!/usr/bin/perl

# The page of a gateway that uses everything has each family that
# docs/operations.md names, of that type and with those labels, and no other;
# two readers of others, of either format, take it as it is.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Partner::Jwt qw(jwks);
use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use Partner::Upstream;
use Test::More;

my $t = Partner::Test->new;
my $redis = $t->redis;
my $key = new_key();
my $public = jwks(Partner::Jwt->new($t->dir, 'ES256', 'k'));

$t->write_file('keys.json', registry($key => { partnerId => 'p' }));
$t->write_file('public.json', $public);
$t->write_file('rides.json', JSON::PP::encode_json({
    openapi => '3.1.0', security => [],
    paths => { '/rides' => { get => { operationId => 'rides.list' } } },
}));
Partner::Platform->new($redis)->heartbeat;

$t->upstream(sub { Partner::Upstream::answer($_[0], 200, '{}') });

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone     zone=partners:2m;
    partner_jwt_zone zone=tokens:4m;
    partner_keys     %%DIR%%/keys.json;
    partner_redis    %%REDIS%% timeout=10s connect_timeout=10s;
    partner_jwt      issuer=https://issuer.example audience=gateway
                     jwks_file=%%DIR%%/public.json;
    partner_slo      gold tier=gold;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth     key jwt;
            partner_contract %%DIR%%/rides.json;
            partner_overload rides;
            proxy_pass       http://%%UPSTREAM%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location = /metrics { partner_metrics; }
    }
}
EOC

sub page {
    my ($accept) = @_;
    return $t->request('GET', '/metrics', port => 8081,
        headers => { Accept => $accept })->body;
}


# Family => [type, labels].
sub documented {
    open(my $fh, '<', 'docs/operations.md') or die "docs: $!";
    my %found;

    while (<$fh>) {
        my ($name, $type, $labels) =
            /^\| `(partner_\w+)` \| (\w+) \| ([^|]*) \|/ or next;
        $found{$name} = [$type, join(' ', sort $labels =~ /`(\w+)`/g)];
    }

    return \%found;
}


# The same, and those that have no sample with undef for labels.
sub shown {
    my ($page) = @_;
    my (%found, %labels, $family);

    for (split(/\n/, $page)) {
        if (/^# TYPE (\S+) (\S+)$/) {
            is $found{$1}, undef, "$1 is there once" if $found{$1};
            $family = $1;
            $found{$family} = [$2, undef];

        } elsif (/^(\w+?)(?:\{(.*)\})? \S+$/) {
            my ($sample, $labels) = ($1, $2 // '');
            is index($sample, $family), 0, "$sample is of $family"
                if index($sample, $family);
            $labels{$family}{$_} = 1
                for grep { !/^(?:le|quantile)$/ } $labels =~ /(\w+)="/g;
            $found{$family}[1] = join(' ', sort keys %{$labels{$family}});
        }
    }

    return \%found;
}


is $t->get_as($key, '/rides')->status, 200, 'a call';
my $text;
soon { ($text = page('*/*')) =~ /^partner_calls_total/m } 'is counted';

my ($documented, $shown) = (documented(), shown($text));
is_deeply [sort keys %$shown], [sort keys %$documented],
    'the page has what is documented';

for my $family (sort keys %$shown) {
    my ($type, $labels) = @{$shown->{$family}};
    is $type, $documented->{$family}[0], "$family: its type";
    is $labels, $documented->{$family}[1], "$family: its labels"
        if $family ne 'partner_overload_limit';
}

is $shown->{partner_overload_limit}[1], undef,
    'a pool that was never full has no limit';

my $dir = $t->dir;
$t->write_file('text', $text);
is `promtool check metrics <$dir/text 2>&1`, '', 'promtool has nothing to say';

$t->write_file('open', page('application/openmetrics-text'));
my $families = `/usr/bin/python3 -c 'import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(open(sys.argv[1]).read()):
    print(family.name + ("_total" if family.type == "counter" else ""))
' $dir/open 2>&1`;
is_deeply [sort split(/\n/, $families)], [sort keys %$documented],
    'a parser of OpenMetrics finds the same';

done_testing;
