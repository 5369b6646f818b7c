#!/usr/bin/perl

# The operations kit: what Prometheus, Alertmanager and Grafana are given is
# what they take, and each alert fires above its threshold, not below it and not
# at it.

use strict;
use warnings;
use lib 't/lib';

use Cwd qw(abs_path);
use JSON::PP ();
use List::Util qw(sum0);
use Partner::Test;
use Test::More;

use constant {
    HOURS => 60,    # minutes
    NETWORK => 'partnerships.accept',
    AT_TWENTY => '20m in steps of 15s',
    STAMP => 'partnerd_usage_stored_timestamp_seconds',
    CALLS => 'partner_requests_total{tier="gold",outcome="ok"}',
    NOBODYS => 'partner_requests_total{tier="none",outcome="refused"}',
};

my $t = Partner::Test->new;
my $conf = abs_path('conf');
my $rules = "$conf/prometheus/partner.rules.yml";

# A tool's exit status and what it said.
sub tool {
    my (@argv) = @_;
    my $file = $t->dir . '/said';
    my $status = system('sh', '-c', 'exec "$@" >' . $file . ' 2>&1', 'sh',
        @argv);
    open(my $fh, '<', $file) or die "$file: $!";
    return ($status, do { local $/; <$fh> });
}


sub good {
    my ($name, @argv) = @_;
    my ($status, $said) = tool(@argv);
    is $status, 0, $name or diag($said);
}


# A counter that grows by so much a minute.
sub grows {
    my ($series, $by) = @_;
    return { series => $series, values => "0+${by}x400" };
}


sub stands {
    my ($series, $at) = @_;
    return { series => $series, values => "$at+0x400" };
}


