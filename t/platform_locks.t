#!/usr/bin/perl

# What is made while its partner or its application changes or goes: of the two
# transactions, whichever is held open, the other one waits, and afterwards
# nothing is good that should not be.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};
my $psql = Partner::Postgres::programs() . '/psql';
my ($made, $second) = (0);


# A statement of partnerd's own, as the platform sends it.
sub statement {
    my ($name, %bound) = @_;
    my ($noun) = $name =~ /(\w+)/;

    open(my $fh, '<', "upstream-services/sql/queries/$noun.sql") or die "$!";
    my ($sql) = join('', <$fh>) =~ /^-- name: \Q$name\E\n(.*?);$/ms
        or die "$name is no statement";
    $sql =~ s/(?<!:):(\w+(?:\.\w+)+)/
        defined $bound{$1} ? "'$bound{$1}'" : 'NULL'/ge;

    return $sql;
}


sub begun {
    my (@statements) = @_;
    return join("\\;\n", 'BEGIN', 'SET LOCAL ROLE partner_serve',
        'SET LOCAL search_path = partner',
        "SELECT set_config('partner.tenant', 'platform', true)", @statements);
}


# A transaction that has done all it does, and is open until `commit`.
sub hold {
    my (@statements) = @_;

    open(my $session, '|-', $psql, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d',
        $postgres->conninfo . ' application_name=held', '-o', '/dev/null')
        or die "psql: $!";
    $session->autoflush(1);
    print $session begun(@statements), ";\n";
    soon { $postgres->query("SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'held' AND state = 'idle in transaction'") }
        'one is open';

    return $session;
}


sub commit {
    my ($session) = @_;
    print $session "COMMIT;\n";
    close($session);
}


sub start {
    my ($sql) = @_;
    $made++;
    return Partner::Process->start(
        name => 'psql', dir => $t->{dir}, log => "$t->{dir}/psql.$made.log",
        argv => [$psql, '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d',
            $postgres->conninfo, '-c', begun($sql, 'COMMIT') =~ s/\\;/;/gr]
    );
}


