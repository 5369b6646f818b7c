#!/usr/bin/perl

# What a journal's header says is not believed when it cannot be so, or is of
# another machine: counting begins anew, and what was counted is still told,
# once, under the name that it had.

use strict;
use warnings;
use lib 't/lib';

use Compress::Zlib qw(crc32);
use List::Util qw(sum0);
use Partner::Key qw(new_key registry);
use Partner::Platform;
use Partner::Test;
use Test::More;

use constant {
    CALLS => 3, # of each part of this test
    MINUTE => 60, # longer than a part of this test takes
    LAYOUT => 8, # offsets in the file
    CHAIN_COUNT => 12,
    IDENTITY => 24,
    MACHINE => 32,
    BOOT => 48,
    CRC => 80,
    LOCK => 88,
    OWNER_DIED => 0x40000000, # FUTEX_OWNER_DIED: what the kernel leaves there
    CHAINS => 16576,
    HOUR => 128,
    FIRST => 132,
    FILLED => 136,
    SEATS => 192,
    SEAT => 64, # bytes
    LIVES => 18, # two more than are published at once
    MANY => 2500, # slots and confirmations: more than one turn takes
    TURN => 1024,
};

my $t = Partner::Test->new;
my $redis = $t->redis;
my $platform = Partner::Platform->new($redis);
my $key = new_key();

$t->write_file('keys.json', registry($key => { partnerId => 'fleet' }));

# Characters that a shell would expand stand for themselves.
mkdir($t->dir . "/$_") or die "$_: $!" for 'disk', 'mem[o]ry*';
chmod(0777, $t->dir . '/mem[o]ry*') or die "memory: $!";

our $journal = $t->dir . '/mem[o]ry*/journal';

my $nginx = $t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone    zone=partners:1m;
    partner_journal "%%DIR%%/mem[o]ry*/journal" snapshots=%%DIR%%/disk size=2m
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


sub node { $t->get('/status')->json->{incarnation} }

sub metric { $t->get('/metrics')->body =~ /^\Q$_[0]\E (\d+)$/m ? $1 : undef }

sub told {
    my ($node) = @_;
    my %told = @{$redis->command('HGETALL', "partner:usage:$node")};
    return sum0(map { (split / /)[0] } values %told);
}


sub listens {
    soon { $platform->listeners == 1 } 'the worker has Redis';
}


# Calls of this life are told, all of them and none twice.
my %counted;

sub calls {
    my ($n, $node) = (CALLS, node());
    $t->get_as($key, '/')->status for 1 .. $n;
    $counted{$node} += $n;
    soon { told($node) == $counted{$node} } 'calls are published';
}


sub hour_has_time {
    wait_until { time % 3600 < 3600 - MINUTE } MINUTE;
}


sub read_journal {
    my ($at, $len) = @_;
    open(my $fh, '<:raw', $journal) or die "$journal: $!";
    seek($fh, $at, 0);
    read($fh, my $bytes, $len) == $len or die "$journal: $!";
    return $bytes;
}


# What a process that is no more, or another machine, left there.
sub write_journal {
    my %bytes = @_;
    open(my $fh, '+<:raw', $journal) or die "$journal: $!";

    for my $at (keys %bytes) {
        seek($fh, $at, 0);
        print $fh $bytes{$at};
    }

    close($fh) or die "$journal: $!";
}


sub forge {
    my ($at, $bytes) = @_;
    write_journal($at => $bytes);
    write_journal(CRC, pack('L', crc32(read_journal(0, CRC))));
}


# The power went when the snapshot was older: it has one call.
sub age_snapshot {
    my ($node) = @_;
    my $text = $t->read_file("disk/$node.usage");
    my $n = $text =~ s{^(\d+/\S+) \d+ }{$1 1 }mg;
    $text =~ s/^end .*\n//m;
    $t->write_file("disk/$node.usage",
        $text . sprintf("end %d %08x\n", $n, crc32($text)));
}


# What the error log has since the last look at it.
my $read = 0;