# Calls a minute by outcome, and what the gateway refused by code and status.
sub requests {
    my (%calls) = @_;
    my $refused = $calls{refused} // {};
    my %refused = ('rate_limited 429' => 0, 'overloaded 503' => 0,
        'response_not_redactable 502' => 0, %$refused);
    $calls{refused} = sum0(map { /not_redactable/ ? 0 : $refused{$_} }
        keys %refused);

    return (map({
            grows("partner_requests_total{tier=\"gold\",outcome=\"$_\"}",
                $calls{$_} // 0) } qw(ok server_error refused)),
        map { my ($code, $status) = split / /;
            grows("partner_refusals_total{code=\"$code\","
                . "status=\"$status\",tier=\"gold\"}", $refused{$_}) }
            sort keys %refused);
}


# When usage was stored: always so many seconds ago; time begins with 0.
sub stamped {
    my ($ago) = @_;
    return { series => STAMP . '{instance="a"}', values => "-${ago}+60x400" };
}


# What goes down so many seconds before the twentieth minute.
sub down {
    my ($series, $seconds) = @_;
    my $up = (20 * 60 - $seconds) / 15 - 1;
    return { series => $series, values => "1+0x$up 0+0x100" };
}


# A thousand calls a minute, or as many as `of`, of which so many fail by the
# upstream; `unavailable` of them the gateway refuses with 5xx, others with 4xx.
sub operation {
    my ($bad, $id, %o) = @_;
    $id //= NETWORK;
    my $unavailable = $o{unavailable} // 0;
    my %calls = (ok => ($o{of} // 1000) - $bad - $unavailable,
        server_error => $bad, refused => $unavailable + 9000);
    return (map({ grows('partner_operation_calls_total{operation="' . $id
        . "\",outcome=\"$_\"}", $calls{$_}) } sort keys %calls),
        grows("partner_operation_unavailable_total{operation=\"$id\"}",
            $unavailable));
}


# The bounds of a gateway's page, which are all that Prometheus knows of times.
my @bounds = bounds();

sub bounds {
    $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%
    partner_zone zone=partners:1m;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        location / { partner_metrics; }
    }
}
EOC
    return $t->get('/')->body =~ /^partner_request_duration_seconds_bucket
        \{tier="gold",le="([^"]+)"\}/gmx;
}


# Calls of a minute that took so many seconds: [seconds, calls], ...
sub histogram {
    my ($metric, $labels, @calls) = @_;
    return map { my $bound = $_; grows("${metric}_bucket{$labels,le=\"$_\"}",
        sum0(map { $_->[0] < $bound ? $_->[1] : () } @calls)) } @bounds;
}


# One call fails in that minute, and no other was ever made.
sub first_failure {
    my ($minute) = @_;
    my $id = 'settlements.calculate';
    return (map({ stands('partner_operation_calls_total{operation="' . $id
            . "\",outcome=\"$_\"}", 0) } qw(ok refused)),
        { series => 'partner_operation_calls_total{operation="' . $id
            . '",outcome="server_error"}',
          values => "0+0x@{[$minute - 1]} 1+0x400" });
}


sub of_gateway {
    return histogram('partner_request_duration_seconds', 'tier="gold"', @_);
}


sub of_network {
    return histogram('partner_operation_duration_seconds',
        'operation="' . NETWORK . '"', @_);
}


# An objective whose budget is a fourth of all calls, as floating point has it
# exactly, and calls of which so many of a thousand are bad.
sub objective {
    my ($bad, $objective) = @_;
    my $slo = 'slo="gold",objective="latency"';
    return (stands("partner_slo_objective_ratio{$slo}", $objective // 0.75),
        grows("partner_slo_bad_total{$slo,cause=\"upstream\"}", $bad),
        grows('partner_slo_calls_total{slo="gold"}', 1000));
}


# Counted before the first scrape by a gateway that counts since then, as seen
# in the thirtieth minute.
sub begun {
    my ($counter, $since) = @_;
    $counter =~ s/\}?\z//;
    $counter .= ($counter =~ /\{/ ? ',' : '{') . 'instance="a"}';
    return (stands($counter, 1),
        stands('partner_counters_created_timestamp_seconds{instance="a"}',
            $since));
}


# Alert, severity, minute or AT_TWENTY at which it is looked for, and the series
# that are below, at and above its threshold.
my @cases = (
    ['PartnerApiErrors', 'critical', 30,
        map { [requests(ok => 1000 - $_, server_error => $_)] }
        49, 50, 51],
    # beside many that are refused by limits
    ['PartnerApiErrors', 'critical', 30,
        map { [requests(ok => 1000 - $_, server_error => $_,
            refused => { 'rate_limited 429' => 20_000 })] } 49, 50, 51],
    # made by the gateway
    ['PartnerApiErrors', 'critical', 30,
        map { [requests(ok => 1000 - $_, refused => {
            'credential_store_unavailable 503' => $_ - 10,
            'overloaded 503' => 10 })] } 49, 50, 51],
    # of the upstream, and found out by the gateway
    ['PartnerApiErrors', 'critical', 30,
        map { [requests(ok => 1000 - $_, server_error => $_, refused => {
            'response_not_redactable 502' => $_ })] } 49, 50, 51],
    # of those who invent tokens
    ['PartnerApiErrors', 'critical', 30,
        map { [requests(ok => 1000 - $_, server_error => $_, refused => {
            'too_many_unknown_tokens 503' => 900 })] } 49, 50, 51],
    ['PartnerApiSlow', 'critical', 30,
        [of_gateway([0.55, 100])], [of_gateway([0.99, 95], [3, 5])],
        [of_gateway([0.001, 94], [1.001, 6])]],
    ['PartnerApiSlow', 'critical', 30,
        [of_gateway([0.99, 100])], [of_gateway([0.001, 95], [60, 5])],
        [of_gateway([1.001, 100])]],
    ['PartnerGatewayDown', 'critical', 30,
        [stands('up{job="partner-gateway",instance="a"}', 1)],
        [stands('up{job="another",instance="a"}', 0)],
        [stands('up{job="partner-gateway",instance="a"}', 0)]],
    ['PartnerNetworkErrors', 'critical', 30,
        map { [operation($_)] } 9, 10, 11],
    ['PartnerNetworkErrors', 'critical', 30,
        [operation(900, 'rides.list')], [operation(10)], [operation(11)]],
    # some of them made by the gateway
    ['PartnerNetworkErrors', 'critical', 30,
        map { [operation($_, NETWORK, of => 3000, unavailable => 15)] }
        14, 15, 16],
    # the first failure since the start, of an operation whose lines begin at 0
    ['PartnerSettlementFailed', 'critical', 30,
        [first_failure(40)], [first_failure(20)], [first_failure(28)]],
    ['PartnerNetworkSlow', 'warning', 30,
        [of_network([0.27, 100])], [of_network([0.39, 95], [3, 5])],
        [of_network([0.001, 94], [0.402, 6])]],
    ['PartnerNetworkSlow', 'warning', 30,
        [of_network([0.39, 100])], [of_network([0.001, 95], [60, 5])],
        [of_network([0.402, 100])]],
    # for half a minute, for most of one, for a minute
    ['PartnerGatewayDown', 'critical', AT_TWENTY,
        map { [down('up{job="partner-gateway",instance="a"}', $_)] }
        30, 45, 60],
    ['PartnerHealthCheckFailed', 'critical', AT_TWENTY,
        map { [down('probe_success{job="partner-health"}', $_)] }
        30, 45, 60],
    ['PartnerHealthCheckFailed', 'critical', 30,
        [stands('probe_success{job="partner-health"}', 1)],
        [stands('probe_success{job="another"}', 0)],
        [stands('probe_success{job="partner-health"}', 0)]],
    # for four minutes, for nearly five, for five
    ['PartnerIntegrationDown', 'critical', AT_TWENTY,
        map { [down('probe_success{job="partner-integrations"}', $_)] }
        240, 285, 300],
    ['PartnerDatabaseBusy', 'warning', 30,
        map { [grows('node_cpu_seconds_total{job="partner-database",'
            . 'mode="idle"}', 60 - $_)] } 47, 48, 49],
    ['PartnerSettlementFailed', 'critical', 30,
        [operation(9)], [operation(0, 'settlements.calculate')],
        [operation(1, 'settlements.calculate')]],
    ['PartnerShareCalculationFailed', 'warning', 30,
        [operation(9)], [operation(0, 'transactions.record')],
        [operation(1, 'transactions.record')]],
    # before the first scrape: long ago, so long ago as it looks back, later
    ['PartnerSettlementFailed', 'critical', 30,
        map { [begun('partner_operation_calls_total{outcome="server_error",'
            . 'operation="settlements.calculate"}', $_)] } 0, 1500, 1501],
    ['PartnerShareCalculationFailed', 'warning', 30,
        map { [begun('partner_operation_calls_total{outcome="server_error",'
            . 'operation="transactions.record"}', $_)] } 0, 1500, 1501],
    ['PartnerUsageDropped', 'critical', 30,
        map { [begun('partner_usage_dropped_total', $_)] } 0, 1200, 1201],
    ['PartnerZoneTooSmall', 'warning', 30,
        map { [begun('partner_bucket_evictions_total', $_)] } 0, 1200, 1201],
    # 128 calls a minute in all the hours before; their mean has the first
    # minutes in it, and is a little less
    ['PartnerTrafficUnusual', 'warning', 2 * HOURS,
        map { [{ series => 'partner_calls_total{partner="a",outcome="ok"}',
            values => '0+128x107 ' . (128 * 107 + $_) . "+${_}x100" }] }
        128, 1200, 2560],
    ['PartnerUsageNotPublished', 'warning', 30,
        map { [grows('partner_usage_publications_total{instance="a"}', $_)] }
        60, 1, 0],
    # 14.4 times a budget of 1/16 is 900 of a thousand
    ['PartnerBudgetBurnsFast', 'critical', 2 * HOURS,
        map { [objective($_, 0.9375)] } 899, 900, 901],
    # an hour that was good keeps five bad minutes from paging
    ['PartnerBudgetBurnsFast', 'critical', 2 * HOURS,
        [late_objective()], [objective(900, 0.9375)],
        [objective(950, 0.9375)]],
    ['PartnerBudgetBurns', 'critical', 8 * HOURS,
        map { [objective($_, 0.875)] } 749, 750, 751],
    ['PartnerBudgetBurnsSlowly', 'warning', 8 * HOURS,
        map { [objective($_)] } 249, 250, 251],
    ['PartnerBudgetSpent', 'warning', 8 * HOURS,
        map { [objective($_)] } 249, 250, 251],
    ['PartnerLimitsExhausted', 'warning', 60,
        map { [grows('partner_requests_total{tier="basic",outcome="ok"}',
                1000 - $_),
            grows('partner_requests_total{tier="basic",outcome="refused"}',
                $_),
            grows('partner_refusals_total{code="rate_limited",tier="basic"}',
                $_)] }
        99, 100, 101],
    ['PartnerCredentialsRejected', 'warning', 30,
        map { [grows('partner_refusals_total{code="unknown_credential"}',
                $_ - 60),
            grows('partner_refusals_total{code="revoked_credential"}', 60)] }
        540, 600, 660],
    ['PartnerUsageDropped', 'critical', 30,
        map { [$_ ? grows('partner_usage_dropped_total{instance="a"}', $_)
            : stands('partner_usage_dropped_total{instance="a"}', 7)] }
        0, 0, 1],
    ['PartnerUsageHourAhead', 'critical', 30,
        map { [stands('partner_usage_ahead_seconds{instance="a"}', $_)] }
        0, 3600, 7200],
    ['PartnerUsageMalformed', 'warning', 30,
        map { [$_ ? grows('partnerd_usage_malformed_total{instance="a"}', $_)
            : stands('partnerd_usage_malformed_total{instance="a"}', 7)] }
        0, 0, 1],
    # stored 300 seconds ago and less; long ago, with no calls; longer ago
    ['PartnerUsageNotStored', 'critical', 30,
        [stamped(300), grows(CALLS, 60)], [stamped(3000), stands(CALLS, 60)],
        [stamped(301), grows(CALLS, 60)]],
    # by one that follows, and by one that leads
    ['PartnerUsageNotStored', 'critical', 30,
        [stamped(30), stands(STAMP . '{instance="b"}', 0), grows(CALLS, 60)],
        [stands(STAMP . '{instance="b"}', 0), grows(NOBODYS, 60)],
        [stands(STAMP . '{instance="b"}', 0), grows(CALLS, 60)]],
    ['PartnerdDown', 'critical', AT_TWENTY,
        map { [down('up{job="partnerd",instance="a"}', $_)] } 30, 45, 60],
    ['PartnerdNobodyWorks', 'critical', AT_TWENTY,
        map { [down('partnerd_leading{instance="a"}', $_),
            stands('partnerd_leading{instance="b"}', 0)] } 30, 45, 60],
    ['PartnerUsageNearlyFull', 'warning', 30,
        map { [stands('partner_usage_counters{instance="a"}', $_),
            stands('partner_usage_capacity{instance="a"}', 100)] }
        79, 80, 81],
    ['PartnerRevocationsNearlyFull', 'warning', 30,
        map { [stands('partner_token_revocations{instance="a"}', $_),
            stands('partner_token_revocations_capacity{instance="a"}', 100)] }
        79, 80, 81],
    # by an idle gateway, for four minutes, for nearly five, for five
    ['PartnerRedisAway', 'warning', AT_TWENTY,
        map { [down('partner_redis_connected{instance="a"}', $_)] }
        240, 285, 300],
    # by one that is connected, to a Redis that refuses
    ['PartnerRedisAway', 'warning', 30,
        map { [grows('partner_redis_errors_total{instance="a"}', $_)] }
        0, 0, 1],
    ['PartnerKeyPepperLacking', 'critical', 30,
        map { [stands('partner_key_pepper_lacking{instance="a"}', $_)] }
        0, 0, 1],
    ['PartnerZoneTooSmall', 'warning', 30,
        map { [grows('partner_bucket_evictions_total{instance="a"}', $_)] }
        0, 0, 1],
);

# Good for an hour and more, then bad for three minutes.
sub late_objective {
    my $slo = 'slo="gold",objective="latency"';
    return (stands("partner_slo_objective_ratio{$slo}", 0.9375),
        { series => "partner_slo_bad_total{$slo,cause=\"upstream\"}",
          values => '0+0x117 1000 2000 3000' },
        grows('partner_slo_calls_total{slo="gold"}', 1000));
}


sub step {
    my ($minute) = @_;
    return '15s' if $minute eq AT_TWENTY;
    return ($minute > 120 ? $minute / 120 : 1) . 'm';
}


# What promtool is to find for one case, in a hundred steps or so.
sub unit {
    my ($alert, $severity, $minute, $series, $fires) = @_;

    return {
        interval => step($minute), input_series => $series,
        promql_expr_test => [{
            expr => sprintf('count(ALERTS{alertname="%s",alertstate="firing",'
                . 'severity="%s"})', $alert, $severity),
            eval_time => ($minute eq AT_TWENTY ? 20 : $minute) . 'm',
            exp_samples => $fires ? [{ labels => '{}', value => 1 }] : [],
        }],
    };
}


my %tested = map { $_->[0] => 1 } @cases;
open(my $fh, '<', $rules) or die "$rules: $!";
my $text = do { local $/; <$fh> };
close($fh);
is_deeply [sort keys %tested], [sort $text =~ /- alert: (\w+)/g],
    'each alert is tested';

for my $case (@cases) {
    my ($alert, $severity, $minute, @series) = @$case;
    my @files = map { "$alert-$_.json" } qw(below at above);

    for my $i (0 .. 2) {
        $t->write_file($files[$i], JSON::PP::encode_json({
            rule_files => [$rules], evaluation_interval => step($minute),
            group_eval_order => [$text =~ /^  - name: (\S+)/mg],
            tests => [unit($alert, $severity, $minute, $series[$i], $i == 2)],
        }));
    }

    good("$alert: above its threshold, not at it and not below", 'promtool',
        'test', 'rules', map { $t->dir . "/$_" } @files);
}

# What is recorded by tier has what the gateway refuses with 5xx, and of those
# who are known.
$t->write_file('tiers.json', JSON::PP::encode_json({
    rule_files => [$rules], evaluation_interval => '1m',
    tests => [{
        interval => '1m',
        input_series => [requests(ok => 2970, server_error => 15,
            refused => { 'rate_limited 429' => 9000, 'overloaded 503' => 15 }),
            grows(NOBODYS, 600), grows('partner_refusals_total{tier="none",'
                . 'code="credential_store_unavailable",status="503"}', 600)],
        promql_expr_test => [{
            expr => 'tier:partner_errors:ratio_rate5m', eval_time => '30m',
            exp_samples => [{ value => 0.01, labels =>
                'tier:partner_errors:ratio_rate5m{tier="gold"}' }],
        }],
    }],
}));
good('errors of a tier', 'promtool', 'test', 'rules', $t->dir . '/tiers.json');

good('rules', 'promtool', 'check', 'rules', $rules);
good('Prometheus', 'promtool', 'check', 'config',
    "$conf/prometheus/prometheus.yml");

subtest 'Alertmanager' => sub {
    my $file = "$conf/alertmanager/alertmanager.yml";
    good('its configuration', 'amtool', 'check-config', $file);

    my %route = (
        'severity=critical' => 'pagerduty',
        'severity=warning' => 'slack',
        'severity=critical rollback=true' => 'rollback,pagerduty',
        'severity=warning team=finance' => 'finance',
        'alertname=x' => 'slack',
    );

    good("$_: $route{$_}", 'amtool', 'config', 'routes', 'test',
        "--config.file=$file", "--verify.receivers=$route{$_}", split / /)
        for sort keys %route;

    my ($status) = tool('amtool', 'config', 'routes', 'test',
        "--config.file=$file", '--verify.receivers=slack',
        'severity=critical');
    isnt $status, 0, 'a wrong route is found out';
};

# Metrics that an expression asks for and nobody has.
sub unknown {
    my (@exprs) = @_;
    open(my $docs, '<', 'docs/operations.md') or die "docs: $!";
    my %known = map { /^\| `(partnerd?_\w+)`/ ? ($1 => 1) : () } <$docs>;
    my %recorded = map { $_ => 1 } $text =~ /- record: (\S+)/g;

    return grep { !$known{s/_(?:bucket|sum|count)$//r} && !$recorded{$_} }
        map { /([a-z_]*:?partner[a-z_]*:?[\w:]*)/g }
        map { s/\{[^}]*\}//gr =~ s/\b(?:by|on) \([^)]*\)//gr } @exprs;
}


subtest 'Grafana' => sub {
    is_deeply [unknown('rate(partner_calls[5m]) / partner_x:ratio')],
        [qw(partner_calls partner_x:ratio)], 'what is not there is found out';

    for my $file (glob("$conf/grafana/*.json")) {
        my ($name) = $file =~ m{([^/]+)\.json$};
        open(my $json, '<', $file) or die "$file: $!";
        my $board = JSON::PP->new->decode(do { local $/; <$json> });
        is $board->{uid}, $name, "$name: its uid";

        my @exprs = map { $_->{expr} } map { @{$_->{targets} || []} }
            @{$board->{panels}};
        cmp_ok scalar @exprs, '>', 0, "$name: it shows something";

        is_deeply [unknown(@exprs)], [], "$name: all of it is there";

        my $n = 0;
        $t->write_file('exprs.json', JSON::PP::encode_json({ groups => [{
            name => 'x', rules => [map {
                (my $expr = $_) =~ s/\$__rate_interval/5m/g;
                $expr =~ s/\$\w+/x/g;
                { record => 'panel:' . $n++, expr => $expr } } @exprs],
        }] }));
        good("$name: Prometheus reads it", 'promtool', 'check', 'rules',
            $t->dir . '/exprs.json');
    }
};

done_testing;
