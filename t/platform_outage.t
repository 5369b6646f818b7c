#!/usr/bin/perl

# PostgreSQL goes and comes back under load: 503 meanwhile, and recovery
# without a restart.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Http;
use Partner::Process;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};
my $new = encode_json({ partnerName => 'p', partnerType => 'Data' });


sub create { return $p->request('POST', '/api/partners', body => $new) }
sub list { return $p->request('GET', '/api/partners?limit=1') }


is create()->status, 201, 'all is well';

# A client that never stops, and counts what it was answered.
my $counts = "$t->{dir}/counts";
my $load = Partner::Process->start(
    name => 'load', dir => $t->{dir}, log => "$t->{dir}/load.log",
    code => sub {
        my (%got, $end, $asked);
        local $SIG{TERM} = sub { $end = 1 };

        until ($end) {
            my $r = eval { $asked++ % 2 ? list() : create() };
            $got{$r ? join(' ', $r->status, $r->code // '') : 'none'}++;
            $got{made}++ if $r && $r->status == 201;
            $got{slow}++ if $r && !$got{slow} && $r->status == 503
                && !defined $r->header('Retry-After');
        }

        open(my $out, '>', $counts) or die $!;
        print $out encode_json(\%got);
        close($out);
        exit 0;
    }
);

for my $how ('INT', 'KILL') {
    $postgres->stop($how);
    my $r;
    soon { ($r = list())->status == 503 } "PostgreSQL stopped by $how: 503";
    is $r->code, 'database_unavailable', 'as a problem';
    is $r->header('Retry-After'), 1, 'with Retry-After';
    soon { (create()->json->{detail} // '') eq 'nothing was changed' }
        'a write is told what became of it';
    is $p->request('GET', '/api/health')->status, 200, 'partnerd lives';

    my $ready = $p->request('GET', '/api/ready');
    is $ready->code, 'not_ready', 'and is not ready';
    like $ready->json->{detail}, qr/database/, 'for want of the database';

    $postgres->start;
    soon { list()->status == 200 } 'reads are back';
    soon { create()->status == 201 } 'writes are back';
}

$load->stop('TERM');
my $got = decode_json($t->read_file('counts'));
my @unknown = grep {
    !/^(?:200 |201 |503 database_unavailable|made)$/
} keys %$got;
is_deeply \@unknown, [], 'nothing but answers and 503'
    or diag explain $got;
cmp_ok $got->{'200 '}, '>', 0, 'some were read';
cmp_ok $got->{made}, '>', 0, 'some were made';
cmp_ok $got->{'503 database_unavailable'} // 0, '>', 0, 'some were 503';

# What was acknowledged is there; what a loss left open may be there too.
my $rows = $postgres->query('SELECT count(*) FROM partner.partners');
cmp_ok $rows, '>=', $got->{made}, 'no acknowledged partner is lost';

# ---- Redis ----

$redis->kill;
soon { ($p->request('GET', '/api/ready')->code // '') eq 'not_ready' }
    'not ready without Redis';
is create()->status, 201, 'yet serving';
$redis->start;
soon { $p->request('GET', '/api/ready')->status == 200 } 'ready again';
soon { $redis->command('GET', 'partner:projection') } 'projected again';

# Nobody is told anything, for there is no gateway, and yet nothing looks dead.
soon { grep { /\bsub=2\b/ && /\bage=(\d+)/ && $1 > 7 }
    split(/\n/, $redis->command('CLIENT', 'LIST')) }
    'a quiet subscription lasts';

# ---- a statement that waits too long ----

my $locker = Partner::Process->start(
    name => 'psql', dir => $t->{dir}, log => "$t->{dir}/psql.log",
    argv => [Partner::Postgres::programs() . '/psql', '-XAtq', '-d',
        $postgres->conninfo, '-c', 'BEGIN; LOCK TABLE partner.partners; '
        . 'SELECT pg_sleep(600)']
);
soon { $postgres->query("SELECT count(*) FROM pg_locks
    WHERE mode = 'AccessExclusiveLock' AND granted
      AND relation = 'partner.partners'::regclass") } 'the table is locked';

my $r = create();
is $r->status, 503, 'a write that waits for a lock ends';
is $r->code, 'database_unavailable', 'as a problem';
is $p->request('GET', '/api/health')->status, 200, 'others do not wait';
$postgres->query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE query LIKE 'BEGIN; LOCK TABLE%'");
$locker->stop('TERM');
soon { create()->status == 201 } 'then it goes on';

# ---- the end ----

my $held = Partner::Http->new($p->socket);
$held->send("GET /api/health HTTP/1.1\r\n");
$p->{serve}->signal('TERM');
$held->send("Host: x\r\n\r\n");
is $held->response->status, 200, 'what is in flight is answered';
$p->{serve}->stop('TERM');
is $p->{serve}->status, 0, 'and then serve ends well';
ok !-e $p->socket, 'without its socket';

$p->serve;
is list()->status, 200, 'started again';
$p->{serve}->stop('KILL');
$p->serve;
is list()->status, 200, 'a socket that a kill left is taken over';

my ($status, undef, $why) = $p->run('serve');
isnt $status, 0, 'a second process on the same socket gives up';
like $why, qr/another process answers there/, 'and says why';

done_testing;
