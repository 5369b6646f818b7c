#!/usr/bin/perl

# Where the time of calls goes: phases that sum to the total, the upstream's
# share told from the gateway's, per tier and per operation, as Prometheus text
# that its own tool accepts and as JSON.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use List::Util qw(sum0);
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;
use Time::HiRes ();

use constant DELAY => 0.05; # seconds, at least, of whom is to be slow

my $t = Partner::Test->new;
my %key = map { $_ => new_key() } qw(gold silver basic);

$t->write_file('keys.json', registry(map {
    $key{$_} => { partnerId => $_, tier => $_, scopes => [] }
} keys %key));

$t->write_file('rides.json', JSON::PP::encode_json({
    openapi => '3.1.0', security => [], paths => { '/rides' => {
        get  => { operationId => 'rides.list' },
        post => { operationId => 'rides.book' },
    } },
}));

my $slept = $t->dir . '/slept';

$t->upstream(sub {
    my ($connection, $request) = @_;

    if ($request->{uri} =~ /slow/) {
        my $begin = Time::HiRes::time();
        wait_until { 0 } DELAY;
        open(my $fh, '>>', $slept) or die "$slept: $!";
        print $fh Time::HiRes::time() - $begin, "\n";
        close($fh) or die "$slept: $!";
    }

    return Partner::Upstream::answer($connection, 200, '{}')
        unless $request->{uri} =~ /large/;

    Partner::Upstream::answer($connection, 200,
        '"' . 'x' x 16_000_000 . '"');
    readline($connection); # nginx leaves when it has read all of it
    $t->write_file('read', '');
    return 0;
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;
worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:2m;
    partner_keys %%DIR%%/keys.json;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / {
            partner_auth key;
            proxy_pass http://%%UPSTREAM%%;

            add_header X-Total    $partner_latency;
            add_header X-Own      $partner_gateway_latency;
            add_header X-Upstream $partner_upstream_latency;
        }

        location /large {
            partner_auth key;
            proxy_max_temp_file_size 0;
            proxy_buffers 4096 8k;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /own { partner_auth key; partner_status; }

        location /rides {
            partner_auth key;
            partner_contract %%DIR%%/rides.json;
            proxy_pass http://%%UPSTREAM%%;
        }

        location = /metrics { partner_metrics; }
        location = /json { partner_metrics json; }
    }
}
EOC

sub page { return $t->get('/json')->json }


# The log phase comes after the answer, so a count is waited for; a page that is
# written meanwhile may have a part of the call alone, the next has all of it.
sub counted {
    my ($tier, $n) = @_;
    wait_until { page()->{tiers}{$tier}{total}{count} == $n };
    my $found = page()->{tiers}{$tier};
    is $found->{total}{count}, $n, "$n calls of $tier";
    return $found;
}


sub phases_sum {
    my ($of, $name) = @_;
    is sum0(values %{$of->{phasesUs}}), $of->{total}{sumUs},
        "$name: phases sum to the total";
    is $of->{gateway}{sumUs} + $of->{upstream}{sumUs}, $of->{total}{sumUs},
        "$name: and so do the parts";
}


sub seconds_slept {
    open(my $fh, '<', $slept) or return 0;
    return sum0(<$fh>);
}


subtest 'the upstream is slow' => sub {
    my $begin = Time::HiRes::time();
    is $t->get_as($key{gold}, '/slow')->status, 200, 'slow' for 1 .. 5;
    my $waited = Time::HiRes::time() - $begin;

    my $gold = counted(gold => 5);
    phases_sum($gold, 'gold');
    is $gold->{upstream}{count}, 5, 'the upstream was asked';
    cmp_ok $gold->{upstream}{sumUs}, '>=', 1e6 * seconds_slept(),
        'it took what it slept';
    cmp_ok $gold->{total}{sumUs}, '<=', 1e6 * $waited,
        'not more than the client waited';
    cmp_ok $gold->{upstream}{p50Us}, '>=', 0.98 * 1e6 * DELAY, 'a quantile';
    cmp_ok $gold->{gateway}{sumUs}, '<=', 1e6 * ($waited - seconds_slept()),
        'the gateway what is left at most';
    is $gold->{phasesUs}{body}, 0, 'no body was waited for';
};

subtest 'the client is slow' => sub {
    my $http = $t->connect;
    my $request = Partner::Http::format_request('POST', '/',
        body => 'x' x 100,
        headers => { Authorization => "Bearer $key{basic}" });

    $http->send(substr($request, 0, -1));
    ok $nginx->wait_log(qr/http client request body rest 1\b/),
        'one byte is missing';
    wait_until { 0 } DELAY;
    $http->send('x');
    is $http->response->status, 200, 'its body comes late';

    my $basic = counted(basic => 1);
    phases_sum($basic, 'basic');
    cmp_ok $basic->{phasesUs}{body}, '>=', 0.9 * 1e6 * DELAY,
        'it was waited for';
    cmp_ok $basic->{upstream}{sumUs}, '<=',
        $basic->{total}{sumUs} - $basic->{phasesUs}{body},
        'which is not held against the upstream';

    $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', '/large',
        headers => { Authorization => "Bearer $key{basic}" }));
    soon { -e $t->dir . '/read' } 'the upstream has nothing left to say';
    wait_until { 0 } 2 * DELAY;
    is length $http->response->body, 16_000_002, 'an answer is read late';

    $basic = counted(basic => 2);
    phases_sum($basic, 'basic');
    cmp_ok $basic->{phasesUs}{delivery}, '>=', 1e6 * DELAY,
        'delivery took that long';
};

