#!/usr/bin/perl

# The way back from records whose version counts that of the application, too:
# whatever is made meanwhile, none falls.

use strict;
use warnings;
use lib 't/lib';

use IO::Handle;
use Partner::Test;
use POSIX ();
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $postgres = $p->{postgres};
my $partner = $p->partner;
my $application = $p->made('/api/applications', { partnerId => $partner,
    appName => 'a', permissions => ['read:*'] })->{id};

$postgres->query("SET session_replication_role = replica;
    UPDATE partner.applications SET version = 40 WHERE id = '$application'");


sub back {
    return $p->run('migrate', '--database', $postgres->conninfo, '--to', 48);
}


$postgres->query("INSERT INTO partner.partners_leaving
    VALUES (gen_random_uuid(), 'x', 'y')");
my ($status) = back();
isnt $status, 0, 'not while a partner leaves';
like $t->read_file($p->{dir} . '/run.migrate.log'),
    qr/let partnerd work end them first/, 'and why';
$postgres->query('DELETE FROM partner.partners_leaving');

# A key that is being made, as the step begins.
open(my $maker, '|-', $postgres->programs . '/psql', '-XAtq', '-d',
    $postgres->conninfo) or die "psql: $!\n";
$maker->autoflush;
print $maker "BEGIN; INSERT INTO partner.api_keys (partner_id, application,
    digest, prefix, scopes) VALUES ('$partner', '$application',
    sha256('a'), 'sk_aaaaa', '{read:*}');\n";
my $locks = "SELECT count(*) FROM pg_locks WHERE relation =
    'partner.api_keys'::regclass AND";
soon { $postgres->query("$locks mode = 'RowExclusiveLock'") } 'a key is made';

my $pid = fork // die "fork: $!\n";

if ($pid == 0) {
    POSIX::close(fileno($maker));
    POSIX::_exit((back())[0]);
}

soon { $postgres->query("$locks mode = 'ShareRowExclusiveLock'
    AND NOT granted") } 'the step waits for it';
print $maker "COMMIT;\n";
close($maker);
waitpid($pid, 0);
is $?, 0, 'and is done then';
cmp_ok $postgres->query("SELECT version FROM partner.api_keys"), '>=', 41,
    'the key keeps what its version counted';

done_testing;