sub news {
    my $log = $nginx->error_log;
    my $news = substr($log, $read);
    $read = length $log;
    return $news;
}


# As the intake does.
sub confirm {
    my ($node) = @_;
    my $pairs = $redis->command('HGETALL', "partner:usage:$node");
    return unless @$pairs;
    $redis->command('DEL', "partner:usage:$node");
    $redis->command('HSET', "partner:confirmed:$node", @$pairs);
}


# Another life counts now, and the one before is told as it was.
sub begins_anew {
    my ($before, $why) = @_;
    my $now = node();
    isnt $now, $before, 'another life counts';
    like news(), $why, 'which is said';
    listens();
    calls();

    ok -e "$journal.$before", 'the one before waits';
    soon { told($before) == $counted{$before} } 'it is told, as it was';
    is told($now), $counted{$now}, 'and nothing of it under another name';

    confirm($before);
    soon { !-e "$journal.$before" } 'until the platform has it';
}


hour_has_time();
listens();

$t->expect_alert(qr/partner_journal: "\S+" was laid out by another version/);

my $elsewhere = qr/is of another boot, machine or file; its usage is publ/;

for my $case (
    ['another boot', BOOT, 16, $elsewhere],
    ['another machine', MACHINE, 16, $elsewhere],

    # which cannot be read, but its snapshot can; else the file has more
    ['another version', LAYOUT, 4, qr/was laid out by another version; it was/],
) {
    my ($name, $at, $len, $why) = @$case;

    subtest $name => sub {
        calls();
        my $before = node();
        $nginx->stop('QUIT');
        forge($at, "\x5a" x $len);
        age_snapshot($before) if $at != LAYOUT;
        $redis->command('DEL', "partner:usage:$before");
        news();
        $nginx->start;

        # what is of another machine is all told again: it may not have been
        begins_anew($before, $why);
    };
}

$t->expect_alert(qr/partner_journal: "\S+" has closed the hours before 4294/);
$t->expect_alert(qr/partner_journal: "\S+" counts in an hour that is \d+ ahe/);
$t->expect_alert(qr/the usage journal counts in an hour that is \d+ ahead/);

for my $case (
    ['hours that were never', FIRST, 0xffffffff, qr/has closed the hours befo/],
    ['a clock that was wrong', HOUR, int(time / 3600) + 50, qr/is \d+ ahead/],
    ['an hour that cannot be', HOUR, 0xffffffff, qr/is \d+ ahead/],
) {
    my ($name, $at, $value, $why) = @$case;

    subtest $name => sub {
        calls();
        my $before = node();
        $nginx->stop('QUIT');
        write_journal($at => pack('L', $value));
        $redis->command('DEL', "partner:usage:$before");
        news();
        $nginx->start;
        is metric('partner_usage_ahead_seconds'), 0, 'the clock\'s hour';
        begins_anew($before, $why);
    };
}

subtest 'a clock that is wrong' => sub {
    calls();
    my $before = node();
    is metric('partner_usage_ahead_seconds'), 0, 'not yet';
    write_journal(HOUR, pack('L', int(time / 3600) + 50));
    is metric('partner_usage_ahead_seconds'), 50 * 3600, 'a metric';
    ok $nginx->wait_log(qr/the usage journal counts in an hour that is 50 ahe/),
        'and an alarm';
    calls();
    $redis->command('DEL', "partner:usage:$before");
    news();
    $nginx->reload;
    is metric('partner_usage_ahead_seconds'), 0, 'until it is loaded anew';
    begins_anew($before, qr/counts in an hour that is 50 ahead; its usage/);
};

subtest 'no seat' => sub {
    calls();
    my $node = node();
    $nginx->stop('QUIT');
    write_journal(map { SEATS + $_ * SEAT, pack('L', $$) } 0 .. 255);
    $nginx->start;
    is node(), $node, 'the same life';
    like $nginx->error_log, qr/has no seat for this worker, 256 processes/,
        'which is said';
    listens();
    calls();
    is metric('partner_usage_dropped_total'), 0, 'no call is lost';
    $nginx->stop('QUIT');
    write_journal(map { SEATS + $_ * SEAT, pack('L', 0) } 0 .. 255);
    $nginx->start;
    listens();
    calls();
};

