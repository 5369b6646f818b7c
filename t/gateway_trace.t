#!/usr/bin/perl

# The trace of a call: the caller's goes on or another begins, the upstream is
# told of exactly one, and the answer may tell where its time went.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

use constant {
    TRACE => '4bf92f3577b34da6a3ce929d0e0e4736',
    SPAN => '00f067aa0ba902b7',
};

my $t = Partner::Test->new;
my $key = new_key();

$t->write_file('keys.json', registry($key => { partnerId => 'acme',
    tier => 'gold', scopes => [] }));

# Answers with the fields that it was sent.
$t->upstream(sub {
    my ($connection, $request) = @_;
    my %sent;
    push @{$sent{lc $_->[0]}}, $_->[1] for @{$request->{headers}};

    return Partner::Upstream::answer($connection, 200,
        JSON::PP::encode_json(\%sent));
});

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;
events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone zone=partners:2m;
    partner_keys %%DIR%%/keys.json;
    partner_slo  gold tier=gold;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;
        add_header X-Trace $partner_trace_id always;
        add_header X-Span  $partner_span_id  always;

        location /pass {
            partner_trace pass;
            partner_server_timing on;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /pass/sampled {
            partner_trace pass sample=100%;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /start {
            partner_trace start sample=50%;
            proxy_pass http://%%UPSTREAM%%;

            location /start/inner { proxy_pass http://%%UPSTREAM%%; }
        }

        location /off { proxy_pass http://%%UPSTREAM%%; }

        location /unmetered {
            partner_meter off;
            proxy_pass http://%%UPSTREAM%%;
        }

        location /own {
            partner_server_timing on;
            partner_trace start;
            partner_status;
        }

        location /json { partner_auth off; partner_metrics json; }
        location /slo { partner_auth off; partner_slo_status; }
    }
}
EOC


sub call {
    my ($uri, @more) = @_;
    return $t->request('GET', $uri,
        headers => [Authorization => "Bearer $key", @more]);
}


# What the upstream saw: (trace, span, flags) of the only field.
sub told {
    my ($r) = @_;
    my @fields = @{$r->json->{traceparent} || []};
    is scalar @fields, 1, 'one traceparent';
    my @parts = $fields[0] =~ /^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])$/;
    is scalar @parts, 3, 'in version 00';
    is $r->header('X-Trace'), $parts[0], 'the trace is a variable';
    is $r->header('X-Span'), $parts[1], 'the span as well';
    return @parts;
}


subtest 'the trace of the caller' => sub {
    my $r = call('/pass', Traceparent => '00-' . TRACE . '-' . SPAN . '-01',
        tracestate => 'a=1,b=2');
    my ($trace, $span, $flags) = told($r);
    is $trace, TRACE, 'goes on';
    isnt $span, SPAN, 'under another span';
    is $flags, '01', 'recorded as it was';
    is_deeply $r->json->{tracestate}, ['a=1,b=2'], 'with its state';

    ($trace, $span, $flags) = told(call('/pass/sampled',
        traceparent => '00-' . TRACE . '-' . SPAN . '-00'));
    is "$trace $flags", TRACE . ' 00', 'not recorded where it was not';

    ($trace) = told(call('/pass',
        traceparent => 'cc-' . TRACE . '-' . SPAN . '-01-more'));
    is $trace, TRACE, 'a later version';
};

subtest 'another trace' => sub {
    my %seen;

    for my $wrong ('', 'x', '00-' . TRACE, '00-' . TRACE . '-' . SPAN . '-1',
            '00-' . uc(TRACE) . '-' . SPAN . '-01',
            '00-' . '0' x 32 . '-' . SPAN . '-01') {
        my $r = call('/pass', $wrong eq '' ? ()
            : (traceparent => $wrong, tracestate => 'a=1'));
        my ($trace, $span, $flags) = told($r);
        is $seen{$trace}++ + $seen{$span}++, 0, "'$wrong': a new one";
        is $flags, '00', 'nobody recorded it';
        is join('', @{$r->json->{tracestate} || []}), '', 'without a state';
    }

    my $twice = call('/pass', map { (traceparent =>
        "00-$_" . substr(TRACE, 1) . '-' . SPAN . '-01', tracestate => 'a=1') }
        1, 2);
    my ($trace) = told($twice);
    isnt substr($trace, 1), substr(TRACE, 1), 'of two, none';
    is join('', @{$twice->json->{tracestate}}), '', 'nor their states';

    my %flags;
    $flags{(told(call('/start/inner',
        traceparent => '00-' . TRACE . '-' . SPAN . '-01')))[2]}++
        for 1 .. 40;
    is $flags{'00'} + $flags{'01'}, 40, 'always where that is asked for';
    ok $flags{'00'} && $flags{'01'}, 'and recorded as often as it says';
    is((told(call('/pass/sampled')))[2], '01', 'all of them');
};

subtest 'off' => sub {
    my $field = '00-' . TRACE . '-' . SPAN . '-01';
    my $r = call('/off', traceparent => $field);
    is_deeply $r->json->{traceparent}, [$field], 'nothing is touched';
    is $r->header('X-Trace'), undef, 'nor said';
};

subtest 'a refusal' => sub {
    my $r = $t->get('/pass',
        headers => { traceparent => '00-' . TRACE . '-' . SPAN . '-01' });
    is $r->status, 401, 'nobody';
    is $r->header('X-Trace'), TRACE, 'belongs to the trace';
};

subtest 'Server-Timing' => sub {
    like call('/pass')->header('Server-Timing'),
        qr/^gateway;dur=\d+\.\d{3}, upstream;dur=\d+\.\d{3}$/, 'both';
    like call('/own')->header('Server-Timing'), qr/^gateway;dur=\d+\.\d{3}$/,
        'no upstream, no time';
    is call('/off')->header('Server-Timing'), undef, 'only where it is on';
    like $t->get('/pass')->header('Server-Timing'), qr/^gateway;/,
        'a refusal tells as well';
};

subtest 'unmetered' => sub {
    my $calls = sub {
        my $gold = $t->get('/json')->json->{tiers}{gold};
        my ($slo) = @{$t->get('/slo')->json->{objectives}};
        return "$gold->{total}{count} $slo->{windows}{'1h'}{calls}";
    };

    my $before;
    wait_until { my $now = $calls->(); my $same = $now eq ($before // '');
        $before = $now; $same };
    is call('/unmetered')->status, 200, 'served';
    is call('/off')->status, 200, 'and one that counts';
    my ($n, $m) = split / /, $before;
    soon { $calls->() eq join(' ', $n + 1, $m + 1) } 'only that counts';
};

subtest 'mistakes' => sub {
    like $t->config_error("partner_zone zone=z:1m; $_->[0]"), $_->[1], $_->[0]
        for ['partner_trace on;', qr/invalid word "on", allowed are pass,/],
            ['partner_trace pass sample=2;', qr/invalid value "2" of "sample"/],
            ['partner_trace pass; partner_trace off;', qr/is duplicate/];
};

done_testing;