subtest 'no upstream' => sub {
    is $t->get_as($key{silver}, '/own')->status, 200, 'the gateway answers';
    is $t->get_as(new_key(), '/own')->status, 401, 'or refuses';
    is $t->request('HEAD', '/', headers => {
        Authorization => "Bearer $key{silver}" })->status, 200, 'no body';

    my $silver = counted(silver => 2);
    phases_sum($silver, 'silver');
    is $silver->{upstream}{count}, 1, 'one asked an upstream';

    my $none = counted(none => 1);
    phases_sum($none, 'nobody');
    is $none->{upstream}{count}, 0, 'who is refused asks none';
    is page()->{refusals}{unknown_credential}, 1, 'the reason';
};

subtest 'operations' => sub {
    is $t->get_as($key{silver}, '/rides')->status, 200, 'list' for 1 .. 3;
    is $t->request('POST', '/rides', body => '{}', headers => {
        Authorization => "Bearer $key{silver}" })->status, 200, 'book';

    counted(silver => 6);
    my $operations = page()->{operations};
    is_deeply [sort keys %$operations], [qw(rides.book rides.list)],
        'each of the contract';
    is $operations->{'rides.list'}{total}{count}, 3, 'list';
    is $operations->{'rides.list'}{calls}{ok}, 3, 'with their outcomes';
    is $operations->{'rides.book'}{upstream}{count}, 1, 'book';
    phases_sum($operations->{$_}, $_) for sort keys %$operations;
};

subtest 'variables' => sub {
    my $r = $t->get_as($key{gold}, '/slow');
    my ($total, $own, $upstream) =
        map { $r->header("X-$_") } qw(Total Own Upstream);
    like $_, qr/^\d+\.\d{6}$/, 'seconds' for $total, $own, $upstream;
    cmp_ok $upstream, '>=', DELAY, 'the upstream took that long';
    cmp_ok $own, '<', $total, 'the gateway less than both';
};

subtest 'the page' => sub {
    counted(gold => 6);
    my $text = $t->get('/metrics')->body;
    $t->write_file('metrics.txt', $text);
    my $dir = $t->dir;
    is `promtool check metrics <$dir/metrics.txt 2>&1`, '',
        'promtool has nothing to say';

    my %phase = $text =~
        /^partner_phase_seconds_total\{tier="gold",phase="(\w+)"\} (\S+)$/mg;
    my ($sum) = $text =~
        /^partner_request_duration_seconds_sum\{tier="gold"\} (\S+)$/m;
    my ($count) = $text =~
        /^partner_request_duration_seconds_count\{tier="gold"\} (\S+)$/m;
    is sprintf('%.6f', sum0(values %phase)), $sum, 'phases and the total';

    for my $metric (qw(partner_request_duration_seconds
        partner_gateway_duration_seconds partner_upstream_duration_seconds)) {
        my @buckets = $text =~
            /^${metric}_bucket\{tier="gold",le="[^"]+"\} (\d+)$/mg;
        is_deeply \@buckets, [sort { $a <=> $b } @buckets],
            "$metric: buckets only grow";
        is $buckets[-1], $count, "$metric: up to all calls";
    }

    like $text, qr/^partner_latency_seconds\{tier="gold",part="upstream",
        quantile="0\.95"\}\ 0\.\d{6}$/mx, 'quantiles';
    like $text, qr/^partner_operation_duration_seconds_count
        \{operation="rides\.list"\}\ 3$/mx, 'operations';
};

subtest 'a wrong format' => sub {
    like $t->config_error('partner_zone zone=z:1m; server { location / {
        partner_metrics xml; } }'),
        qr/unknown format "xml", allowed are prometheus, json/, 'is refused';
};

done_testing;