$t->expect_alert(qr/worker process \d+ exited on signal 9/);

# The next worker finds its counters anew, by chains that are not there.
subtest 'the lock\'s holder is killed' => sub {
    calls();
    my $chains = unpack('L', read_journal(CHAIN_COUNT, 4));
    my ($worker) = $nginx->workers;
    write_journal(CHAINS, "\0" x (4 * $chains));
    write_journal(LOCK, pack('L', OWNER_DIED));
    kill('KILL', $worker);
    soon { my @w = $nginx->workers; @w == 1 && $w[0] != $worker } 'another one';
    listens();
    calls();
};

subtest 'an hour that is past' => sub {
    calls();
    is metric('partner_usage_counters'), 1, 'a counter';
    confirm(node());
    soon { !$redis->command('EXISTS', 'partner:confirmed:' . node()) }
        'is confirmed';
    is metric('partner_usage_counters'), 1, 'and stays';
    write_journal(slot_of('/fleet/') - 8, pack('L', int(time / 3600) - 1));
    soon { metric('partner_usage_counters') == 0 } 'until its hour is over';
    $counted{node()} = 0; # the next calls have a counter of their own
};

sub slot_of {
    my ($name) = @_;
    my $at = index(read_journal(0, -s $journal), $name);
    die "no counter of $name" if $at < 0;
    return $at - length int(time / 3600);
}

subtest 'many former lives' => sub {
    $nginx->stop('QUIT');
    my @lives = map { sprintf '%016x', $_ } 1 .. LIVES;
    my $here = read_journal(0, -s $journal);

    for my $life (@lives) {
        local $journal = "$journal.$life";
        $t->write_file("mem[o]ry*/journal.$life", $here);
        chmod(0600, $journal) or die "$journal: $!";
        forge(IDENTITY, pack('Q', hex($life)));
    }

    news();
    $nginx->start;
    like news(), qr/2 journals of former lives wait until others are publi/,
        'two are too many';
    my $left = sub { scalar grep { -e "$journal.$_" } @lives };
    soon { confirm($_) for @lives; $left->() == 2 } 'the others are told';
    $nginx->reload;
    soon { confirm($_) for @lives; $left->() == 0 } 'and then these';
    listens();
};

# A debug line says of each turn of the event loop how much it did.
sub turns {
    my ($what) = @_;
    return $nginx->error_log =~ $what
        ? [$nginx->error_log =~ /$what/g] : [];
}


subtest 'many slots that are free' => sub {
    $nginx->stop('QUIT');
    my $node = node_of_file();
    write_journal(FILLED, pack('L', MANY));
    $nginx->start;
    is node(), $node, 'the same life';
    listens();
    calls();

    my $looks = turns(qr/partner usage: (\d+) slots, \d+ counters to tell/);
    is scalar(grep { $_ > TURN } @$looks), 0, 'a turn looks at some of them';
    ok scalar(grep { $_ == TURN } @$looks), 'and the next one goes on';
};

subtest 'many confirmations' => sub {
    my $node = node();
    $redis->command('HSET', "partner:confirmed:$node",
        map { ("1/p$_/-/-/ok/gold/1", '1 1 1 1 1 1') } 1 .. MANY);
    soon { !$redis->command('EXISTS', "partner:confirmed:$node") } 'read';

    my $read = turns(qr/partner usage: (\d+) counters confirmed/);
    is scalar(grep { $_ > TURN } @$read), 0, 'some of them in a turn';
    cmp_ok sum0(@$read), '>=', MANY, 'and all of them in the end';
    calls();
};


sub node_of_file { sprintf '%016x', unpack('Q', read_journal(IDENTITY, 8)) }

done_testing;
