#!/usr/bin/perl

# Usage outlives the gateway: what was counted is published by the next one,
# once, whether the processes died, the power went, or somebody copied files.

use strict;
use warnings;
use lib 't/lib';

use File::Temp ();
use List::Util qw(sum0);
use Partner::Http;
use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Process;
use Partner::Test;
use Test::More;

use constant {
    CROWD => 600, # partners, more than the smallest zone has room for
    MINUTE => 60, # longer than a part of this test takes
};

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $key = new_key();

$t->write_file('keys.json', registry($key => { partnerId => 'fleet' }));

mkdir($t->dir . "/$_") or die "$_: $!" for qw(disk memory);
chmod(0777, $t->dir . '/memory') or die "memory: $!";

my $journal = $t->dir . '/memory/journal';

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

worker_processes 2;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone    zone=partners:1m;
    partner_journal %%DIR%%/memory/journal snapshots=%%DIR%%/disk size=1m
                    interval=1s;
    partner_keys    %%DIR%%/keys.json;
    partner_redis   %%REDIS%% timeout=60s connect_timeout=60s;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location / { partner_auth key; partner_problem; }
        location = /metrics { partner_metrics; }
        location = /status { partner_status; }
    }
}
EOC

my $nginx = $t->run($conf);


sub node { $t->get('/status')->json->{incarnation} }


# What the platform stores: the greatest value of each counter of each
# incarnation, however often it is told.
my %stored;

sub take {
    for my $node (@{$redis->command('SMEMBERS', 'partner:gateways')}) {
        my %told = @{$redis->command('HGETALL', "partner:usage:$node")};

        for my $counter (keys %told) {
            my ($calls) = split(/ /, $told{$counter});
            my $kept = \$stored{$node}{$counter};
            $$kept = $calls if !defined $$kept || $calls > $$kept;
        }
    }
}


sub sum {
    my (@nodes) = @_;
    my $sum = 0;
    take();

    for my $node (@nodes ? @nodes : keys %stored) {
        $sum += $_ for values %{$stored{$node} || {}};
    }

    return $sum;
}


# As the intake does: what was published is stored, and confirmed.
sub confirm {
    my ($node) = @_;
    take();
    my $pairs = $redis->command('HGETALL', "partner:usage:$node");
    return 0 unless @$pairs;
    $redis->command('DEL', "partner:usage:$node");
    $redis->command('HSET', "partner:confirmed:$node", @$pairs);
    return 1;
}


my $called = 0;

# What the workers have counted, in this life of the zone.
sub counted {
    return sum0($t->get('/metrics')->body
        =~ /^partner_calls_total\{partner="fleet",.*\} (\d+)$/mg);
}


# A call is counted behind its answer: who is killed before that has lost it.
sub calls {
    my ($n) = @_;
    my $before = counted();
    $t->get_as($key, '/')->status for 1 .. $n;
    wait_until { counted() == $before + $n } or BAIL_OUT('not counted');
    $called += $n;
}


# No process of the gateway gets a chance to say anything.
sub kill_all {
    my $master = $nginx->pid;
    my %children = Partner::Process::children($master);
    kill('STOP', $master);
    kill('KILL', keys %children, $master);
    wait_until { !$nginx->process->running
        && !grep { Partner::Process::alive($_) } keys %children };
}


sub there { -e $t->dir . "/$_[0]" }

sub files {
    my ($pattern) = @_;
    my @found = glob($t->dir . "/$pattern");
    return @found;
}


sub redis_hears {
    $redis->start;
    $platform->complete;
    soon { $platform->listeners == 2 } 'the workers have Redis again';
}


wait_until { time % 3600 < 3600 - MINUTE } MINUTE;
soon { $platform->listeners == 2 } 'both workers have Redis';

my $first = node();

subtest 'the processes are killed' => sub {
    calls(5);
    soon { sum() == $called } 'published';

    $redis->kill;
    calls(7);
    kill_all();
    $nginx->start;
    calls(3);
    is node(), $first, 'the next one goes on counting where it was';

    redis_hears();
    soon { sum() == $called } 'not a call is lost';
    is sum($first), $called, 'all of one life';
};

