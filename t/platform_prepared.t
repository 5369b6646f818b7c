#!/usr/bin/perl

# A statement that could not be prepared, since somebody held a lock: it is
# prepared by the next who needs it, who notices nothing.

use strict;
use warnings;
use lib 't/lib';

use IO::Handle;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0, environment => { PARTNERD_WRITERS => 1 });
my $postgres = $p->{postgres};


sub made {
    my $r = $p->call('POST', '/api/partners', { partnerName => 'p',
        partnerType => 'Data' });
    return join(' ', $r->status, $r->code // ());
}


open(my $holder, '|-', $postgres->programs . '/psql', '-XAtq', '-d',
    $postgres->conninfo) or die "psql: $!\n";
$holder->autoflush;
print $holder "BEGIN; LOCK TABLE partner.partners IN ACCESS EXCLUSIVE MODE;\n";
soon { $postgres->query("SELECT count(*) FROM pg_locks WHERE relation =
    'partner.partners'::regclass AND granted
    AND mode = 'AccessExclusiveLock'") } 'somebody holds the table';
is made(), '503 database_unavailable', 'the first waits in vain';
close($holder);

is made(), 201, 'the next does not' for 1 .. 2;
is $postgres->query('SELECT count(*) FROM partner.partners'), 2,
    'and what was refused was not done';

done_testing;
