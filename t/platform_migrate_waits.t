#!/usr/bin/perl

# A migration that needs what somebody holds stops nobody meanwhile.

use strict;
use warnings;
use lib 't/lib';

use File::Basename qw(basename);
use IO::Handle;
use Partner::Test;
use POSIX ();
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $postgres = $p->{postgres};
my $services = $t->top . '/upstream-services';

$t->write_file('newer/migrations/' . basename($_), $t->read_file($_))
    for glob("$services/sql/migrations/*");
$t->write_file('newer/migrations/9001_more.sql',
    'ALTER TABLE partners ADD COLUMN more text;');

# As pg_dump, or a long report, has it.
open(my $reader, '|-', $postgres->programs . '/psql', '-XAtq', '-d',
    $postgres->conninfo) or die "psql: $!\n";
$reader->autoflush;
print $reader "BEGIN; LOCK TABLE partner.partners IN ACCESS SHARE MODE;\n";
my $held = "SELECT count(*) FROM pg_locks WHERE relation =
    'partner.partners'::regclass AND mode = ";
soon { $postgres->query("$held 'AccessShareLock'") > 0 } 'somebody reads';

my $pid = fork // die "fork: $!\n";

if ($pid == 0) {
    POSIX::close(fileno($reader));
    my ($status) = $p->run('migrate', '--database', $postgres->conninfo,
        '--sql', "$t->{dir}/newer");
    POSIX::_exit($status);
}


sub made {
    return $p->call('POST', '/api/partners', { partnerName => 'p',
        partnerType => 'Data' })->status;
}


my ($waits, $gave_way) = ("$held 'AccessExclusiveLock'");
soon { $postgres->query($waits) } 'a migration needs the table';
is made(), 201, 'whoever writes goes on' for 1 .. 3;
soon { $gave_way ||= !$postgres->query($waits) } 'it gives way';
soon { $postgres->query($waits) } 'and comes again';
is waitpid($pid, POSIX::WNOHANG), 0, 'it has not ended';

close($reader);
waitpid($pid, 0);
is $?, 0, 'until it has what it needs';
is $postgres->query("SELECT count(*) FROM information_schema.columns
    WHERE table_name = 'partners' AND column_name = 'more'"), 1, 'and is done';
like $t->read_file($p->{dir} . '/run.migrate.log'), qr/migrate_waits.*9001/,
    'having said what it waits for';

done_testing;