subtest 'a worker is killed' => sub {
    my ($worker) = $nginx->workers;
    $t->expect_alert(qr/worker process \d+ exited on signal 9/);
    $redis->kill;
    calls(4);
    kill('KILL', $worker);
    soon { my @w = $nginx->workers; @w == 2 && !grep { $_ == $worker } @w }
        'another one is there';
    calls(4);
    redis_hears();
    soon { sum() == $called } 'not a call is lost';
};

subtest 'reload' => sub {
    calls(2);
    $nginx->reload;
    calls(2);
    is node(), $first, 'the same life';
    soon { sum() == $called } 'not a call is lost';
};

subtest 'a test of the configuration beside it' => sub {
    my ($status, $said) = $nginx->check;
    is $status, 0, 'passes' or diag $said;
    is node(), $first, 'the life that counts goes on';

    my $beside = $t->dir . '/memory/beside';
    my $damaged = $t->read_file($journal);
    substr($damaged, 40, 6) = 'damage';
    my $text = $conf =~ s{memory/journal}{memory/beside}r;

    is +($t->config_check($text))[0], 0, 'passes without a file';
    ok !-e $beside, 'and makes none';
    $t->write_file('memory/beside', $damaged);
    chmod(0600, $beside) or die "$beside: $!";
    is +($t->config_check($text))[0], 0, 'passes with one that is damaged';
    ok $t->read_file($beside) eq $damaged, 'and leaves it alone';
    unlink($beside) or die "$beside: $!";
    calls(1);
    soon { sum() == $called } 'it goes on counting';
};

subtest 'what is confirmed is not told again' => sub {
    ok confirm($first), 'the platform has all';
    soon { !$redis->command('EXISTS', "partner:confirmed:$first") } 'heard';
    $redis->command('DEL', "partner:usage:$first");
    kill_all();
    $nginx->start;
    soon { $platform->listeners == 2 } 'both workers have Redis';
    is $redis->command('EXISTS', "partner:usage:$first"), 0,
        'nor after a start';
    calls(1);
    soon { sum() == $called } 'the next call counts on';
};

my $second;

subtest 'the power goes' => sub {
    $redis->kill;
    calls(6);
    soon {
        my ($saved) = map { $t->read_file("disk/$_") } "$first.usage";
        $saved =~ m{^\d+/fleet/-/-/\S+ (\d+) }m && $1 == $called;
    } 'a snapshot has the last call';

    kill_all();
    unlink($journal) or die "$journal: $!";
    $nginx->start;
    $second = node();
    isnt $second, $first, 'another life counts now';
    like $nginx->error_log,
        qr/1 counters of a former life are published once more/, 'and says so';
    calls(3);
    redis_hears();
    soon { sum() == $called } 'both are published';
    is sum($second), 3, 'each under its own name';

    ok there("memory/journal.$first"), 'the former life waits';
    soon { confirm($first);
        !there("memory/journal.$first") && !there("disk/$first.usage") }
        'once it is confirmed, nothing of it is left';
    is sum(), $called, 'and nothing was doubled';
};

# As cp makes it: pages of zeros take no room.
sub copy_holes {
    my ($from, $to) = @_;
    open(my $in, '<:raw', $from) or die "$from: $!";
    open(my $out, '>:raw', $to) or die "$to: $!";

    while (read($in, my $page, 4096)) {
        next unless $page =~ /[^\0]/;
        seek($out, tell($in) - length $page, 0);
        print $out $page;
    }

    truncate($out, -s $from) && close($out) or die "$to: $!";
}


subtest 'a copy' => sub {
    calls(2);
    soon { sum() == $called } 'published';
    kill_all();
    copy_holes($journal, "$journal.copy");
    chmod(0600, "$journal.copy") or die "chmod: $!";
    rename("$journal.copy", $journal) or die "rename: $!";
    $nginx->start;
    isnt node(), $second, 'is another life';
    like $nginx->error_log, qr/is of another boot, machine or file/,
        'which is said';
    calls(3);
    soon { sum() == $called } 'no call is swallowed, none counts twice';
    my ($size, $blocks) = (stat "$journal.$second")[7, 12];
    cmp_ok $blocks * 512, '>=', $size, 'it has the room of all its bytes';
};

