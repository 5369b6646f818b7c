#!/usr/bin/perl

# Counters as Prometheus sees them: read all the time while calls go on, workers
# are killed, the configuration is read again and the binary is replaced, none
# ever falls; but all once, for a new binary whose zone has another name.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP ();
use List::Util qw(sum0);
use Partner::Daemon;
use Partner::Key qw(new_key registry);
use Partner::Load;
use Partner::Process;
use Partner::Test;
use Test::More;

use constant {
    RATE => 1000,  # calls a second
    SECONDS => 5,  # of calls
    PAGES => 20,   # that are read before and after something happens
};

my $t = Partner::Test->new;
my %key = map { $_ => new_key() } qw(gold basic);

$t->write_file('keys.json', registry(map {
    $key{$_} => { partnerId => $_, tier => $_, scopes => [] } } keys %key));
$t->write_file('rides.json', JSON::PP::encode_json({
    openapi => '3.1.0', security => [],
    paths => { map { ("/$_" => { get => { operationId => "rides.$_" } }) }
        qw(good fail) },
}));
mkdir($t->dir . '/memory') or die "memory: $!";
chmod(0777, $t->dir . '/memory') or die "memory: $!";

my $nginx = Partner::Daemon->new($t->nginx(<<'EOC'))->start;
%%GLOBALS_LOAD%%
load_module %%MODULE%%;

worker_processes 2;
worker_shutdown_timeout 10s;

events { worker_connections 1024; }

http {
    %%GLOBALS_HTTP%%
    error_log %%PREFIX%%/error.log crit;

    partner_zone    zone=partners:2m;
    partner_journal %%DIR%%/memory/journal size=1m;
    partner_keys    %%DIR%%/keys.json;
    partner_slo     gold  tier=gold;
    partner_slo     basic tier=basic;
    keepalive_requests 100000;

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        partner_auth     key;
        partner_contract %%DIR%%/rides.json;

        location /good { try_files /none @hello; }
        location @hello { return 200 "hello\n"; }

        # nobody listens there
        location /fail { proxy_pass http://127.0.0.1:%%PORT_8081%%; }

        location = /metrics {
            partner_auth off;
            partner_contract off;
            partner_metrics;
        }
    }
}
EOC

$t->expect_alert(qr/worker process \d+ exited on signal 9/);
$t->expect_alert(qr/shared memory zone "partners" was locked by \d+/);
$t->expect_emerg(qr/"partners" has another size in the nginx that runs/);
$t->expect_leftovers;


# Series -> value, of what only grows.
sub counters {
    my ($text) = @_;
    my (%value, $grows);

    for (split /\n/, $text) {
        if (/^# TYPE (\S+) (\w+)/) {
            $grows = $2 ne 'gauge';
        } elsif ($grows && /^([^# ].*) (\S+)$/ && !/quantile=/) {
            $value{$1} = $2;
        }
    }

    return \%value;
}


# Reads pages until it is told to stop: how many, what fell in which of them,
# and what Prometheus would make of the increase of calls.
sub watch {
    my ($pages, $increase, $last, @fell) = (0, 0);

    while (-e $t->dir . '/watch') {
        my $page = eval { $t->get('/metrics') };
        next if !$page || $page->status != 200;
        my $now = counters($page->body);
        $pages++;

        for (keys %{$last // {}}) {
            my $value = $now->{$_} // 0;
            push @fell, [$pages, $_] if $value < $last->{$_};
            next unless /^partner_requests_total/;
            $increase += $value - ($value < $last->{$_} ? 0 : $last->{$_});
        }

        $last = $now;
        $t->write_file('pages', $pages);
    }

    $t->write_file('watched', JSON::PP::encode_json({
        pages => $pages, fell => \@fell, increase => $increase }));
}


sub pages { return eval { $t->read_file('pages') } || 0 }

sub more_pages {
    my $from = pages();
    wait_until { pages() >= $from + PAGES } 60 or BAIL_OUT('no pages');
}


# What is seen while something happens under load; a worker that is killed may
# have answered a call that it has not counted.
sub seen {
    my ($name, $act, $killed) = @_;
    $t->write_file($_, '') for qw(watch pages);
    my $watch = Partner::Process->start(name => 'watch', dir => $t->dir,
        log => $t->dir . '/watch.log', code => \&watch);
    wait_until { pages() } 60 or BAIL_OUT('no page');
    my @load = map { Partner::Load->start($t, port => $t->port(8080),
        uri => $_, keys => [@key{qw(gold basic)}], rate => RATE / 2,
        seconds => SECONDS) } qw(/good /fail);

    more_pages();
    $act->();
    more_pages();

    my @tally = map { $_->tally } @load;
    more_pages();
    unlink($t->dir . '/watch');
    wait_until { !$watch->running } 20;
    my $seen = JSON::PP::decode_json($t->read_file('watched'));
    my $sent = sum0(map { $_->{calls} + $_->{retried} } @tally);
    my $answered = sum0(map { values %{$_->{status}} } @tally);
    diag("$name: $seen->{pages} pages, $seen->{increase} of $answered to $sent"
        . ' calls');
    cmp_ok $seen->{increase}, '>', 0, 'calls were counted';
    cmp_ok $seen->{increase}, '>=', $answered - ($killed // 0),
        'all of them, where none may be missing';
    cmp_ok $seen->{increase}, '<=', $sent, 'not more than there were';
    return $seen;
}


subtest 'reloads and killed workers' => sub {
    my $seen = seen('reloads and kills', sub {
        for my $round (1 .. 4) {
            my ($worker) = $nginx->workers;
            kill('KILL', $worker);

            # its successor is there, and those of the last reload are leaving
            wait_until {
                my @now = $nginx->workers;
                @now == 2 && !grep { $_ == $worker } @now;
            };
            $nginx->reload(graceful => 1);
        }
    }, 4);

    is_deeply $seen->{fell}, [], 'no counter fell';
};

subtest 'another binary' => sub {
    my $seen = seen('another binary', sub {
        $nginx->upgrade(\&more_pages);
    });

    is_deeply $seen->{fell}, [], 'no counter fell';
};

subtest 'another binary, and back' => sub {
    my $seen = seen('another binary, and back', sub {
        $nginx->upgrade(\&more_pages, back => 1);
    });

    is_deeply $seen->{fell}, [], 'no counter fell';
};

my $conf = $t->read_file('nginx.conf');

subtest 'another binary with a zone of another size' => sub {
    my $master = $nginx->pid;

    $nginx->conf($conf =~ s/zone=partners:2m/zone=partners:3m/r);
    my $seen = seen('another size', sub {
        kill('USR2', $master);
        $nginx->wait_log(qr/"partners" has another size in the nginx that runs/)
            or BAIL_OUT('the new binary does not say why it is refused');
        wait_until { $nginx->pid == $master } or BAIL_OUT('which one serves?');
    });

    is_deeply $seen->{fell}, [], 'is refused, and the old one goes on';
};

subtest 'another binary with a zone of another name' => sub {
    $nginx->conf($conf =~ s/zone=partners:2m/zone=others:2m/r);
    my $seen = seen('another name', sub { $nginx->upgrade(\&more_pages) },
        RATE * SECONDS); # what the old one counts is not seen any more
    my %pages = map { $_->[0] => 1 } @{$seen->{fell}};

    is scalar keys %pages, 1, 'all counters began anew at once'
        or diag(join("\n", map { "@$_" } @{$seen->{fell}}));
};

$nginx->stop;

done_testing;
