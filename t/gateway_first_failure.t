#!/usr/bin/perl

# The first failure since the start is an increase: the lines of each operation
# are there from the start.  What the gateway refuses with 5xx is known by tier
# and by operation.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

my @outcomes = qw(ok client_error server_error refused aborted);

my $t = Partner::Test->new;
my $key = new_key();
$t->write_file('keys.json', registry($key => { partnerId => 'p' }));

$t->write_file('rides.json', JSON::PP::encode_json({
    openapi => '3.1.0', security => [], paths => {
        '/rides' => { get => { operationId => 'rides.list' },
                      post => { operationId => 'rides.book' } },
        '/text' => { get => { operationId => 'rides.text' } },
        '/admin' => { get => { operationId => 'rides.admin' } },
    },
}));

$t->upstream(sub {
    my ($connection) = @_;
    return Partner::Upstream::answer($connection, 200, 'text');
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:2m;
    partner_keys  %%DIR%%/keys.json;
    partner_redis unix:%%DIR%%/nobody.sock timeout=10s connect_timeout=10s;
    partner_tier  gold on_redis_error=deny;
    partner_slo   rides tier=gold latency=1s availability=99%;

    partner_limit_policy shared rate=1000r/s;
    partner_redact_profile masked email=mask;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth     key;
        partner_contract %%DIR%%/rides.json;

        location / { partner_limit shared; proxy_pass http://%%UPSTREAM%%; }
        location /admin { partner_scope admin; proxy_pass http://%%UPSTREAM%%; }
        location /text {
            partner_redact masked;
            proxy_pass http://%%UPSTREAM%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location = /metrics { partner_metrics; }
        location = /json { partner_metrics json; }
    }
}
EOC

sub page { return $t->get('/metrics', port => 8081)->body }


# The value of that line, or undef where there is none.
sub line {
    my ($page, $name) = @_;
    return $page =~ /^\Q$name\E (\d+)$/m ? $1 : undef;
}


sub outcomes {
    my ($page, $operation) = @_;
    return { map { $_ => line($page, 'partner_operation_calls_total{operation="'
        . "$operation\",outcome=\"$_\"}") } @outcomes };
}


sub unavailable {
    my ($page, $operation) = @_;
    return line($page, 'partner_operation_unavailable_total{operation="'
        . "$operation\"}");
}


my %none = map { $_ => 0 } @outcomes;
my $page = page();
my $created = line($page, 'partner_counters_created_timestamp_seconds');
cmp_ok $created, '>=', $^T, 'it says since when it counts';

for my $operation (qw(rides.list rides.book rides.text rides.admin)) {
    is_deeply outcomes($page, $operation), \%none, "$operation: from the start";
    is unavailable($page, $operation), 0, "$operation: and never refused so";
}

is_deeply [$page =~ /^(partner_calls_total\{.*)$/mg], [],
    'a partner has a line for what happened';

subtest 'what rules look at the increase of has lines from the start' => sub {
    my $rules = Partner::Test::top() . '/conf/prometheus/partner.rules.yml';
    open(my $fh, '<', $rules) or die "$rules: $!";
    my %counters = map { $_ => 1 } join('', <$fh>)
        =~ /(?:increase|rate)\(\s*(partner_\w+)[{[]/g;

    # ten thousand partners would have five lines each
    delete $counters{partner_calls_total};

    cmp_ok scalar(keys %counters), '>=', 12, 'there are some';
    like $page, qr/^$_[ {]/m, $_ for sort keys %counters;
};

# One call, and how it is counted once it is.
sub calls {
    my ($name, $uri, $status, $operation, %counts) = @_;
    is $t->get_as($key, $uri)->status, $status, $name;
    soon { eq_hash(outcomes($page = page(), $operation),
        { %none, %counts }) } "$name: counted";
}


calls('Redis is away', '/rides', 503, 'rides.list', refused => 1);
is unavailable($page, 'rides.list'), 1, 'which is held against the gateway';
is unavailable($page, 'rides.book'), 0, 'for that operation alone';

my $refused = 'partner_refusals_total{code="limiter_unavailable",status="503",'
    . 'tier="%s"}';
is line($page, sprintf($refused, 'gold')), 1, 'and for that tier';
is line($page, sprintf($refused, $_)), 0, "not for $_"
    for qw(silver basic none);

calls('without the scope', '/admin', 403, 'rides.admin', refused => 1);
is unavailable($page, 'rides.admin'), 0, 'which is the caller\'s doing';

calls('an answer that is not redactable', '/text', 502, 'rides.text',
    server_error => 1);
is unavailable($page, 'rides.text'), 0, 'is a server error, once';

$nginx->reload;
is line(page(), 'partner_counters_created_timestamp_seconds'), $created,
    'a reload goes on counting';

subtest 'JSON' => sub {
    my $json = $t->get('/json', port => 8081)->json;
    is $json->{refusals}{limiter_unavailable}, 1, 'refusals of all tiers';
    is $json->{operations}{'rides.text'}{calls}{server_error}, 1,
        'an operation';

    my $text = page();
    my %labelless = $text =~ /^(partner_[a-z_]+) (\d+)$/mg;
    my $node = $json->{node};
    is_deeply [sort keys %$node],
        [grep { !/^partner_redis_duration_seconds_/ } sort keys %labelless],
        'what has no label is called as in the text';
    is $node->{partner_limit_fallbacks_total},
        $labelless{partner_limit_fallbacks_total}, 'with its value';
};

done_testing;