# As docs/directives.md has it.
subtest 'a larger one' => sub {
    my $node = node();
    calls(2);
    $nginx->stop;
    $nginx->conf(slurp("$nginx->{prefix}/nginx.conf")
        =~ s/size=1m/size=2m/r);
    $nginx->start;
    is node(), $node, 'the file is the same';
    like $nginx->error_log,
        qr/\[warn\] .*"\Q$journal\E" keeps its size of 1048576: 2097152 is /,
        'and so is its size, which is said';

    calls(2);
    $nginx->stop;
    is system('cp', '-p', $journal, "$journal.copy"), 0, 'copied';
    rename("$journal.copy", $journal) or die "rename: $!";
    $nginx->start;
    is -s $journal, 2097152, 'a copy in its place begins a new one';
    calls(3);
    soon { sum() == $called } 'and nothing is lost';
};

$t->expect_alert(qr/partner_journal: "\S+" has a damaged header; it was set/);
$t->expect_alert(qr/partner_journal: "\S+\.usage" is damaged in line 2; it /);

subtest 'damage' => sub {
    my $third = node();
    calls(2);
    soon { sum() == $called } 'published';
    kill_all();

    open(my $fh, '+<', $journal) or die "$journal: $!";
    seek($fh, 40, 0);
    print $fh "damage";
    close($fh);
    $t->write_file("disk/$third.usage", "partner-journal 1 $third\nx/y/z\n");

    $nginx->start;
    isnt node(), $third, 'another life counts';
    is scalar(my @journals = files('memory/journal.damaged.*')), 1,
        'the journal was set aside';
    is scalar(my @snapshots = files('disk/*.damaged.*')), 1,
        'and so was the snapshot';
    calls(2);
    soon { sum() == $called } 'counting goes on';
};

$t->expect_alert(qr/partner_journal: "\S+" is empty; it was set aside/);

subtest 'a file of 0 bytes' => sub {
    kill_all();
    open(my $fh, '>', $journal) or die "$journal: $!";
    close($fh);
    $nginx->start;
    calls(2);
    soon { sum() == $called } 'counting goes on';
};

