#!/usr/bin/perl

# Applications from draft to sunset: who takes them where, what the security
# validation finds, and what gateways make of it.

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


sub call { return $p->call(@_) }


sub partner {
    my (%more) = @_;
    return call('POST', '/api/partners', { partnerName => 'p',
        partnerType => 'Data', %more })->json->{data}{id};
}


sub record {
    my ($key) = @_;
    my $text = $redis->command('GET',
        'partner:cred:' . sha256_hex($key->{fullKey}));
    return defined $text ? decode_json($text) : {};
}


my $id = partner(tier => 'silver');
my $other = partner();
my %me = (partner => $id, client => 'x',
    scopes => 'manage:applications read:*');
my %other = (%me, partner => $other);
my %new = (appName => 'Lead Sync', permissions => ['read:leads'],
    securityInfo => { certifications => [{ name => 'ISO 27001',
        expiresOn => '2099-01-01' }] },
    redirectUris => ['https://app.example/callback'],
    privacyPolicyUrl => 'https://metro.example/privacy');

my $r = call('POST', '/api/applications', { %new, partnerId => $id }, %me);
is $r->status, 201, 'created' or diag $r->body;
my $app = $r->json->{data};
is $app->{status}, 'Draft', 'as a draft';
is_deeply $app->{webhookUrls}, [], 'what was not said is empty';
my $uri = "/api/applications/$app->{id}";


sub act {
    my ($name, $body, %as) = @_;
    my $method = $name =~ /^(?:approve|reject)$/ ? 'PUT' : 'POST';
    return call($method, "$uri/$name", $body, %as);
}


sub state_is {
    my ($r, $status, $name) = @_;
    is $r->status, 200, "$name: done" or diag $r->body;
    is $r->json->{data}{status}, $status, "$name: $status";
}


my %key = map { $_ => call('POST', '/api/keys', { partnerId => $id,
    appId => $app->{id}, scopes => ['read:leads'], environment => $_ })
    ->json->{data} } qw(production development);


