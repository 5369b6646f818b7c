#!/usr/bin/perl

# Migrations go forward and back, one by one: back is where it was before, and
# forward again is the same; and the whole is the schema that is kept beside
# them (`make schema` writes it anew).

use strict;
use warnings;
use lib 't/lib';

use File::Basename qw(basename);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd(work => 0);
my $postgres = $p->{postgres};
my $services = "$ENV{PWD}/upstream-services";
my @migrations = map { basename($_) } sort glob("$services/sql/migrations/*");
my @levels = map { /^(\d+)/ ? $1 + 0 : die "$_\n" } @migrations;
my ($digits) = $migrations[-1] =~ /^(\d+)/;
my $conninfo;


sub migrate {
    return $p->run('migrate', '--database', $conninfo, @_);
}


sub create {
    my ($name) = @_;
    $postgres->query("CREATE DATABASE $name");
    $conninfo = $postgres->conninfo($name);
}


# What a statement of the version before may name, and the columns that an
# INSERT of it would have to fill.
sub usable {
    return { map { $_ => 1 } split /\n/, $postgres->query(<<'EOS', 'steps') };
SELECT format('%s.%s %s', attrelid::regclass, attname,
              format_type(atttypid, atttypmod))
FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
WHERE relnamespace = 'partner'::regnamespace AND relkind IN ('r', 'p', 'v')
  AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT format('%s %s', oid::regprocedure, prorettype::regtype)
FROM pg_proc
WHERE pronamespace = 'partner'::regnamespace
  AND prorettype <> 'trigger'::regtype
UNION ALL
SELECT format('%s to %s on %s', privilege_type, grantee, table_name)
FROM information_schema.table_privileges
WHERE table_schema = 'partner' AND grantee LIKE 'partner\_%'
EOS
}


sub demanded {
    return { map { split / / } split /\n/, $postgres->query(<<'EOS', 'steps') };
SELECT format('%s.%s %s', attrelid::regclass, attname, attrelid::regclass)
FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid
WHERE relnamespace = 'partner'::regnamespace AND relkind IN ('r', 'p')
  AND attnum > 0 AND NOT attisdropped AND attnotnull AND NOT atthasdef
  AND attidentity = ''
EOS
}


# ---- every step ----

create('steps');
is((migrate('--to', 0))[0], 0, 'nothing yet');

my %at = (0 => $postgres->schema('steps'));
my ($usable, $demanded) = (usable(), demanded());

# A step adds: the version before serves on beside the next one.  These went,
# the first for one with another argument that has a default, the others named
# by no statement.
my %gone = map { $_ => 1 } 'partner.outbox_obey(uuid,uuid) bigint',
    'partner.application_state(text,uuid,text) text',
    'partner.redirect_uri_is_safe(text) boolean',
    'partner.url_has_tls(text) boolean';

for my $level (@levels) {
    is((migrate('--to', $level))[0], 0, "forward to $level");
    $at{$level} = $postgres->schema('steps');

    my ($now, $needs) = (usable(), demanded());
    my %tables = map { $_ => 1 } values %$demanded;
    my @gone = grep { !$now->{$_} && !$gone{$_} } sort keys %$usable;
    my @more = grep { !$demanded->{$_} && $tables{$needs->{$_}} }
        sort keys %$needs;
    is_deeply [@gone, @more], [], 'takes nothing away, and demands no more';
    ($usable, $demanded) = ($now, $needs);
}

