#!/usr/bin/perl

# However short its deadline, partnerd is told by PostgreSQL that a statement
# takes too long, and keeps its connections.

use strict;
use warnings;
use lib 't/lib';

use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0, environment => {
    PARTNERD_DEADLINE => 1500, PARTNERD_READERS => 1, PARTNERD_WRITERS => 1,
    PARTNERD_SCANS => 1
});
my $postgres = $p->{postgres};
my $uri = '/api/partners/' . $p->partner;

is $p->call('GET', $_)->status, 200, 'a read' for $uri, "$uri/statistics";


sub backends {
    return $postgres->query("SELECT string_agg(pid::text, ' ' ORDER BY pid)
        FROM pg_stat_activity WHERE backend_type = 'client backend'
        AND pid <> pg_backend_pid() AND application_name <> 'holder'");
}


my $before = backends();

open(my $holder, '|-', $postgres->programs . '/psql', '-XAtq', '-d',
    $postgres->conninfo . ' application_name=holder') or die "psql: $!\n";
$holder->autoflush;
print $holder "BEGIN; LOCK TABLE partner.partners;\n";
soon { $postgres->query("SELECT count(*) FROM pg_stat_activity WHERE
    application_name = 'holder' AND state = 'idle in transaction'") }
    'somebody holds a table';

for my $call (['GET', $uri], ['GET', "$uri/statistics"],
    ['PUT', $uri, { partnerName => 'q' }]) {
    my $r = $p->call(@$call);
    is $r->status, 503, "$call->[0]: not now";
    ok $r->header('Retry-After'), 'but later';
}

close($holder);
is $p->call('PUT', $uri, { partnerName => 'q' })->status, 200, 'then it is';
is backends(), $before, 'over the connections that there were';

done_testing;
