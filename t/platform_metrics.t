#!/usr/bin/perl

# The pages of metrics of `partnerd serve` and `partnerd work`, as Prometheus
# gets them through nginx: what was asked, stored, passed over, what waits, and
# what was lost.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my %socket = map { $_ => $t->dir . "/$_.sock" } qw(serve work);
my $p = $t->partnerd(work => 0,
    environment => { PARTNERD_METRICS => "unix:$socket{serve}" });
my ($postgres, $redis) = @$p{qw(postgres redis)};

is sprintf('%03o', (stat($socket{serve}))[2] & 0777), '660',
    'its socket is closed to others';
$p->work('--metrics', "unix:$socket{work}");
soon { -S $socket{work} } 'work has one of its own';
chmod(0666, values %socket);
$t->define(map { uc($_) . '_SOCKET' => $socket{$_} } keys %socket);

$t->run(<<'EOC');
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    server {
        listen 127.0.0.1:%%PORT_8080%%;

        location = /serve { proxy_pass http://unix:%%SERVE_SOCKET%%:/metrics; }
        location = /work  { proxy_pass http://unix:%%WORK_SOCKET%%:/metrics; }
    }
}
EOC


sub page { return $t->get("/$_[0]")->body }

sub value {
    my ($of, $series) = @_;
    return page($of) =~ /^\Q$series\E (\d+)$/m ? $1 : undef;
}


my $dir = $t->dir;

for my $of (sort keys %socket) {
    $t->write_file('page.txt', page($of));
    is `promtool check metrics <$dir/page.txt 2>&1`, '',
        "$of: promtool has nothing to say";
}

subtest 'requests' => sub {
    my %series = map { $_->[0] => 'partnerd_requests_total{class="' . $_->[0]
        . "\",status=\"$_->[1]\"}" } ['read', '2xx'], ['write', '2xx'],
        ['none', '4xx'];

    # what a test makes of the first error it gets has its own requests
    $p->request('GET', '/api/nothing');
    my %before = map { $_ => value(serve => $series{$_}) } keys %series;

    $p->request('GET', '/api/partners') for 1 .. 3;
    $p->call('POST', '/api/partners', {
        partnerName => 'p', partnerType => 'Data' });
    $p->request('GET', '/api/nothing');

    my %now = map { $_ => value(serve => $series{$_}) } keys %series;
    is_deeply \%now, { read => $before{read} + 3,
        write => $before{write} + 1, none => $before{none} + 1 },
        'by class and status';
    is value(work => $series{read}), undef, 'of serve alone';
};

subtest 'usage' => sub {
    soon { value(work => 'partnerd_leading') } 'it leads';
    is value(work => 'partnerd_usage_stored_timestamp_seconds'), 0,
        'nothing was stored';

    my $before = time();
    my $hour = int($before / 3600);
    $redis->command('HSET', 'partner:usage:00112233445566aa',
        "$hour/a/b/c/ok/gold/200" => '1 2 3 4 1 1',
        "$hour/a/b/d/ok/gold/200" => '1 2 3 4 1 1', 'no such field' => 1);
    $redis->command('SADD', 'partner:gateways', '00112233445566aa');

    soon { value(work => 'partnerd_usage_stored_total') } 'it is stored';
    is value(work => 'partnerd_usage_stored_total'), 2, 'what can be read';
    is value(work => 'partnerd_usage_malformed_total'), 1, 'what cannot';
    cmp_ok value(work => 'partnerd_usage_stored_timestamp_seconds'), '>=',
        $before, 'when';
};

subtest 'what waits' => sub {
    my $waiting = 'partnerd_outbox_waiting';
    soon { value(work => $waiting) == 0 } 'nothing';
    $redis->kill;
    my $partner = $p->partner;
    $p->key($partner);
    soon { value(work => $waiting) > 0 } 'a change that Redis is not told of';
    $redis->start;
    soon { value(work => $waiting) == 0 } 'told';
};

subtest 'the database' => sub {
    my $readers = '{pool="readers"}';
    soon { value(serve => "partnerd_database_connections$readers") == 2 }
        'its connections';
    is value(serve => "partnerd_database_lost_total$readers"), 0, 'none lost';

    $postgres->stop;
    soon { value(serve => "partnerd_database_lost_total$readers") == 2 }
        'lost';
    is value(serve => "partnerd_database_connections$readers"), 0, 'gone';
    is value(serve => "partnerd_database_waiting$readers"), 0, 'none waits';

    $postgres->start;
    soon { value(serve => "partnerd_database_connections$readers") == 2 }
        'they come back';
};

subtest 'a wrong address' => sub {
    my ($status, undef, $said) = $p->run('work', '--metrics', '9146');
    is $status, 1, 'is refused';
    like $said, qr{--metrics is \\?"9146\\?"; allowed: unix:/path},
        'by its name';
};

done_testing;