sub gateways_have { return record($key{$_[0]})->{applicationStatus} // '' }


soon { gateways_have('production') eq 'pending' }
    'a draft: its production keys do not work yet';
soon { gateways_have('development') eq 'active' }
    'but those for development do';

# ---- what is not possible ----

my $draft = call('DELETE', $uri);
is $draft->code, 'invalid_state', 'a draft is not deleted while it has keys';
like $draft->json->{detail}, qr/keys that work/, 'which it says';

is act('publish')->code, 'invalid_state', 'a draft is not published';
is act('approve')->code, 'invalid_state', 'nor approved';
like act('approve')->json->{detail}, qr/that is Draft cannot become Approved/,
    'which names both states';
is call('POST', '/api/applications', { %new, partnerId => $id })
    ->json->{errors}[0]{pointer}, '/appName', 'a name is taken once';
is call('POST', '/api/applications', { %new, partnerId => $other }, %me)
    ->code, 'forbidden', 'a partner makes its own';
is call('POST', '/api/applications', { %new, partnerId => $id,
    appName => 'x', permissions => ['admin'] })->json->{errors}[0]{pointer},
    '/permissions/0', 'admin cannot be asked for';
is call('GET', $uri, undef, %other)->status, 404, 'another sees none of it';
is act($_, { reason => 'x' }, %other)->code, 'insufficient_scope',
    "nor does it $_" for qw(reject suspend);
is act($_, undef, %other)->status, 404, "nor does it $_"
    for qw(submit validate publish);

# ---- validation ----

sub found {
    my ($validation) = @_;
    return join(' ', map { $_->{name} } grep { !$_->{passed} }
        @{$validation->{checks}});
}


my $validation = act('validate', undef, %me)->json->{data};
ok $validation->{passed}, 'it passes as it is' or diag explain $validation;
is scalar @{$validation->{checks}}, 6, 'six checks';

my @bad = (
    [permissions => permissions => ['read:leads', 'manage:webhooks']],
    [redirectUris => redirectUris => ['http://app.example/']],
    [redirectUris => redirectUris => ['https://app.example/#x']],
    [redirectUris => redirectUris => ['http://localhost.example/']],
    [redirectUris => redirectUris => ['https://user@app.example/']],
    [redirectUris => redirectUris => ['javascript:alert(1)']],
    [redirectUris => redirectUris => ['https://app.example/a b']],
    [redirectUris => redirectUris => ['https://:443/']],
    [redirectUris => redirectUris => ['http://[::2]/']],
    [webhookUrls => webhookUrls => ['http://app.example/hook']],
    map({ [webhookUrls => webhookUrls => ["https://$_"]] }
        qw(localhost a.localhost:8443/x hook.internal. intranet/ 10.1.2.3/
        127.0.0.1/ 169.254.169.254/ 172.31.0.1 192.168.1.1/ 100.64.0.1/
        0.0.0.0 224.0.0.1 255.255.255.255 2130706433/ 127.1 0x7f.1/ 1.2.3.256
        010.1.1.1/ 127.0.0.1. [::1]/ [::ffff:127.0.0.1]/ [fe80::1]:8443
        [fd00::1] [2001:db8::1] [2002:7f00:1::] [2001::1] [::] app.example\\x)),
    [certifications => securityInfo => {}],
    [certifications => securityInfo => { certifications => [{
        name => 'ISO 27001', expiresOn => '2020-01-01' }] }],
    [privacyPolicy => privacyPolicyUrl => undef],
    [privacyPolicy => privacyPolicyUrl => 'ftp://x.example/'],
);

for my $case (@bad) {
    my ($check, $member, $value) = @$case;
    my $put = call('PUT', $uri, { %new, $member => $value }, %me);
    is $put->status, 200, "$member: changed" or diag $put->body;
    is found(act('validate', undef, %me)->json->{data}), $check,
        "$check fails: " . encode_json([$value]);
}

call('PUT', $uri, { %new, redirectUris => ['http://127.0.0.1:8080/cb',
    'http://localhost/', 'https://app.example/cb?x=1'],
    webhookUrls => ['https://app.example/hook', 'HTTPS://App.Example',
    'https://app.example.:8443?x#y', 'https://8.8.8.8/', 'https://11.0.0.1',
    'https://172.32.0.1/', 'https://[2606:4700::1111]:443/',
    'https://1e100.net', 'https://hook.0xa.example/'] }, %me);
is found(act('validate', undef, %me)->json->{data}), '', 'good ones pass';

call('PUT', $uri, { %new, redirectUris => ['https://ada:secret@app.example/',
    'https://app.example/cb', 'https://app.example/#x', 'ftp://app.example/'],
    webhookUrls => ['https://10.0.0.1/'], securityInfo => {},
    privacyPolicyUrl => 'http://app.example/' }, %me);
my %wrong = map { ($_->{name} => $_->{detail}) }
    @{act('validate', undef, %me)->json->{data}{checks}};
is_deeply \%wrong, { permissions => undef, paymentCards => undef,
    redirectUris => 'https://***@app.example/ has a user name or a password, '
        . 'https://app.example/#x has a fragment, '
        . 'ftp://app.example/ is neither https nor loopback',
    webhookUrls => 'https://10.0.0.1/ has a host that is not public',
    certifications => 'at least one is needed',
    privacyPolicy => 'http://app.example/ is not https' },
    'of each address it is said what is wrong';
call('PUT', $uri, \%new, %me);

call('PUT', "/api/partners/$id", { category => 'Payments & Wallets' });
is found(act('validate', undef, %me)->json->{data}), 'paymentCards',
    'payments need PCI DSS';
call('PUT', "/api/partners/$id", { category => 'Loyalty & Offers' });

# ---- to its approval ----

call('PUT', $uri, { %new, privacyPolicyUrl => undef }, %me);
state_is(act('submit', undef, %me), 'Submitted', 'submit');
is call('PUT', $uri, \%new, %me)->code, 'invalid_state',
    'what is submitted is not changed';
state_is(act('validate', undef, %me), 'Submitted', 'validated by its partner');
state_is(act('validate'), 'In Review', 'validated by an operator');
$r = act('approve');
is $r->code, 'invalid_state', 'what fails its validation is not approved';
like $r->json->{detail}, qr/privacyPolicy there is none/, 'which is named';
is act('reject', {})->status, 422, 'a rejection has a reason';
$r = act('reject', { reason => 'no policy' });
state_is($r, 'Rejected', 'reject');
is $r->json->{data}{statusReason}, 'no policy', 'for a reason';
state_is(call('PUT', $uri, \%new, %me), 'Draft', 'mended');
state_is(act('submit', undef, %me), 'Submitted', 'submitted again');
is act('approve', undef, %me)->status, 403, 'not approved by its partner';
is act('approve', undef, %me, scopes => 'admin')->code, 'beyond_own_rights',
    'whatever its scopes say';
is call('PUT', "$uri/approve", undef)->json->{data}{status}, 'Approved',
    'approved';
soon { gateways_have('production') eq 'active' }
    'its production keys work';

# ---- from there on ----

state_is(act('publish', undef, %me), 'Published', 'publish');
$r = act('suspend', { reason => 'abuse' });
state_is($r, 'Suspended', 'suspend');
is record($_)->{applicationStatus}, 'suspended', 'told before the answer'
    for values %key;
is act('publish', undef, %me)->code, 'beyond_own_rights',
    'its partner does not lift that';
state_is(act('publish'), 'Published', 'an operator does');
is call('DELETE', $uri, undef, %me)->code, 'invalid_state',
    'what is published is not deleted';

is act('deprecate', { sunsetDate => '2020-01-01T00:00:00Z' }, %me)
    ->json->{errors}[0]{pointer}, '/sunsetDate', 'a sunset lies ahead';
my $soon = $postgres->query("SELECT to_char((now() + interval '3 seconds')
    AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')");
state_is(act('deprecate', { sunsetDate => $soon }, %me), 'Deprecated',
    'deprecate');
soon { (record($key{production})->{applicationSunsetAt} // '') eq $soon }
    'gateways know its sunset';
like record($key{development})->{applicationDeprecatedAt},
    qr/^\d{4}(?:-\d\d){2}T(?:\d\d:){2}\d\dZ$/, 'and since when it is so';
like call('GET', $uri)->json->{data}{deprecatedAt}, qr/^\d{4}-/,
    'which it says itself';
soon { gateways_have('production') eq 'deprecated' }
    'behind its sunset its keys are refused';
is call('DELETE', $uri, undef, %me)->status, 200,
    'and hold it up no more';
is call('GET', $uri)->status, 404, 'it is gone';
is $postgres->query("SELECT partner.application_record('$app->{id}', '$id',
    'production') ->> 'applicationStatus'"), 'deprecated',
    'its keys are what they were';
call('DELETE', "/api/keys/$_->{id}") for values %key;
is call('POST', '/api/applications', { %new, partnerId => $id }, %me)->status,
    201, 'its name is free again';

is $postgres->query("SELECT string_agg(event, ' ' ORDER BY id)
    FROM partner.outbox WHERE entity = '$app->{id}' AND topic = 'application'
    AND event <> 'application.updated'"), join(' ', map { "application.$_" }
    qw(created submitted in_review rejected draft submitted approved published
    suspended published deprecated sunset deleted)),
    'each step left its event';

# ---- lists and statistics ----

call('POST', '/api/applications', { %new, partnerId => $id,
    appName => "page $_" }) for 1 .. 2;
my $page = call('GET', '/api/applications?limit=2', undef, %me)->json;
is_deeply [map { $_->{appName} } @{$page->{data}}], ['page 2', 'page 1'],
    'newest first';
is scalar @{call('GET', "/api/applications?limit=2&cursor="
    . $page->{page}{next}, undef, %me)->json->{data}}, 1, 'page by page';
is_deeply call('GET', "/api/applications?partnerId=$id", undef, %other)->json
    ->{data}, [], 'none of another';
is_deeply call('GET', '/api/applications?status=Published')->json->{data}, [],
    'by status';

my $last = $page->{data}[0]{id};
$postgres->query("INSERT INTO partner.usage_counters SELECT 'x', now(), '$id',
    '$last', '-', o, n, 0, 0, 0 FROM (VALUES ('ok', 5), ('server_error', 2))
    AS v (o, n)");
is_deeply call('GET', "/api/applications/$last/statistics", undef, %me)->json
    ->{data}, { applicationId => $last, keys => { total => 0, active => 0 },
    calls => { total => 7, errors => 2, refused => 0 } }, 'statistics';
is call('GET', "/api/applications/$last/statistics", undef, %other)->status,
    404, 'its own alone';

done_testing;
