#!/usr/bin/perl

# Burn rates and budgets are those of a model that is fed with the access log:
# over the windows of an SRE, through a month of a faked clock, through reloads
# and restarts.

use strict;
use warnings;
use lib 't/lib';

use File::Copy qw(copy);
use JSON::PP ();
use Partner::Key qw(new_key registry);
use Partner::Test;
use Partner::Upstream;
use Test::More;

use constant {
    DELAY => 0.06,    # seconds, of whom is to be slow
    PATIENT => 0.03,  # and of a client that leaves before
};

my $faketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';
plan skip_all => 'the sanitizers come before every other library'
    if Partner::Test::sanitized();
plan skip_all => "$faketime is missing" unless -e $faketime;

my $t = Partner::Test->new;
my %key = map { $_ => new_key() } qw(gold silver basic insurer);

$t->write_file('keys.json', registry(
    $key{gold} => { partnerId => 'acme', tier => 'gold', scopes => [] },
    $key{silver} => { partnerId => 'beta', tier => 'silver', scopes => [] },
    $key{basic} => { partnerId => 'tiny', tier => 'basic', scopes => [] },
    $key{insurer} => { partnerId => 'sure', tier => 'gold', scopes => [],
                       category => 'insurance' },
));

$t->write_file('rides.json', JSON::PP::encode_json({
    openapi => '3.1.0', security => [],
    paths => { map { ("/$_" => { get => { operationId => "rides.$_" } }) }
        qw(good slow fail refuse) },
}));

mkdir($t->dir . "/$_") or die "$_: $!" for qw(disk memory);
chmod(0777, $t->dir . '/memory') or die "memory: $!";

$t->upstream(sub {
    my ($connection, $request) = @_;
    wait_until { 0 } DELAY if $request->{uri} =~ /slow/;
    return Partner::Upstream::answer($connection,
        $request->{uri} =~ /fail/ ? 500 : 200, '{}');
});

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;
worker_processes 2;
env LD_PRELOAD;
env FAKETIME_NO_CACHE;
env FAKETIME_DONT_FAKE_MONOTONIC;
env FAKETIME_TIMESTAMP_FILE;

events {}

http {
    %%GLOBALS_HTTP%%

    log_format model '$msec $partner_tier $partner_id $partner_operation '
        '$status $partner_latency $partner_upstream_latency '
        '$upstream_status';

    partner_zone    zone=partners:4m;
    partner_journal %%DIR%%/memory/journal snapshots=%%DIR%%/disk
                    interval=1s;
    partner_keys    %%DIR%%/keys.json;
    partner_tier    gold latency=40ms availability=99%;
    partner_limit_policy two rate=1r/d burst=2;

    partner_slo gold      tier=gold share=90%;
    partner_slo silver    tier=silver latency=50ms;
    partner_slo insurance category=insurance latency=1s availability=90%;
    partner_slo acme.slow partner=acme operation=rides.slow latency=50ms
                          availability=99.9%;
    %%MORE%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        access_log %%DIR%%/model.log model;

        location / {
            partner_auth     key;
            partner_contract %%DIR%%/rides.json;
            proxy_pass       http://%%UPSTREAM%%;

            add_header X-Slo    $partner_slo;
            add_header X-Budget $partner_slo_budget;
            add_header X-Burn   $partner_slo_burn_rate;
        }

        location /refuse { partner_auth key; partner_scope admin; }
        location /dead {
            partner_auth key;
            proxy_pass http://127.0.0.1:%%PORT_8082%%;
        }
        location /two {
            partner_auth key;
            partner_limit two;
            proxy_pass http://%%UPSTREAM%%;
        }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        access_log off;
        location = /slo { partner_slo_status; }
        location = /metrics { partner_metrics; }
    }
}
EOC

