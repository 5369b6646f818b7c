#!/usr/bin/perl

# An approved application: what is changed of it while it serves, what stops
# it and lets it go on, when it ends, and what goes with its partner.

use strict;
use warnings;
use lib 't/lib';

use Digest::SHA qw(sha256_hex);
use JSON::PP;
use Partner::Test;
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;
my $id = $p->partner(tier => 'gold');
my %me = (partner => $id, client => 'x', scopes => 'manage:applications');
my %new = (permissions => ['read:leads'],
    securityInfo => { certifications => [{ name => 'ISO 27001',
        expiresOn => '2099-01-01' }] },
    privacyPolicyUrl => 'https://metro.example/privacy');
my $n = 0;


sub call { return $p->call(@_) }


# A new application, taken through these steps.
sub taken {
    my ($more, @steps) = @_;
    my $app = $p->made('/api/applications', { %new, partnerId => $id,
        appName => 'n' . ++$n, %$more })->{id};
    is act($app, $_)->status, 200, "$n: $_" for @steps;
    return $app;
}


sub act {
    my ($app, $name, $body, %as) = @_;
    my $method = $name =~ /^(?:approve|reject)$/ ? 'PUT' : 'POST';
    $body //= { reason => 'x' } if $name =~ /^(?:reject|suspend)$/;
    return call($method, "/api/applications/$app/$name", $body, %as);
}


sub becomes {
    my ($app, $name, $state, $text) = @_;
    my $r = act($app, $name);
    is $r->status eq 200 ? $r->json->{data}{status} : $r->body, $state, $text;
}


sub refused {
    my ($r, $code, $says, $text) = @_;
    is $r->code, $code, $text or diag $r->body;
    like $r->json->{detail} // '', $says, 'which it says';
}


sub key_of {
    my ($app, %more) = @_;
    return $p->key($id, appId => $app, scopes => ['read:leads'], %more);
}


# What gateways know of a key's application.
sub known {
    my ($key, $member) = @_;
    my $text = $p->{redis}->command('GET',
        'partner:cred:' . sha256_hex($key->{fullKey}));
    return ($text ? decode_json($text)->{$member} : undef) // '';
}


# ---- its sunset ----

my @live = qw(submit approve publish);
my $app = taken({}, @live);
my $key = key_of($app);


sub deprecate {
    my ($date) = @_;
    return act($app, 'deprecate', { sunsetDate => $date }, %me);
}


is deprecate('2096-01-01T00:00:00Z')->status, 200, 'a sunset';
is deprecate('2097-01-01T00:00:00Z')->json->{data}{sunsetDate},
    '2097-01-01T00:00:00+00:00', 'is moved';
soon { known($key, 'applicationSunsetAt') eq '2097-01-01T00:00:00Z' }
    'and gateways go by it';
is_deeply deprecate('2020-01-01T00:00:00Z')->json->{errors},
    [{ pointer => '/sunsetDate', detail => 'must be in the future' }],
    'but not into the past';
becomes($app, 'suspend', 'Suspended', 'what is Deprecated is suspended');
soon { known($key, 'applicationStatus') eq 'suspended' } 'and refused';
refused act($app, 'publish'), 'invalid_state',
    qr/Suspended from Deprecated cannot become Published/,
    'it is not published again';
my $former = call('GET', "/api/applications/$app")->json->{data};
becomes($app, 'resume', 'Deprecated', 'but Deprecated');
is_deeply [@{call('GET', "/api/applications/$app")->json->{data}}
    {qw(sunsetDate deprecatedAt)}], [@$former{qw(sunsetDate deprecatedAt)}],
    'as of the same days';
