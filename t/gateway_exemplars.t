#!/usr/bin/perl

# The metrics page in OpenMetrics, for who asks for it: with the traces of calls
# beside the buckets that they fell into.

use strict;
use warnings;
use lib 't/lib';

use IO::Uncompress::Gunzip qw(gunzip);
use Partner::Key qw(new_key registry);
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $key = new_key();
$t->write_file('keys.json', registry($key => { partnerId => 'p1' }));

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:1m;
    partner_keys %%DIR%%/keys.json;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;

        location / { partner_trace pass; partner_problem; }
        location /untraced { partner_problem; }
        location = /metrics { partner_auth off; partner_metrics; }
        location = /gzip {
            partner_auth off;
            gzip on;
            gzip_types text/plain application/openmetrics-text;
            partner_metrics;
        }
    }
}
EOC

my $open = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3';


sub page {
    my ($accept) = @_;
    return $t->request('GET', '/metrics',
        headers => $accept ? { Accept => $accept } : {});
}


sub call {
    my ($uri, $trace, $sampled) = @_;
    $t->request('GET', $uri, headers => {
        Authorization => "Bearer $key",
        traceparent => "00-$trace-00f067aa0ba902b7-0$sampled" });
}


# Trace -> [bound, value, time], of the buckets that have one.
sub exemplars {
    my $body = page($open)->body;
    my %found;
    $found{$3} = [$1, $4, $5, $2] while $body =~
        m{^partner_request_duration_seconds_bucket\{tier="gold",le="([^"]+)"\}
          \ (\d+)\ \#\ \{trace_id="([0-9a-f]{32})"\}\ ([0-9.]+)\ (\d+)$}gmx;
    return \%found;
}


my $plain = page();
is $plain->header('Content-Type'), 'text/plain; version=0.0.4; charset=utf-8',
    'who does not ask gets what there always was';
unlike $plain->body, qr/# EOF|trace_id/, 'and nothing else';

call('/', '1' x 32, 0);
call('/untraced', '2' x 32, 1);
is_deeply exemplars(), {}, 'a trace that nobody records is no exemplar';

my $before = time();
call('/', '3' x 32, 1);
my $exemplars = exemplars();
is join(' ', keys %$exemplars), '3' x 32, 'one that is recorded is';
my ($bound, $value, $at, $below) = @{$exemplars->{'3' x 32}};
cmp_ok $value, '<', $bound eq '+Inf' ? 1e9 : $bound, 'below its bound';
cmp_ok $below, '>=', 1, 'in a bucket that has it';
ok $at >= $before - 1 && $at <= time() + 1, 'when it was';

my $body = page($open);
is $body->header('Content-Type'),
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
    'the type that was asked for';
like $body->body, qr/\n# EOF\n\z/, 'which ends as it has to';
unlike $body->body, qr/\Q$key\E|\bp1\b.*trace_id/, 'with no word of the caller';

# Every sample belongs to the family above it; a counter's has the suffix.
my (%type, @wrong);

for my $line (split(/\n/, $body->body)) {
    if ($line =~ /^# TYPE (\S+) (\S+)$/) {
        push @wrong, $line if $type{$1} || $1 =~ /_total$/;
        $type{$1} = $2;

    } elsif ($line =~ /^(\w+)/) {
        my $name = $1;
        my ($family) = grep { $type{$_} } $name,
            $name =~ s/_(?:total|bucket|sum|count)$//r;
        push @wrong, $line if !$family || ($type{$family} eq 'counter')
            != ($name eq "${family}_total");
    }
}

is_deeply \@wrong, [], 'all families are as OpenMetrics has them';

# And as another implementation reads them.
my $file = $t->dir . '/page.txt';
$t->write_file('page.txt', page($open)->body);
is `/usr/bin/python3 -c 'import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
page = open(sys.argv[1]).read()
for family in text_string_to_metric_families(page):
    for sample in family.samples:
        if sample.exemplar:
            print(sample.exemplar.labels["trace_id"])' $file 2>&1`,
    '3' x 32 . "\n", 'its one exemplar is found by a parser of others';

subtest 'what Accept says' => sub {
    my %open = (
        'application/openmetrics-text' => 1,
        'Application/OpenMetrics-Text; version=1.0.0; charset=utf-8' => 1,
        'text/plain;q=0.5, application/openmetrics-text ;q=0.5' => 1,
        'text/plain;version=0.0.4;q=0.5,*/*;q=0.1' => 0,
        '*/*' => 0,
        'application/openmetrics-text;q=0' => 0,
        'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.6' =>
            0,
        'text/plain, application/openmetrics-text; q=0.9' => 0,
        'application/openmetrics-texts, text/plain;q=0.1' => 0,
        'application/openmetrics-text;q=0.2,text/plain;q=0.5,'
            . 'application/openmetrics-text;version=0.0.1;q=0.7' => 1,
        'application/openmetrics-text;q=none' => 1,
        ',;q=,text/plain;q' => 0,
    );

    is page($_)->header('Content-Type') =~ /openmetrics/ ? 1 : 0, $open{$_}, $_
        for sort keys %open;
};

subtest 'methods, and gzip' => sub {
    my $get = page($open);
    my $head = $t->request('HEAD', '/metrics', headers => { Accept => $open });
    is $head->status . $head->body, 200, 'HEAD has no body';
    is $head->header('Content-Type'), $get->header('Content-Type'),
        'and the same type';
    cmp_ok $head->header('Content-Length'), '>', 1000, 'and a length';

    is $t->request($_, '/metrics')->status, 405, $_ for qw(POST PUT DELETE);

    my %end = ($open => qr/\n# EOF\n\z/, 'text/plain' => qr/ gauge\n\z/);

    for my $accept (sort keys %end) {
        my $r = $t->request('GET', '/gzip', headers => { Accept => $accept,
            'Accept-Encoding' => 'gzip' });
        is $r->header('Content-Encoding'), 'gzip', 'gzip';
        is $r->header('Content-Type'), page($accept)->header('Content-Type'),
            'with the same type';
        gunzip(\$r->body, \my $plain) or die 'not gzip';
        like $plain, $end{$accept}, 'and whole';
    }
};

my $counts = sub { $_[0]->body =~ /^(partner_requests_total.*)$/mg };
is_deeply [map { (split / /)[1] } $counts->(page($open))],
    [map { (split / /)[1] } $counts->(page())], 'and both say the same';

done_testing;
