#!/usr/bin/perl

# PostgreSQL or Redis is away for a while under load: usage waits in the
# gateway's journal, memory stays as it was, and once they are back all of it is
# stored, many times faster than it grew.
#
# The long version is away for five minutes, a sixth of half an hour.  What
# waits is one counter for each partner, outcome and hour, whatever it has grown
# to, so half an hour is the same backlog, or twice that where an hour ends in
# it.  The times are held to their bound in the long version only.

use strict;
use warnings;
use lib 't/lib';

use List::Util qw(sum0);
use Partner::Key qw(new_key registry);
use Partner::Load;
use Partner::Process;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

use constant {
    PARTNERS => 500,
    RATE => 1500, # calls a second
    FASTER => 5,
    GROWTH => 4096, # KB that a process may have more at the end
    PATIENCE => 120,
};

my $long = $ENV{CHAOS} ? 1 : 0;
my $away = $long ? 300 : 4; # seconds
my $load_time = 2 * $away + 8;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};
my @keys = map { new_key() } 1 .. PARTNERS;

$t->write_file('keys.json', registry(map { $keys[$_] => {
    partnerId => "partner-$_" } } 0 .. $#keys));
mkdir($t->dir . '/memory') or die "memory: $!";
chmod(0777, $t->dir . '/memory') or die "memory: $!";

my $nginx = $t->run(<<'EOC');
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;

events { worker_connections 1024; }

http {
    %%GLOBALS_HTTP%%

    partner_zone    zone=partners:4m;
    partner_journal %%DIR%%/memory/journal size=4m;
    partner_keys    %%DIR%%/keys.json;
    partner_redis   %%REDIS%% timeout=2s;
    keepalive_requests 1000000;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        location / { partner_auth key; try_files /none @hello; }
        location @hello { return 200 "hello\n"; }
    }
}
EOC

my $reader = Partner::Test::build() . '/journal ' . $t->dir
    . '/memory/journal';

# Calls in the journal, and those that PostgreSQL has of them.
sub counted { sum0(map { (split / /)[1] // 0 } split(/\n/, `$reader`)) }

sub stored {
    return $postgres->query('SELECT coalesce(sum(calls), 0)
        FROM partner.usage_counters');
}


# KB that each process of the way has resident.
sub memory {
    my %pid = ('partnerd work' => $p->{work}->pid);
    my @workers = $nginx->workers;
    $pid{"worker $_"} = $workers[$_] for 0 .. $#workers;

    return { map { $_ => $t->read_file("/proc/$pid{$_}/status")
        =~ /^VmRSS:\s+(\d+)/m ? $1 : 0 } keys %pid };
}


# What is confirmed of an hour that is past leaves the journal.
my $needed = 3 * $load_time;
wait_until { time() % 3600 < 3600 - $needed } $needed + 1;

sub away {
    my ($what, $leave, $return) = @_;

    subtest "$what is away for $away s" => sub {
        my $load = Partner::Load->start($t, port => $t->port(8080),
            keys => \@keys, connections => 16, rate => RATE,
            seconds => $load_time);
        soon { counted() > RATE && stored() > 0 } 'calls are stored', PATIENCE;
        my $before = memory();

        $leave->();
        my ($from, $begun) = (counted(), time());
        wait_until { time() - $begun > $away } 2 * $away;
        my $grown = counted() - $from;
        my $grew = time() - $begun;
        $return->();

        my ($target, $back) = (counted(), time());
        soon { stored() >= $target } 'what had grown is stored', PATIENCE;
        my $took = time() - $back;
        ok $load->running, 'while calls went on';

        my $tally = $load->tally;
        my $after = memory();
        diag(sprintf('%s: %d calls of %d partners in %.1f s, stored %.2f s '
            . 'after it was back, %.0f times as fast; %s', $what, $grown,
            PARTNERS, $grew, $took, $grew / $took, join(', ', map {
            "$_: $before->{$_} KB, then $after->{$_}" } sort keys %$after)));

        cmp_ok $grew / $took, '>=', FASTER, 'fast enough' if $long;

        # a sanitizer keeps what was freed
        for (Partner::Test::sanitized() ? () : sort keys %$after) {
            cmp_ok $after->{$_}, '<=', $before->{$_} + GROWTH,
                "$_: memory as before";
        }

        is $tally->{dropped}, 0, 'no call noticed';
        soon { stored() == counted() } 'each call is stored, once', PATIENCE;
    };
}


away('PostgreSQL', sub { $postgres->stop('INT') }, sub { $postgres->start });
away('Redis', sub { $redis->kill }, sub { $redis->start });

done_testing;