my $now = $p->{postgres}->query("SELECT to_char((now() + interval '1 second')
    AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')");
is deprecate($now)->status, 200, 'its sunset comes';
soon { known($key, 'applicationStatus') eq 'deprecated' } 'and has passed';
refused deprecate('2097-01-01T00:00:00Z'), 'invalid_state',
    qr/its sunset has passed/, 'and moves no more';

# By the clock alone: no worker has to see it before.
$app = taken({}, @live);
$key = key_of($app);
is deprecate('2097-01-01T00:00:00Z')->status, 200, 'another ends';
refused call('DELETE', "/api/applications/$app"), 'invalid_state',
    qr/that is Deprecated is deleted after its sunset/, 'and goes afterwards';
$p->{postgres}->query("SET session_replication_role = replica;
    UPDATE partner.applications SET sunset_at = now() WHERE id = '$app'");
is call('DELETE', "/api/applications/$app")->status, 200,
    'at once, a key of it or not';

# ---- what is changed while it serves ----

$app = taken({}, @live);
$key = key_of($app);
my %mended = (%new, appName => "n$n", securityInfo => { certifications =>
    [{ name => 'ISO 27001', expiresOn => '2098-01-01' }] },
    redirectUris => ['https://app.example/callback']);


sub change { return call('PUT', "/api/applications/$app", @_) }


refused change(\%mended, %me), 'beyond_own_rights',
    qr/an operator changes an application that is Published/,
    'its partner asks an operator';
my $r = change(\%mended);
is $r->status, 200, 'who renews a certificate';
is $r->json->{data}{status}, 'Published', 'while it serves on';
refused change({ %mended, redirectUris => ['http://app.example/'] }),
    'invalid_state', qr{redirectUris http://app\.example/ is neither https},
    'nobody changes it to what fails its validation';
is change({ %mended, permissions => ['write:leads'] })->status, 200,
    'what it may';
soon { JSON::PP->new->encode(known($key, 'scopes') || []) eq '[]' }
    'changes what its keys may';

# ---- its validation ----

$app = taken({ permissions => ['manage:webhooks'] }, qw(submit approve));
call('PUT', "/api/partners/$id", { tier => 'basic' });
refused act($app, 'publish'), 'invalid_state',
    qr/beyond tier basic: manage:webhooks/, 'is done again to publish it';
call('PUT', "/api/partners/$id", { tier => 'gold' });
becomes($app, 'publish', 'Published', 'which it passes');
becomes($app, 'suspend', 'Suspended', 'and if it was suspended');
call('PUT', "/api/partners/$id", { tier => 'basic' });
refused act($app, $_), 'invalid_state', qr/beyond tier basic/,
    "$_: it fails" for qw(publish resume);
call('PUT', "/api/partners/$id", { tier => 'gold' });
becomes($app, 'publish', 'Published', 'it goes on');

# ---- whatever it is, it is stopped ----

for my $case ([Draft => 'Draft'], [Submitted => 'Submitted', 'submit'],
    [Rejected => 'Draft', qw(submit reject)],
    [Approved => 'Approved', qw(submit approve)],
    [Published => 'Published', @live]) {
    my ($state, $back, @steps) = @$case;
    $app = taken({}, @steps);
    $key = key_of($app, environment => 'development');
    soon { known($key, 'applicationStatus') eq 'active' }
        "$state: a key for development works";
    is act($app, 'suspend', undef, %me)->code, 'insufficient_scope',
        'its partner does not suspend it';
    refused act($app, 'resume'), 'invalid_state',
        qr/that is $state is not suspended/, 'nor does it resume';
    $r = act($app, 'suspend');
    is $r->status, 200, 'an operator does';
    is $r->json->{data}{suspendedFrom}, $back, "from $back";
    is known($key, 'applicationStatus'), 'suspended', 'told before the answer';
    refused act($app, 'publish'), 'invalid_state',
        qr/Suspended from $back cannot become Published/,
        'it passes by no review' unless $state =~ /^(?:Approved|Published)$/;
    is call('PUT', "/api/applications/$app", { %mended, appName => "n$n" },
        %me)->status, $back eq 'Submitted' ? 409 : 403,
        'its partner changes nothing of it';
    becomes($app, 'resume', $back, 'it goes on');
    soon { known($key, 'applicationStatus') eq 'active' } 'and so do its keys';
}

# ---- its end ----

my $client = $p->made('/api/clients', { clientId => 'c', partnerId => $id,
    appId => $app = taken({}), scopes => ['read:leads'] })->{id};
refused call('DELETE', "/api/applications/$app"), 'invalid_state',
    qr/clients that are not revoked/, 'it is not deleted while it has clients';
call('DELETE', "/api/clients/$client");
is call('DELETE', "/api/applications/$app")->status, 200, 'but then';

$app = taken({}, @live);
is call('DELETE', "/api/partners/$id")->status, 200, 'its partner goes';
is call('GET', "/api/applications/$app")->status, 404, 'and it with it';
is_deeply call('GET', "/api/applications?partnerId=$id")->json->{data}, [],
    'as all that the partner had';
is $p->{postgres}->query("SELECT count(*) FROM partner.outbox
    WHERE event = 'application.deleted' AND entity = '$app'"), 1,
    'which leaves its event';

done_testing;