$t->expect_emerg(qr/is not a file that only the workers' user can read/);

subtest 'a file of somebody else' => sub {
    $nginx->stop('QUIT');
    chmod(0666, $journal) or die "$journal: $!";
    eval { $nginx->start };
    like $@, qr/nginx/, 'does not start';
    like $nginx->error_log,
        qr/"\Q$journal\E" is not a file that only the workers' user can read/,
        'and says why';
    chmod(0600, $journal) or die "$journal: $!";
    $nginx->start;
    calls(1);
    soon { sum() == $called } 'set right, it goes on';
};

# Both know who is alive, and wait for one lock; each tells what both counted.
subtest 'two gateways with one file' => sub {
    my $second = $t->run($conf =~ s/PORT_8080/PORT_8083/r, 'second');
    my $node = node();
    my $http = Partner::Http->new($t->port(8083));
    is $http->request('GET', '/status')->json->{incarnation}, $node,
        'the same life';

    for (1 .. 5) {
        calls(1);
        is $http->request('GET', '/', headers =>
            { Authorization => "Bearer $key" })->status, 404, 'of the second';
        $called++;
    }

    soon { sum() == $called } 'all is told, once';
    $second->stop('QUIT');
    calls(1);
    soon { sum() == $called } 'the first one counts on';
    is node(), $node, 'in the same life';
};

subtest 'a planned stop' => sub {
    $redis->kill;
    calls(5);
    $nginx->stop('QUIT');
    unlink($journal) or die "$journal: $!";
    $nginx->start;
    redis_hears();
    soon { sum() == $called } 'leaves a snapshot of what could not be told',
        20;
};

subtest 'how full it is' => sub {
    calls(1);
    my $body = $t->get('/metrics')->body;
    like $body, qr/^partner_usage_capacity [1-9]\d{3,}$/m, 'room for many';
    like $body, qr/^partner_usage_counters [1-9]$/m, 'of which few are taken';
    like $body, qr/^partner_usage_dropped_total 0$/m, 'none was refused';
};

$t->expect_alert(qr/the usage journal has \d+ of \d+ counters, and calls/);

subtest 'full' => sub {
    my @crowd = map { new_key() } 1 .. CROWD;
    $t->write_file('crowd.json', registry(
        map { $crowd[$_] => { partnerId => "p$_" } } 0 .. $#crowd));

    my $small = $t->nginx(<<'EOC', 'small')->start;
%%GLOBALS%%
load_module %%MODULE%%;
events {}

http {
    %%GLOBALS_HTTP%%
    partner_zone  zone=small:1m;
    partner_keys  %%DIR%%/crowd.json;
    partner_redis unix:%%DIR%%/none.sock;

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { partner_auth key; partner_problem; }
        location = /metrics { partner_metrics; }
    }
}
EOC

    my $http = Partner::Http->new($t->port(8081));
    $http->request('GET', '/', headers => { Authorization => "Bearer $_" })
        for @crowd;

    my $body = $http->request('GET', '/metrics')->body;
    my %is = $body =~ /^partner_usage_(\S+) (\d+)$/mg;
    is $is{counters}, $is{capacity}, 'all room is taken';
    is $is{dropped_total}, CROWD - $is{capacity}, 'the rest is told';
    ok $small->wait_log(qr/the usage journal has \d+ of \d+ counters/),
        'an alarm, though Redis is away';
    $small->stop;
};

subtest 'nobody publishes' => sub {
    my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;
events {}

http {
    %%GLOBALS_HTTP%%
    partner_zone zone=alone:1m;
    partner_keys %%DIR%%/keys.json;
    %%USAGE%%

    server {
        listen 127.0.0.1:%%PORT_8082%%;
        location / { partner_auth key; partner_problem; }
        location = /metrics { partner_metrics; }
    }
}
EOC

    my $metrics = sub {
        my ($usage, $name) = @_;
        (my $text = $conf) =~ s/%%USAGE%%/$usage/;
        my $alone = $t->nginx($text, $name)->start;
        my $http = Partner::Http->new($t->port(8082));
        my $body = '';
        $http->request('GET', '/', headers =>
            { Authorization => "Bearer $key" });
        wait_until { $body = $http->request('GET', '/metrics')->body;
            $body =~ /^partner_calls_total\{.*\} 1$/m } 10 or diag $body;
        $alone->stop;
        return $body;
    };

    unlike $metrics->('', 'alone'), qr/partner_usage_/, 'no usage is kept';

    my $kept = $metrics->(
        'partner_journal %%DIR%%/memory/alone size=1m;', 'kept');
    like $kept, qr/^partner_usage_counters 1$/m, 'but in a file, for later';
    unlike $kept, qr/partner_usage_publications/, 'which nobody publishes yet';
};

subtest 'where there is no room' => sub {
    my ($size) = `df -kP /dev/shm` =~ /^tmpfs\s+([1-9]\d+)/m;
    plan skip_all => '/dev/shm has no bound' if !defined $size;

    my $memory = File::Temp->newdir(DIR => '/dev/shm');
    my $name = "$memory/journal";
    my $no_room = $t->nginx($conf =~ s{PORT_8080}{PORT_8084}r
        =~ s{%%DIR%%/memory/journal}{$name}r
        =~ s{size=1m}{'size=' . ($size + 1024) . 'k'}er, 'no_room');

    $t->expect_emerg(qr/partner_journal: no room for \d+ bytes in "\S+\.new/);
    ok !eval { $no_room->start }, 'it does not start';
    like $no_room->error_log, qr/no room for \d+ bytes in "\Q$name\E\.new/,
        'and says why';
    is_deeply [glob("$memory/*")], [], 'nothing is left there';
};

# What the master asks of the disk: the first answer is EINTR.
my $shim = <<'EOC';
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

int posix_fallocate64(int fd, off_t at, off_t size)
{
    static int n;
    FILE      *asked = fopen(getenv("ASKED"), "a");

    fprintf(asked, "%ld\n", (long) size);
    fclose(asked);
    return n++ == 0 ? EINTR : fallocate(fd, 0, at, size) ? errno : 0;
}

int posix_fallocate(int fd, off_t at, off_t size)
{
    return posix_fallocate64(fd, at, size);
}
EOC

subtest 'what is asked of the disk' => sub {
    plan skip_all => 'no cc' if system('cc --version >/dev/null 2>&1');

    $t->write_file('shim.c', $shim);
    my ($dir, $asked) = ($t->dir, $t->dir . '/asked');
    is system("cc -shared -fPIC -o $dir/shim.so $dir/shim.c"), 0, 'a shim';
    my $own = $t->nginx($conf =~ s{PORT_8080}{PORT_8085}r
        =~ s{memory/journal snapshots=\S+}{memory/own}r, 'own');
    $own->{env} = { %{$own->{env}}, LD_PRELOAD => "$dir/shim.so",
        ASKED => $asked };

    $own->start;
    is slurp($asked), "1048576\n" x 2, 'again, when it was interrupted';
    $own->stop;
    unlink($asked);
    $own->start;
    ok !-e $asked, 'nothing of a file that has its room';
    $own->stop;
};

subtest 'where it is' => sub {
    my $say = sub {
        my ($directory) = @_;
        return +($t->config_check($conf
            =~ s{%%DIR%%/memory/journal}{$directory/journal}r))[1];
    };

    mkdir($t->dir . '/closed', 0555) or die "closed: $!";
    chmod(0777, $t->dir) or die $t->dir . ": $!";

    {
        local $> = $> || getpwnam('nobody');
        like $say->('%%DIR%%/closed'),
            qr/partner_journal: no file can be made in "\S+\/closed" \(13: /,
            'a directory that it may not write to';
    }

    chmod(0755, $t->dir) or die $t->dir . ": $!";
    like $say->('%%DIR%%/none'),
        qr/partner_journal: no use of the directory "\S+\/none" \(2: /,
        'one that is not there';
    like $say->('%%DIR%%/keys.json'),
        qr/partner_journal: no use of the directory "\S+\/keys.json" \(20: /,
        'a file';
    symlink('circle', $t->dir . '/circle') or die "circle: $!";
    like $say->('%%DIR%%/circle'),
        qr/partner_journal: no use of the directory "\S+\/circle" \(40: /,
        'a link to itself';

    unlike $say->($_), qr/\[warn\]/, "$_ is a tmpfs"
        for grep { tmpfs($_) } '/dev/shm';
    like $say->($_), qr/\[warn\] .*"\Q$_\E" is not on a tmpfs/, "$_ is none"
        for grep { !tmpfs($_) } $t->dir;
};


sub slurp {
    my ($file) = @_;
    open(my $fh, '<', $file) or return '';
    local $/;
    return scalar(<$fh>) // '';
}


sub tmpfs { return `stat -f -c %T $_[0]` eq "tmpfs\n" }

subtest 'partner_journal' => sub {
    my $say = sub { $t->config_error("partner_zone zone=p:1m;\n@_") };

    is $say->('partner_journal /tmp/j snapshots=/tmp;'), '', 'is fine';
    like $say->('partner_journal /tmp/j size=1;'),
        qr/invalid value "1" of "size", allowed is a size of at least 1m/,
        'size';
    like $say->('partner_journal /tmp/j interval=1ms;'),
        qr/invalid value "1ms" of "interval", allowed is a time with its unit/,
        'interval';
    like $say->('partner_journal /tmp/j snapshots=;'),
        qr/invalid value "" of "snapshots", allowed is a directory/,
        'snapshots';
    like $say->('partner_journal /tmp/j disk=/x;'),
        qr/unknown parameter "disk=", allowed are snapshots=, size=, int/,
        'an unknown one';
    like $say->('partner_journal /a; partner_journal /b;'),
        qr/"partner_journal" directive is duplicate/, 'twice';
};

done_testing;
