#!/usr/bin/perl

# Budgets and signed reports: what gateways counted, added up over all of them,
# held to what was promised, and verified with another implementation.

use strict;
use warnings;
use lib 't/lib';

use IPC::Open2 qw(open2);
use JSON::PP;
use Partner::Test;
use POSIX qw(strftime);
use Test::More;
use Time::Local qw(timegm);

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};
my $json = JSON::PP->new->canonical;

$ENV{NODE_PATH} = '/usr/share/nodejs';
my $pid = open2(my $answers, my $requests, 'node',
    $t->top . '/lua-free-tests/interop/reports.mjs');


sub verified {
    my ($jws, $jwks) = @_;
    print $requests $json->encode({ jws => $jws, jwks => $jwks }), "\n";
    return $json->decode(scalar <$answers> // die "jose has ended\n");
}


sub partner {
    return $p->request('POST', '/api/partners', body => encode_json({
        partnerName => $_[0], partnerType => 'Data', tier => $_[1] }))
        ->json->{data}{id};
}


# Counters as gateways publish them, taken and stored.
sub publish {
    my ($incarnation, %fields) = @_;
    $redis->command('HSET', "partner:usage:$incarnation", %fields);
    $redis->command('SADD', 'partner:gateways', $incarnation);
    my ($last) = sort keys %fields;
    soon { ($redis->command('HGET', "partner:confirmed:$incarnation", $last)
        // '') eq $fields{$last} } 'stored';
}


my ($one, $two) = ('00112233445566aa', '00112233445566bb');
my $acme = partner('acme', 'gold');
my $other = partner('other', 'silver');

# ---- budgets ----

my $now = int(time / 3600);
my $old = $now - 100; # hours: within 30 days, not within 3

publish($one,
    "$now/$acme/-/-/ok/gold/200" => '900 0 0 0 900 850',
    "$now/$acme/-/-/server_error/gold/200" => '3 0 0 0 3 0',
    "$now/$acme/-/-/refused/gold/200" => '50 0 0 0 2 0',
    "$now/$acme/-/-/aborted/gold/200" => '9 0 0 0 5 0',
    "$now/$other/-/-/ok/silver/400" => '10 0 0 0 10 10',
    "$now/platform/-/-/ok/gold/200" => '40 0 0 0 40 40');
publish($two,
    "$now/$acme/-/op/ok/gold/150" => '90 0 0 0 90 80',
    "$old/$acme/-/-/ok/gold/200" => '1000 0 0 0 1000 1000',
    "$old/$acme/-/-/ok/gold/300" => '100 0 0 0 100 100',
    "$old/$acme/-/-/ok" => '77 0 0 0');

# As above: within 6 hours, and with those 100 hours ago.
my %day = (calls => 1000, slow => 1000 - 930, failed => 5);
my %month = (calls => 2100, slow => 2100 - 1930, failed => 5);


sub burn {
    my ($bad, $calls, $budget) = @_;
    return sprintf('%.4f', $bad / $calls / $budget);
}


sub is_budget {
    my ($tier, $name) = @_;

    is "$tier->{tier} $tier->{latencyMs} $tier->{latencyObjective} "
        . $tier->{availabilityObjective}, 'gold 200 0.95 0.9999',
        "$name: the promise";

    for (['6h', %day], ['3d', %day], ['30d', %month]) {
        my ($window, %sum) = @$_;
        my %said = %{$tier->{windows}{$window}};
        my @burn = map { sprintf('%.4f', delete $said{$_}) }
            qw(latencyBurnRate availabilityBurnRate);
        is_deeply \%said, \%sum, "$name: $window";
        is_deeply \@burn, [burn($sum{slow}, $sum{calls}, 0.05),
            burn($sum{failed}, $sum{calls}, 0.0001)], "$name: $window burns";
    }

    is sprintf('%.4f', $tier->{latencyBudgetRemaining}),
        sprintf('%.4f', 1 - $month{slow} / $month{calls} / 0.05),
        "$name: what is left";
}


my $mine = $p->request('GET', "/api/partners/$acme/slo",
    as => { partner => $acme, scopes => 'read:analytics' })->json->{data};
is "$mine->{view} $mine->{partnerId}", "partner $acme", 'a partner has its own';
is_budget($mine->{tiers}[0], 'partner');
is $p->request('GET', "/api/partners/$acme/slo",
    as => { partner => $other, scopes => 'read:analytics' })->status, 404,
    "and nobody else's";

my $fleet;
soon {
    $fleet = $p->request('GET', '/api/slo')->json->{data};
    $fleet->{tiers}[0]{windows}{'30d'}{calls} == $month{calls};
} 'added up';
is_budget($fleet->{tiers}[0], 'fleet');
is $fleet->{tiers}[1]{windows}{'6h'}{calls}, 10, 'another tier';
is $fleet->{tiers}[2]{latencyBudgetRemaining}, 1, 'and one without calls';

my $body = $p->request('GET', '/api/slo')->body;
like $body, qr/"latencyObjective" : 0\.95,/, 'a number as people write it';
unlike $body, qr/\.\d*0[,}\s]/, 'as all are';
is $postgres->query('SELECT partner.slo_burn(200, 1100, 95000) || \' \'
    || partner.slo_burn(1, 20, 95000) || \' \' || partner.slo_burn(0, 0, 1)'),
    '3.636364 1 0', 'rounded, not cut off';

publish($two, "$old/$other/-/-/ok/gold/200" => '5 0 0 0 5 5');
soon { $p->request('GET', '/api/slo')->json->{data}{tiers}[0]{windows}{'30d'}
    {calls} == $month{calls} + 5 } 'an hour that is long over is added again',
    20;

# ---- a month ----

my ($year, $mon) = (gmtime)[5, 4];
my @last = $mon == 0 ? ($year + 1899, 12) : ($year + 1900, $mon);
my $last = sprintf('%04d-%02d', @last);
my $within = timegm(0, 0, 0, 15, $last[1] - 1, $last[0]) / 3600;
my $before = timegm(0, 0, 0, 1, $last[1] - 1, $last[0]) / 3600 - 1;
my $behind = timegm(0, 0, 0, 1, $mon, $year) / 3600;

$postgres->query('DELETE FROM partner.usage_counters');
publish($one,
    "$within/$acme/-/-/ok/gold/200" => '96 0 0 0 96 95',
    "$within/$acme/-/-/server_error/gold/200" => '4 0 0 0 4 0',
    "$within/$acme/-/-/ok/silver/400" => '10 0 0 0 10 10',
    "$before/$acme/-/-/ok/gold/200" => '7 0 0 0 7 7',
    "$behind/$acme/-/-/ok/gold/200" => '7 0 0 0 7 7');

my $keys = $p->request('GET', '/api/jwks.json',
    as => { partner => undef })->json;
is scalar(@{$keys->{keys}}), 1, 'one key is told';
is join(' ', sort keys %{$keys->{keys}[0]}), 'alg crv kid kty use x y',
    'its public half';


sub report {
    my ($query, %o) = @_;
    return $p->request('GET', "/api/partners/$acme/slo/report$query", %o);
}


my $report = report('', as => { partner => $acme,
    scopes => 'read:analytics' })->json->{data};
my $good = verified($report->{jws}, $keys);
is $good->{error}, undef, 'jose verifies it';
is_deeply $good->{header}, { alg => 'ES256', typ => 'slo-report+jws',
    kid => $keys->{keys}[0]{kid} }, 'its head';
is_deeply $json->decode($good->{payload}), $report->{report},
    'the payload is the report';
is "$report->{report}{sub} $report->{report}{month}", "$acme $last",
    'of the last month';
is_deeply $report->{report}{tiers}, [
    { tier => 'gold',
      promised => { latencyMs => 200, latencyShare => 0.95,
          availability => 0.9999 },
      measured => { calls => 100, inTime => 95, failed => 4,
          latencyShare => 0.95, availability => 0.96 },
      kept => { latency => JSON::PP::true, availability => JSON::PP::false } },
    { tier => 'silver',
      promised => { latencyMs => 400, latencyShare => 0.95,
          availability => 0.999 },
      measured => { calls => 10, inTime => 10, failed => 0,
          latencyShare => 1, availability => 1 },
      kept => { latency => JSON::PP::true, availability => JSON::PP::true } },
], 'what was promised and measured';

unlike $good->{payload}, qr/\.\d*0[,}\s]/, 'as people write it';
is $postgres->query('SELECT partner.slo_share(9999999, 10000000)'), '0.999999',
    'and what was missed by a hair does not look as if it was not';

my @parts = split(/\./, $report->{jws});
my $changed = $parts[1] =~ s/(.)(.{20})\z/($1 eq 'A' ? 'B' : 'A') . $2/er;
is verified("$parts[0].$changed.$parts[2]", $keys)->{error},
    'ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'changed, it is no report';

my $silent = $p->request('GET', "/api/partners/$other/slo/report")
    ->json->{data}{report}{tiers};
is_deeply $silent, [], 'before a partner was there nothing was promised';
$postgres->query("UPDATE partner.partners SET created_at = '$last-28'
    WHERE id = '$other'");
$silent = $p->request('GET', "/api/partners/$other/slo/report")
    ->json->{data}{report}{tiers};
is scalar(@$silent), 1, 'without calls there is the promise of its tier';
is_deeply $silent->[0]{kept}, { latency => undef, availability => undef },
    'and no word on how it was kept';

my ($status, $out, $said) = $p->run('report', '--partner', $acme,
    '--month', $last, '--sql', $t->top . '/upstream-services/sql');
is $status, 0, 'partnerd report' or diag $said;
chomp $out;
my $printed = $json->decode(verified($out, $keys)->{payload});
delete $_->{iat} for $printed, $report->{report};
is_deeply $printed, $report->{report}, 'says the same';
is((($p->run('report', '--month', $last))[0]), 1, 'and needs a partner');

my $begun = strftime('%Y-%m', gmtime);
for ([$acme, $begun, qr/--month is \\"$begun\\"; allowed: a month that has/],
    [$acme, 'nov', qr/--month is \\"nov\\"; allowed: 2000-01 to/],
    [$acme, '1', qr/--month is \\"1\\"; allowed: 2000-01 to/],
    [$acme, '2026-13', qr/--month is \\"2026-13\\"; allowed: 2000-01 to/],
    [$acme, '20 6-01', qr/--month is \\"20 6-01\\"; allowed: 2000-01 to/],
    ['nobody', $last, qr/--partner is \\"nobody\\"; allowed: the id of/]) {
    my ($of, $month, $names) = @$_;
    like +($p->run('report', '--partner', $of, '--month', $month))[2], $names,
        "report says what it takes instead of $of $month";
}

for (['?month=2099-01', 'must have ended'],
    ['?month=' . strftime('%Y-%m', gmtime), 'must have ended'],
    ['?month=last', '']) {
    my ($query, $detail) = @$_;
    my $r = report($query);
    is $r->code, 'invalid_parameter', $query;
    like $r->json->{errors}[0]{detail}, qr/$detail/, 'which is named';
}

# ---- another promise ----

my $objective = sub {
    return eval { $postgres->query("INSERT INTO partner.slo_objectives
        VALUES ('gold', '$_[0]', 100, 99000, 99990)"); 1 };
};

ok !$objective->("$last-01"), 'what was promised cannot be changed';
ok !$objective->(strftime('%Y-%m-01', gmtime)), 'nor what is';
ok $objective->('2099-01-01'), 'but what will be';
is_deeply report('')->json->{data}{report}{tiers}, $report->{report}{tiers},
    'which changes nothing now';

sub promise {
    my ($body, %o) = @_;
    return $p->request('PUT', '/api/slo/objectives', %o,
        body => encode_json({ tier => 'gold', latencyMs => 150,
            latencyShare => 0.97, availability => 0.99995, %$body }));
}

my $all = $p->request('GET', '/api/slo/objectives');
my @now = map { "$_->{tier} $_->{latencyMs} $_->{availability}" }
    @{$all->json->{data}{inForce}};
is "@now", 'gold 200 0.9999 silver 400 0.999 basic 800 0.995',
    'what is in force can be read';
is $all->json->{data}{history}[0]{month}, '2099-01', 'and what will be';

my $tag = $all->header('ETag');
my $made = promise({ month => '2098-07' }, headers => { 'If-Match' => $tag });
is_deeply $made->json->{data}, { tier => 'gold', month => '2098-07',
    latencyMs => 150, latencyShare => 0.97, availability => 0.99995 },
    'an operator promises something else';
isnt $made->header('ETag'), $tag, 'which has another tag';
is promise({ month => '2098-07' }, headers => { 'If-Match' => $tag })->status,
    412, 'who has not seen that changes nothing';
is promise({ month => '2098-07', latencyMs => 140 }, headers => {
    'If-Match' => $made->header('ETag') })->json->{data}{latencyMs}, 140,
    'who has may';
$made = promise({ month => $begun });
is $made->code, 'invalid_state', 'a month that has begun stays as it is';
is $made->json->{detail}, "the month $begun has begun", 'as it was asked for';
my $next = promise({})->json->{data}{month};
ok $next gt strftime('%Y-%m', gmtime), 'the next month is what is meant';
is promise({ availability => $_ })->json->{errors}[0]{pointer},
    '/availability', "$_ is no share" for 1, 0.999999, 0, -1, 1e300;
is promise({}, as => { partner => $acme, scopes => 'read:* write:*' })
    ->status, 403, 'no partner may';
my @trail;
soon { @trail = @{$p->request('GET', '/api/audit?resource=objectives')
    ->json->{data}}; @trail >= 3 } 'the trail tells of it';
like encode_json(\@trail), qr/"latency_ms":140/, 'with what changed';

# ---- of a partner that was deleted ----

like $p->request('DELETE', "/api/partners/$other")->status, qr/^20[02]$/,
    'a partner is deleted';
for my $kept (qw(usage statistics slo slo/report)) {
    my $uri = "/api/partners/$other/$kept";
    is $p->request('GET', $uri)->status, 200, "an operator reads its $kept";
    is $p->request('GET', $uri, as => { partner => $other,
        scopes => 'read:*' })->status, 404, 'and nobody else';
}

# ---- another key ----

Partner::Partnerd::report_key("$p->{dir}/report.pem", 'ed25519');
$p->{serve}->stop;
$p->serve;
my $both = $p->request('GET', '/api/jwks.json')->json;
is_deeply [map { $_->{alg} } @{$both->{keys}}], [qw(EdDSA ES256)],
    'the new key and the one before';
is verified($report->{jws}, $both)->{error}, undef,
    'what it has signed can be verified still';
my $new = verified(report('')->json->{data}{jws}, $both);
is $new->{header}{alg}, 'EdDSA', 'the first of the file signs';

chmod(0644, "$p->{dir}/report.pem");
($status, $out, $said) = $p->run('report', '--partner', $acme);
like $said, qr/report\.pem: is open to others/, 'a file open to others';

$p->{serve}->stop;
$p->serve('--report-key', '');
my $none = report('');
is $none->status . ' ' . $none->code, '503 not_ready', 'without a key';
is_deeply $p->request('GET', '/api/jwks.json')->json, { keys => [] },
    'none is told';

close($requests);
waitpid($pid, 0);
done_testing;
