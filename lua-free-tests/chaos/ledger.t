#!/usr/bin/perl

# The chaos ledger: a client keeps its own tally while workers, masters,
# partnerd, Redis and PostgreSQL are killed at random, the configuration is read
# again and the binary replaced.  At the end the rows in PostgreSQL are those of
# the journal, and
#
#     answered - killed workers <= counted <= answered + given up
#
# where the client's own book says what was answered, and which requests it sent
# and got no whole answer to: a worker may have served those before it died, or
# after the client had left.
#
# Then the power goes, the clock goes back, and a journal is copied.

use strict;
use warnings;
use lib 't/lib';

use File::Copy qw(copy);
use List::Util qw(sum0);
use Time::HiRes ();

use Partner::Daemon;
use Partner::Load;
use Partner::Process;
use Partner::Test;
use Test::More;

use constant {
    LINE => 28, # bytes of a line of a load's trace, about
    INTERVAL => 1, # seconds between snapshots
    PATIENCE => 60, # seconds until everything is back
};

my $long = $ENV{CHAOS} ? 1 : 0;
my ($calls, $rate, $events) = $long ? (1_000_000, 3000, 170)
    : (20_000, 2000, 12);
my $seed = $ENV{SEED} // ($long ? time : 6);
my $faketime = '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

srand($seed);

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};

my (@partners, @keys);

for my $name (qw(a b c)) {
    push @partners, $p->partner(partnerName => $name);
    push @keys, $p->key($partners[-1])->{fullKey};
}

mkdir($t->dir . "/$_") or die "$_: $!" for qw(disk memory);
chmod(0777, $t->dir . '/memory') or die "memory: $!";
$t->define(BACK => 'unix:' . $t->dir . '/back.sock', INTERVAL => INTERVAL);

$t->run(<<'EOC', 'back');
%%GLOBALS_LOAD%%

events { worker_connections 2048; }

http {
    %%GLOBALS_HTTP%%

    server {
        listen %%BACK%%;
        location / { return 200 "hello\n"; }
        location /missing { return 404; }
    }
}
EOC

my $conf = <<'EOC';
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;
worker_shutdown_timeout 10s;
env LD_PRELOAD;
env FAKETIME_NO_CACHE;
env FAKETIME_DONT_FAKE_MONOTONIC;
env FAKETIME_TIMESTAMP_FILE;

events { worker_connections 1024; }

http {
    %%GLOBALS_HTTP%%

    partner_zone    zone=partners:4m;
    partner_journal %%JOURNAL%% snapshots=%%SNAPSHOTS%% size=1m
                    interval=%%INTERVAL%%s;
    partner_redis   %%REDIS%% timeout=2s;
    partner_tier    basic limit_mode=lease on_redis_error=local
                    revocation_lease=1h;
    partner_limit_policy client rate=1000000r/s;

    server {
        listen 127.0.0.1:%%PORT%%;

        location / {
            partner_auth key;
            partner_limit client;
            proxy_pass http://%%BACK%%;
        }

        location /closed { partner_auth key; partner_scope write:rides; }
        location = /status { partner_status; }
    }
}
EOC


# A gateway that counts in memory/<name>, and in disk/<name> for power losses.
sub gateway {
    my ($name) = @_;

    mkdir($t->dir . "/disk/$name");
    $t->define(JOURNAL => $t->dir . "/memory/$name",
        SNAPSHOTS => $t->dir . "/disk/$name", PORT => $t->port($name));
    return Partner::Daemon->new($t->nginx($conf, $name));
}


my $journal = $t->dir . '/memory/main';
my $nginx = gateway('main')->start;


# ---- the three books ----

my %expected = (200 => 'ok', 403 => 'refused', 404 => 'client_error');
my %client;  # partner -> outcome -> answers
my %given_up; # partner -> requests that were sent and got no whole answer
my %why; # of these, the reason -> requests
my %anonymous; # status -> answers, before a partner was known
my $dropped = 0;
my $loads = 0;