for my $level (reverse 0, @levels[0 .. $#levels - 1]) {
    my ($status, undef, $said) = migrate('--to', $level);
    is $status, 0, "back to $level" or diag $said;
    ok $postgres->schema('steps') eq $at{$level}, 'which is as it was';
}

is $postgres->query('SELECT count(*) FROM partner.schema_migrations',
    'steps'), 0, 'none is left';
is((migrate())[0], 0, 'forward to the end');
ok $postgres->schema('steps') eq $at{$levels[-1]}, 'which is as it was';

# ---- against what is kept ----

my $kept = $t->read_file("$services/sql/schema.sql");

SKIP: {
    skip 'kept of another version of PostgreSQL', 1
        unless $kept =~ /^-- PostgreSQL (\d+)\n/
            && $1 == Partner::Postgres::version();
    ok $kept eq $at{$levels[-1]}, 'it is the schema in sql/schema.sql'
        or diag 'make schema, and look at what differs';
}

# ---- with something in it ----

sub made {
    my ($uri, $body) = @_;
    my $r = $p->request('POST', $uri, $body ? (body => encode_json($body))
        : ());
    is $r->status =~ /^2/ ? 'made' : $r->body, 'made', $uri;
    return $r->json->{data};
}


my $partner = made('/api/partners', { partnerName => 'p',
    partnerType => 'Data', category => 'Fleet Management' })->{id};
made("/api/partners/$partner/activate");
made("/api/partners/$partner/contacts", { contactName => 'Ada',
    email => 'ada@example.org', role => 'Technical' });
made('/api/applications/' . made('/api/applications', { partnerId => $partner,
    appName => 'a', permissions => ['read:leads'] })->{id} . '/suspend',
    { reason => 'x' });
my $key = made('/api/keys', { partnerId => $partner,
    scopes => ['read:leads'] });
made('/api/revocations', { type => 'client', subject => 'c' });

$conninfo = $postgres->conninfo;

# A partner that was suspended by the version before revokes all its tokens.
my $suspended = made('/api/partners', { partnerName => 's',
    partnerType => 'Data' })->{id};
made("/api/partners/$suspended/activate");
is((migrate('--to', 34))[0], 0, 'back to where a suspension revokes some');
$postgres->query("UPDATE partner.partners SET status = 'Suspended',
    status_reason = 'unpaid' WHERE id = '$suspended'");
is((migrate())[0], 0, 'and forward');
is $postgres->query('SELECT subject, suspended, record
    FROM partner.token_revocations r, partner.projected(r.id)
    WHERE type = \'partner\'') =~ s/\d{16}$/version/r,
    "$suspended|t|0 version", 'it revokes all of them';

is((migrate('--to', 1, '--plan'))[1], join('', map { "back $_\n" }
    reverse @migrations[1 .. $#migrations]), 'a plan names the steps back');
is $postgres->query('SELECT count(*) FROM partner.schema_migrations'),
    scalar @migrations, 'and takes none';

my $keys = $levels[0] + 3; # those that have 0004
my ($status, undef, $said) = migrate('--to', $keys);
is $status, 0, 'back to the first keys, with rows in every table'
    or diag $said;
is $postgres->query('SELECT prefix FROM partner.api_keys'), $key->{keyPrefix},
    'which has the key';
is((migrate())[0], 0, 'and forward again');
is $p->request('GET', "/api/keys/$key->{id}")->json->{data}{keyPrefix},
    $key->{keyPrefix}, 'partnerd, which has run on, serves it';

# ---- this version before its migrations were run ----

sub ready { return $p->request('GET', '/api/ready') }


is ready()->status, 200, 'at its level it is ready';
is((migrate('--to', $levels[-2]))[0], 0, 'one level back');
like ready()->json->{detail}, qr/lacks migration \Q$digits\E.*partnerd migrate/,
    'it is not, and says which migration is missing';
is $p->request('GET', "/api/keys/$key->{id}")->status, 200,
    'what does not need it is served';
is((migrate())[0], 0, 'and forward again');
is ready()->status, 200, 'ready';

# ---- a newer version beside this one ----

my $newer = "$t->{dir}/newer";
$t->write_file("newer/migrations/$_",
    $t->read_file("$services/sql/migrations/$_")) for @migrations;
$t->write_file('newer/migrations/9001_more.sql',
    'ALTER TABLE partners ADD COLUMN more text;');
is((migrate('--sql', $newer))[0], 0, 'it adds a column');
is $p->request('POST', '/api/partners', body => encode_json({
    partnerName => 'q', partnerType => 'Data' }))->status, 201,
    'this one goes on beside it';
is ready()->status, 200, 'and is ready';
is((migrate())[0], 0, 'and has nothing to migrate');
like((migrate('--to', $levels[-1]))[2], qr/newer version/,
    'nor can it take it back');
like((migrate('--sql', $newer, '--to', $levels[-1]))[2], qr/9001_more/,
    'nor can who has no way back');
$t->write_file('newer/back/9001_more.sql', 'ALTER TABLE partners DROP COLUMN
    more; SELECT nothing;');
like((migrate('--sql', $newer, '--to', $levels[-1]))[2],
    qr/nothing of it was kept/, 'a way back that fails');
is $postgres->query("SELECT count(*) FROM information_schema.columns
    WHERE table_name = 'partners' AND column_name = 'more'"), 1,
    'changes nothing';
$t->write_file('newer/back/9001_more.sql',
    'ALTER TABLE partners DROP COLUMN more;');
is((migrate('--sql', $newer, '--to', $levels[-1]))[0], 0, 'a good one does');
like((migrate('--to', 4000))[2],
    qr/to is "4000"; allowed: 0 to \Q$levels[-1]\E\n/,
    'a level that nobody has');
$t->write_file('newer/migrations/9001_twice.sql', 'SELECT 1');
like((migrate('--sql', $newer))[2], qr/another one has this number/,
    'a number is taken once');

done_testing;
