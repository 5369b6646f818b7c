#!/usr/bin/perl

# What takes access away is answered with 200 once every living gateway obeys,
# and with 202 and their names when some do not.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Http;
use Partner::Test;
use Test::More;
use Time::HiRes qw(time);

my $t = Partner::Test->new;
my $p = $t->partnerd;
my ($postgres, $redis) = @$p{qw(postgres redis)};
my $id = '0123456789abcdef';


my $partner = $p->partner;

sub call { return $p->call(@_) }
sub key { return $p->key($partner)->{id} }


# A gateway, as it tells of itself; `lease` is its longest, in milliseconds.
sub gateway {
    my (%o) = @_;
    my $lease = delete $o{lease} // 1500;
    return encode_json({ id => $id, node => 'elsewhere', revision => 0,
        lifetime => 600_000, stale => { gold => 9000 },
        revocationLease => { basic => 100, gold => $lease }, %o });
}


# One that is waited for longer than any machine is busy.
sub patient { return gateway(lease => 300_000, @_) }


sub say_of { $redis->command('PUBLISH', 'partner:acks', $_[0]) }


soon { $redis->command('PUBSUB', 'NUMSUB', 'partner:acks')->[1] }
    'the server listens';
soon { call('DELETE', '/api/keys/' . key())->status == 200 }
    'without a gateway there is nobody to wait for';

# ---- one that does not obey ----

say_of(gateway());
my $key = key();
my $begun = time();
my $r = call('DELETE', "/api/keys/$key");
my $took = time() - $begun;

is $r->status, 202, 'a gateway is silent: 202';
cmp_ok $took, '>=', 1.4, 'after its longest lease';
is $r->json->{data}{status}, 'Revoked', 'the key is revoked';
ok $r->json->{pending}{published}, 'gateways were told';

my ($silent, @more) = @{$r->json->{pending}{gateways}};
is_deeply \@more, [], 'one gateway is named';
is $silent->{$_->[0]}, $_->[1], "its $_->[0]"
    for ['id', $id], ['node', 'elsewhere'], ['revocationLeaseMs', 1500],
        ['staleMs', 9000];
cmp_ok $silent->{silentMs}, '>=', 1000, 'how long it was silent';

# ---- one that does ----

# Sends a request, whose answer is still to come.
sub request {
    my ($method, $uri, $body) = @_;
    my $http = Partner::Http->new($p->socket);

    $http->send(Partner::Http::format_request($method, $uri,
        headers => { 'X-Partner-Id' => 'platform',
            'X-Partner-Scopes' => 'admin',
            defined $body ? ('Content-Type' => 'application/json') : () },
        defined $body ? (body => encode_json($body)) : ()));

    return $http;
}


# Sends one, and what the relay tells of it, once it has told all that was
# before.
sub begin {
    my ($method, $uri, $body) = @_;

    wait_until { $postgres->query('SELECT count(*) FROM partner.outbox
        WHERE topic = \'credential\' AND relayed_at IS NULL') eq '0' }
        or die "the outbox is never empty\n";

    my $channel = $redis->connect;
    $channel->write_command('SUBSCRIBE', 'partner:relayed');
    $channel->reply;

    my $http = request($method, $uri, $body);

    local $SIG{ALRM} = sub { die "the relay says nothing\n" };
    alarm(120);
    my $told = $channel->reply->[2];
    alarm(0);

    return ($http, (split(/ /, $told))[0]);
}


say_of(patient());
my ($http, $revision) = begin('DELETE', "/api/keys/$key");
ok !$http->closed(0.2), 'asked again, it waits again';
say_of(patient(revision => $revision - 1));
ok !$http->closed(0.2), 'an older revision is not enough';
say_of(patient(revision => $revision));
is $http->response->status, 200, 'the revision is: 200';

($http, $revision) = begin('POST', "/api/partners/$partner/suspend",
    { reason => 'x' });
say_of(patient(revision => $revision + 5));
is $http->response->status, 200, 'a partner is suspended likewise';
call('POST', "/api/partners/$partner/activate");

# ---- the server is killed while it waits ----

$key = key();
say_of(patient());
($http) = begin('DELETE', "/api/keys/$key");
$p->{serve}->stop('KILL');
is $postgres->query("SELECT status FROM partner.api_keys WHERE id = '$key'"),
    'Revoked', 'what was not answered is done all the same';

$redis->command('SET', "partner:node:$id", gateway(), 'PX', 60_000);
$redis->command('ZADD', 'partner:nodes', time(), $id);
$p->serve;
soon { $redis->command('PUBSUB', 'NUMSUB', 'partner:acks')->[1] }
    'a new server listens';

$r = call('DELETE', "/api/keys/$key");
is $r->status, 202, 'it knows the gateways that were there before it';
is $r->json->{pending}{gateways}[0]{id}, $id, 'by their records';

say_of($id);
is call('DELETE', "/api/keys/$key")->status, 200,
    'one that leaves is not waited for';

say_of('{"id": "x"}');
is call('DELETE', "/api/keys/$key")->status, 200, 'nonsense changes nothing';

# ---- the relay is late ----

$p->{work}->signal('STOP');
$http = request('DELETE', "/api/keys/$key");
ok !$http->closed(1.3), 'who was not told of is waited for';
$p->{work}->signal('CONT');
is $http->response->status, 200, 'until the relay comes to it: 200';

# ---- nobody knows ----

$redis->kill;
$r = call('DELETE', "/api/keys/$key");
is $r->status, 202, 'without Redis: 202';
ok !$r->json->{pending}{published}, 'and nobody was told';

$redis->start;
soon { call('DELETE', "/api/keys/$key")->status == 200 }
    'with Redis again: 200';

done_testing;
