#!/usr/bin/perl

# Applications and partners of more credentials than a request could change:
# what is decided about them is answered at once, and all of it happens.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Http;
use Partner::Test;
use Test::More;

use constant MANY => 1_200; # two batches, and some

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};
my $n = 0;


sub application {
    my ($partner) = @_;
    $n++;
    my $id = $p->made('/api/applications', { partnerId => $partner,
        appName => "a$n", permissions => ['read:*'],
        securityInfo => { certifications => [{ name => 'ISO 27001',
            expiresOn => '2099-01-01' }] },
        privacyPolicyUrl => 'https://metro.example/privacy' })->{id};

    $p->made("/api/applications/$id/submit");
    $p->call('PUT', "/api/applications/$id/approve")->status == 200 or die;
    $p->made("/api/applications/$id/publish");

    return $id;
}


# Keys by the thousand, as though they had been there for long.
sub keys_of {
    my ($partner, $application) = @_;
    $postgres->query("SET session_replication_role = replica;
        INSERT INTO partner.api_keys (partner_id, application, digest, prefix,
            scopes)
        SELECT '$partner', '$application',
            sha256(('$application' || i)::bytea), 'sk_aaaaa', '{read:*}'
        FROM generate_series(1, @{[MANY]}) i");
}


sub soon_told {
    soon { !$postgres->query("SELECT count(*) FROM partner.outbox
        WHERE relayed_at IS NULL AND topic IN ('credential', 'client',
            'partner_credentials')") } 'all is told';
}


# What gateways find of these, and how often.
sub found {
    my ($where, $member) = @_;
    my %times;

    for my $digest (split /\n/, $postgres->query("SELECT encode(digest, 'hex')
        FROM partner.api_keys WHERE $where")) {
        my $record = $redis->command('GET', "partner:cred:$digest");
        $times{$record ? decode_json($record)->{$member} // '-' : 'none'}++;
    }

    return join(' ', map { "$_ $times{$_}" } sort keys %times);
}


# ---- an application ----

my $partner = $p->partner;
my ($many, $other) = map { application($partner) } 1 .. 2;
keys_of($partner, $_) for $many, $other;
my $versions = "SELECT sum(version) FROM partner.api_keys";
my $before = $postgres->query($versions);

soon_told();
$redis->command('FLUSHALL');
soon { found("application = '$other'", 'applicationStatus')
    eq 'active ' . MANY } 'gateways know all keys';
my ($gone) = split /\n/, $postgres->query("SELECT encode(digest, 'hex')
    FROM partner.api_keys WHERE application = '$other' LIMIT 1");
$redis->command('DEL', "partner:cred:$gone");

my $r = $p->call('POST', "/api/applications/$many/suspend",
    { reason => 'a test' });
like $r->status, qr/^20[02]$/, 'an application of many keys is suspended';
is $postgres->query($versions), $before, 'the request changes none of them';
soon_told();
is found("application = '$many'", 'applicationStatus'), 'suspended ' . MANY,
    'and gateways refuse them all';
is $redis->command('EXISTS', "partner:cred:$gone"), 0,
    'those of another application were not written';

is $p->call('POST', "/api/applications/$many/resume")->status, 200, 'resumed';
soon_told();
is found("application = '$many'", 'applicationStatus'), 'active ' . MANY,
    'they are good again';

# Two at once are one spread, of all that the partner has.
$p->{work}->signal('STOP');
$p->call('POST', "/api/applications/$_/suspend", { reason => 'x' })
    for $many, $other;
$p->{work}->signal('CONT');
soon_told();
is found("partner_id = '$partner'", 'applicationStatus'),
    'suspended ' . 2 * MANY, 'two that change together both reach gateways';

# ---- asked again ----

# A call whose answer is read later.
sub begun {
    my ($uri, %headers) = @_;
    my $http = Partner::Http->new($p->socket, timeout => 60);

    $http->send(Partner::Http::format_request('POST', $uri,
        headers => { 'X-Partner-Id' => 'platform', 'X-Partner-Client' => 'test',
            'X-Partner-Scopes' => 'admin',
            'Content-Type' => 'application/json', %headers },
        body => '{"reason":"a test"}'));
    return $http;
}


# Rows that make somebody wait.
sub asked {
    return $postgres->query("SELECT count(DISTINCT transaction)
        FROM partner.outbox WHERE event ~ 'obeyed' AND relayed_at IS NULL");
}


# As those who have not heard from gateways do: they hear of all that was asked
# before, though it needs more time than what is asked now.
$p->call('POST', "/api/applications/$many/resume");
soon_told();
$p->{work}->signal('STOP');
my @calls;

for my $n (1, 2) {
    push @calls, begun("/api/applications/$many/suspend");
    soon { asked() == $n } "suspended $n times";
}

$p->{work}->signal('CONT');
is $calls[1]->response->status, 200, 'the second is answered with';
is found("application = '$many'", 'applicationStatus'), 'suspended ' . MANY,
    'what the first one did';
is $calls[0]->response->status, 200, 'and so is the first';

# Keys have their turn first, then the partner of many; meanwhile a replay waits
# for a third.
my $small = $p->partner;
my $one = $p->key($small)->{id};
soon_told();
$postgres->query("UPDATE partner.partners SET tier = 'silver'
    WHERE id = '$partner'");
soon_told();
$p->{work}->signal('STOP');
$postgres->query("UPDATE partner.partners SET tier = 'gold'
    WHERE id = '$partner'");
my %once = ('Idempotency-Key' => 'asked-again-and-again');
is begun("/api/partners/$small/suspend", %once)->response->status, 202,
    'nobody tells gateways';
my $again = begun("/api/partners/$small/suspend", %once);
soon { asked() == 2 } 'a replay';
$p->{work}->signal('CONT');
is $again->response->status, 200, 'is answered';
is found("id = '$one'", 'partnerStatus'), 'suspended 1',
    'once gateways know of what it repeats';

# ---- a client that moves ----

# From an application that changed often to one that is new.
my $old = application($partner);
$postgres->query("SET session_replication_role = replica;
    UPDATE partner.applications SET version = 99 WHERE id = '$old'");
my $mover = $p->made('/api/clients', { clientId => 'mover',
    partnerId => $partner, scopes => ['read:*'], appId => $old });
soon_told();


sub mover {
    my $digest = $postgres->query("SELECT d.digest FROM partner.clients c,
        partner.projected(c.id) d WHERE c.client_id = 'mover'");
    return decode_json($redis->command('GET', "partner:cred:$digest"));
}


is mover()->{applicationId}, $old, 'a client of an application';

for my $to (application($partner), undef, $old) {
    my $former = mover()->{version};
    my $r = $p->call('PUT', "/api/clients/$mover->{id}", { appId => $to,
        scopes => ['read:*'] });
    is $r->status, 200, 'goes to ' . ($to // 'none');
    soon_told();
    my $now = mover();
    is $now->{applicationId}, $to, 'and gateways hear of it';
    cmp_ok $now->{version}, '>', $former, 'its version grows';
}

# ---- a partner ----

my $leaver = $p->partner;
my $last = application($leaver);
keys_of($leaver, $last);
$p->made('/api/clients', { clientId => 'leaver', partnerId => $leaver,
    scopes => ['read:*'] });
soon_told();


sub left {
    return $postgres->query("SELECT
        (SELECT count(*) FROM partner.api_keys
         WHERE partner_id = '$leaver' AND status <> 'Revoked') || ' '
        || (SELECT count(*) FROM partner.clients
            WHERE partner_id = '$leaver' AND status <> 'Revoked') || ' '
        || (SELECT count(*) FROM partner.applications
            WHERE partner_id = '$leaver' AND deleted_at IS NULL)");
}


$p->{work}->signal('STOP');
my $request = '0123456789abcdef' x 2;
$r = $p->request('DELETE', "/api/partners/$leaver",
    as => { client => 'operator' }, headers => { 'X-Request-Id' => $request });
like $r->status, qr/^20[024]$/, 'a partner of many keys is deleted';
like left(), qr/^[1-9]\d* 0 0$/, 'the request ends a batch of what it has';
$p->{work}->signal('CONT');
soon { left() eq '0 0 0' } 'soon it has nothing';
soon_told();
is found("partner_id = '$leaver'", 'status'), 'revoked ' . MANY,
    'and gateways hear of each key';
is $postgres->query("SELECT DISTINCT actor, tenant, request
    FROM partner.audit WHERE partner_id = '$leaver' AND resource = 'keys'
    AND action = 'changed'"), "operator|platform|$request",
    'all in the name of the request that deleted it';
soon { !$postgres->query('SELECT count(*) FROM partner.partners_leaving') }
    'of which nothing more is known';

done_testing;
