#!/usr/bin/perl

# The key of a person is on disk before its row is committed, and stays where
# the row never came: `partnerd check subjects` finds such keys and removes
# them, and no key that anything names, or that may be a write's under way.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP qw(encode_json);
use Partner::Http;
use Partner::Process;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $postgres = $p->{postgres};
my $keys = "$t->{dir}/subjects";
my %ada = (contactName => 'Ada', email => 'ada@x.example', role => 'Legal');


sub sql { return $postgres->query($_[0]) }
sub key_files { return map { m{([^/]{36})\z} } glob("$keys/*") }
sub check { return $p->run('check', 'subjects', @_) }


# As if it had been made two hours ago.
sub old {
    my $then = time - 7200;
    utime($then, $then, map { "$keys/$_" } @_) or die "utime: $!";
}


# A file of which no row is, of the id 0000...N.
sub stray {
    my $id = sprintf('00000000-0000-4000-8000-%012d', $_[0]);
    $t->write_file("subjects/$id", 'k' x 60);
    old($id);
    return $id;
}


# ---- serve dies between the key and the commit ----

my $partner = $p->partner;
my $uri = "/api/partners/$partner";
my $locker = Partner::Process->start(
    name => 'psql', dir => $t->{dir}, log => "$t->{dir}/psql.log",
    argv => [Partner::Postgres::programs() . '/psql', '-XAtq', '-d',
        $postgres->conninfo, '-c', 'BEGIN; LOCK TABLE '
        . 'partner.partner_contacts; SELECT pg_sleep(600)']
);
wait_until { sql("SELECT count(*) FROM pg_locks
    WHERE mode = 'AccessExclusiveLock' AND granted
      AND relation = 'partner.partner_contacts'::regclass") }
    or die 'the table is not locked';

my $body = encode_json(\%ada);
my $held = Partner::Http->new($p->socket);
$held->send("POST $uri/contacts HTTP/1.1\r\nHost: x\r\n"
    . "X-Partner-Id: platform\r\nX-Partner-Client: test\r\n"
    . "X-Partner-Scopes: admin\r\nContent-Type: application/json\r\n"
    . 'Content-Length: ' . length($body) . "\r\n\r\n$body");
soon { key_files() == 1 } 'a key is there before its row';
$p->{serve}->stop('KILL');
sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND datname = current_database()");
$locker->stop('TERM');
is sql('SELECT count(*) FROM partner.partner_contacts'), 0,
    'the row never came';
my ($dead) = key_files();
$p->serve;

# ---- the right database? ----

my ($status, $out, $said) = check('--remove');
is_deeply [$status, $out], [0, "0 keys without a row, 0 with one; 1 younger "
    . "than 60 minutes, left alone\n"], 'a young key may be one of a write';
old($dead);
($status, $out, $said) = check('--remove');
is $status, 1, 'where the database knows no key at all, nothing is removed';
like $said, qr/has a row of none of these keys/, 'and it is said why';
is_deeply [key_files()], [$dead], 'indeed';

# ---- found ----

my $ada = $p->made("$uri/contacts", \%ada)->{id};
my $agreement = $p->made("$uri/agreements", { agreementType =>
    'Non-Disclosure', terms => { text => 'x' }, effectiveDate =>
    '2020-01-01' })->{id};
my $signer = $p->call('PUT', "$uri/agreements/$agreement/sign",
    { signedBy => 'Sig' })->json->{data}{signerId};
my $gone = $p->made("$uri/contacts", { %ada, contactName => 'Gone' })->{id};
sql("SET session_replication_role = replica;
    DELETE FROM partner.partner_contacts WHERE id = '$gone'");
my ($trail, $answer, $erased, @strays) = map { stray($_) } 1 .. 5;
my $sealed = sub { qq({"email":"sealed:$_[0]:) . 'A9' x 28 . '"}' };
sql("INSERT INTO partner.audit (tenant, actor, request, resource, entity,
        action, after)
    VALUES ('platform', 'x', 'x', 'agreements', gen_random_uuid(), 'update',
        '@{[$sealed->($trail)]}');
    INSERT INTO partner.idempotency_keys (tenant, digest, request, answer)
    VALUES ('$partner', sha256('x'), sha256('y'),
        '@{[$sealed->($answer)]}');
    SET session_replication_role = replica;
    INSERT INTO partner.erasures (subject, partner_id, reason)
    VALUES ('$erased', '$partner', 'x')");
my @used = ($ada, $signer, $gone, $trail, $answer, $erased);
old(@used);
my $young = stray(6);
utime(undef, undef, "$keys/$young") or die "utime: $!";
$t->write_file("subjects/$strays[0].new", 'k' x 60);

my @lost = sort $dead, @strays;
my @all = key_files();
($status, $out, $said) = check();
is $status, 1, 'keys without a row' or diag $said;
my @shown = split(/\n/, $out);
is_deeply [sort @shown[0 .. $#shown - 1]], \@lost, 'are listed';
is $shown[-1], '3 keys without a row, 6 with one; 1 younger than 60 minutes, '
    . 'left alone', 'and counted';
is_deeply [key_files()], \@all, 'and stay';

# ---- removed, beside what serves ----

($status, $out, $said) = check('--remove');
is $status, 0, 'removed' or diag $said;
@shown = split(/\n/, $out);
is_deeply [sort @shown[0 .. $#shown - 1]], \@lost, 'each is named';
is $shown[-1], '3 keys without a row, removed, 6 with one; 1 younger than '
    . '60 minutes, left alone', 'and counted';
is_deeply [sort(key_files())], [sort @used, $young], 'and no other is gone';
ok !-e "$keys/$strays[0].new", 'with what a rotation left';
is $p->call('GET', "$uri/contacts/$ada")->json->{data}{email}, $ada{email},
    'who is there is shown';
is_deeply [(check())[0, 1]], [0, "0 keys without a row, 6 with one; 1 younger "
    . "than 60 minutes, left alone\n"], 'once more: nothing to do';

# ---- more than there is room for at the beginning ----

my $many = 1100;
stray(100 + $_) for 1 .. $many;
($status, $out) = check('--remove');
is scalar(() = $out =~ /^00000000-/mg), $many, 'each of many is named once';
like $out, qr/^$many keys without a row, removed, 6 with one;/m,
    'and counted once';
is_deeply [sort(key_files())], [sort @used, $young], 'and gone';

# ---- how old ----

old(@used, $young);
like((check('--older-than', 240))[1], qr/^0 .*; 7 younger than 240 minutes/,
    'younger than was asked for');
for my $minutes (4, 'x') {
    ($status, $out, $said) = check('--older-than', $minutes);
    is $status, 2, "--older-than $minutes";
    like $said, qr/older-than is "$minutes"; allowed: 5 to/, 'is refused';
}

# ---- a commit that waits, of whatever age ----

$locker = Partner::Process->start(
    name => 'psql', dir => $t->{dir}, log => "$t->{dir}/psql.log",
    argv => [Partner::Postgres::programs() . '/psql', '-XAtq', '-d',
        $postgres->conninfo, '-c',
        'BEGIN; SELECT pg_current_xact_id(); SELECT pg_sleep(600)']
);
wait_until { sql('SELECT pg_snapshot_xmin(s) < pg_snapshot_xmax(s)
    FROM pg_current_snapshot() s') eq 't' } or die 'no transaction';
($status, $out, $said) = check('--remove', '--deadline', 100);
is $status, 1, 'beside a transaction that does not end nothing is removed';
like $said, qr/a transaction does not end/, 'and it is said why';
ok -e "$keys/$young", 'indeed';
$locker->stop('TERM');

# ---- what it needs ----

for my $case (['--subject-keys', '', qr/--subject-keys is missing/],
    ['--subject-keys', "$t->{dir}/none", qr/No such file/])
{
    ($status, $out, $said) = check(@{$case}[0, 1]);
    is $status, 1, "$case->[0] '$case->[1]'";
    like $said, $case->[2], 'is said';
}

done_testing;