# What is called, and its share of the calls.
my %share = ('/' => 0.9, '/missing' => 0.06, '/closed' => 0.04);

sub load {
    my ($n, $port, %o) = @_;
    return map {
        my $trace = $t->dir . '/trace.' . ++$loads;
        { trace => $trace, lost => "$trace.lost", uri => $_,
            load => Partner::Load->start($t,
            port => $t->port($port), uri => $_, keys => \@keys,
            calls => int($n * $share{$_}), connections => 16,
            rate => ($o{rate} // $rate) * $share{$_}, trace => $trace,
            lost => "$trace.lost") }
    } sort keys %share;
}


# Gives what each line of a load's file says.
sub each_line {
    my ($file, $take) = @_;
    open(my $fh, '<', $file) or die "$file: $!";
    $take->(split) while <$fh>;
}


# Waits for the end of the loads, and enters them into the client's book.
sub book {
    for my $load (@_) {
        my $tally = $load->{load}->tally;
        diag("$load->{uri}: " . Partner::Load::line($tally));
        $dropped += $tally->{dropped};

        each_line($load->{trace}, sub {
            my (undef, undef, $status, $key) = @_;
            $expected{$status}
                ? $client{$partners[$key]}{$expected{$status}}++
                : $anonymous{$status}++;
        });

        each_line($load->{lost}, sub {
            my (undef, undef, $reason, $key) = @_;
            $given_up{$partners[$key]}++;
            $why{$reason}++;
        });
    }
}


sub answered {
    return sum0(map { values %$_ } values %client);
}


# Counter -> values, of one incarnation.
sub journal {
    my ($file) = @_;
    my @lines = split(/\n/,
        `@{[Partner::Test::build()]}/journal $file`);
    my $incarnation = shift @lines // die "$file: no journal";
    return ($incarnation, { map { split(/ /, $_, 2) } @lines });
}


# Incarnation -> counter -> values.
sub stored {
    my %rows;

    for (split(/\n/, $postgres->query(q(SELECT incarnation,
        partner.usage_counter_name(u), partner.usage_counter_values(u)
        FROM partner.usage_counters u)))) {
        my ($incarnation, $counter, $values) = split(/\|/);
        $rows{$incarnation}{$counter} = $values;
    }

    return \%rows;
}


# Of rows: partner -> outcome -> calls.
sub totals {
    my ($rows) = @_;
    my %sum;

    for my $counters (values %$rows) {
        for my $counter (keys %$counters) {
            my (undef, $partner, undef, undef, $outcome)
                = split(m{/}, $counter);
            my ($n) = split(/ /, $counters->{$counter});
            $sum{$partner}{$outcome} += $n;
        }
    }

    return \%sum;
}


# The journals' counters that stand otherwise in PostgreSQL, or not at all.
sub unequal {
    my $rows = stored();
    my @wrong;

    for my $file (@_) {
        my ($incarnation, $counters) = journal($file);
        push @wrong, map { "$_ $counters->{$_}" } grep {
            ($rows->{$incarnation}{$_} // '') ne $counters->{$_}
        } keys %$counters;
    }

    return @wrong;
}


sub settled {
    my ($name, @files) = @_;
    soon { !eval { unequal(@files) } && !$@ } $name, PATIENCE
        or diag(join("\n", 'not stored as counted:', unequal(@files)));
}


# ---- what goes wrong ----

my ($workers_killed, $kills) = (0, 0);
my %happened;

sub kill_pids {
    kill('KILL', @_);
    $kills += @_;
    wait_until { !grep { Partner::Process::alive($_) } @_ }
        or BAIL_OUT('a killed process lives');
}


sub children { return Partner::Process::children($nginx->pid) }

sub workers_of {
    my (%processes) = @_;
    return grep { $processes{$_} =~ /worker process/ } keys %processes;
}


sub pick { return $_[rand @_] }

sub kill_worker {
    my $worker = pick(workers_of(children())) // return;
    $workers_killed++;
    kill_pids($worker);
    wait_until { $nginx->workers == 2 } or BAIL_OUT('no other worker');
}


sub kill_manager {
    my %all = children();
    my ($manager) = grep { $all{$_} =~ /cache manager/ } keys %all;
    kill_pids($manager) if $manager;
}


# Its orphans are killed as well, or asked to finish what they have.
sub kill_master {
    my ($gently) = @_;
    my %orphans = children();

    kill_pids($nginx->pid);

    if ($gently) {
        kill('QUIT', keys %orphans);
        wait_until { !grep { Partner::Process::alive($_) } keys %orphans }
            or BAIL_OUT('orphans do not leave');

    } else {
        $workers_killed += workers_of(%orphans);
        kill_pids(keys %orphans);
    }

    $nginx->start;
}


# Stale shared memory keeps a new one from starting until the last has gone.
sub postgres_back {
    wait_until { $postgres->process->running
        || eval { $postgres->start } } PATIENCE
        or BAIL_OUT('PostgreSQL does not come back');
}


sub kill_postmaster {
    $postgres->stop('KILL');
    $kills++;
    postgres_back();
}


# One of its processes, whereupon it restarts all of them.
sub kill_backend {
    my %all = Partner::Process::children($postgres->process->pid);
    my $backend = pick(sort keys %all) // return;
    kill_pids($backend);
}


sub kill_redis {
    $redis->kill;
    $kills++;
    $redis->start;
}


sub kill_partnerd {
    my ($verb) = @_;
    $p->{$verb}->stop('KILL');
    $kills++;
    wait_until { eval { $p->$verb; 1 } } PATIENCE
        or BAIL_OUT("partnerd $verb does not come back");
}


# [weight, act]
my %event = (
    'worker killed' => [10, sub { kill_worker() }],
    'manager killed' => [1, sub { kill_manager() }],
    'master and orphans killed' => [2, sub { kill_master() }],
    'master killed' => [1, sub { kill_master(1) }],
    'serve killed' => [1, sub { kill_partnerd('serve') }],
    'work killed' => [4, sub { kill_partnerd('work') }],
    'Redis killed' => [3, sub { kill_redis() }],
    'Redis emptied' => [1, sub { $redis->command('FLUSHALL') }],
    'postmaster killed' => [2, sub { kill_postmaster() }],
    'PostgreSQL process killed' => [2, sub { kill_backend() }],
    'reload' => [2, sub { $nginx->reload(graceful => 1) }],
    'binary upgrade' => [1, sub { $nginx->upgrade }],
);

# Each once, and then by weight; in an order of its own.
sub deck {
    my ($n) = @_;
    my @names = sort keys %event;
    my @weighted = map { ($_) x $event{$_}[0] } @names;
    my @deck = (@names, map { pick(@weighted) } @names + 1 .. $n);

    for my $i (reverse 1 .. $#deck) {
        my $j = int rand($i + 1);
        @deck[$i, $j] = @deck[$j, $i];
    }

    return @deck;
}


# Until the load has answers to so many calls, or has ended.
sub progress {
    my ($n, $load) = @_;
    wait_until { !$load->{load}->running
        || ((-s $load->{trace}) // 0) > $n * LINE } PATIENCE
        or BAIL_OUT('no progress');
}


$t->expect_alert(qr/(?:worker|cache manager) process \d+ exited on signal 9/);
$t->expect_alert(qr/shared memory zone "partners" was locked by \d+/);

# A start just after a kill may find the port still taken; nginx tries again.
$t->expect_emerg(qr/bind\(\) to \S+ failed \(98: /);
$t->expect_leftovers;

sub serves {
    return ($t->get_as($keys[0], '/', port => $_[0]) // return)->status == 200;
}


wait_until { eval { serves('main') } } or BAIL_OUT('no key is served');
$client{$partners[0]}{ok}++;

subtest "$calls calls, $events events, seed $seed" => sub {
    my @load = load($calls, 'main');
    my ($main) = grep { $_->{uri} eq '/' } @load;
    my $each = int(0.85 * $calls * $share{'/'} / $events);
    my $due = 0;

    # what a machine is late with one event, the next ones make up for

    for my $name (deck($events)) {
        progress($due += $each, $main);
        note $name;
        $event{$name}[1]->();
        $happened{$name}++;
    }

    ok $main->{load}->running, 'all of it fell into the load';
    book(@load);
    settled('what the journal has stands in PostgreSQL', $journal);

    my $stored = totals(stored());
    my ($below, %above) = (0, map { $_ => 0 } @partners);

    for my $partner (@partners) {
        my %outcomes = (%{$stored->{$partner} // {}},
            %{$client{$partner} // {}});

        for my $outcome (keys %outcomes) {
            my $missing = ($client{$partner}{$outcome} // 0)
                - ($stored->{$partner}{$outcome} // 0);
            $missing < 0 ? ($above{$partner} -= $missing)
                : ($below += $missing);
        }
    }

    my $counted = sum0(map { values %$_ } values %$stored);
    my $given_up = sum0(values %given_up);
    diag(join(', ', map { "$happened{$_} x $_" } sort keys %happened));
    diag("$kills processes killed, $workers_killed of them workers; "
        . "$dropped calls found no gateway or lost it, "
        . sum0(values %anonymous) . ' were refused before their partner '
        . "was known; $given_up requests got no whole answer ("
        . join(', ', map { "$why{$_} $_" } sort keys %why) . ')');
    diag("counted $counted = answered " . answered() . " - $below + "
        . sum0(values %above));
    diag(sprintf('%d - %d = %d <= %d <= %d = %d + %d', answered(),
        $workers_killed, answered() - $workers_killed, $counted,
        answered() + $given_up, answered(), $given_up));

    cmp_ok $kills, '>=', $long ? 100 : 8, 'many were killed';
    cmp_ok $above{$_}, '<=', $given_up{$_} // 0,
        'nothing was counted but what was answered or given up' for @partners;
    cmp_ok $below, '<=', $workers_killed,
        'nothing is missing but one call each killed worker';
    is_deeply [sort keys %$stored], [sort @partners], 'of these partners';
};

$client{$_} = totals(stored())->{$_} for @partners; # from here on exactly


sub is_equal {
    my ($name) = @_;
    is_deeply totals(stored()), \%client, $name;
}


sub kill_gateway {
    my ($gateway) = @_;
    my $master = $gateway->pid;
    my %children = Partner::Process::children($master);
    kill('STOP', $master);
    kill('KILL', keys %children, $master);
    wait_until { !grep { Partner::Process::alive($_) } $master,
        keys %children } or BAIL_OUT('a killed process lives');
}


sub clock_us { 1e6 * Time::HiRes::clock_gettime(
    Time::HiRes::CLOCK_MONOTONIC()) }

# Answers of the loads since a moment, in us.
sub since {
    my ($moment, @load) = @_;
    my $n = 0;

    for my $load (@load) {
        each_line($load->{trace}, sub { $n++ if $_[1] >= $moment });
    }

    return $n;
}


# The memory is empty after a power loss; there is the disk.  Redis is away, so
# nothing but snapshots can have saved a call.
subtest 'the power goes' => sub {
    my ($former) = journal($journal);
    my $snapshot = $t->dir . "/disk/main/$former.usage";

    wait_until { eval { serves('main') } };
    $client{$partners[0]}{ok}++;
    settled('all is stored', $journal);
    $redis->kill;

    my @load = load($long ? 20_000 : 4000, 'main', rate => 1000);
    book(@load);
    kill_gateway($nginx);

    my $saved = (Time::HiRes::stat($snapshot))[9];
    my $moment = clock_us() - 1e6 * (Time::HiRes::time() - $saved);
    my $late = since($moment - 1e6 * INTERVAL, @load);

    unlink($journal) or die "$journal: $!";
    $redis->start;
    $nginx->start;
    isnt +(journal($journal))[0], $former, 'another life counts';
    soon { !-e "$journal.$former" && !-e $snapshot }
        'what the disk had of the former is stored', PATIENCE;

    my $rows = totals(stored());
    my $lost = answered() - sum0(map { values %$_ } values %$rows);
    diag("lost $lost of the last $late calls, those of the last snapshot's "
        . 'interval and since');
    cmp_ok $lost, '>=', 0, 'nothing was doubled';
    cmp_ok $lost, '<=', $late, 'nothing is lost that a snapshot had';
    $client{$_} = $rows->{$_} for @partners;
};

subtest 'a copied journal' => sub {
    my ($original) = journal($journal);
    mkdir($t->dir . '/disk/copy');
    my $copy = $t->dir . '/memory/copy';

    wait_until { eval { serves('main') } } or BAIL_OUT('no key is served');
    $client{$partners[0]}{ok}++;
    my @load = load(1500, 'main', rate => 1500);
    progress(300, $load[0]);

    # while the original is counted in
    copy($journal, $copy) or die "copy: $!";
    chmod(0600, $copy) or die "chmod: $!";
    my $second = gateway('copy');
    chown((stat $journal)[4, 5], $copy);
    $second->start;
    wait_until { eval { serves('copy') } } or BAIL_OUT('no key is served');
    $client{$partners[0]}{ok}++;

    book(@load, load(1500, 'copy', rate => 1500));
    isnt +(journal($copy))[0], $original, 'it counts in a life of its own';
    settled('both are stored', $journal, $copy);
    is_equal('nothing is swallowed, nothing doubled');
    soon { !-e "$copy.$original" } 'and the copied life is over', PATIENCE;
    is_equal('without a trace');
    $second->stop;
};

SKIP: {
    skip 'the sanitizers come before every other library', 1
        if Partner::Test::sanitized();
    skip "$faketime is missing", 1 unless -e $faketime;

    subtest 'the clock goes back an hour' => sub {
        my $set = sub {
            $t->write_file('clock.new', "+$_[0]\n");
            rename($t->dir . '/clock.new', $t->dir . '/clock') or die $!;
        };
        my $hours = sub {
            my (undef, $counters) = journal($journal);
            my %hour = map { (split m{/})[0] => 1 } keys %$counters;
            return sort { $a <=> $b } keys %hour;
        };

        $nginx->stop;
        $set->(3600);
        $nginx->{env} = { %{$nginx->{env}}, LD_PRELOAD => $faketime,
            FAKETIME_NO_CACHE => 1, FAKETIME_DONT_FAKE_MONOTONIC => 1,
            FAKETIME_TIMESTAMP_FILE => $t->dir . '/clock' };
        $nginx->start;
        wait_until { eval { serves('main') } }
            or BAIL_OUT('no key is served');
        $client{$partners[0]}{ok}++;

        # counted when the answer is out already
        my $latest;
        wait_until { ($latest = ($hours->())[-1]) > time() / 3600 };

        my @load = load(3000, 'main', rate => 1500);
        progress(1000, $load[0]);
        $set->(0);
        book(@load);

        cmp_ok $latest, '>', time() / 3600, 'it was an hour ahead';
        is +($hours->())[-1], $latest, 'and no call went to another';
        settled('all is stored', $journal);
        is_equal('nothing is swallowed, nothing doubled');

        kill_gateway($nginx);
        $nginx->{env} = {};
        $nginx->start;
        wait_until { eval { serves('main') } };
        $client{$partners[0]}{ok}++;
        settled('after a start with the right clock as well', $journal);
        is_equal('each call once');
    };
}

$nginx->stop;

done_testing;