sub waiting {
    return $postgres->query("SELECT count(*) FROM pg_locks WHERE NOT granted
        AND locktype IN ('advisory', 'transactionid', 'tuple')");
}


# While one is held, the other one begins.
sub beside {
    my ($held, $other) = @_;

    my $session = hold($held);
    $second = start($other);
    ok wait_until { waiting() || !$second->running } && waiting(),
        'the other one waits';
    told() unless waiting();
    commit($session);
    soon { !$second->running } 'then it goes on';
}


# Waits until gateways were told all that there is.
sub told {
    wait_until { !$postgres->query("SELECT count(*) FROM partner.outbox
        WHERE relayed_at IS NULL AND topic IN ('credential', 'client',
        'partner_credentials')") } or die 'the worker tells nothing';
}


# What gateways find of each credential of an application that is not revoked.
sub records {
    my ($application) = @_;
    told();
    my $digests = $postgres->query("SELECT d.digest FROM (
        SELECT id FROM partner.api_keys
        WHERE application = '$application' AND status <> 'Revoked'
        UNION ALL SELECT id FROM partner.clients
        WHERE application = '$application' AND status <> 'Revoked') c,
        partner.projected(c.id) d");
    return map { decode_json($redis->command('GET', "partner:cred:$_")) }
        split /\n/, $digests;
}


# Two that wait for the same lock, one behind the other, until it is let go.
sub one_behind_the_other {
    my ($lock, @statements) = @_;

    my $session = hold("SELECT pg_advisory_xact_lock(
        hashtextextended('$lock', 0))");
    my ($n, @waiting) = (0);

    for my $sql (@statements) {
        push @waiting, start($sql);
        $n++;
        soon { waiting() == $n } "$n wait";
    }

    commit($session);
    soon { !grep { $_->running } @waiting } 'all come to their end';
    return join('', map { Partner::Process::tail($_->{log}) } @waiting);
}


# ---- partners and applications ----

sub partner { return $p->partner(tier => 'gold') }


sub application {
    my ($partner) = @_;
    my $id = $p->made('/api/applications', { partnerId => $partner,
        appName => 'a', permissions => ['read:*', 'write:leads'],
        securityInfo => { certifications => [{ name => 'ISO 27001',
            expiresOn => '2099-01-01' }] },
        privacyPolicyUrl => 'https://metro.example/privacy' })->{id};

    $p->made("/api/applications/$id/submit");
    $p->call('PUT', "/api/applications/$id/approve")->status == 200 or die;
    $p->made("/api/applications/$id/publish");

    return $id;
}


sub secret {
    $made++;
    return ('key.digest' => sha256_hex($made), 'key.pepper' => 'plain',
        'key.prefix' => sprintf('%08d', $made));
}


sub key {
    my ($partner, $application, $scope) = @_;
    return statement('keys.create', 'body.partnerId' => $partner,
        'body.appId' => $application,
        'body.scopes' => encode_json([$scope // 'read:*']),
        'body.environment' => 'production', secret());
}


sub client {
    my ($partner, $application) = @_;
    $made++;
    return statement('clients.create', 'body.clientId' => "c$made",
        'body.partnerId' => $partner, 'body.appId' => $application,
        'body.scopes' => '["read:*"]', 'body.environment' => 'production');
}


# What a key becomes that an application has.
sub successor {
    my ($partner, $application) = @_;
    return statement('keys.rotate', 'body.overlapSeconds' => 3600, secret(),
        'path.keyId' => $p->key($partner, appId => $application)->{id});
}


# A client of no application comes to this one.
sub comer {
    my ($partner, $application) = @_;
    $made++;
    my $id = $p->made('/api/clients', { clientId => "c$made",
        partnerId => $partner, scopes => ['read:*'] })->{id};
    return statement('clients.update', 'path.clientId' => $id,
        'body.appId' => $application, 'body.scopes' => '["read:*"]',
        'body.environment' => 'production');
}


sub draft {
    my ($partner) = @_;
    return statement('applications.create', 'body.partnerId' => $partner,
        'body.appName' => 'b', 'body.permissions' => '["read:*"]',
        'body.dataAccess' => '{}', 'body.securityInfo' => '{}',
        'body.redirectUris' => '[]', 'body.webhookUrls' => '[]');
}


sub gone {
    my ($partner) = @_;
    return statement('partners.delete', 'path.partnerId' => $partner);
}


sub suspended {
    my ($application) = @_;
    return statement('applications.suspend', 'body.reason' => 'x',
        'path.applicationId' => $application);
}


# What a partner has that works.
sub left {
    my ($partner) = @_;
    return $postgres->query("SELECT
        (SELECT count(*) FROM partner.api_keys
         WHERE partner_id = '$partner' AND status <> 'Revoked')
        + (SELECT count(*) FROM partner.clients
           WHERE partner_id = '$partner' AND status <> 'Revoked')
        + (SELECT count(*) FROM partner.applications
           WHERE partner_id = '$partner' AND deleted_at IS NULL)");
}


# ---- a partner that is deleted ----

for my $state ('active', 'inactive') {
    for my $what (\&key, \&client, \&draft) {
        for my $first ('made', 'deleted') {
            my $partner = partner();
            $p->made("/api/partners/$partner/deactivate", { reason => 'x' })
                if $state eq 'inactive';
            my @both = ($what->($partner), gone($partner));
            my ($name) = $both[0] =~ /INTO (\w+)/;

            note "$name, $state, $first first";
            beside($first eq 'made' ? @both : reverse @both);
            is left($partner), 0, "$state, $first first: no $name are left";
        }
    }
}

# ---- an application that changes ----

my %made = (key => \&key, client => \&client, successor => \&successor,
    comer => \&comer);

for my $what (sort keys %made) {
    for my $first ('made', 'suspended') {
        my $partner = partner();
        my $id = application($partner);
        my @both = ($made{$what}->($partner, $id), suspended($id));

        note "$what, $first first";
        beside($first eq 'made' ? @both : reverse @both);
        my @found = map { $_->{applicationStatus} } records($id);
        is_deeply \@found, ['suspended', $what eq 'successor' ? 'suspended'
            : ()], "$what, $first first: gateways refuse it";
    }
}

my $partner = partner();
my $id = application($partner);
beside("UPDATE applications SET permissions = '{read:*}' WHERE id = '$id'",
    key($partner, $id, 'write:leads'));
is scalar(records($id)), 0, 'a scope that is being taken away is not given';

# ---- an application that is deleted ----

# It once had a key, as those have that still make keys of an id of long ago.
sub scratch {
    my ($partner) = @_;
    my $id = $p->made('/api/applications', { partnerId => $partner,
        appName => 'a', permissions => ['read:*'] })->{id};
    my $key = $p->key($partner, appId => $id)->{id};
    $p->call('DELETE', "/api/keys/$key")->status =~ /^20/ or die $key;
    return $id;
}


sub deleted {
    my ($application) = @_;
    return statement('applications.delete',
        'path.applicationId' => $application);
}


delete $made{successor};

for my $what (sort keys %made) {
    for my $first ('made', 'deleted') {
        my $partner = partner();
        my $id = scratch($partner);
        my @both = ($made{$what}->($partner, $id), deleted($id));

        note "$what, $first first";
        beside($first eq 'made' ? @both : reverse @both);
        is $postgres->query("SELECT deleted_at IS NULL
            FROM partner.applications WHERE id = '$id'"),
            $first eq 'made' ? 't' : 'f', "$what, $first first";
        is scalar(records($id)), $first eq 'made' ? 1 : 0, 'is there or not';
    }
}

$partner = partner();
$id = scratch($partner);
my $key = $p->key($partner, appId => $id)->{id};
$postgres->query("SET session_replication_role = replica;
    UPDATE partner.applications SET deleted_at = now() WHERE id = '$id'");
$postgres->query("UPDATE partner.api_keys SET version = version + 1
    WHERE id = '$key'");
is_deeply [map { $_->{applicationStatus} } records($id)], ['suspended'],
    'a key that it has none the less is refused';
is $p->call('POST', "/api/keys/$key/rotate")->code, 'invalid_body',
    'and has no successor';

# ---- the order of the locks ----

$partner = partner();
$id = application($partner);
my @both = (gone($partner), successor($partner, $id));
unlike one_behind_the_other($partner, @both), qr/deadlock/,
    'a partner that is deleted, and a rotation';
is left($partner), 0, 'nothing is left';

$partner = partner();
$id = application($partner);
@both = (gone($partner), comer($partner, $id));
unlike one_behind_the_other($partner, @both), qr/deadlock/,
    'and a client that comes to an application';
is left($partner), 0, 'nothing is left';

$partner = partner();
$id = application($partner);
@both = (suspended($id), successor($partner, $id));
unlike one_behind_the_other("$partner$id", @both), qr/deadlock/,
    'an application that is suspended, and a rotation';
is_deeply [map { $_->{applicationStatus} } records($id)],
    ['suspended', 'suspended'], 'gateways refuse both keys';

$partner = partner();
$id = application($partner);
$p->key($partner, appId => $id);
unlike one_behind_the_other("$partner$id", suspended($id), gone($partner)),
    qr/deadlock/, 'and its partner that is deleted';
is left($partner), 0, 'nothing is left';

done_testing;
