#!/usr/bin/perl

# The end of an application and of a partner, from the management API to what a
# gateway answers their keys.

use strict;
use warnings;
use lib 't/lib';

use JSON::PP;
use Partner::Test;
use POSIX qw(strftime);
use Test::More;

my $t = Partner::Test->new;
my $p = $t->partnerd;

my $conf = <<'EOC';
%%GLOBALS%%
load_module %%MODULE%%;

events {}

http {
    %%GLOBALS_HTTP%%

    partner_zone  zone=partners:2m;
    partner_redis %%REDIS%% timeout=10s connect_timeout=10s;
    partner_tier  gold   revocation_lease=LEASE stale=10m;
    partner_tier  silver revocation_lease=1s stale=10m;
    partner_tier  basic  revocation_lease=1s stale=10m;

    server {
        listen 127.0.0.1:%%PORT_8080%%;
        partner_auth key;
        location / { proxy_pass http://127.0.0.1:%%PORT_8081%%; }
    }

    server {
        listen 127.0.0.1:%%PORT_8081%%;
        location / { return 200 "hello\n"; }
    }
}
EOC

# Waited for longer than any machine is busy.
my $nginx = $t->run($conf =~ s/LEASE/5m/r);


sub call { return $p->call(@_) }
sub time_text { return strftime('%Y-%m-%dT%H:%M:%SZ', gmtime $_[0]) }
sub date_text { return strftime('%a, %d %b %Y %H:%M:%S GMT', gmtime $_[0]) }


# What the gateway answers a key: the status or the code, and until when.
sub served {
    my ($key) = @_;
    my $r = $t->get_as($key, '/');
    return join(' until ', $r->status == 200 ? 200 : $r->code,
        $r->header('Sunset') // ());
}


# ---- an application ----

my $partner = $p->partner(tier => 'gold');
my $app = $p->made('/api/applications', { partnerId => $partner,
    appName => 'Lead Sync', permissions => ['read:leads'],
    privacyPolicyUrl => 'https://metro.example/privacy', securityInfo =>
    { certifications => [{ name => 'x', expiresOn => '2099-01-01' }] } })->{id};
is call(@$_)->status, 200, "$_->[1]" =~ s/.*\///r for
    ['POST', "/api/applications/$app/submit"],
    ['PUT', "/api/applications/$app/approve"],
    ['POST', "/api/applications/$app/publish"];
my $key = $p->key($partner, appId => $app, scopes => ['read:leads'])
    ->{fullKey};
my $beside = $p->key($partner)->{fullKey};


# Moves the sunset, and waits until the gateway tells so.
sub ends {
    my ($at, $name) = @_;
    my $r = call('POST', "/api/applications/$app/deprecate",
        { sunsetDate => time_text($at) });
    is $r->status, 200, $name or diag $r->body;
    return $r->json->{data};
}


soon { served($key) eq '200' } 'nothing is said while it is published';
my $far = time + 30 * 86400;
my $deprecated = ends($far, 'deprecated');
soon { served($key) eq '200 until ' . date_text($far) } 'callers are told';
my ($at) = $t->get_as($key, '/')->header('Deprecation') =~ /^@(\d+)$/;
is time_text($at // 0), $deprecated->{deprecatedAt} =~ s/\..*/Z/r,
    'and since when';

my $near = time + 86400;
ends($near, 'earlier');
soon { served($key) eq '200 until ' . date_text($near) }
    'the gateway hears of it without being asked';
is served($beside), '200', 'nothing is said to another key';

my $now = time + 2;
ends($now, 'as early as now');
soon { served($key) eq 'application_deprecated until ' . date_text($now) }
    'then it is gone';
is $t->get_as($key, '/')->status, 410, 'for good';
is served($beside), '200', 'it alone';
cmp_ok time, '>=', $now, 'and not before';

# ---- a partner ----

my $other = $p->key($p->partner)->{fullKey};
my @keys = map { $p->key($partner)->{fullKey} } 1 .. 3;


sub all { return join(' ', map { served($_) } @_) }


sub deactivate {
    return call('POST', "/api/partners/$partner/deactivate",
        { reason => 'Contract has ended' });
}


soon { all(@keys, $other) eq '200 200 200 200' } 'keys work';
my $r = deactivate();
is $r->status, 200, 'deactivated' or diag $r->body;
is $r->json->{data}{status}, 'Inactive', 'which it is';
is all(@keys), 'partner_inactive partner_inactive partner_inactive',
    'when the answer is there the gateway refuses its keys, each at once';
is served($other), '200', 'and those of nobody else';
call('POST', "/api/partners/$partner/activate");
soon { all(@keys) eq '200 200 200' } 'active again';

# ---- without its gateway's word ----

$nginx->stop;
$nginx = $t->run($conf =~ s/LEASE/2s/r, 'hurried');
soon { all(@keys) eq '200 200 200' } 'a gateway that is waited for less long';
my ($worker) = $nginx->workers;
kill('STOP', $worker);
$r = deactivate();
is $r->status, 202, 'which cannot answer: not every gateway has confirmed it';
is scalar @{$r->json->{pending}{gateways}}, 1, 'but one';
is $r->json->{data}{status}, 'Inactive', 'although it is so';
kill('CONT', $worker);
soon { deactivate()->status == 200 } 'asked again, once it goes on';
is all(@keys), 'partner_inactive partner_inactive partner_inactive',
    'it refuses them';

done_testing;