# What the configuration above promises; conditions, milliseconds, shares.
my %promise = (
    gold => { tier => qr/^gold$/, latency => 40, share => 0.9, up => 0.99 },
    silver => { tier => qr/^silver$/, latency => 50, share => 0.95,
                up => 0.999 },
    insurance => { id => qr/^sure$/, latency => 1000, share => 0.95,
                   up => 0.9 },
    'acme.slow' => { id => qr/^acme$/, operation => qr/^rides\.slow$/,
                     latency => 50, share => 0.95, up => 0.999 },
);

# Seconds of a slot, and how many slots.
my %window = ('5m' => [60, 5], '30m' => [60, 30], '1h' => [60, 60],
    '6h' => [60, 360], '3d' => [3600, 72], '30d' => [3600, 720]);

my $nginx;

sub start {
    my ($more) = @_;
    $t->define(MORE => $more // '');
    $nginx = $t->nginx($conf);
    $nginx->{env} = { %{$nginx->{env}}, LD_PRELOAD => $faketime,
        FAKETIME_NO_CACHE => 1, FAKETIME_DONT_FAKE_MONOTONIC => 1,
        FAKETIME_TIMESTAMP_FILE => $t->dir . '/clock' };
    $nginx->start;
}


sub page { return $t->get('/slo', port => 8081)->json }


# So many seconds from now; returns when the gateway knows it.
sub set_clock {
    my ($offset) = @_;
    $t->write_file('clock.new', "+$offset\n");
    rename($t->dir . '/clock.new', $t->dir . '/clock') or die "clock: $!";
    return unless $nginx;
    soon { abs(page()->{time} - time() - $offset) <= 2 }
        "the clock is $offset s ahead";
}


sub call {
    my ($who, $uri) = @_;
    return $t->get_as($key{$who}, $uri)->status;
}


sub leave {
    my ($who, $uri) = @_;
    my $http = $t->connect;
    $http->send(Partner::Http::format_request('GET', $uri,
        headers => { Authorization => "Bearer $key{$who}" }));
    wait_until { 0 } PATIENT;
    $http->close;
}


my $made = 0; # calls that will be in the log

sub mix {
    my (@calls) = @_;
    call(@$_) for @calls;
    $made += @calls;
}


sub log_lines {
    open(my $fh, '<', $t->dir . '/model.log') or return;
    my @names = qw(time tier id operation status total upstream
        answered);
    return map { my %line; @line{@names} = split; \%line } <$fh>;
}


# Each call of the log as the objective sees it: [time, slow, slow because of
# the upstream, failed, failed by the upstream].
sub judged {
    my ($p) = @_;
    my @calls;

    for my $l (log_lines()) {
        next if grep { $p->{$_} && $l->{$_} !~ $p->{$_} }
            qw(tier id operation);
        next if $l->{status} < 499 && $l->{answered} eq '-'; # refused

        my $budget = $p->{latency} / 1000;
        my $failed = $l->{status} >= 500 ? 1 : 0;
        my $slow = $failed || $l->{total} > $budget ? 1 : 0;
        next if $l->{status} == 499 && !$slow;

        push @calls, [$l->{time}, $slow,
            ($failed || ($slow && $l->{upstream} > $budget)) ? 1 : 0,
            $failed, $failed];
    }

    return @calls;
}


sub burn { return sprintf('%.6f', int(1e6 * $_[0] + 0.500001) / 1e6) }


# What the page says now is what the model says.
sub agree {
    my ($name) = @_;

    soon { log_lines() == $made } "$name: all calls are logged";
    my $page = page();
    my %objective = map { $_->{name} => $_ } @{$page->{objectives}};

    for my $slo (sort keys %promise) {
        my $p = $promise{$slo};
        my @calls = judged($p);
        my (%model, %said, $latency, $availability);

        for my $w (keys %window) {
            my ($slot, $slots) = @{$window{$w}};
            my @in = grep {
                my $age = int($page->{time} / $slot) - int($_->[0] / $slot);
                $age >= 0 && $age < $slots;
            } @calls;
            my @sum = (scalar @in);
            for my $call (@in) { $sum[$_] += $call->[$_] for 1 .. 4 }
            $_ //= 0 for @sum[1 .. 4];
            my ($slow, $failed) =
                map { @in ? $_ / @in : 0 } @sum[1, 3];
            ($latency, $availability) =
                ($slow / (1 - $p->{share}), $failed / (1 - $p->{up}));
            $model{$w} = [@sum, burn($latency), burn($availability)];
            my $x = $objective{$slo}{windows}{$w};
            $said{$w} = [@$x{qw(calls slow slowUpstream failed
                failedUpstream)}, map { sprintf('%.6f', $_) }
                @$x{qw(latencyBurnRate availabilityBurnRate)}];
        }

        is_deeply \%said, \%model, "$name: $slo";
        my $month = $model{'30d'};
        is sprintf('%.6f', $objective{$slo}{latencyBudgetRemaining}),
            sprintf('%.6f', 1 - $month->[5]), "$name: $slo: latency budget";
        is sprintf('%.6f', $objective{$slo}{availabilityBudgetRemaining}),
            sprintf('%.6f', 1 - $month->[6]), "$name: $slo: availability";
    }

    return \%objective;
}


set_clock(0);
start();
is page()->{view}, 'node', 'the view of one node, which it says';

mix((map { [gold => '/good'] } 1 .. 20), [gold => '/slow'], [gold => '/fail'],
    (map { [silver => '/good'] } 1 .. 7), [silver => '/slow'],
    [silver => '/dead'], [insurer => '/good'], [insurer => '/fail'],
    (map { [basic => '/fail'] } 1 .. 3));

subtest 'what counts' => sub {
    my $before = agree('a mix')->{gold}{windows}{'5m'};
    is $before->{calls}, 24, 'calls of gold';
    is $before->{failed}, 2, 'failures';
    cmp_ok $before->{slowUpstream}, '>=', 3, 'the upstream made them slow';

    mix([gold => '/refuse'], [gold => '/two'], [gold => '/two'],
        [gold => '/two'], [gold => '/nowhere']);
    leave(gold => '/slow');
    leave(silver => '/slow');
    $made += 2;

    my $after = agree('refusals and clients that leave')->{gold};
    cmp_ok $after->{windows}{'5m'}{calls}, '>=', $before->{calls} + 2,
        'what was served within the limit counts';
    is $after->{windows}{'5m'}{failed}, 2, 'a refusal is no failure';
};

# Through a month: some calls at each stop, seeded.
my $offset = 0;
my @uris = qw(/good /good /good /good /good /slow /fail);
srand(7);

for my $jump (50, 70, 300, 1800, 3600, 4 * 3600, 20 * 3600, 86_400,
        5 * 86_400, 20 * 86_400, 6 * 86_400) {
    set_clock($offset += $jump);
    agree("$jump s later, before a call");
    mix(map { [(qw(gold silver insurer))[rand 3], $uris[rand @uris]] }
        1 .. 12);
    agree("$jump s later");
}

subtest 'a reload' => sub {
    $nginx->reload;
    agree('afterwards');
    mix([gold => '/good'], [gold => '/fail']);
    agree('and it goes on');
};

subtest 'a restart' => sub {
    $nginx->stop('QUIT');
    start('partner_slo late tier=basic;');
    my $found = agree('afterwards');
    is $found->{late}{windows}{'30d'}{calls}, 0, 'a new one is empty';
    mix([gold => '/good'], [silver => '/fail']);
    agree('and it goes on');

    is $t->get('/metrics', port => 8081)->status, 200, 'metrics';
};

# What a crash leaves is the file that was written every second.
subtest 'a crash' => sub {
    my $file = $t->dir . '/disk/partner.slo';
    my $inode = sub { (stat($file))[1] };
    my $second = sub { my $is = $inode->(); soon { $inode->() != $is }
        'a snapshot' };

    $second->();
    $second->(); # begun after the last call
    copy($file, "$file.then") or die "$file: $!";
    $nginx->stop('QUIT');
    rename("$file.then", $file) or die "$file: $!";
    start();
    agree('afterwards');

    $nginx->stop('QUIT');
    $t->write_file('disk/partner.slo', "partner-slo 1\nacme m 1 1 1\n");
    $t->expect_alert(qr/partner\.slo" is damaged in line 2; it was set aside/);
    start();
    my ($gold) = @{page()->{objectives}};
    is $gold->{windows}{'30d'}{calls}, 0, 'a damaged file is no history';
    is scalar(my @kept = glob("$file.damaged.*")), 1, 'it is kept';
};

subtest 'metrics and variables' => sub {
    my $r;
    is +($r = $t->get_as($key{silver}, $_))->status, /fail/ ? 500 : 200, $_
        for qw(/good /good /good /fail /good);
    is $r->header('X-Slo'), 'silver', 'the objective of the call';
    like $r->header('X-Budget'), qr/^-?\d+\.\d{6}$/, 'its budget';
    like $r->header('X-Burn'), qr/^\d+\.\d{6}$/, 'its burn rate';

    my $text;
    soon { $text = $t->get('/metrics', port => 8081)->body;
        $text =~ /^partner_slo_calls_total\{slo="silver"\} 5$/m } 'calls';
    like $text, qr/^partner_slo_bad_total\{slo="silver",
        objective="availability",cause="upstream"\}\ 1$/mx, 'bad ones';
    like $text, qr/^partner_slo_bad_total\{slo="silver",
        objective="availability",cause="gateway"\}\ 0$/mx, 'and whose';
    like $text, qr/^partner_slo_burn_rate\{slo="silver",
        objective="availability",window="1h"\}\ 200\.000000$/mx, 'burn rate';
    like $text, qr/^partner_slo_budget_remaining_ratio\{slo="silver",
        objective="availability"\}\ -199\.000000$/mx, 'overspent';
    like $text, qr/^partner_slo_objective_ratio\{slo="silver",
        objective="availability"\}\ 0\.99900$/mx, 'what is promised';
    like $text, qr/^partner_slo_latency_seconds\{slo="silver"\}\ 0\.050$/m,
        'and how fast';

    $t->write_file('metrics.txt', $text);
    my $dir = $t->dir;
    is `promtool check metrics <$dir/metrics.txt 2>&1`, '',
        'promtool has nothing to say';
};

subtest 'mistakes' => sub {
    my %said = (
        'partner_slo a/b tier=gold;' => qr/invalid name "a\/b", allowed are/,
        'partner_slo a;' => qr/"a": "latency=" is missing, which only an/,
        'partner_slo a latency=1s;' => qr/"availability=" is missing/,
        'partner_slo a tier=gold,silver latency=1s;' =>
            qr/"availability=" is missing/,
        'partner_slo a tier=bronze;' =>
            qr/invalid value "bronze" of "tier", allowed is one or more of/,
        'partner_slo a tier=gold share=100%;' =>
            qr/invalid value "100%" of "share", .* below 100%/,
        'partner_slo a tier=gold operation=x;' =>
            qr/no partner_contract has an operation "x"/,
        'partner_slo a tier=gold; partner_slo a tier=basic;' =>
            qr/partner_slo "a" is given twice/,
        'partner_tier gold availability=100%; partner_slo a tier=gold;' =>
            qr/an availability of 100% leaves no budget/,
        join(' ', map { "partner_slo a$_ tier=gold;" } 1 .. 9) =>
            qr/\A.*room for \d objectives, it needs to be larger\n?\z/,
    );

    like $t->config_error("partner_zone zone=z:1m; $_"), $said{$_}, $_
        for sort keys %said;
};

done_testing;
